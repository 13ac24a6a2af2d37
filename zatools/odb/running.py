"""What an ODB knows of its running server: the login of the door for tools, services deployed, rows it can't load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from zatools.errors import OdbError, RefusedError
from zatools.generations import CHANNEL
from zatools.odb import engine as engines, trouble
from zatools.odb.mapping import KEY_HINT, SealedSecret
from zatools.odb.odb import Odb
from zatools.odb.rows import read_opaque
from zatools.odb.target import OdbChoice, Target, variable
from zatools.secret import Secret

USER = 'admin.invoke'
TRANSPORTS = {'plain_http': 'rest', 'soap': 'soap'}


def login(odb: Odb, environ: Mapping[str, str]) -> tuple[str, Secret]:
    """Returns the user and password that tools invoke services with; RefusedError where the password can't be read."""
    user = environ.get('ZATO_SERVER_USER') or USER
    if environ.get('ZATO_SERVER_PASSWORD'):
        return user, Secret(environ['ZATO_SERVER_PASSWORD'])
    columns = odb.tables['sec_base'].clause.c
    query = sa.select(columns.password).where(columns.username == user, columns.cluster_id == odb.cluster_id)
    stored = odb.connection.execute(query.where(columns.sec_type == 'basic_auth')).scalar()
    if not stored:
        raise OdbError(f"the ODB has no password of '{user}', whom tools log in as", 'set ZATO_SERVER_PASSWORD')
    secret = SealedSecret(stored, odb.sealer.open if odb.sealer else None)
    if not secret.can_reveal:
        raise RefusedError(f"the password of '{user}' can't be read without the ODB's key", KEY_HINT)
    return user, secret if secret.is_sealed else _resolved(user, stored, environ)


def _resolved(user: str, text: str, environ: Mapping[str, str]) -> Secret:
    # Servers take a stored text that begins with one $ for the name of a variable.
    if not text.startswith('$') or text.startswith('$$'):
        return Secret(text)
    found = variable(text[1:], environ)
    if found is None:
        raise RefusedError(
            f"the password of '{user}' is in a variable of the server that is not set here", 'set ZATO_SERVER_PASSWORD'
        )
    return Secret(found)


def missing_services(target: Target, choice: OdbChoice, names: Iterable[str]) -> list[str]:
    """Returns those of the named services that a server's ODB has no row of; [] for an ODB of ours, which makes them.

    Reads in a transaction of its own, so that whoever deploys can write.
    """
    cluster = sa.table('cluster', sa.column('id'), sa.column('name'), sa.column('opaque1'))
    service = sa.table('service', sa.column('name'), sa.column('cluster_id'))
    with trouble.errors(target):
        engine = engines.open_engine(target)
        with engine.connect() as connection:
            rows = connection.execute(sa.select(cluster.c.id, cluster.c.name, cluster.c.opaque1)).fetchall()
            rows = [row for row in rows if choice.cluster in ('', row.name)]
            if any(read_opaque(row.opaque1).get('made_by') == 'zatools' for row in rows):
                return []
            ids = [row.id for row in rows]
            known = set(connection.execute(sa.select(service.c.name).where(service.c.cluster_id.in_(ids))).scalars())
        engine.dispose()
    return sorted(set(names) - known)


def unreadable(odb: Odb) -> list[str]:
    """Returns which rows a server can't load, and why: each keeps it from starting, and 4.1 from reloading."""
    if odb.is_ours:
        return []
    web, security = odb.tables['http_soap'].clause.c, odb.tables['sec_base'].clause.c
    query = sa.select(security.id, security.name, security.sec_type, security.opaque1)
    rows = odb.connection.execute(query.where(security.cluster_id == odb.cluster_id))
    definitions = {row.id: row for row in rows}
    query = sa.select(web.name, web.connection, web.transport, web.security_id, web.opaque1)
    rows = odb.connection.execute(query.where(web.cluster_id == odb.cluster_id).order_by(web.name))
    found = (_why_unreadable(row, definitions.get(row.security_id), odb.generation) for row in rows)
    return list(dict.fromkeys(filter(None, found)))


def _why_unreadable(row: Any, definition: Any | None, generation: str) -> str:
    label = f"{row.connection}_{TRANSPORTS.get(row.transport, row.transport)} '{row.name}'"
    if row.connection == 'outgoing':
        is_missing = generation == '4.1' and 'validate_tls' not in read_opaque(row.opaque1)
        return f'{label} has no validate_tls in its opaque1' if is_missing else ''
    if definition is None:
        return ''
    if definition.sec_type == 'apikey' and not read_opaque(definition.opaque1).get('header'):
        return f"apikey '{definition.name}', which channels use, has no header in its opaque1"
    if generation == '4.1' and definition.sec_type not in CHANNEL['4.1']:
        return f"{label} uses {definition.sec_type} '{definition.name}', which no channel can"
    return ''
