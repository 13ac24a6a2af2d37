"""An import that is killed, interrupted or cut off leaves the ODB as before or as after: on every database."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests import databases
from tests.bench.run import definitions
from tests.calls import import_files
from tests.conftest import KEY, ROOT, Console, Layout
from tests.databases import DATABASES
from tests.odb.test_servers import SLEEPERS, until_one_waits
from tests.server.running import until
from zatools.odb.target import OdbChoice

CHANGES = 2000
#: How often an import is killed; a developer may want more.
KILLS = int(os.environ.get('ZATOOLS_KILLS') or 4)
#: Where drivers are, by the number of the call, when they are interrupted: functions of theirs. New rows of PostgreSQL
#: are copied.
MOMENTS = [
    ('postgresql', 'create', '_start_query', 1),
    ('postgresql', 'create', 'write_row', 9),
    ('postgresql', 'create', 'copy_end', 1),
    ('postgresql', 'create', '_fetch', 2),
    ('postgresql', 'update', '_enter_gen', 1),
    ('postgresql', 'update', 'maybe_add_to_cache', 3),
    ('postgresql', 'update', '_process_results', 1),
    ('postgresql', 'update', '_process_results', 7),
    ('postgresql', 'update', '_exit_gen', 1),
    ('mariadb', 'create', '_write_bytes', 1),
    ('mariadb', 'create', '_read_bytes', 2),
    ('mariadb', 'create', '_read_query_result', 3),
]
#: The functions that write many rows: a driver's, and ours that copies.
WRITING = ('executemany', 'copy')
#: What makes each row take its time.
SLOW = {
    'postgresql': (
        'create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(3); return new; end $$',
        'create trigger slow before update on http_soap for each row execute function slow()',
    ),
    'mysql': ('create trigger slow before update on http_soap for each row set @slow = sleep(3)',),
}
FAST = {'postgresql': ('drop trigger slow on http_soap', 'drop function slow'), 'mysql': ('drop trigger slow',)}
UPDATE = "update sec_base set username = 'theirs' where name = 'user.0'"


@pytest.fixture(params=DATABASES)
def ours(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """An ODB of ours on each database, with as many objects as will change."""
    layout = databases.provide(request.param, 'ours-3.2', tmp_path, worker_id)
    text = definitions(CHANGES)
    (tmp_path / 'before.yaml').write_text(text)
    changed = text.replace('timeout: 30', 'timeout: 40').replace('realm: partners', 'realm: others')
    (tmp_path / 'after.yaml').write_text(
        changed.replace('method: GET', 'method: PUT').replace('priority: 6', 'priority: 7')
    )
    put(layout, tmp_path / 'before.yaml')
    return layout


def put(layout: Layout, path: Path) -> None:
    import_files(Console(layout.environ).world, OdbChoice(odb=layout.url), [str(path)], replace=True)


def start(layout: Layout, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, '-m', 'zatools', 'enmasse', 'import', str(path), '--replace', '--odb', layout.url]
    environ = {**os.environ, 'ZATO_SECRET_KEY': KEY, 'PYTHONPATH': str(ROOT)}
    with (path.parent / 'talk').open('w') as talk:
        return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=talk)


def content(layout: Layout) -> Any:
    """Returns the rows, once whoever was writing them is gone."""
    put(layout, Path(os.devnull))
    return layout.dump()


def test_one_that_is_killed_leaves_all_as_before_or_as_after(ours: Layout, tmp_path: Path) -> None:
    before = content(ours)
    begin = time.monotonic()
    assert start(ours, tmp_path / 'after.yaml').wait() == 0
    took = time.monotonic() - begin
    after = content(ours)
    assert before != after
    outcomes = []
    for _ in range(KILLS):
        put(ours, tmp_path / 'before.yaml')
        process = start(ours, tmp_path / 'after.yaml')
        time.sleep(random.uniform(0.3, 1) * took)
        process.kill()
        process.wait()
        found = content(ours)
        outcomes.append('before' if found == before else 'after' if found == after else 'half')
    assert 'half' not in outcomes


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_one_that_is_interrupted_while_it_waits_says_that_nothing_was_changed(
    ours: Layout, tmp_path: Path, number: signal.Signals
) -> None:
    before = content(ours)
    with ours.connected() as connection:
        connection.exec_driver_sql('BEGIN IMMEDIATE' if ours.dialect == 'sqlite' else UPDATE)
        process = start(ours, tmp_path / 'after.yaml')
        if ours.dialect == 'sqlite':
            until(lambda: 'Waiting for another process' in (tmp_path / 'talk').read_text())
        else:
            until_one_waits(ours)
        process.send_signal(number)
        # The lock is held until after this.
        assert process.wait(30) == 130
        connection.rollback()
    assert (tmp_path / 'talk').read_text().splitlines()[-1] == 'Interrupted: nothing was changed.'
    assert content(ours) == before


class Strike:
    """Interrupts as a signal would: at a call of one of a driver's functions, while many rows are written."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number, self.is_writing = name, number, False

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event != 'call':
            return
        self.is_writing |= frame.f_code.co_name in WRITING
        if self.is_writing and frame.f_code.co_name == self.name:
            self.number -= 1
            if not self.number:
                sys.setprofile(None)
                raise KeyboardInterrupt


@pytest.mark.parametrize(('database', 'op', 'name', 'number'), MOMENTS)
def test_a_driver_that_stumbles_over_an_interruption_does_not_replace_it(
    database: str,
    op: str,
    name: str,
    number: int,
    tmp_path: Path,
    worker_id: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # As in the program, where nobody asks for logs.
    monkeypatch.setattr(logging.getLogger(), 'handlers', [])
    layout = databases.provide(database, 'ours-3.2', tmp_path, worker_id)
    (tmp_path / 'a.yaml').write_text(definitions(60))
    if op == 'update':
        put(layout, tmp_path / 'a.yaml')
        (tmp_path / 'a.yaml').write_text(definitions(60).replace('data_format: json', 'data_format: xml'))
    before, strike = content(layout), Strike(name, number)
    sys.setprofile(strike)
    try:
        with pytest.raises(KeyboardInterrupt):
            put(layout, tmp_path / 'a.yaml')
    finally:
        sys.setprofile(None)
    assert strike.number == 0
    assert capsys.readouterr().err == ''
    assert content(layout) == before
    put(layout, tmp_path / 'a.yaml')


@pytest.mark.parametrize('ours', ['postgresql', 'mariadb'], indirect=True)
def test_one_that_is_interrupted_while_it_writes_says_no_more_than_that(ours: Layout, tmp_path: Path) -> None:
    before = content(ours)
    ours.execute(*SLOW[ours.dialect])
    try:
        process = start(ours, tmp_path / 'after.yaml')
        until_one_waits(ours, SLEEPERS)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert (tmp_path / 'talk').read_text().splitlines()[1:] == ['Interrupted: nothing was changed.']
    finally:
        ours.execute(*FAST[ours.dialect])
    assert content(ours) == before
