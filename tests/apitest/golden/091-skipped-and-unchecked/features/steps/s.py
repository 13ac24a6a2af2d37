from behave import given, step
from zato.apitest.steps.common import then_status_is
from zato.apitest.steps.json import then_json_pointer_is


@step('it runs')
def runs(context):
    raise AssertionError('this must not run')


@given('I skip')
def skip(context):
    context.scenario.skip('no data')
