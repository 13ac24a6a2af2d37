from behave import given

@given('I am')
def am(ctx):
    return (
