"""The number of SQL statements depends on the tables that are touched, not on how many objects there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests import databases
from tests.bench.run import definitions
from tests.calls import import_files
from tests.conftest import Console, Layout
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

#: service, sec_base, sec_basic_auth, http_soap, conn_def_amqp, out_amqp.
TOUCHED = 6


def run(layout: Layout, folder: Path, text: str, **options: Any) -> None:
    (folder / 'a.yaml').write_text(text)
    world, choice = Console(layout.environ).world, OdbChoice(odb=layout.url)
    assert import_files(world, choice, [str(folder / 'a.yaml')], replace=True, **options) is Exit.OK


def counts(layout: Layout, folder: Path, size: int, statements: list[str]) -> list[int]:
    """Returns how many statements creating, changing, repeating and deleting take."""
    text = definitions(size)
    changed = text.replace('timeout: 30', 'timeout: 40').replace('username: user', 'username: other')
    empty = ''.join(f'{line}\n' for line in text.splitlines() if line.endswith(':') and not line.startswith(' '))
    found = []
    for wanted, options in ((text, {}), (changed, {}), (changed, {}), (empty, {'delete': True, 'yes': size})):
        statements.clear()
        run(layout, folder, wanted, **options)
        found.append(len(statements))
    return found


@pytest.mark.parametrize('database', databases.DATABASES)
def test_ten_times_the_objects_take_the_same_number_of_statements(
    database: str, tmp_path: Path, worker_id: str, statements: list[str]
) -> None:
    found = []
    for name, size in (('few', 200), ('many', 2000)):
        (tmp_path / name).mkdir()
        layout = databases.provide(database, 'ours-3.2', tmp_path / name, worker_id)
        found.append(counts(layout, tmp_path / name, size, statements))
    few, many = found
    assert few == many
    # One more asks which tables have rows at all.
    assert max(many) <= 4 * TOUCHED + 11


@pytest.mark.parametrize('database', databases.SERVERS)
def test_a_server_is_asked_for_its_tables_once(database: str, tmp_path: Path, worker_id: str) -> None:
    layout = databases.provide(database, 'ours-3.2', tmp_path, worker_id)
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found.append(statement.lower())

    event.listen(Engine, 'before_cursor_execute', note)
    run(layout, tmp_path, definitions(10))
    event.remove(Engine, 'before_cursor_execute', note)
    catalog = [text for text in found if any(mark in text for mark in ('pg_', 'information_schema', 'show '))]
    assert len([text for text in catalog if 'advisory' not in text]) == 1
