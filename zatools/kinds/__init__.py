"""All kinds of objects, in the order in which they are created."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from zatools.kinds import (
    amqp,
    as4,
    authorities,
    azure,
    caches,
    cassandra,
    connections,
    definitions,
    email,
    endpoints,
    erp,
    gateways,
    generic,
    jsonrpc,
    messages,
    mq,
    objects,
    pubsub,
    rbac,
    rest,
    scheduler,
    search,
    security,
    sql,
    storage,
    transfer,
    websocket,
    wrappers,
)
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import DEFINITION

KINDS: tuple[Kind, ...] = (
    objects.QUOTA_TIER,
    *security.KINDS,
    authorities.AUTHORITY,
    *definitions.KINDS,
    security.GROUPS,
    *caches.KINDS,
    *rest.CHANNELS,
    jsonrpc.JSON_RPC,
    *as4.CHANNELS,
    *rest.OUTGOINGS,
    wrappers.WRAPPER,
    as4.AS4,
    amqp.DEFINITION,
    amqp.CHANNEL,
    amqp.OUTGOING,
    *azure.KINDS,
    sql.POOL,
    sql.NOTIFICATION,
    *mq.KINDS,
    *websocket.KINDS,
    *cassandra.KINDS,
    *search.KINDS,
    *storage.KINDS,
    *erp.KINDS,
    *email.KINDS,
    *messages.KINDS,
    *connections.KINDS,
    scheduler.JOB,
    *transfer.KINDS,
    *gateways.KINDS,
    generic.OTHERS,
    *objects.KINDS,
    *pubsub.KINDS,
    *endpoints.KINDS,
    *rbac.KINDS,
)
ORDER = {kind: number for number, kind in enumerate(KINDS)}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(kind.section for kind in KINDS))

#: What servers can be asked to read anew.
SYNCS = frozenset(kind.sync for kind in KINDS if kind.sync) | {'pubsub'}
#: 3.2's own words for sections, where --include-type takes them.
WORDS: Mapping[str, tuple[str, ...]] = {
    'pubsub': ('pubsub_topic', 'pubsub_endpoint', 'pubsub_subscription_32'),
    'rest': ('channel_rest', 'outgoing_rest'),
    'security': ('security', 'groups'),
    'websockets': ('web_socket',),
}
#: What sentences call an object of a section.
NOUNS: dict[str, str] = {kind.section: kind.called for kind in KINDS}


def _spellings() -> dict[str, tuple[Kind, ...]]:
    found: dict[str, tuple[Kind, ...]] = {}
    for kind in KINDS:
        for section in kind.shared:
            found[section] = (*found.get(section, ()), kind)
    return found | {alias: (kind,) for kind in KINDS for alias in kind.aliases}


#: Every name that a section may have in a file -> the kinds of its items.
SPELLINGS: dict[str, tuple[Kind, ...]] = _spellings()

#: Where rows are: a table, and what tells them from others of it.
Rows = tuple[str, Mapping[str, Any]]


def _rows_of(section: str) -> Rows:
    tables = [(kind.rows[0].table, kind.rows[0].match) for kind in KINDS if kind.section == section]
    if not tables:
        return section, {}
    # Where a section has several kinds, what tells them apart tells none of its rows.
    first, *others = (match for _, match in tables)
    common = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
    return tables[0][0], common


#: The rows of all objects that ours refer to, by section; some are of kinds to come.
REFERENCES: Mapping[str, Rows] = {
    section: _rows_of(section) for section in dict.fromkeys(field.ref for kind in KINDS for field in kind.refs)
}


def _keys_by_table() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for kind in KINDS:
        table = kind.rows[0].table
        found[table] = found.get(table, frozenset()) | kind.lookup.keys()
    return found


#: Early 3.2 exports all keys of a table for each of its kinds: the empty ones mean nothing.
KEYS_BY_TABLE = _keys_by_table()


#: Sections whose objects hold the secrets that others log in with.
LOGINS = frozenset(kind.section for kind in KINDS if kind.role == DEFINITION and kind.secrets)


@cache
def logins_of(kind: Kind) -> tuple[Field, ...]:
    """Returns the fields that name what an object logs in with: a security definition, a broker and a user there."""
    return tuple(field for field in kind.refs if field.ref in LOGINS and field.type == 'text')


@cache
def _of_table(table: str) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS if kind.rows[0].table == table)


@cache
def more_particular(kind: Kind) -> tuple[Kind, ...]:
    """Returns the kinds that say more of rows that may be among those of a kind: such rows are theirs."""
    row = kind.rows[0]
    return tuple(other for other in _of_table(row.table) if other.rows[0].may_be_among(row))


@cache
def kin_of(kind: Kind) -> frozenset[Kind]:
    """Returns the kinds whose rows have the same columns in common, itself included: one name means one row."""
    row = kind.rows[0]
    return frozenset(other for other in _of_table(row.table) if other.rows[0].match == row.match)


def taken_for(kind: Kind, name: str, generation: str) -> Kind | None:
    """Returns the kind of which an object would be in one generation, by the beginning of its name."""
    for other in more_particular(kind):
        prefix = other.rows[0].prefix
        if prefix and generation in other.generations and name.startswith(prefix):
            return other
    return None


def has_reference(table: str, column: str, section: str, generation: str) -> bool:
    """Tells whether a column of a table, or a key of its `opaque1`, is a field of some kind that names such objects."""
    fields = (field for kind in KINDS if kind.rows[0].table == table for field in kind.refs)
    return any(field.ref == section and field.column_of(generation) == column for field in fields)


def noun_of(section: str) -> str:
    """Returns what sentences call an object of a section: a section of kinds, or one that is not supported yet."""
    return NOUNS.get(section, section)


#: Kinds that have sections of any name that begins like theirs.
BY_SECTION = tuple(kind for kind in KINDS if kind.by_section)


def kinds_of(section: str) -> tuple[Kind, ...]:
    """Returns the kinds that the items of a section may be of; none for a section that nobody knows."""
    if section in SPELLINGS:
        return SPELLINGS[section]
    return tuple(kind for kind in BY_SECTION if kind.by_section and kind.by_section.value_of(section))


__all__ = [
    'KEYS_BY_TABLE',
    'KINDS',
    'LOGINS',
    'NOUNS',
    'ORDER',
    'REFERENCES',
    'SECTIONS',
    'SPELLINGS',
    'SYNCS',
    'WORDS',
    'Field',
    'Kind',
    'Per',
    'Row',
    'has_reference',
    'kin_of',
    'kinds_of',
    'logins_of',
    'more_particular',
    'noun_of',
    'taken_for',
]
