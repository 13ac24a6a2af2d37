"""A password that is set where a server runs is in force at once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files, set_password
from tests.conftest import Console, Layout, copy_real
from tests.laws.test_laws import choice, load
from tests.live.places import listen, served
from zatools.errors import Exit, InvalidError, RefusedError, UsageError
from zatools.world import World

BASIC = 'security:\n  - {name: a, type: basic_auth, username: a, password: s3cret-a, realm: r}\n'


def written(folder: Path) -> str:
    (folder / 'a.yaml').write_text(BASIC)
    return str(folder / 'a.yaml')


def put(layout: Layout, folder: Path) -> None:
    assert import_files(Console(layout.environ).world, choice(layout), [written(folder)], direct=True) is Exit.OK


def set_it(layout: Layout, **options: Any) -> Console:
    console = Console(layout.environ, b's3cret-b\r\n')
    assert set_password(console.world, choice(layout), name='a', from_stdin=True, **options) is Exit.OK, console.text
    return console


def password(layout: Layout) -> str:
    state = load(layout)
    return str(next(item.values['password'].reveal() for item in state.values() if item.name == 'a'))


def test_a_server_that_answers_is_told_the_password_alone(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    with served(layout) as server:
        listen(layout, server.url)
        put(layout, tmp_path)
        server.platform.asked.clear()
        console = set_it(layout)
        services = [service for service, _ in server.platform.asked]
    assert f'through the server at {server.url}' in console.text
    assert services == ['zato.security.get-list', 'zato.security.basic-auth.change-password']
    assert password(layout) == 's3cret-b'
    assert 's3cret' not in console.text


def test_into_the_odb_where_that_is_asked_for(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    with served(layout) as server:
        listen(layout, server.url)
        put(layout, tmp_path)
        server.platform.asked.clear()
        set_it(layout, direct=True)
        assert server.platform.asked == []
    assert password(layout) == 's3cret-b'


def asked(*answers: str) -> tuple[World, list[str]]:
    """Returns a world with somebody at a terminal who types these, and the questions."""
    questions: list[str] = []
    typed = iter(answers)

    def ask(question: str) -> str:
        questions.append(question)
        return next(typed)

    return World({}, io.BytesIO(), io.StringIO(), io.StringIO(), ask=ask), questions


def test_who_sits_at_a_terminal_is_asked_twice(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path)
    world, questions = asked('s3cret-c', 's3cret-c')
    world = World(layout.environ, world.stdin, world.out, world.err, ask=world.ask)
    assert set_password(world, choice(layout), name='a') is Exit.OK
    assert questions == ['Password: ', 'Once more: ']
    assert password(layout) == 's3cret-c'


def test_two_that_differ_change_nothing(tmp_path: Path) -> None:
    world, _ = asked('one', 'two')
    with pytest.raises(InvalidError, match='differ'):
        set_password(world, choice(copy_real('3.2', tmp_path)), name='a')


def test_one_that_is_made_up_is_shown_once_and_is_another_each_time(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path)
    seen = set()
    for _ in range(3):
        console = Console(layout.environ)
        options = {'generate': True, 'to_stdout': True}
        assert set_password(console.world, choice(layout), name='a', **options) is Exit.OK
        shown = console.out.getvalue().strip()
        assert len(shown) == 32
        assert shown not in console.err.getvalue()
        assert password(layout) == shown
        seen.add(shown)
    assert len(seen) == 3


def test_one_that_nobody_would_see_is_not_made_up(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path)
    before = layout.content()
    with pytest.raises(RefusedError, match='no terminal'):
        set_password(Console(layout.environ).world, choice(layout), name='a', generate=True)
    assert layout.content() == before


def test_without_the_key_nothing_is_written(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, tmp_path)
    before = layout.content()
    environ = {name: value for name, value in layout.environ.items() if 'KEY' not in name}
    target = choice(layout)
    with pytest.raises((RefusedError, UsageError)):
        set_password(Console(environ, b'x').world, type(target)(odb=layout.url), name='a', from_stdin=True)
    assert layout.content() == before
