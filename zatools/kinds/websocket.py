"""3.2's WebSocket channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, SERVICE, STATED_32, V32
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.rest import SECURITY
from zatools.kinds.traits import CHANNEL, WEB_SOCKETS, Unique

LIMITS = tuple(
    Field(name, doc, 'integer', minimum=0)
    for name, doc in (
        ('max_len_messages_sent', 'Messages sent that a log has.'),
        ('max_len_messages_received', 'Messages received that a log has.'),
        ('max_bytes_per_message_sent', 'Bytes of a message sent that a log has.'),
        ('max_bytes_per_message_received', 'Bytes of a message received that a log has.'),
    )
)


def _derive(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # Servers look for it with each client; nothing is as good as none.
    opaque.setdefault('extra_properties', None)


WEB_SOCKET = Kind(
    'web_socket',
    'WebSocket channels (3.2).',
    (Row('channel_web_socket', new={'is_internal': False, 'is_out': False}),),
    (
        NAME,
        ACTIVE,
        Field('address', 'Address to listen at.', required=True, example='ws://0.0.0.0:47043/orders'),
        replace(SERVICE, doc='Service that the channel invokes.', aliases=('service_name', 'service_id')),
        replace(SECURITY, accepts=Per(frozenset({'basic_auth', 'jwt', 'vault_connection'}), frozenset())),
        Field('data_format', 'Format of messages.', default='json', kept=True, written=STATED_32),
        Field(
            'new_token_wait_time', 'Seconds that a client has to log in.', 'integer', 5, minimum=0, written=STATED_32
        ),
        Field('token_ttl', 'Seconds that a token is valid.', 'integer', 3600, minimum=0, written=STATED_32),
        Field('ping_interval', 'Seconds between pings; 45 if none are given.', 'integer', minimum=0),
        Field('pings_missed_threshold', 'Pings that a client may miss; 2 if none are given.', 'integer', minimum=0),
        Field('extra_properties', 'Options, a JSON text.'),
        Field('is_audit_log_sent_active', 'Whether a log has messages sent.', 'boolean', False),
        Field('is_audit_log_received_active', 'Whether a log has messages received.', 'boolean', False),
        *LIMITS,
    ),
    generations=V32,
    aliases=('web_socket',),
    stated=Per({'is_internal': False}, {}),
    noise={'is_internal': (False,), 'sec_type': None},
    role=CHANNEL,
    noun='WebSocket channel',
    served=WEB_SOCKETS,
    admin='zato.channel.web-socket',
    unique=(Unique(('address',), 'the address', 'address', is_per_kind=True, is_held=True),),
    derive=_derive,
)
KINDS = (WEB_SOCKET,)
