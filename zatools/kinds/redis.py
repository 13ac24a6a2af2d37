"""The Redis of a server: its configuration names it, no file of definitions and no row of an ODB does."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, NAME, password
from zatools.kinds.model import Field, Kind
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, REDIS as PROTOCOL

#: What the platform calls the one that there is.
DEFAULT = 'default'
REDIS = Kind(
    'redis',
    'The Redis of a server.',
    (),
    (
        NAME,
        ACTIVE,
        Field('host', 'Host of Redis; none is a Redis in memory.', means=ENDPOINT),
        Field('port', 'Port of Redis.', 'integer', 6379, minimum=1, maximum=65535),
        Field('db', 'Number of the database.', 'integer', 0, minimum=0),
        Field('username', 'User name.', default='default'),
        password('Password of the user.'),
        Field('ssl', 'Whether the connection is encrypted.', 'boolean', False),
    ),
    role=OUTGOING,
    noun='Redis connection',
    protocol=PROTOCOL,
    served=OPENED,
)
