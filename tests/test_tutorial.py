"""The tutorial's definitions make the whole round: files, a database, files again, another database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.calls import diff, export, import_files, validate
from tests.conftest import KEY, ROOT, Console, Layout, copy_real, deploy
from zatools import ini
from zatools.commands.odb import create
from zatools.errors import Exit, InvalidError
from zatools.odb.target import OdbChoice

DEFINITIONS = str(ROOT / 'samples' / 'tutorial' / 'definitions.yaml')
SERVICE = 'api.user.get-details'
VARIABLES = {
    'SECURITY_API_PASSWORD': 'user-pässword',
    'DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD': 'broker-password',
    'OUTGOING_AMQP_FRAUD_DETECTION_CONNECTION_PASSWORD': 'broker-password',
}


def ours(generation: str, folder: Path) -> Layout:
    """Makes an empty ODB of ours."""
    database = folder / 'zato-odb.sqlite'
    environ = {'ZATO_SECRET_KEY': KEY}
    create(Console(environ).world, OdbChoice(odb=f'sqlite:///{database}'), layout=generation)
    return Layout('ours', generation, f'sqlite:///{database}', database, environ)


def theirs(generation: str, folder: Path) -> Layout:
    """Copies a database of Zato's own with its server directory and deploys the tutorial's service."""
    found = copy_real(generation, folder)
    deploy(found, SERVICE)
    return found


MAKERS = [
    pytest.param(maker, generation, id=f'{maker.__name__}-{generation}')
    for maker in (ours, theirs)
    for generation in ('3.2', '4.1')
]
Maker = Callable[[str, Path], Layout]


def run(layout: Layout, command: Any, *args: Any, expected: Exit = Exit.OK, **options: Any) -> Console:
    """Runs a command on a database with the tutorial's variables set; no secret may be printed."""
    console = Console({**layout.environ, **VARIABLES})
    assert command(console.world, OdbChoice(path=layout.path), *args, **options) is expected, console.text
    assert [value for value in VARIABLES.values() if value in console.text] == []
    return console


def two(maker: Maker, generation: str, folder: Path) -> tuple[Layout, Layout]:
    """Makes two databases of one sort."""
    for name in ('first', 'second'):
        (folder / name).mkdir()
    return maker(generation, folder / 'first'), maker(generation, folder / 'second')


def rows(database: Path) -> dict[str, set[str]]:
    """Returns all rows of a database by table, each as its text."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: set(map(repr, connection.execute(f'select * from "{name}"'))) for name in tables}


def new_rows(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, int]:
    """Returns how many rows each table got."""
    return {name: len(after[name] - before[name]) for name in after if after[name] != before[name]}


def test_the_definitions_are_valid() -> None:
    console = Console(VARIABLES)
    assert validate(console.world, [DEFINITIONS], strict=True) is Exit.OK
    assert console.text == '6 objects, no problems\n'


@pytest.mark.parametrize(('maker', 'generation'), MAKERS)
def test_the_definitions_make_the_whole_round(maker: Maker, generation: str, tmp_path: Path) -> None:
    first, second = two(maker, generation, tmp_path)
    one, other = tmp_path / 'one.yaml', tmp_path / 'other.yaml'

    assert 'Created ' in run(first, import_files, [DEFINITIONS]).out.getvalue()
    run(first, diff, [DEFINITIONS])
    run(first, export, output=str(one))
    run(second, import_files, [str(one)])
    run(first, diff, source=first.path, target=second.path)
    run(second, export, output=str(other))

    assert one.read_bytes() == other.read_bytes()
    assert 'SECURITY_API_PASSWORD' in one.read_text()


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_before_the_service_is_deployed_a_server_refuses_its_channel(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    before = layout.database.read_bytes()
    with pytest.raises(InvalidError) as found:
        run(layout, import_files, [DEFINITIONS])
    assert [problem.text for problem in found.value.problems] == [
        f"channel_rest '{SERVICE}': no service '{SERVICE}' in the ODB"
    ]
    assert layout.database.read_bytes() == before


@pytest.mark.parametrize(('generation', 'tables'), [('3.2', 5), ('4.1', 4)])
def test_other_rows_stay_and_the_server_opens_what_was_sealed(generation: str, tables: int, tmp_path: Path) -> None:
    layout = theirs(generation, tmp_path)
    before = rows(layout.database)
    run(layout, import_files, [DEFINITIONS])
    after = rows(layout.database)
    assert all(before[name] <= after[name] for name in before)
    assert len(new_rows(before, after)) == tables
    secrets = ini.read(f'{layout.path}/config/repo/secrets.conf')
    with closing(sqlite3.connect(layout.database)) as connection:
        sealed = connection.execute("select password from sec_base where name = 'api'").fetchone()[0]
    token = sealed.removeprefix('zato.secf.').encode()
    assert Fernet(secrets['secret_keys']['key1']).decrypt(token).decode() == VARIABLES['SECURITY_API_PASSWORD']
