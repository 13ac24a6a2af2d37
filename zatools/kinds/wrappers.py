"""Wrappers of REST APIs that the platform knows: rows of outgoing REST connections with credentials of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import IN_ROWS, password
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.rest import NEW, OUTGOING, OUTGOING_NOISE, OUTGOING_REST, TABLE, mend_outgoing
from zatools.place import Place

#: Names that users do not write begin with the type.
TYPES = ('KeysightVision', 'KeysightHawkeye')
#: Callers say what the path is.
PATH = '{_zato_path}'
OTHERWISE = {
    'ping_method': Field('ping_method', 'HTTP method of pings.', default='HEAD'),
    'timeout': Field('timeout', 'Seconds.', 'integer', 10, minimum=0),
}


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    # What is called `vision` in files has `KeysightVision.vision` as the name of its row.
    prefix = f'{values.get("wrapper_type", "")}.'
    if values['name'] and not values['name'].startswith(prefix):
        values['name'] = prefix + values['name']
    mend_outgoing(values, places, keys, section)


def _name(values: Mapping[str, Any]) -> str:
    return str(values['name']).removeprefix(f'{values.get("wrapper_type", "")}.')


WRAPPER = Kind(
    'zato_generic_rest_wrapper',
    'REST wrappers: outgoing connections to APIs that the platform has clients for.',
    (
        Row(
            TABLE,
            match={'connection': 'outgoing', 'transport': 'plain_http'},
            new={**NEW, 'url_path': PATH},
            opaque={'is_wrapper': True},
        ),
    ),
    (
        OUTGOING[0],
        Field(
            'wrapper_type',
            'Which API it is; the name of its row begins with it.',
            choices=TYPES,
            required=True,
            example=TYPES[0],
            written=IN_ROWS,
        ),
        Field('username', 'User name.', written=IN_ROWS),
        password(written=IN_ROWS),
        *(OTHERWISE.get(field.name, field) for field in OUTGOING[1:] if field.name != 'url_path'),
    ),
    aliases=('zato_generic_rest_wrapper',),
    noise={**OUTGOING_NOISE, 'is_wrapper': (True,), 'url_path': None, 'soap_action': None, 'soap_version': None},
    stated=Per({'name': _name}, {'name': _name}),
    role=traits.OUTGOING,
    noun='REST wrapper',
    mend=_mend,
    fold=OUTGOING_REST.fold,
)
