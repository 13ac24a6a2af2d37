from behave import given

@given('I am "{a}"')
def am(ctx, a):
    pass

@given('I am "{b}"')
def am2(ctx, b):
    pass
