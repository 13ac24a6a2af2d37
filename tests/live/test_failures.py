"""What a live import leaves when a call fails: all as before, or a report of exactly what is not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, Layout, copy_real
from tests.live.places import load, platform_of, put, served
from zatools.errors import Exit

OLD = """
security:
  - {name: a, type: basic_auth, username: a, password: s3cret-old, realm: r}
  - {name: k, type: apikey, password: s3cret-key}
  - {name: gone, type: basic_auth, username: gone, password: s3cret-gone}
security_groups:
  - {name: g, members: [a]}
def_amqp:
  - {name: d, host: mq.example.com, password: s3cret-mq}
outconn_amqp:
  - {name: o, def_name: d}
channel_rest:
  - {name: c, service: my.service, url_path: /c, security: a, data_format: json}
"""
NEW = """
security:
  - {name: a, type: basic_auth, username: a, password: s3cret-new, realm: other}
  - {name: k, type: apikey, password: s3cret-key2}
  - {name: n, type: ntlm, username: n, password: s3cret-n}
security_groups:
  - {name: g, members: [k]}
def_amqp:
  - {name: d, host: mq2.example.com, password: s3cret-mq2}
  - {name: e, host: mq3.example.com}
outconn_amqp:
  - {name: o, def_name: e}
channel_rest:
  - {name: c, service: my.service, url_path: /c2, groups: [g], security: '', data_format: json}
  - {name: c3, service: my.service, url_path: /c3, security: n, data_format: json}
outgoing_rest:
  - {name: r, host: 'https://crm.example.com', url_path: /, security: a, data_format: json}
