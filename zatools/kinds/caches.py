"""3.2's caches: in servers, and in Memcached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, STATED_32, V32
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import CACHED, ENDPOINT, MEMCACHED as PROTOCOL, OPENED

DEFAULT = Field('is_default', 'Whether it is used where none is named.', 'boolean', False, written=STATED_32)


def _cache(type_: str, doc: str, fields: tuple[Field, ...], **more: Any) -> Kind:
    section = f'zato_cache_{type_}'
    noise: Mapping[str, tuple[Any, ...] | None] = {'cache_type': (type_,), 'cache_id': None, 'current_size': None}
    return Kind(
        section,
        doc,
        (Row('cache', match={'cache_type': type_}, nothing='"{}"'), Row(f'cache_{type_}', link='cache_id')),
        (NAME, ACTIVE, DEFAULT, *fields),
        generations=V32,
        aliases=(section,),
        noise=noise,
        stated=Per({'cache_type': type_}, {}),
        noun='cache',
        referred='cache',
        admin=f'zato.cache.{type_}',
        **more,
    )


BUILTIN = _cache(
    'builtin',
    'Caches that servers keep themselves (3.2).',
    (
        Field('max_size', 'Entries that it holds.', 'integer', 10000, minimum=0, written=STATED_32),
        Field('max_item_size', 'Characters that an entry may have.', 'integer', 10000, minimum=0, written=STATED_32),
        Field('extend_expiry_on_get', 'Whether reading prolongs an entry.', 'boolean', True, written=STATED_32),
        Field('extend_expiry_on_set', 'Whether writing prolongs an entry.', 'boolean', True, written=STATED_32),
        Field(
            'sync_method',
            'Whether other servers get what is written.',
            default='in-background',
            choices=('in-background', 'no-sync'),
            written=STATED_32,
        ),
        Field(
            'persistent_storage',
            'Where entries outlive servers.',
            default='no-persistent-storage',
            choices=('no-persistent-storage', 'sql'),
            written=STATED_32,
        ),
    ),
    # The platform's own.
    internal=Per(frozenset({'default'}), frozenset()),
    served=CACHED,
)
MEMCACHED = _cache(
    'memcached',
    'Caches in Memcached (3.2).',
    (
        Field(
            'servers',
            'Hosts and ports of the servers.',
            'lines',
            required=True,
            form=Per('text', ''),
            example='memcached.example.com:11211',
            means=ENDPOINT,
        ),
        Field('is_debug', 'Whether the client logs much.', 'boolean', False, written=STATED_32),
        Field('extra', 'Options of the client, `key=value` each.', 'lines', form=Per('text', '')),
    ),
    protocol=PROTOCOL,
    served=OPENED,
)
KINDS = (BUILTIN, MEMCACHED)
