"""The shape that some forty kinds share: rows of `generic_conn`, told apart by `type_`, the rest in `opaque1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import CHANNEL, OTHER, OUTGOING

#: 3.2 has one section for all types.
SECTION_32 = 'zato_generic_connection'
#: Columns of `generic_conn` that 3.2's exports have for every type, mostly empty.
NOISE: Mapping[str, tuple[Any, ...] | None] = dict.fromkeys(
    [
        'address_masked',
        'cache_expiry',
        'cache_id',
        'conn_def_id',
        'is_channel',
        'is_internal',
        'is_outconn',
        'is_outgoing',
        'sec_use_rbac',
        'type_',
    ]
)


def _role(is_channel: bool, is_outconn: bool) -> str:
    if is_channel:
        return CHANNEL
    return OUTGOING if is_outconn else OTHER


def connection(
    section: str,
    type_: str,
    doc: str,
    fields: tuple[Field, ...],
    *,
    flags: tuple[bool, bool] = (False, False),
    pool_size: int | None = None,
    **more: Any,
) -> Kind:
    """Returns the kind of one type of generic connections.

    `flags` say whether rows are channels, and whether they are outgoing connections. Another section of 3.2, for types
    that have one of their own, is the `spelling`. `pool_size` is that of kinds without such a field.
    """
    is_channel, is_outconn = flags
    return Kind(
        section,
        doc,
        (
            Row(
                'generic_conn',
                match={'type_': type_},
                new={
                    'is_internal': False,
                    'is_channel': is_channel,
                    'is_outconn': is_outconn,
                    'cache_expiry': 0,
                    'sec_use_rbac': False,
                    'pool_size': pool_size,
                },
                nothing='"{}"',
            ),
        ),
        fields,
        **{
            'spelling': Per(SECTION_32, section),
            'aliases': (section,),
            'shared': (SECTION_32,),
            'noise': NOISE,
            'stated': Per(
                {
                    'type_': type_,
                    'is_channel': is_channel,
                    'is_internal': False,
                    'is_outconn': is_outconn,
                    'sec_use_rbac': False,
                },
                {},
            ),
            'role': _role(is_channel, is_outconn),
            **more,
        },
    )
