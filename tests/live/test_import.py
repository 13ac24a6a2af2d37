"""Imports through a server: which way they go, what is said, what is refused."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files
from tests.conftest import ROOT, Console, copy_real
from tests.databases import copy_own
from tests.live.places import listen, load, platform_of, put, served
from tests.platform32 import running
from zatools.commands.legacy import import_odb
from zatools.errors import Exit, FailedError, RefusedError, UsageError
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice
from zatools.state import State

BASIC = 'security:\n  - {name: a, type: basic_auth, username: a, password: s3cret-a, realm: r}\n'


def file_of(folder: Path, text: str) -> str:
    path = folder / 'a.yaml'
    path.write_text(text)
    return str(path)


def values(state: State, name: str) -> dict[str, object]:
    return next(item.values for item in state.values() if item.name == name)


def test_a_server_that_answers_is_the_way_by_itself(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    with served(layout) as server:
        listen(layout, server.url)
        code, console = put(layout, path)
        assert code is Exit.OK
        assert f'1 file, 1 object, through the server at {server.url}' in console.text
        assert [service for service, _ in server.platform.asked] == [
            'zato.security.get-list',
            'zato.security.basic-auth.create',
            'zato.security.basic-auth.change-password',
        ]
        assert 'Created 1.' in console.text


@pytest.mark.parametrize('options', [{'direct': True}, {'dry_run': True}, {'reload': True}])
def test_other_ways_ask_no_service_that_writes(options: dict[str, bool], tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    with served(layout) as server:
        listen(layout, server.url)
        _, console = put(layout, path, **options)
        assert [service for service, _ in server.platform.asked if service.startswith('zato.security.basic')] == []
    assert 'through the server' not in console.text


def test_a_dry_run_of_a_live_import_changes_nothing(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    with served(layout) as server:
        before = layout.content()
        code, console = put(layout, path, live_url=server.url, dry_run=True)
        assert (code, server.platform.writes) == (Exit.OK, 0)
    assert 'Dry run: nothing was changed.' in console.text
    assert layout.content() == before


def test_a_server_of_another_odb_is_refused(tmp_path: Path) -> None:
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
    layout, other = copy_real('3.2', tmp_path / 'one'), copy_real('3.2', tmp_path / 'two')
    other.execute("update sec_base set name = 'another' where name = 'pubapi'")
    path = file_of(tmp_path, BASIC)
    with served(other) as server:
        with pytest.raises(RefusedError, match='has another ODB'):
            put(layout, path, live_url=server.url)
        listen(layout, server.url)
        code, console = put(layout, path)
        assert code is Exit.OK
        assert 'Written into the ODB, not through the server: the server at' in console.text
        assert server.platform.writes == 0


def test_a_wrong_password_is_refused_before_the_first_call(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    platform = platform_of(layout)
    platform.password = 'another'
    with running(platform) as server, pytest.raises(FailedError, match="401: user 'admin.invoke' refused"):
        put(layout, path, live_url=server.url)
    assert load(layout) == {}


def test_no_server_is_an_error_where_it_was_asked_for(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    with served(layout) as server:
        url = server.url
    with pytest.raises(FailedError, match='is the server up|nothing listens'):
        put(layout, path, live_url=url)


def test_live_is_for_the_odb_of_a_server_of_32(tmp_path: Path) -> None:
    path = file_of(tmp_path, BASIC)
    with pytest.raises(UsageError, match='this one is of zatools itself'):
        own = copy_own('3.2', tmp_path / 'own.sqlite')
        import_files(Console(own.environ).world, OdbChoice(odb=own.path), [path], live=True)
    with pytest.raises(UsageError, match='--live is for Zato 3.2'):
        put(copy_real('4.1', tmp_path), path, live=True)


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        ({'live': True, 'direct': True}, '--live or --direct'),
        ({'live_url': 'http://127.0.0.1:1', 'reload': True}, '--live or --reload'),
        ({'jobs': 0}, '--jobs must be at least 1'),
    ],
)
def test_choices_that_contradict_each_other(options: dict[str, object], text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=text):
        put(copy_real('3.2', tmp_path), file_of(tmp_path, BASIC), **options)


TUTORIAL = """
def_amqp:
  - {name: My AMQP, host: mq.example.com}
