"""That one key seals all secrets of an ODB: which it is, and how an ODB of ours knows it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from zatools.errors import RefusedError
from zatools.kinds import security
from zatools.odb.mapping import SealedSecret
from zatools.odb.rows import read_opaque, write_opaque
from zatools.odb.seal import Sealer, key_for, key_path, make_key_file, new_key, sealer_for
from zatools.odb.target import OdbChoice, Target

if TYPE_CHECKING:
    from zatools.odb.odb import Odb

#: The key of the cluster row's `opaque1` that holds what the ODB's key sealed, and what that is.
CHECK, KNOWN = 'key_check', 'zatools'


def give(odb: Odb, choice: OdbChoice, environ: Mapping[str, str]) -> None:
    """Gives an ODB its key, if there is one. Raises RefusedError for a key that does not open what is sealed there."""
    key = key_for(odb.target, odb.is_ours, choice.server_key, environ)
    odb.sealer = sealer_for(key)
    if odb.sealer is None:
        return
    for token in (_opaque(odb).get(CHECK), _password(odb)):
        if token:
            odb.sealer.open(token)


def _opaque(odb: Odb) -> Mapping[str, Any]:
    if not odb.is_ours:
        return {}
    columns = odb.tables['cluster'].clause.c
    return read_opaque(odb.connection.execute(sa.select(columns.opaque1).where(columns.id == odb.cluster_id)).scalar())


def _password(odb: Odb) -> str | None:
    # One of any definition, the platform's own included.
    column = odb.tables[security.TABLE].clause.c.password
    return odb.connection.execute(sa.select(column).where(column.like('zato.secf.%')).limit(1)).scalar()


def make(odb: Odb) -> None:
    """Makes up a key for an ODB of ours in a file that has none; it is kept when the changes are.

    Where a secret is sealed already there is none to make up: two keys would seal, and neither would open all.
    """
    if not odb.is_ours or odb.sealer or not odb.target.sqlite_path or CHECK in _opaque(odb) or _has_sealed(odb):
        return
    odb.new_key = new_key()
    odb.sealer = Sealer(odb.new_key)


def _has_sealed(odb: Odb) -> bool:
    values = (value for item in odb.loaded.state.values() for value in item.values.values())
    return any(isinstance(value, SealedSecret) and value.is_sealed for value in values)


def remember(odb: Odb) -> None:
    """Puts what the key sealed into an ODB of ours that has no such thing yet."""
    opaque = _opaque(odb)
    if not odb.is_ours or odb.sealer is None or CHECK in opaque:
        return
    table = odb.tables['cluster'].clause
    text = write_opaque({**opaque, CHECK: odb.sealer.seal(KNOWN)})
    odb.connection.execute(sa.update(table).where(table.c.id == odb.cluster_id).values(opaque1=text))


def keep(odb: Odb) -> None:
    """Keeps a key that was made up, beside the ODB's file; RefusedError where another one has come there meanwhile."""
    if odb.new_key is None:
        return
    if make_key_file(odb.target.sqlite_path, odb.new_key).reveal() != odb.new_key.reveal():
        raise RefusedError(f'{key_path(odb.target.sqlite_path)} was made by another program meanwhile', 'try again')


def hint(target: Target) -> str:
    """Returns where the key of an ODB of ours is to be."""
    places = ['ZATO_SECRET_KEY']
    if target.sqlite_path:
        places.append(str(key_path(target.sqlite_path)))
    return f'its key is looked for in {" and ".join(places)}'
