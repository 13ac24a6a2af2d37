"""Starts the servers that these features call, on this machine only."""

import os
import socket
import tempfile

from systems import mock, talking, tls

from zatools.apitest import demo_api

#: Servers that features need, and what they are for; in CI they must be there.
SERVERS = {'messages.feature': ('RabbitMQ', 5672), 'redis.feature': ('Redis', 6379)}


def before_all(context):
    context.folder = tempfile.TemporaryDirectory(prefix='apitest-features-')
    context.api = demo_api.start()
    context.tls = tls.start(context.folder.name)
    context.mock = None
    context.talking = None


def before_feature(context, feature):
    name, port = SERVERS.get(os.path.basename(feature.filename), ('', 0))
    if name and not listens(port) and not os.environ.get('CI'):
        feature.skip(f'no {name} at 127.0.0.1:{port}')
    config = context.zato.user_config
    if os.path.basename(feature.filename) == 'played.feature':
        context.mock, config.mock = mock.start()
    if os.path.basename(feature.filename) in talking.SERVERS and talking.is_there(feature):
        context.talking = talking.SERVERS[os.path.basename(feature.filename)]()
        config.talking = context.talking.address
    config.run = f'zatools-{os.getpid()}'
    config.broker, config.redis = 'amqp://guest:guest@127.0.0.1:5672/', 'redis://127.0.0.1:6379/0'
    config.address, config.https = context.api.address, context.tls.address
    config.ca, config.certificate, config.key = (
        os.path.join(context.folder.name, name) for name in ('ca.pem', 'client.pem', 'client.key')
    )


def listens(port):
    try:
        socket.create_connection(('127.0.0.1', port), 2).close()
    except OSError:
        return False
    return True


def after_feature(context, feature):
    if context.mock:
        mock.stop(context.mock)
        context.mock = None
    if context.talking:
        context.talking.stop()
        context.talking = None


def after_all(context):
    context.api.stop()
    context.tls.stop()
    context.folder.cleanup()