outconn_amqp:
  - {name: Fraud Detection Connection, def_name: My AMQP, priority: 5}
"""


def test_the_line_of_the_tutorial_says_what_was_invoked_and_answered(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    assert put(layout, file_of(tmp_path, TUTORIAL), direct=True)[0] is Exit.OK
    path = file_of(tmp_path, TUTORIAL.replace('priority: 5', 'priority: 6'))
    with served(layout, faults={3: 'before'}) as server:
        listen(layout, server.url)
        console = Console(layout.environ)
        code = import_odb(console.world, OdbChoice(path=layout.path), FileChoice((path,)), replace=True)
        assert code is Exit.OK
        assert console.out.getvalue().splitlines() == [
            'Invoking zato.outgoing.amqp.edit for outconn_amqp',
            'Updated object `Fraud Detection Connection`',
            'Changed 1; 1 as in the files.',
        ]
        assert console.err.getvalue().splitlines()[0].endswith(f', through the server at {server.url}')
        assert server.platform.asked[-1][1]['priority'] == 6
        # A call that fails is no line.
        server.platform.faults[2] = 'before'
        path = file_of(tmp_path, TUTORIAL.replace('priority: 5', 'priority: 7'))
        console = Console(layout.environ)
        code = import_odb(console.world, OdbChoice(path=layout.path), FileChoice((path,)), replace=True)
        assert (code, console.out.getvalue()) == (Exit.NO, '')
        assert 'FAILED     update outgoing_amqp' in console.err.getvalue()


def test_without_a_server_nothing_of_live_imports_is_loaded(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    script = (
        'import sys\nfrom tests.calls import import_files\nfrom tests.console import Console\n'
        'from zatools.odb.target import OdbChoice\n'
        f'import_files(Console({{}}).world, OdbChoice(server={layout.path!r}), [{path!r}], direct=True)\n'
        'print([name for name in ("zatools.kinds.live", "zatools.live.importing", "requests") if name in sys.modules])'
    )
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == '[]'


def many(count: int) -> str:
    lines = (f'  - {{name: n{number}, value: "urn:{number}"}}' for number in range(count))
    return '\n'.join(['def_namespace:', *lines, ''])


def test_objects_of_one_kind_go_over_several_connections_that_stay_open(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, many(12))
    # Nobody goes on before four are there: one after the other would never end.
    together = threading.Barrier(4, timeout=60)
    with served(layout, before=lambda number: together.wait() and None) as server:
        code, console = put(layout, path, live_url=server.url, jobs=4)
        assert code is Exit.OK, console.text
        # Two ask who it is and whose ODB it has, four make objects.
        assert server.connections <= 6
    assert len(load(layout)) == 12


class Screen:
    """Remembers the lines that it showed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def update(self, number: int, line: str) -> None:
        self.lines.append(line)

    def stop(self) -> None:
        self.lines.append('')


def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    layout, path, screen = copy_real('3.2', tmp_path), file_of(tmp_path, many(3)), Screen()
    with served(layout) as server:
        world = replace(Console(layout.environ).world, screen=lambda: screen)
        assert import_files(world, OdbChoice(server=layout.path), [path], live_url=server.url) is Exit.OK
    assert [line.partition('] ')[2] for line in screen.lines if line] == ['0 of 3', '1 of 3', '2 of 3', '3 of 3']


