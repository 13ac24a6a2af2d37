import os

from behave import given


@given('a folder "{name}"')
def folder(context, name):
    os.mkdir(name)
