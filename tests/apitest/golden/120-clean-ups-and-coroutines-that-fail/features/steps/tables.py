import asyncio

from behave import fixture, given, then, use_fixture
from behave.api.async_step import async_run_until_complete


class Failed(BaseException):
    """What pytest.fail raises is of this kind."""


@fixture
def table(context):
    yield 'table'
    raise ValueError('the table is locked')


@fixture
def broken(context):
    raise ValueError('there is no room for a table')
    yield


@given("there is a table that can't be dropped")
def make(context):
    use_fixture(table, context)


@given("there is a table that can't be made")
def make_broken(context):
    use_fixture(broken, context)


@given('I wait for a table that goes away')
@async_run_until_complete
async def wait(context):
    raise asyncio.CancelledError('it went away')


@given('pytest fails')
def fail(context):
    raise Failed('no table')


@given('there is a table')
def make_nothing(context):
    pass


@then('it is full')
def is_full(context):
    assert False, 'the table is empty'