def test_keys_that_no_field_declares_stay_though_a_service_forgets_them(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    text = 'email_smtp:\n  - {name: s, host: mail.example.com, port: 25, password: s3cret}\n'
    assert put(layout, file_of(tmp_path, text), direct=True)[0] is Exit.OK
    layout.execute("""update email_smtp set opaque1 = '"{\\"not_ours\\": [1]}"'""")
    with served(layout) as server:
        code, console = put(layout, file_of(tmp_path, text.replace('25', '26')), live_url=server.url)
        assert code is Exit.OK, console.text
    assert layout.execute('select port, opaque1 from email_smtp') == [(26, '"{\\"not_ours\\": [1]}"')]


def test_a_definition_that_only_the_server_still_has_is_no_other_odb(tmp_path: Path) -> None:
    layout, path = copy_real('3.2', tmp_path), file_of(tmp_path, BASIC)
    platform = platform_of(layout)
    listed = platform._get_list

    def and_one_more(prefix: str, given: Mapping[str, Any]) -> Any:
        return [*listed(prefix, given), {'id': 4711, 'name': 'deleted', 'sec_type': 'basic_auth'}]

    platform._get_list = and_one_more  # type: ignore[method-assign]
    with running(platform) as server:
        assert put(layout, path, live_url=server.url)[0] is Exit.OK


def test_a_value_that_two_swap_is_written_into_the_odb(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    text = 'security:\n  - {name: a, type: basic_auth, username: ONE}\n  - {name: b, type: basic_auth, username: TWO}\n'
    assert put(layout, file_of(tmp_path, text.replace('ONE', 'x').replace('TWO', 'y')), direct=True)[0] is Exit.OK
    with served(layout) as server:
        path = file_of(tmp_path, text.replace('ONE', 'y').replace('TWO', 'x'))
        code, console = put(layout, path, live_url=server.url)
        assert code is Exit.OK, console.text
        assert server.platform.writes == 0
    assert "basic_auth 'a': another object has the user name until then: 'b'" in console.text
    assert values(load(layout), 'a')['username'] == 'y'


def test_what_uses_what_the_server_does_not_know_yet_waits_with_it(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    text = """
security:
  - {name: j, type: jwt, username: j, password: s3cret-j}
channel_rest:
  - {name: c, service: my.service, url_path: /c, security: j, data_format: json}
  - {name: d, service: my.service, url_path: /d, data_format: json}
"""
    with served(layout) as server:
        code, console = put(layout, file_of(tmp_path, text), live_url=server.url)
        assert code is Exit.OK, console.text
        assert server.platform.writes == 1
    assert console.err.getvalue().splitlines()[-3:] == [
        '2 objects written into the ODB, for the server to read at its restart:',
        "  jwt 'j': its service never answers",
        "  channel_rest 'c': it uses what the server does not know yet",
    ]
    assert values(load(layout), 'c')['security'] == 'j'


def test_an_edit_of_a_key_is_followed_by_its_password_before_a_channel_uses_it(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    text = 'security:\n  - {name: k, type: apikey, password: s3cret-k, header: X-One}\n'
    assert put(layout, file_of(tmp_path, text), direct=True)[0] is Exit.OK
    text = text.replace('X-One', 'X-Two')
    text += 'channel_rest:\n  - {name: c, service: my.service, url_path: /c, security: k, data_format: json}\n'
    text += "outgoing_rest:\n  - {name: o, host: 'https://crm.example.com', url_path: /, data_format: json}\n"
    with served(layout) as server:
        code, console = put(layout, file_of(tmp_path, text), live_url=server.url)
        assert code is Exit.OK, console.text
        asked = server.platform.asked[1:]
    assert [service for service, _ in asked] == [
        'zato.security.apikey.edit',
        'zato.security.apikey.change-password',
        'zato.http-soap.create',
        'zato.http-soap.create',
    ]
    assert asked[1][1]['password1'] == 's3cret-k'
    # What is left out would be reset: inactive, and no certificate verified.
    assert asked[0][1]['is_active'] is asked[2][1]['is_active'] is asked[3][1]['tls_verify'] is True
