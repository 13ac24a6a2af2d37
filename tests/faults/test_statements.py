"""The server ends the connection at the n-th statement of a command: the ODB is as before, and the next one works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests import databases
from tests.calls import export, import_files
from tests.conftest import Console, Layout
from tests.databases import SERVERS, engine_of
from zatools.errors import OdbError
from zatools.odb.target import OdbChoice

OLD = """
security:
  - {name: api, type: basic_auth, username: api, password: s3cret, realm: old}
  - {name: gone, type: basic_auth, username: gone, password: s3cret}
channel_rest:
  - {name: users, service: my.service, url_path: /users, security: api, data_format: json}
outgoing_rest:
  - {name: CRM, host: "https://crm.example.com", url_path: /crm, tls_verify: true}
"""
#: Something of each: created, changed, retyped, deleted.
NEW = """
security:
  - {name: api, type: apikey, password: s3cret-new}
  - {name: more, type: basic_auth, username: gone, password: s3cret}
groups:
  - {name: all, members: [api, more]}
channel_rest:
  - {name: users, service: my.service, url_path: /users, groups: [all], security: "", data_format: json}
outgoing_rest:
  - {name: CRM, host: "https://crm.example.com", url_path: /crm, tls_verify: true, timeout: 77}
"""


class Killer:
    """Counts the statements of all engines; before the n-th, the server ends their connection."""

    def __init__(self, database: str, number: int = 0) -> None:
        self.database, self.number, self.count = database, number, 0

    def __call__(self, connection: Any, cursor: Any, *rest: Any) -> None:
        if connection.info.get('is_killer'):
            return
        self.count += 1
        if self.count == self.number:
            self._kill(cursor.connection)

    def _kill(self, victim: Any) -> None:
        engine = engine_of(SERVERS[self.database], isolation_level='AUTOCOMMIT')
        with engine.connect() as connection:
            connection.info['is_killer'] = True
            if self.database == 'postgresql':
                connection.exec_driver_sql(f'select pg_terminate_backend({victim.info.backend_pid}, 5000)')
            else:
                connection.exec_driver_sql(f'kill {victim.thread_id()}')
        engine.dispose()


@contextmanager
def watched(killer: Killer) -> Iterator[None]:
    event.listen(sa.Engine, 'before_cursor_execute', killer)
    try:
        yield
    finally:
        event.remove(sa.Engine, 'before_cursor_execute', killer)


@pytest.fixture(params=SERVERS)
def ours(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    layout = databases.provide(request.param, 'ours-3.2', tmp_path, worker_id)
    for name, text in (('old', OLD), ('new', NEW)):
        (tmp_path / f'{name}.yaml').write_text(text)
    put(layout, tmp_path / 'old.yaml')
    return layout


def put(layout: Layout, path: Path) -> None:
    choice = OdbChoice(odb=layout.url)
    import_files(Console(layout.environ).world, choice, [str(path)], replace=True, delete=True, lock_timeout=5)


def read(layout: Layout) -> str:
    console = Console(layout.environ)
    export(console.world, OdbChoice(odb=layout.url))
    return console.out.getvalue()


def database_of(layout: Layout) -> str:
    return 'postgresql' if layout.dialect == 'postgresql' else 'mariadb'


def test_an_import_that_is_cut_off_at_any_statement_changes_nothing(ours: Layout, tmp_path: Path) -> None:
    database = database_of(ours)
    before = ours.dump()
    for number in range(1, 1000):
        killer = Killer(database, number)
        with watched(killer):
            try:
                put(ours, tmp_path / 'new.yaml')
            except OdbError as error:
                assert 's3cret' not in f'{error.text} {error.hint}'
                assert ours.dump() == before, f'statement {number}'
                continue
        break
    # All statements had their turn: this one went through undisturbed.
    assert killer.count < number > 10
    assert ours.dump() != before


def test_an_export_that_is_cut_off_at_any_statement_says_so(ours: Layout) -> None:
    whole = read(ours)
    for number in range(1, 1000):
        with watched(Killer(database_of(ours), number)):
            try:
                assert read(ours) == whole
                break
            except OdbError as error:
                assert error.text
    assert number > 3
