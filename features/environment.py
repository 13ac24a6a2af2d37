"""Starts the servers that these features call, on this machine only."""

import os
import tempfile

from systems import tls

from zatools.apitest import demo_api


def before_all(context):
    context.folder = tempfile.TemporaryDirectory(prefix='apitest-features-')
    context.api = demo_api.start()
    context.tls = tls.start(context.folder.name)


def before_feature(context, feature):
    config = context.zato.user_config
    config.address, config.https = context.api.address, context.tls.address
    config.ca, config.certificate, config.key = (
        os.path.join(context.folder.name, name) for name in ('ca.pem', 'client.pem', 'client.key')
    )


def after_all(context):
    context.api.stop()
    context.tls.stop()
    context.folder.cleanup()
