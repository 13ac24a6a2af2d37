"""3.2's IBM MQ and ZeroMQ: channels and outgoing connections."""

from __future__ import annotations

from functools import partial

from zatools.kinds.amqp import MODES
from zatools.kinds.fields import ACTIVE, NAME, SERVICE, STATED_32, V32, flag, password
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.traits import CHANNEL, DEFINITION, ENDPOINT, OPENED, OUTGOING, SOCKETS, ZMQ

#: Rows belong to the cluster of their definition.
VIA = ('def_id', 'conn_def_wmq')
NOISE = {'def_id': None, 'service_id': None}
FORMAT = Field('data_format', 'Format of messages: json, xml, csv, …', kept=True)
USES = Field(
    'def_name',
    'IBM MQ definition.',
    column='def_id',
    ref='def_jms_wmq',
    required=True,
    aliases=('def_id',),
    example='my-def-jms-wmq',
)


_flag = partial(flag, written=STATED_32)


def _socket(means: str) -> tuple[Field, Field]:
    doc = 'Whether the socket waits for others or goes to them.'
    return (
        Field('address', 'Address of the socket.', required=True, example='tcp://mq.example.com:5555', means=means),
        Field('socket_method', doc, required=True, choices=('bind', 'connect'), example='connect'),
    )


DEFINED = Kind(
    'def_jms_wmq',
    'IBM MQ definitions (3.2): a queue manager and a user there.',
    (Row('conn_def_wmq'),),
    (
        NAME,
        Field('host', 'Host of the queue manager.', required=True, example='mq.example.com', means=ENDPOINT),
        Field('port', 'Port of the queue manager.', 'integer', 1414, minimum=1, maximum=65535, written=STATED_32),
        Field('queue_manager', 'Name of the queue manager.'),
        Field('channel', 'Channel of the queue manager.', required=True, example='DEV.SVRCONN.1'),
        Field('username', 'User name.'),
        password('Password of the user.'),
        _flag('cache_open_send_queues', 'Whether queues to send to stay open.', True),
        _flag('cache_open_receive_queues', 'Whether queues to receive from stay open.', True),
        _flag('use_shared_connections', 'Whether threads share connections.', True),
        _flag('ssl', 'Whether the connection is encrypted.', False),
        Field('ssl_cipher_spec', 'Cipher of an encrypted connection.'),
        Field('ssl_key_repository', 'Path of the repository with its keys.'),
        _flag('needs_mcd', 'Whether messages have an MCD folder.', False),
        _flag('use_jms', 'Whether messages have JMS headers.', False),
        Field('max_chars_printed', 'Characters of a message in logs.', 'integer', 100, minimum=0, written=STATED_32),
    ),
    generations=V32,
    aliases=('def_jms_wmq',),
    noise={'is_active': None},
    role=DEFINITION,
    noun='IBM MQ definition',
    account=('host', 'port', 'username'),
    admin='zato.definition.jms-wmq',
)
CHANNEL_WMQ = Kind(
    'channel_jms_wmq',
    'IBM MQ channels (3.2): messages of a queue invoke a service.',
    (Row('channel_wmq', via=VIA),),
    (
        NAME,
        ACTIVE,
        USES,
        Field('queue', 'Queue to take messages from.', required=True, example='DEV.QUEUE.1'),
        SERVICE,
        FORMAT,
    ),
    generations=V32,
    aliases=('channel_jms_wmq',),
    noise=NOISE,
    role=CHANNEL,
    noun='IBM MQ channel',
    admin='zato.channel.jms-wmq',
)
OUTGOING_WMQ = Kind(
    'outconn_jms_wmq',
    'Outgoing IBM MQ connections (3.2).',
    (Row('out_wmq', via=VIA),),
    (
        NAME,
        ACTIVE,
        USES,
        Field(
            'delivery_mode',
            'Whether messages survive a restart of the queue manager.',
            default='persistent',
            choices=tuple(MODES),
            codes=MODES,
            form='code',
            written=STATED_32,
        ),
        Field('priority', 'Priority of messages.', 'integer', 5, minimum=0, maximum=9, written=STATED_32),
        # Its column is a text, which no number fits everywhere.
        Field('expiration', 'Milliseconds that messages live.'),
    ),
    generations=V32,
    aliases=('outconn_jms_wmq',),
    noise=NOISE,
    role=OUTGOING,
    noun='outgoing IBM MQ connection',
    admin='zato.outgoing.jms-wmq',
)
CHANNEL_ZMQ = Kind(
    'channel_zmq',
    'ZeroMQ channels (3.2): messages of a socket invoke a service.',
    (Row('channel_zmq'),),
    (
        NAME,
        ACTIVE,
        *_socket(''),
        Field('socket_type', 'Type of the socket.', required=True, choices=('PULL', 'SUB', 'MDP01'), example='PULL'),
        Field('sub_key', 'What messages of a SUB socket begin with.'),
        Field(
            'pool_strategy',
            'Whether one thread or many take messages.',
            default='single',
            choices=('single', 'unlimited'),
            written=STATED_32,
        ),
        Field('service_source', 'Who names the service.', default='zato', choices=('zato', 'mdp01'), written=STATED_32),
        SERVICE,
        FORMAT,
    ),
    generations=V32,
    aliases=('channel_zmq',),
    noise=NOISE,
    role=CHANNEL,
    noun='ZeroMQ channel',
    served=SOCKETS,
    admin='zato.channel.zmq',
)
OUTGOING_ZMQ = Kind(
    'outconn_zmq',
    'Outgoing ZeroMQ connections (3.2).',
    (Row('out_zmq'),),
    (
        NAME,
        ACTIVE,
        *_socket(ENDPOINT),
        Field('socket_type', 'Type of the socket.', required=True, choices=('PUSH', 'PUB'), example='PUSH'),
    ),
    generations=V32,
    aliases=('outconn_zmq',),
    role=OUTGOING,
    noun='outgoing ZeroMQ connection',
    protocol=ZMQ,
    served=OPENED,
    admin='zato.outgoing.zmq',
)
KINDS = (DEFINED, CHANNEL_WMQ, OUTGOING_WMQ, CHANNEL_ZMQ, OUTGOING_ZMQ)
