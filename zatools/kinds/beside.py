"""What there is beside kinds: sections that are in no ODB, tables without objects, references without a foreign key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

V32, V41 = ('3.2',), ('4.1',)
#: Names that the platform's own objects begin with.
RESERVED = ('zato.', '/zato/', 'pub.zato.')


#: Sections of the platform's files that no ODB has anything of, and who keeps them instead.
ELSEWHERE: Mapping[str, str] = {
    'alert_notifications': "4.1's job zato.alerting keeps them, and only a server makes that",
    'alert_rules': "4.1's rule engine keeps them, in a database of its own",
    'cache': 'early 4.x had it, and no server reads it any more',
    'outconn_redis': 'each server of 3.2 keeps it, in its server.conf',
}

#: Tables without objects: what servers note for themselves, and what belongs to services and clusters.
NO_OBJECTS = frozenset(
    [
        'alembic_version',
        'cluster',
        'deployed_service',
        'deployment_package',
        'deployment_status',
        'generic_conn_client',
        'install_state',
        'kv_data',
        'pubsub_endp_msg_q_inter',
        'pubsub_endp_msg_queue',
        'pubsub_endp_topic',
        'pubsub_message',
        'rate_limit_state',
        'server',
        'service',
        'web_socket_cli_ps_keys',
        'web_socket_client',
        'web_socket_sub',
        'zato_sso_password_reset',
        'zato_sso_session',
    ]
)
#: Tables that hang on no other of an ODB and are part of it all the same.
ALONE = frozenset({'zato_sso_group', 'zato_sso_user'})
#: Rows that a server makes for itself: types of generic objects.
MADE_TYPES: Mapping[str, frozenset[str]] = {'generic_object': frozenset({'channel-file-transfer', 'zato-group-member'})}

#: Columns of the platform's own rows that hold what people set, by table and name: the targets of 4.1's alerts.
SET_BY_PEOPLE: Mapping[tuple[str, str], str] = {('job', 'zato.alerting'): 'extra'}


def is_set_by_people(table: str, name: str, row: Mapping[str, Any]) -> bool:
    """Tells whether a row of the platform's own holds what people set."""
    column = SET_BY_PEOPLE.get((table, name))
    return column is not None and bool(row.get(column))


#: Keys of `opaque1` that no field declares and whose loss loses nothing: copies of what columns hold, what servers make
#: up, what says the default. None stands for any value.
LEFTOVERS: Mapping[str, tuple[Any, ...] | None] = {
    'cache_type': None,
    'connection': None,
    'data_encoding': ('utf-8',),
    'deprecation_since': None,
    'hl7_version': ('hl7-v2',),
    'http_accept': None,
    'is_source_external': None,
    'match_slash': None,
    'name': None,
    'orig_username': None,
    'sec_tls_ca_cert_verify_strategy': None,
    'sec_type': None,
    'security': None,
    'security_id': None,
    'security_name': None,
    'service': None,
    'service_id': None,
    'service_name': None,
    'subtype': ('amqp',),
    'transport': None,
    'type': None,
    'validate_tls': None,
}


@dataclass(frozen=True, eq=False)
class Link:
    """A column, or a key of `opaque1`, that names objects of a section without a foreign key.

    `read` gives the ids or, if it `is_named`, the names that a value holds. It counts in rows whose columns hold
    `match` and whose `opaque1` has the key `beside`.
    """

    table: str
    column: str
    section: str
    read: Callable[[Any], Iterable[Any]]
    is_opaque: bool = False
    is_named: bool = False
    match: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ''


NUMBER = re.compile(r'(?:[a-z_]+/)?(\d{1,18})')
MEMBER = re.compile(r'.+-(\d{1,18})-\d{1,18}')


def _ids(value: Any) -> Iterator[int]:
    # An id is written as 12, '12' or 'basic_auth/12', alone or in a list.
    for one in value if isinstance(value, list) else [value]:
        found = NUMBER.fullmatch(str(one))
        if found:
            yield int(found[1])


def _client(value: Any) -> Iterator[str]:
    # sec_def:::basic_auth:::name
    parts = str(value).split(':::', 2)
    if parts[0] == 'sec_def' and len(parts) == 3:
        yield parts[2]


def _job(value: Any) -> Iterator[str]:
    # rest.name: what 4.1 makes for a connection that invokes or checks itself.
    kind, _, name = str(value).partition('.')
    if kind in ('rest', 'soap', 'health'):
        yield name


def _member(value: Any) -> Iterator[int]:
    found = MEMBER.fullmatch(str(value))
    if found:
        yield int(found[1])


def _opaque(table: str, key: str, section: str, read: Callable[[Any], Iterable[Any]], **more: Any) -> Link:
    return Link(table, key, section, read, is_opaque=True, **more)


LINKS: tuple[Link, ...] = (
    _opaque('http_soap', 'security_groups', 'groups', _ids),
    _opaque('generic_conn', 'rest_channel_id_list', 'channel_rest', _ids),
    Link('rbac_client_role', 'client_def', 'security', _client, is_named=True),
    Link('generic_object', 'name', 'security', _member, match={'type_': 'zato-group-member'}),
    Link('job', 'name', 'outgoing_rest', _job, is_named=True, beside='link_conn_id'),
    Link('job', 'name', 'outgoing_soap', _job, is_named=True, beside='link_conn_id'),
)


def _by_table(links: Iterable[Link]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for link in links:
        found.setdefault(link.table, []).append(link)
    return found


#: Links whose fields hold names within a text of a form of its own, such as sec_def:::basic_auth:::name, by table.
NAMED = _by_table(link for link in LINKS if link.is_named and not link.beside)
