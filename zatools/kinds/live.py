"""How admin services of a running 3.2 server take objects: an entry a kind, which live imports alone read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from zatools.kinds import (
    KINDS,
    amqp,
    authorities,
    caches,
    cassandra,
    definitions,
    email,
    erp,
    messages,
    mq,
    rbac,
    rest,
    scheduler,
    search,
    security,
    sql,
    storage,
    websocket,
)
from zatools.kinds.model import Kind

GENERATION = '3.2'
CREATE, EDIT, DELETE, CHANGE_PASSWORD = 'create', 'edit', 'delete', 'change-password'
#: The verb of each operation of a plan.
VERBS = {'create': CREATE, 'update': EDIT, 'delete': DELETE}
#: Lists all security definitions, the platform's own included: it needs no more than a login.
LISTED = 'zato.security.get-list', {'needs_internal': True}
GENERIC = 'zato.generic.connection'


@dataclass(frozen=True, eq=False)
class Live:
    """What the services of a kind take, and what they lack.

    `inputs` are their names for fields where these are not the columns', `names` those under which they take what a
    reference names, `also` what every create and edit is given besides, `none` their word for no definition, where they
    need one.
    References of `typed` are given as a type and an id.
    `password` is the secret that change-password sets, after every edit too if it `is_resent`; it is never empty unless
    it `may_be_empty`. `members` is a list that edit-member-list changes.
    A change of a field of `anew` is a deletion and a creation. What create leaves at its default, of the fields
    `unheard`, an edit sets. Fields `beside` are written into the ODB when the calls are done. Objects that have a value
    for a field of `chokes` can't go through a service at all, nor can operations of `lacks`: both say why.
    """

    prefix: str = ''
    inputs: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    typed: tuple[str, ...] = ()
    also: Mapping[str, Any] = field(default_factory=dict)
    none: str | None = None
    password: str = ''
    is_resent: bool = False
    may_be_empty: bool = False
    members: str = ''
    anew: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    chokes: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)

    def takes(self, name: str) -> bool:
        """Tells whether a create or an edit is given a field."""
        return name not in (self.password, self.members, *self.unsent)


SERVICE = {'service': 'service'}
PASSWORD = Live(password='password')
LOGIN = Live(password='password', may_be_empty=True)
NO_BYTES = "its service can't write the text into a column of bytes"
BROKEN = 'its service fails whatever it is given'
HTTP = Live(
    none='ZATO_NONE',
    also={'is_internal': False},
    # Any other cache than the first makes the service fail after its commit.
    beside=('cache_name', 'sec_tls_ca_cert'),
    unsent=('cache_name', 'sec_tls_ca_cert'),
)
CHANNEL = replace(HTTP, names=SERVICE, unheard=('merge_url_params_req',))
OUTGOING = replace(HTTP, inputs={'tls_verify': 'tls_verify'})

#: The entries of kinds; others have no services, or none that work.
LIVE: dict[Kind, Live] = {
    security.BASIC_AUTH: LOGIN,
    # Its edit makes the server forget the key.
    security.APIKEY: replace(LOGIN, is_resent=True, beside=('username',)),
    security.NTLM: LOGIN,
    security.BEARER: LOGIN,
    security.JWT: replace(LOGIN, lacks={'create': 'its service never answers'}),
    security.GROUPS: Live(
        also={'group_type': 'zato-api-creds'},
        members='members',
        lacks={'delete': 'its service opens the channels of the group to everybody'},
    ),
    definitions.AWS: PASSWORD,
    definitions.TLS_KEY_CERT: Live(lacks={'create': BROKEN, 'update': BROKEN}),
    definitions.TLS_CHANNEL: Live(),
    definitions.VAULT: Live(also={'sec_type': 'vault_conn_sec'}),
    authorities.AUTHORITY: Live(),
    caches.BUILTIN: Live(also={'cache_type': 'builtin'}),
    caches.MEMCACHED: Live(also={'cache_type': 'memcached'}, chokes={'extra': NO_BYTES}),
    rest.CHANNEL_REST: CHANNEL,
    rest.CHANNEL_SOAP: CHANNEL,
    rest.OUTGOING_REST: OUTGOING,
    rest.OUTGOING_SOAP: OUTGOING,
    amqp.DEFINITION: PASSWORD,
    # A server does not find what moves to another definition.
    amqp.CHANNEL: Live(names=SERVICE, anew=('def_name',)),
    amqp.OUTGOING: Live(anew=('def_name',)),
    sql.POOL: PASSWORD,
    sql.NOTIFICATION: Live(lacks={'create': BROKEN, 'update': BROKEN}),
    # Each edit empties both.
    mq.DEFINED: replace(PASSWORD, beside=('ssl_cipher_spec', 'ssl_key_repository')),
    mq.CHANNEL_WMQ: Live(names=SERVICE),
    mq.OUTGOING_WMQ: Live(),
    mq.CHANNEL_ZMQ: Live(names=SERVICE, anew=('socket_type',)),
    mq.OUTGOING_ZMQ: Live(),
    websocket.WEB_SOCKET: Live(names={'service': 'service_name'}, also={'is_internal': False}),
    cassandra.DEFINED: PASSWORD,
    cassandra.QUERY: Live(lacks={'create': NO_BYTES, 'update': NO_BYTES}),
    search.ELASTIC: Live(),
    search.SOLR: Live(),
    storage.FTP: PASSWORD,
    storage.S3: Live(),
    erp.ODOO: PASSWORD,
    erp.SAP: PASSWORD,
    email.IMAP: PASSWORD,
    email.SMTP: PASSWORD,
    messages.TWILIO: Live(),
    messages.NAMESPACE: Live(),
    scheduler.JOB: Live(names=SERVICE, anew=('job_type',)),
    rbac.ROLE: Live(names={'parent': 'parent_name'}),
    rbac.PERMISSION: Live(),
    rbac.CLIENT_ROLE: Live(names={'role': 'role_name'}),
    rbac.ROLE_PERMISSION: Live(names={'role': 'role_name', 'permission': 'perm_name', 'service': 'service_name'}),
}


def _generic() -> Iterator[tuple[Kind, Live]]:
    # Their service takes texts for numbers and flags where they look like them, and stores other secrets twice.
    for kind in KINDS:
        row = kind.rows[0]
        if row.table == 'generic_conn' and GENERATION in kind.generations and kind.is_named:
            texts = tuple(one.name for one in kind.fields if one.type in ('text', 'lines'))
            known = {one.name for one in kind.fields}
            also = {name: value for name, value in row.new.items() if name not in known}
            password = ''.join({'secret'} & known)
            typed = tuple(one.name for one in kind.accepting if not one.held.text)
            yield kind, Live(GENERIC, typed=typed, also=also, password=password, is_resent=True, beside=texts)


LIVE.update(_generic())


def live_of(kind: Kind) -> Live | None:
    """Returns the entry of a kind; None where it has no services."""
    return LIVE.get(kind)


def service_of(kind: Kind, verb: str) -> str:
    """Returns the name of a service of a kind."""
    return f'{LIVE[kind].prefix or kind.admin}.{verb}'


def new_password(id_: int, secret: str) -> dict[str, Any]:
    """Returns what a change-password service is given."""
    return {'id': id_, 'password1': secret, 'password2': secret}


def members(id_: int, action: str, ids: list[str], also: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what edit-member-list is given: by ids, since of names it tells no worker."""
    return {**also, 'group_action': action, 'group_id': id_, 'member_id_list': ids}
