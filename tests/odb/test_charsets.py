"""Databases that don't hold all characters: what they lack is found before anything is written, the rest comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.calls import export, import_files
from tests.conftest import KEY, Console, Layout
from tests.databases import make_own
from zatools.commands.odb import create
from zatools.errors import Exit, InvalidError, OdbError
from zatools.odb.charsets import first_unheld
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice

#: A database, its character set, a text that it holds and the first character that it doesn't.
NARROW = [
    ('postgresql', 'LATIN1', 'déjà', 'ž'),
    ('postgresql', 'WIN1250', 'žluť', 'д'),
    ('mariadb', 'utf8mb3', 'žluťд漢', '😀'),
    ('mariadb', 'latin1', 'déjà €', 'ł'),
    ('mariadb', 'koi8r', 'дом', 'é'),
]


@pytest.fixture(params=NARROW, ids=lambda one: f'{one[0]}-{one[1]}')
def narrow(request: pytest.FixtureRequest, worker_id: str) -> Iterator[tuple[Layout, str, str, str]]:
    """An ODB of ours with a character set that lacks some: its layout, the set, a text that fits, one letter not."""
    database, charset, held, unheld = request.param
    databases.need(database)
    name = f'zatools_{worker_id}_charset'
    try:
        yield make_own('3.2', databases.make_database(database, name, charset)), charset, held, unheld
    finally:
        databases.drop_database(database, name)


def put(layout: Layout, folder: Path, text: str) -> Exit:
    path = folder / 'a.yaml'
    path.write_text(text)
    return import_files(Console(layout.environ).world, OdbChoice(odb=layout.url), [str(path)], replace=True)


def outgoing(name: str, path: str) -> str:
    return f"outgoing_rest:\n  - {{name: '{name}', host: https://x, url_path: '/{path}', data_format: json}}\n"


def test_a_character_that_the_database_lacks_is_found_before_anything_is_written(
    narrow: tuple[Layout, str, str, str], tmp_path: Path
) -> None:
    layout, charset, held, unheld = narrow
    before = layout.content()
    with pytest.raises(InvalidError) as caught:
        put(layout, tmp_path, outgoing(f'a {held}{unheld}', held))
    assert [str(problem).partition('a.yaml:')[2] for problem in caught.value.problems if not problem.is_warning] == [
        f"2:12: outgoing_rest 'a {held}{unheld}': name has '{unheld}' (U+{ord(unheld):04X}),"
        f" which the ODB can't hold: its character set is {charset}"
    ]
    assert layout.content() == before


def test_what_the_database_holds_comes_back_and_what_is_kept_in_opaque1_is_any_text(
    narrow: tuple[Layout, str, str, str], tmp_path: Path
) -> None:
    layout, _, held, unheld = narrow
    text = outgoing(f'a {held}', held) + (
        f"security:\n  - {{name: '{held}', type: basic_auth, username: '{held}', password: '{unheld}'}}\n"
        'channel_rest:\n  - {name: c, service: my.service, url_path: /c, data_format: json, '
        f"http_accept: '{unheld}'}}\n"
    )
    assert put(layout, tmp_path, text) is Exit.OK
    with opened(OdbChoice(odb=layout.url), layout.environ) as odb:
        state = odb.loaded.state
        assert state['outgoing_rest', f'a {held}'].values['url_path'] == f'/{held}'
        assert state['security', held].values['password'].reveal() == unheld
        assert state['channel_rest', 'c'].values['http_accept'] == unheld
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(odb=layout.url)) is Exit.OK
    assert f'url_path: /{held}\n' in console.out.getvalue()
    before = layout.content()
    assert put(layout, tmp_path, text) is Exit.OK
    assert layout.content() == before


def test_what_only_the_database_finds_is_said_without_the_value(
    narrow: tuple[Layout, str, str, str], tmp_path: Path
) -> None:
    layout, _, _, unheld = narrow
    before = layout.content()
    # The name of a service is no value of the channel's own row.
    channel = f"channel_rest:\n  - {{name: c, service: 'my.{unheld}', url_path: /c, data_format: json}}\n"
    with pytest.raises(OdbError) as caught:
        put(layout, tmp_path, channel)
    assert caught.value.text.endswith(
        "can't hold a character of a value: its character set lacks it. Nothing was changed."
    )
    assert layout.content() == before


def test_sql_ascii_holds_everything(tmp_path: Path, worker_id: str) -> None:
    databases.need('postgresql')
    environ = {'ZATO_SECRET_KEY': KEY}
    name = f'zatools_{worker_id}_charset'
    try:
        layout = Layout('ours-3.2', '3.2', '', databases.make_database('postgresql', name, 'SQL_ASCII'), environ)
        create(Console(environ).world, OdbChoice(odb=layout.url))
        assert put(layout, tmp_path, outgoing('žluť 😀', 'д')) is Exit.OK
        with opened(OdbChoice(odb=layout.url), environ) as odb:
            assert odb.loaded.state['outgoing_rest', 'žluť 😀'].values['url_path'] == '/д'
    finally:
        databases.drop_database('postgresql', name)


@pytest.mark.parametrize(
    ('text', 'charset', 'letter'),
    [
        ('plain', 'ascii', ''),
        ('a é', 'ascii', 'é'),
        ('aé', 'latin2', ''),
        ('😀', 'UTF8', ''),
        ('😀', 'utf8', '😀'),
        ('😀', 'utf8mb4', ''),
        ('漢', 'big5', ''),
        ('é', 'a set that we do not know', ''),
        ('', 'ascii', ''),
    ],
)
def test_the_first_character_that_a_set_lacks(text: str, charset: str, letter: str) -> None:
    assert first_unheld(text, charset) == letter
