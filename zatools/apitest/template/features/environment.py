"""Starts a small API for the tests, on this machine only. With an API of your own, delete this file."""

from zatools.apitest import demo_api


def before_all(context):
    context.api = demo_api.start()


def before_feature(context, feature):
    if not context.zato.user_config.address.startswith('http'):
        context.zato.user_config.address = context.api.address


def after_all(context):
    context.api.stop()
