"""What goes back: backups that are restored through a running server, and undoing what went through it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.calls import import_files, log, set_password, undo
from tests.conftest import Console, Layout, copy_real
from tests.laws import samples
from tests.laws.test_laws import choice, values
from tests.live.places import listen, load, put, served, write
from tests.live.test_law import full_state, seen
from zatools.commands.history import switch
from zatools.errors import Exit

BASIC = 'security:\n  - {name: a, type: basic_auth, username: USER, password: s3cret-a, realm: r}\n'


def with_history(folder: Path) -> Layout:
    layout = copy_real('3.2', folder)
    assert switch(Console(layout.environ).world, choice(layout), switch='on') is Exit.OK
    return layout


def last_run(layout: Layout) -> dict[str, Any]:
    console = Console(layout.environ)
    assert log(console.world, choice(layout), as_json=True) is Exit.OK
    return dict(json.loads(console.out.getvalue())[0])


def taken_back(layout: Layout, run: int) -> str:
    console = Console(layout.environ)
    assert undo(console.world, choice(layout), yes=True, run=run) is Exit.OK, console.text
    return console.text


def test_a_backup_of_all_kinds_goes_back_through_the_server(tmp_path: Path) -> None:
    layout = with_history(tmp_path)
    least, full, backup = samples.state('3.2', is_minimal=True), full_state(), str(tmp_path / 'before.json')
    assert put(layout, write(tmp_path, least), direct=True)[0] is Exit.OK
    before = load(layout)
    assert put(layout, write(tmp_path, full), direct=True, backup=backup)[0] is Exit.OK
    assert seen(load(layout), full) != seen(before, full)
    with served(layout) as server:
        console = Console(layout.environ)
        code = import_files(console.world, choice(layout), restore=backup, replace=True, live_url=server.url)
        assert code is Exit.OK, console.text
        asked = {service for service, _ in server.platform.asked}
    assert {'zato.security.basic-auth.edit', 'zato.http-soap.edit', 'zato.definition.amqp.edit'} <= asked
    assert seen(load(layout), least) == seen(before, least)
    assert last_run(layout)['command'] == 'restore --live'
    assert 'Changed ' in console.out.getvalue()


def test_what_went_through_the_server_is_undone_in_the_odb(tmp_path: Path) -> None:
    layout, path = with_history(tmp_path), tmp_path / 'a.yaml'
    path.write_text(BASIC.replace('USER', 'one'))
    assert put(layout, str(path), direct=True)[0] is Exit.OK
    states = [values(load(layout))]
    with served(layout) as server:
        listen(layout, server.url)
        path.write_text(BASIC.replace('USER', 'two'))
        assert put(layout, str(path))[0] is Exit.OK
        states.append(values(load(layout)))
        first = last_run(layout)
        console = Console(layout.environ, b's3cret-b\n')
        assert set_password(console.world, choice(layout), name='a', from_stdin=True) is Exit.OK
        second, asked = last_run(layout), list(server.platform.asked)
        assert [run['command'] for run in (first, second)] == ['import --live', 'password set --live']
        for run in (second, first):
            assert 'A running server goes on with what it has read' in taken_back(layout, run['run'])
            assert last_run(layout)['undoes'] == run['run']
            assert values(load(layout)) == states.pop()
        assert server.platform.asked == asked
