from behave import given, then
from zato.apitest import steps as default_steps
from zato.apitest.steps.json import set_pointer
from zato.apitest.util import obtain_values


@then('I am "{mood}"')
@obtain_values
def am(ctx, mood):
    assert mood == 'happy'


@then('I fail')
def fail(ctx):
    assert 1 == 2, 'one is not two'


@then('I break')
def broken(ctx):
    {}['key']


@given('I prepare "{what}"')
def prepare(ctx, what):
    ctx.execute_steps('Given URL path "/account"\nThen variable "a" is a string "b"')


@given('I keep "{value}" under "{name}"')
@obtain_values
def keep(ctx, value, name):
    ctx.zato.user_ctx[name] = value.upper()
