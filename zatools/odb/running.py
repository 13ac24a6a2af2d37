"""What an ODB knows of its running server: the login of the door for tools, services deployed, rows it can't load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from zatools.errors import OdbError, RefusedError
from zatools.kinds import rest, security
from zatools.kinds.model import START, Field
from zatools.kinds.security import CHANNEL_TYPES, type_of
from zatools.odb import engine as engines, failures
from zatools.odb.lacks import lacking
from zatools.odb.load import Loaded
from zatools.odb.mapping import KEY_HINT, SealedSecret
from zatools.odb.odb import Odb
from zatools.odb.rows import read_opaque
from zatools.odb.target import OdbChoice, Target, variable
from zatools.secret import Secret

TRANSPORTS = {'plain_http': 'rest', 'soap': 'soap'}


def password_of(odb: Odb, user: str, environ: Mapping[str, str]) -> Secret:
    """Returns the password that a user of the ODB's server invokes services with; variables are of `environ`.

    Raises OdbError where there is none, RefusedError where it can't be read.
    """
    columns = odb.tables[security.TABLE].clause.c
    query = sa.select(columns.password).where(columns.username == user, columns.cluster_id == odb.cluster_id)
    stored = odb.connection.execute(query.where(columns.sec_type == security.BASIC_AUTH.type)).scalar()
    if not stored:
        raise OdbError(f"the ODB has no password of '{user}', whom tools log in as", 'set ZATO_SERVER_PASSWORD')
    secret = SealedSecret(stored, odb.opener)
    if not secret.can_reveal:
        raise RefusedError(f"the password of '{user}' can't be read without the ODB's key", KEY_HINT)
    # The ODB is closed when the server is asked.
    if secret.is_sealed:
        return Secret(secret.reveal())
    return _resolved(user, stored, environ)


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
    with failures.errors(target):
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


class Flaw(NamedTuple):
    """A row that a server can't read, and what becomes of it: START if the server does not start with it."""

    text: str
    outcome: str = START


def unreadable(odb: Odb) -> list[Flaw]:
    """Returns which rows a server can't do with as they are now, and why."""
    loaded = odb.read()
    lacks = lacking(loaded, odb.mapped, odb.generation, lambda: loaded.state)
    found = [flaw for key, fields in lacks.items() for flaw in _lacks(str(loaded.state[key]), fields, odb.generation)]
    return list(dict.fromkeys([*found, *_others(odb, loaded)]))


def _lacks(label: str, fields: Iterable[Field], generation: str) -> Iterator[Flaw]:
    by_outcome: dict[str, list[str]] = defaultdict(list)
    for field in fields:
        by_outcome[field.without(generation)].append(field.column_of(generation))
    for outcome, keys in by_outcome.items():
        yield Flaw(f'{label} has no {", ".join(keys)} in its opaque1', outcome)


def _others(odb: Odb, loaded: Loaded) -> Iterator[Flaw]:
    # Connections of kinds that are not supported yet, and channels with definitions that no channel can use.
    definitions = odb.tables[security.TABLE].clause
    web, login = odb.tables[rest.TABLE].clause.c, definitions.c
    columns = web.name, web.connection, web.transport, web.opaque1, login.name.label('user'), login.sec_type
    query = sa.select(*columns).outerjoin(definitions, web.security_id == login.id)
    for row in odb.connection.execute(query.where(web.cluster_id == odb.cluster_id).order_by(web.name)):
        section = f'{row.connection}_{TRANSPORTS.get(row.transport, row.transport)}'
        label = f"{section} '{row.name}'"
        if row.connection == 'outgoing':
            is_missing = odb.generation == '4.1' and 'validate_tls' not in read_opaque(row.opaque1)
            if is_missing and (section, row.name) not in loaded.state:
                yield Flaw(f'{label} has no validate_tls in its opaque1')
        elif odb.generation == '4.1' and row.sec_type and type_of(row.sec_type) not in CHANNEL_TYPES.v41:
            yield Flaw(f"{label} uses {type_of(row.sec_type)} '{row.user}', which no channel can")
