"""AMQP: 3.2's definitions, and channels and outgoing connections in the forms of both generations."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.broker import broker
from zatools.kinds.model import Field, Kind, Per, Row, Written
from zatools.kinds.traits import CONSUMED, ENDPOINT, PUBLISHED, Doubt

V32, V41 = ('3.2',), ('4.1',)
MODES = {'non_persistent': 1, 'persistent': 2}

#: 3.2's enmasse refuses an object without it.
NEEDED = Written(exports=V32)

NAME = Field('name', 'Name of the connection.', required=True)
ACTIVE = Field('is_active', 'Whether the connection can be used.', 'boolean', True, kept=True, written=NEEDED)
PASSWORD = Field('password', 'Password of the user.', secret=True)
PASSWORD_41 = Field('password', 'Password of the user.', secret=True, generations=V41)
FRAME_MAX = Field('frame_max', 'Largest frame in bytes.', 'integer', 131072, minimum=0, written=NEEDED)
POOL_SIZE = Field('pool_size', 'Connections kept open.', 'integer', 10, minimum=0, written=NEEDED)
NOISE = {'def_id': None, 'service_id': None}
#: 3.2's rows belong to the cluster of their definition; 4.1's know none.
VIA = ('def_id', 'conn_def_amqp')


def _derive_subtype(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    if generation == '4.1':
        opaque.setdefault('subtype', 'amqp')


def _address_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    address = values.get('address')
    if not isinstance(address, str):
        return
    if '://' not in address:
        yield Doubt('address', 'the address has no scheme, as in amqp://')
    elif broker(address) is None:
        yield Doubt('address', "address can't be read", 'as in amqp://host:5672/vhost', is_warning=False)


def _channel_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    yield from _address_doubts(values, generation, keys)
    if generation == '4.1' and ('outgoing_amqp', values['name']) in keys:
        yield Doubt('name', 'an outgoing_amqp has the same name')


#: How an object reaches its broker: by a definition in 3.2, by an address of its own in 4.1.
BROKER = (
    Field(
        'def_name',
        'AMQP definition.',
        column='def_id',
        ref='def_amqp',
        generations=V32,
        aliases=('def_id',),
        is_essential=True,
        required=True,
        example='my-def-amqp',
    ),
    Field(
        'address',
        'Broker, as in amqp://host:5672/vhost.',
        generations=V41,
        is_essential=True,
        required=True,
        example='amqp://mq.example.com:5672/orders',
        means=ENDPOINT,
    ),
    Field('username', 'User name at the broker.', generations=V41),
    PASSWORD_41,
    Field('frame_max', 'Largest frame in bytes.', 'integer', 131072, generations=V41, minimum=0),
    Field('heartbeat', 'Seconds between heartbeats.', 'integer', 30, generations=V41, minimum=0),
)

DEFINITION = Kind(
    'def_amqp',
    'AMQP definitions: a broker and a user, shared by connections.',
    (Row('conn_def_amqp'),),
    (
        Field('name', 'Name of the definition.', required=True),
        Field(
            'host',
            'Host of the broker; may begin with amqp:// or amqps://.',
            required=True,
            example='mq.example.com',
            means=ENDPOINT,
        ),
        Field('port', 'Port of the broker.', 'integer', 5672, minimum=1, maximum=65535, written=NEEDED),
        Field('vhost', 'Virtual host.', default='/', written=NEEDED),
        Field('username', 'User name.', default='guest', written=NEEDED),
        PASSWORD,
        FRAME_MAX,
        Field('heartbeat', 'Seconds between heartbeats.', 'integer', 1, minimum=0, written=NEEDED),
    ),
    aliases=('def_amqp',),
    generations=V32,
    role=traits.DEFINITION,
    noun='AMQP definition',
    account=('host', 'port', 'username'),
    admin='zato.definition.amqp',
    is_inlined=True,
)
CHANNEL = Kind(
    'channel_amqp',
    'AMQP channels: messages of a queue invoke a service.',
    (Row('channel_amqp', via=VIA),),
    (
        NAME,
        ACTIVE,
        *BROKER,
        Field('queue', 'Queue to take messages from.', required=True, example='orders'),
        Field(
            'service',
            'Service that gets the messages.',
            column='service_id',
            ref='service',
            required=True,
            aliases=('service_name', 'service_id'),
            example='orders.on-message',
        ),
        Field('consumer_tag_prefix', 'Prefix of consumer tags.', written=NEEDED),
        POOL_SIZE,
        Field('ack_mode', 'How messages are acknowledged.', default='ack', choices=('ack', 'reject'), written=NEEDED),
        Field('prefetch_count', 'Messages taken at once; 0 is any number.', 'integer', 0, minimum=0, written=NEEDED),
        Field('data_format', 'Format of messages: json, xml, csv, …', kept=True),
    ),
    aliases=('channel_amqp',),
    role=traits.CHANNEL,
    protocol='amqp',
    served=CONSUMED,
    admin='zato.channel.amqp',
    doubts=_channel_doubts,
    derive=_derive_subtype,
)
OUTGOING = Kind(
    'outgoing_amqp',
    'Outgoing AMQP connections.',
    (Row('out_amqp', via=VIA),),
    (
        NAME,
        ACTIVE,
        *BROKER,
        Field(
            'delivery_mode',
            'Whether messages survive a restart of the broker.',
            default='persistent',
            choices=tuple(MODES),
            codes=MODES,
            form=Per('code', ''),
            written=NEEDED,
        ),
        Field('priority', 'Priority of messages.', 'integer', 5, minimum=0, maximum=9, written=NEEDED),
        POOL_SIZE,
        Field('content_type', 'Content type of messages.'),
        Field('content_encoding', 'Content encoding of messages.'),
        Field('expiration', 'Seconds that messages live.', 'integer', minimum=0),
        Field('user_id', "User id of messages; must be the connection's."),
        Field('app_id', 'Application id of messages.'),
    ),
    spelling=Per('outconn_amqp', 'outgoing_amqp'),
    aliases=('outgoing_amqp', 'outconn_amqp'),
    role=traits.OUTGOING,
    protocol='amqp',
    served=PUBLISHED,
    admin='zato.outgoing.amqp',
    doubts=_address_doubts,
    derive=_derive_subtype,
)
