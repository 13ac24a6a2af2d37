"""3.2's JSON-RPC channels: rows of REST channels whose names begin with a prefix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, IN_ROWS, LIMITS, NAME, NEEDED, V32
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.rest import CHANNEL_NOISE, CHANNEL_SECURITY, NEW, OF_SOAP, ROUTE, TABLE
from zatools.place import Place

GATEWAY = 'pub.zato.channel.json-rpc.gateway'
#: The field that names the services that are methods.
SERVICES = 'service_whitelist'


def _has_rbac(values: Mapping[str, Any]) -> bool:
    return bool(values['sec_use_rbac'])


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    # A channel has a service: a server has deployed this one.
    values.setdefault('service', GATEWAY)


JSON_RPC = Kind(
    'json_rpc',
    'JSON-RPC channels (3.2): services are methods.',
    (
        Row(
            TABLE,
            match={'connection': 'channel', 'transport': 'plain_http'},
            new={**NEW, 'pool_size': 20, 'serialization_type': 'string', 'timeout': 10},
            prefix='json.rpc.channel.',
            follows={'has_rbac': _has_rbac},
        ),
    ),
    (
        NAME,
        ACTIVE,
        Field('url_path', 'URL path.', required=True, example='/rpc', means=traits.PATH),
        CHANNEL_SECURITY,
        Field(SERVICES, 'Services that are methods.', 'list', written=NEEDED),
        Field('sec_use_rbac', 'Whether RBAC applies.', 'boolean', False, is_essential=True, means=traits.RULED),
        *LIMITS,
        Field('service', "Service of the channel: the platform's own.", column='service_id', ref='service'),
        Field('method', 'HTTP method.', default='POST'),
        Field('http_accept', 'Accept header that requests must have.', default='*/*', written=IN_ROWS),
    ),
    generations=V32,
    aliases=('json_rpc',),
    noise={**CHANNEL_NOISE, **OF_SOAP},
    role=traits.CHANNEL,
    unique=(ROUTE,),
    noun='JSON-RPC channel',
    served=traits.ROUTED,
    mend=_mend,
)