"""
#: Calls that it takes: found by `test_how_many_calls_it_takes`.
CALLS = 17


def prepared(folder: Path) -> tuple[Layout, str]:
    """An ODB with what is old, sealed, and a file with what is new."""
    layout = copy_real('3.2', folder)
    (folder / 'old.yaml').write_text(OLD)
    (folder / 'new.yaml').write_text(NEW)
    assert put(layout, str(folder / 'old.yaml'), direct=True)[0] is Exit.OK
    return layout, str(folder / 'new.yaml')


#: Columns that say when a row was written.
TIMES = {'creation_time', 'last_modified', 'created', 'last_updated'}
TABLES = ('sec_base', 'sec_basic_auth', 'http_soap', 'generic_object', 'conn_def_amqp', 'service')
#: Its row was deleted and made again.
REMADE = ('out_amqp',)


def rows(layout: Layout, *tables: str, without: str = '') -> list[str]:
    """The rows of tables as texts, sealed secrets too; without times, and without columns that end like that."""
    found = []
    with layout.connected() as connection:
        for table in tables:
            for row in connection.exec_driver_sql(f'select * from {table}').mappings():
                names = [name for name in row if name not in TIMES and not (without and name.endswith(without))]
                found.append(f'{table} {[(name, row[name]) for name in names]}')
    return sorted(found)


def everything(layout: Layout) -> list[str]:
    """All that must be as before, but for the ids of what was made again."""
    return rows(layout, *TABLES, *REMADE, without='id')


def test_how_many_calls_it_takes(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    with served(layout) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
        assert code is Exit.OK, console.text
        assert server.platform.writes == CALLS
    assert 'Created' in console.text


@pytest.mark.parametrize('fault', ['before', 'after'])
@pytest.mark.parametrize('number', range(1, CALLS + 1))
def test_a_call_that_fails_is_undone(number: int, fault: str, tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    before = everything(layout)
    with served(layout, faults={number: fault}) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
    assert code is Exit.NO
    assert 'Undone, by the server too: the ODB is as it was.' in console.text
    assert console.text.count('FAILED') == 1
    assert 's3cret' not in console.text
    assert everything(layout) == before


def test_rows_that_stay_are_as_they_were_to_the_byte(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    # Members of groups are rows that come and go.
    tables = [name for name in TABLES if name != 'generic_object']
    before = rows(layout, *tables)
    with served(layout, faults={CALLS - 1: 'before'}) as server:
        assert put(layout, path, live_url=server.url, delete=True, jobs=1)[0] is Exit.NO
    assert rows(layout, *tables) == before


#: So many random failures are tried; ZATOOLS_FAILURES=100 takes minutes.
MANY = int(os.environ.get('ZATOOLS_FAILURES') or 12)


@pytest.mark.parametrize('seed', range(MANY))
def test_several_connections_at_once_are_undone_as_well(seed: int, tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    before = everything(layout)
    chance = random.Random(seed)
    fault = chance.choice(['before', 'after', 'die', 'die after'])
    with killed(layout, {chance.randint(1, CALLS): fault}) as url:
        code, console = put(layout, path, live_url=url, delete=True, jobs=chance.choice([1, 4]))
    assert code is Exit.NO
    assert 'Undone, ' in console.text, console.text
    assert 's3cret' not in console.text
    assert everything(layout) == before


def test_without_undoing_each_object_has_a_line_and_the_same_command_goes_on(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    with served(layout, faults={5: 'before'}) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1, rollback=False)
        said = console.err.getvalue().splitlines()
        assert code is Exit.NO
        words = [line.split()[0] for line in said]
        assert (words.count('done'), words.count('FAILED'), words.count('not')) == (2, 1, 8), console.text
        assert said[-1] == 'What is done stands. The same command goes on from there.'
        code, console = put(layout, path, live_url=server.url, delete=True)
        assert code is Exit.OK, console.text
    assert load(layout)['security', 'n'].values['username'] == 'n'


def test_a_way_back_that_fails_names_what_differs(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    with served(layout, faults={7: 'before', 8: 'before'}) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
    assert code is Exit.NO
    text = console.err.getvalue()
    assert 'Undoing failed at' in text
    now, last = load(layout), text.partition('not as before:\n')[2]
    assert ("apikey 'k': password" in last) is (now['security', 'k'].values['password'].reveal() != 's3cret-key')
    assert ("ntlm 'n': is still there" in last) is (('security', 'n') in now)
    assert last


def test_an_object_that_a_service_leaves_wrong_is_named(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)

    def meddle(number: int) -> None:
        if number == CALLS:
            layout.execute("update http_soap set url_path = '/elsewhere' where name = 'c3'")

    with served(layout, before=meddle) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
    assert code is Exit.NO
    assert "  channel_rest 'c3': url_path" in console.err.getvalue()


def test_a_password_in_a_servers_words_is_masked(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    with served(layout, faults={2: 'before'}) as server:
        _, console = put(layout, path, live_url=server.url, jobs=1)
    assert 'no luck with' in console.text
    assert 's3cret' not in console.text


COMMAND = [sys.executable, '-m', 'zatools', 'enmasse', 'import', '--replace', '--delete', '--jobs', '1']
ENVIRON = {**os.environ, 'PYTHONPATH': str(ROOT)}


@contextmanager
def killed(layout: Layout, faults: dict[int, str]) -> Iterator[str]:
    """A server in a process of its own, which ends where its faults say."""
    one = platform_of(layout)
    command = [sys.executable, '-m', 'tests.platform32', layout.url, one.password, one.key, json.dumps(faults)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRON, cwd=ROOT) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize('fault', ['die', 'die after'])
@pytest.mark.parametrize('number', [1, 4, 9, 12, CALLS])
def test_a_server_that_dies_leaves_the_odb_as_it_was(number: int, fault: str, tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    before = everything(layout)
    with killed(layout, {number: fault}) as url:
        code, console = put(layout, path, live_url=url, delete=True, jobs=1)
    assert code is Exit.NO
    assert 'Undone, in the ODB; the server does not answer' in console.text
    assert everything(layout) == before


def test_ctrl_c_undoes_what_was_done(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    before = everything(layout)
    found: list[subprocess.Popen[str]] = []

    def interrupt(number: int) -> None:
        if number == 6:
            found[0].send_signal(signal.SIGINT)
            # What is in flight is waited for; the signal has come long before the rest would be done.
            time.sleep(0.5)

    with served(layout, before=interrupt, delay=0.05) as server:
        command = [*COMMAND, '--server', layout.path, '--live-url', server.url, path]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRON
        ) as process:
            found.append(process)
            said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert 'Interrupted.' in said
    assert 'Undone, by the server too: the ODB is as it was.' in said
    assert everything(layout) == before
