"""All kinds of objects, in the order in which they are created."""

from __future__ import annotations

from collections.abc import Mapping

from zatools.kinds import amqp, later, rest, security
from zatools.kinds.model import Field, Kind, Per, Row

KINDS: tuple[Kind, ...] = (
    *security.KINDS,
    *rest.CHANNELS,
    *rest.OUTGOINGS,
    amqp.DEFINITION,
    amqp.CHANNEL,
    amqp.OUTGOING,
)
ORDER = {kind: number for number, kind in enumerate(KINDS)}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(kind.section for kind in KINDS))

#: Every name that a section may have in a file -> the kinds of its items.
SPELLINGS: dict[str, tuple[Kind, ...]] = {
    'security': security.KINDS[:-1],
    'def_sec': security.KINDS[:-1],
    'http_soap': (*rest.CHANNELS, *rest.OUTGOINGS),
    **{alias: (kind,) for kind in KINDS for alias in kind.aliases},
}

#: Sections of Zato's files, of today's and of earlier ones, that are not supported yet: those of rows, their other
#: names, and what is no row of an ODB.
LATER = later.SECTIONS | frozenset(
    [
        'alert_notifications',
        'alert_rules',
        'cache',
        'channel_hl7_mllp',
        'grpc',
        'microsoft_365',
        'outconn_redis',
        'outgoing_ftp',
        'outgoing_hl7_mllp',
        'outgoing_ldap',
        'outgoing_mongodb',
        'outgoing_odata',
        'outgoing_sap',
        'outgoing_sftp',
        'outgoing_smb',
        'outgoing_wsx',
    ]
)


#: Security types that are not supported yet, by every name that files have for them.
LATER_TYPES = frozenset(name for entry in later.ENTRIES if entry.type for name in (entry.type, *entry.match.values()))


def _keys_by_table() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for kind in KINDS:
        table = kind.rows[0].table
        found[table] = found.get(table, frozenset()) | kind.lookup.keys()
    return found


#: Early 3.2 exports all keys of a table for each of its kinds: the empty ones mean nothing.
KEYS_BY_TABLE = _keys_by_table()


def is_later(section: str) -> bool:
    """Tells whether a section of Zato's files is one that is not supported yet."""
    return section in LATER or section.startswith('custom_')


__all__ = [
    'KEYS_BY_TABLE',
    'KINDS',
    'LATER',
    'LATER_TYPES',
    'ORDER',
    'SECTIONS',
    'SPELLINGS',
    'Field',
    'Kind',
    'Per',
    'Row',
    'is_later',
]
