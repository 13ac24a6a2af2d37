from behave import then


@then('status is "{status}"')
def status(ctx, status):
    raise AssertionError('mine ran')
