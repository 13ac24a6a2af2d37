"""Databases of servers for golden cases, who names them: $ODB_POSTGRESQL, $ODB_MARIADB, each empty and the case's own.

$READER_POSTGRESQL and $READER_MARIADB are the same ones for a user who may only read them. As a program it is what
cases do beside our commands: `sql URL STATEMENT…`, and `holding URL COMMAND…`, a command while another import works.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

import sqlalchemy as sa

from tests.databases import SERVERS, drop_database, engine_of, make_database, need

PASSWORD = 'hunter2'
HOLDER = re.compile(r'connection \d+ of \S+ from [\w.:-]*\w( since [\d:]*\d)?')
READERS = {
    'postgresql': (
        f"create role {{0}} login password '{PASSWORD}'",
        'alter default privileges grant select on tables to {0}',
    ),
    'mariadb': (f"create user {{0}} identified by '{PASSWORD}'", 'grant select on {0}.* to {0}'),
}
DROPS = {'postgresql': 'drop role {0}', 'mariadb': 'drop user {0}'}
VARIABLE = {f'{whose}_{database.upper()}': database for database in READERS for whose in ('ODB', 'READER')}
_numbers = count()


def execute(url: str, *statements: str) -> None:
    """Runs statements, each for good."""
    engine = engine_of(url, isolation_level='AUTOCOMMIT')
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def _database(database: str, has_reader: bool) -> Iterator[str]:
    need(database)
    name = f'zatools_golden_{os.getpid()}_{next(_numbers)}'
    url = make_database(database, name)
    try:
        if has_reader:
            execute(url, *(statement.format(name) for statement in READERS[database]))
        yield url
    finally:
        drop_database(database, name)
        if has_reader:
            execute(SERVERS[database], DROPS[database].format(name))


@contextmanager
def databases_in(text: str) -> Iterator[tuple[dict[str, str], Callable[[str], str]]]:
    """Makes the databases that a text names as $NAME; yields where they are, and what takes their names out again."""
    found: dict[str, str] = {}
    named = {name for name in re.findall(r'\$\{?([A-Z_]+)', text) if name in VARIABLE}
    with ExitStack() as stack:
        for database in sorted({VARIABLE[name] for name in named}):
            mark = database.upper()
            url = stack.enter_context(_database(database, f'READER_{mark}' in named))
            reader = sa.make_url(url).set(username=str(sa.make_url(url).database), password=PASSWORD)
            found[f'ODB_{mark}'] = url
            found[f'READER_{mark}'] = reader.render_as_string(hide_password=False)
        yield found, lambda output: _without_names(output, found)


def _without_names(text: str, found: dict[str, str]) -> str:
    # Readers first: what is left names a database alone, or with a user whom the case made up.
    for name, url in sorted(found.items(), reverse=True):
        parts = sa.make_url(url)
        where = f'{parts.host}:{parts.port}' if parts.port else str(parts.host)
        user = 'reader' if name.startswith('READER') else 'zato'
        text = text.replace(f'{parts.username}@{where}/{parts.database}', f'{user}@db.example.com/zato')
        if user == 'zato':
            text = text.replace(f'{where}/{parts.database}', 'db.example.com/zato')
    return HOLDER.sub('connection <n> of <user> from <host>', text)


def hold(url: str, command: list[str]) -> int:
    """Runs a command while an import has the ODB; returns its exit code."""
    from zatools.odb.locks import Wait
    from zatools.odb.odb import opened
    from zatools.odb.target import OdbChoice

    with opened(OdbChoice(odb=url), os.environ, Wait()):
        return subprocess.run(command, check=False).returncode


if __name__ == '__main__':
    what, where, *rest = sys.argv[1:]
    if what == 'sql':
        execute(where, *rest)
    else:
        sys.exit(hold(where, rest))
