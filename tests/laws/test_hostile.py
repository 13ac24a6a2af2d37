"""Names and texts that a careless program would stumble over come through import, export and diff on every database."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.calls import diff as diff_command, export, import_files
from tests.conftest import Console, Layout
from tests.databases import copy_own
from tests.laws import samples
from tests.laws.test_laws import choice, load, put
from zatools.errors import Exit, InvalidError
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS, security
from zatools.kinds.model import GENERATIONS
from zatools.odb.odb import opened
from zatools.secret import Secret
from zatools.state import Item, State, diff

NAMES = (
    'it\'s "quoted" `so`',
    'two  blanks and a tab-less gap',
    'a/b\\c/../d',
    '%s %(name)s {0} ${{x}} $1 :name ?',
    '- # : & * ! | > @',
    'null',
    '0123',
    'Ελληνικά',
    'Кириллица',
    'עברית',
    'العربية',
    'हिन्दी',
    '漢字かな交じり',
    '한국어',
    'ไทย',
    'Ünïcödé ß',
    '\u200dzero\u200bwidth',
    'x' * 200,
)
#: Outside of what MariaDB's older utf8 can hold.
ASTRAL = '𝒜𝓈𝓉𝓇𝒶𝓁 😀'
SQL = "'); drop table sec_base; -- \" \\' %s :a ${x}"


def comes_through(layout: Layout, folder: Path, wanted: State) -> None:
    """Imports, exports, finds no difference, imports the export; nothing changes."""
    put(layout, folder, wanted)
    assert diff(wanted, load(layout), layout.generation).changes == ()
    out = folder / 'out'
    console = Console(layout.environ)
    assert export(console.world, choice(layout), output=f'{out}/', split_by='object') is Exit.OK
    before = layout.content()
    assert diff_command(Console(layout.environ).world, choice(layout), [str(out)]) is Exit.OK
    again = Console(layout.environ)
    assert import_files(again.world, choice(layout), [str(out)]) is Exit.OK
    assert 'Nothing to do' in again.text
    assert layout.content() == before


def definition(name: str, number: int) -> Item:
    values = {'name': name, 'username': f'{number} {name}'[:190], 'realm': name[:190], 'password': Secret(name)}
    return Item(security.BASIC_AUTH, values)


def test_names_of_every_sort_come_through(layout: Layout, tmp_path: Path) -> None:
    names = NAMES if layout.dialect == 'mysql' else (*NAMES, ASTRAL)
    definitions = [definition(name, number) for number, name in enumerate(names)]
    channel = next(kind for kind in KINDS if kind.section == 'channel_rest')
    channels = [
        Item(
            channel,
            {'name': name, 'service': 'my.service', 'url_path': f'/{number}', 'data_format': 'json', 'security': name},
        )
        for number, name in enumerate(names)
    ]
    comes_through(layout, tmp_path, {item.key: item for item in (*definitions, *channels)})


#: Columns that have room for less than a name.
SHORT = {
    **{'client': 4, 'data_format': 20, 'expiration': 20, 'ping_path': 40, 'secret_type': 45, 'sysid': 4, 'sysnr': 3},
    **{'username_type': 45},
}
#: Texts that must be of a form, among what the object has elsewhere, or the name of another one.
FORMED = ('address', 'client_def', 'name', 'respond_from')


def hostile(item: Item, generation: str) -> Item:
    """Puts SQL into every text of an object that may hold any, its name too."""
    values: dict[str, Any] = {}
    for name, value in item.values.items():
        field = item.kind.by_name[name]
        if field.secret:
            value = Secret(SQL)
        elif field.type == 'text' and not field.choices and not field.ref and name not in FORMED:
            value = SQL[: SHORT[name]] if name in SHORT else f'{value} {SQL}'
        values[name] = value
    if not item.kind.is_named:
        values['name'] = item.kind.name_of(values)
    return Item(item.kind, values)


def test_sql_in_every_text_of_every_kind_comes_through(layout: Layout, tmp_path: Path) -> None:
    tables = set(layout.dump())
    items = [hostile(item, layout.generation) for item in samples.state(layout.generation).values()]
    wanted = {item.key: item for item in items}
    comes_through(layout, tmp_path, wanted)
    assert set(layout.dump()) == tables


def channel(text: str) -> State:
    """Returns a channel with a text that is kept in opaque1, which has room for any but on MariaDB."""
    kind = next(kind for kind in KINDS if kind.section == 'channel_rest')
    values = {'name': 'c', 'service': 'my.service', 'url_path': '/c', 'data_format': 'json', 'http_accept': text}
    item = Item(kind, values)
    return {item.key: item}


def refusals(layout: Layout, folder: Path, wanted: State) -> list[str]:
    """Returns why an import is refused; nothing may have changed."""
    before = layout.content()
    with pytest.raises(InvalidError) as caught:
        put(layout, folder, wanted)
    assert layout.content() == before
    assert all(problem.place for problem in caught.value.problems)
    return [problem.text for problem in caught.value.problems if not problem.is_warning]


def test_a_text_of_100_kb_comes_through_where_there_is_room(layout: Layout, tmp_path: Path) -> None:
    long = f'é"\\ x{ASTRAL}' * 7_000
    assert len(long.encode()) > 100_000
    if layout.dialect != 'mysql':
        comes_through(layout, tmp_path, channel(long))
        assert load(layout)['channel_rest', 'c'].values['http_accept'] == long
        return
    (problem,) = refusals(layout, tmp_path, channel(long))
    assert problem.startswith("channel_rest 'c': http_accept takes ")
    assert problem.endswith(' bytes in opaque1, which has room for 65535 in all')


def test_a_text_of_60_kb_comes_through_everywhere(layout: Layout, tmp_path: Path) -> None:
    long = 'x' * 60_000
    comes_through(layout, tmp_path, channel(long))
    assert load(layout)['channel_rest', 'c'].values['http_accept'] == long


def test_a_text_of_100_kb_is_refused_where_its_column_has_no_room(layout: Layout, tmp_path: Path) -> None:
    outgoing = next(kind for kind in KINDS if kind.section == 'outgoing_rest')
    values = {
        'name': 'o',
        'host': 'https://h',
        'url_path': '/',
        'data_format': 'json',
        'content_type': 'é"\\ x' * 20_000,
    }
    item = Item(outgoing, values)
    (problem,) = refusals(layout, tmp_path, {item.key: item})
    assert problem.partition(', ')[0] == "outgoing_rest 'o': content_type has 100000 characters"


@pytest.mark.parametrize('junk', ['abc', '', [1], {'a': [1]}, True, -1.5, 10**30], ids=repr)
@pytest.mark.parametrize('generation', GENERATIONS)
def test_whatever_opaque1_holds_is_read_and_told(generation: str, junk: Any, tmp_path: Path) -> None:
    # The platform's services store what they are given.
    layout = copy_own(generation, tmp_path / 'a.sqlite')
    put(layout, tmp_path, samples.state(generation))
    with opened(choice(layout), layout.environ) as odb:
        rows = [(odb.mapped[odb.loaded.state[key].kind], stored) for key, stored in odb.loaded.stored.items()]
    with sqlite3.connect(layout.database) as connection:
        for mapped, stored in rows:
            keys = {key for _, key in mapped.opaque}
            if keys and 'opaque1' in mapped.table.types:
                text = json.dumps(json.dumps({**stored.opaque, **dict.fromkeys(keys, junk)}))
                connection.execute(f'update {mapped.table.name} set opaque1 = ? where id = ?', [text, stored.id])
    connection.close()
    path = tmp_path / 'junk.yaml'
    assert export(Console(layout.environ).world, choice(layout), output=str(path), secrets=True) is Exit.OK
    (tmp_path / 'wanted.yaml').write_text(
        emit(samples.state(generation), Style(generation, shows_secrets=True), 'yaml')
    )
    diff_command(Console(layout.environ).world, choice(layout), [str(tmp_path / 'wanted.yaml')])
    console = Console(layout.environ)
    options = {'replace': True, 'allow_public': True}
    assert import_files(console.world, choice(layout), [str(tmp_path / 'wanted.yaml')], **options) is Exit.OK


OWN_KEYS = {
    'NaN': {'my_a': float('nan'), 'my_b': [float('nan')]},
    'infinite': {'my_a': float('inf'), 'my_b': -0.0, 'my_c': 1e22},
    'variables': {'my_a': '${HOME}', 'my_b': {'a': ['$${HOME}']}, 'my_c': '$$', 'my_d': 'Zato_Enmasse_Env.X'},
    'words of files': {'was': 'a', 'absent': True, 'id': 5, 'cluster_id': 6, 'opaque1': '{}', 'my_a': 1},
    'names of columns': {'name': 'X', 'type_': 'zzz', 'is_active': False, 'my_a': 1},
    'texts like others': {'my_a': 'null', 'my_b': 'true', 'my_c': '1.0', 'my_d': '~', 'my_e': ' ', 'my_f': '0o7'},
    'empty': {'my_a': {}, 'my_b': [], 'my_c': {'a': [None, {}]}, 'my_d': ''},
    'keys': {'my_a': {'<<': {'a': 1}, 'null': 1, '1': 2, '~': 3, '': 4, 'a b: c': 5, '${X}': 6}},
}


@pytest.mark.parametrize('own', OWN_KEYS.values(), ids=OWN_KEYS)
@pytest.mark.parametrize('generation', GENERATIONS)
def test_an_export_of_keys_that_no_kind_declares_changes_nothing(
    generation: str, own: dict[str, Any], tmp_path: Path
) -> None:
    layout = copy_own(generation, tmp_path / 'a.sqlite')
    given = tmp_path / 'given.yaml'
    given.write_text('zato_generic_connection:\n  - {name: G, type_: outconn-my}\n')
    assert import_files(Console(layout.environ).world, choice(layout), [str(given)]) is Exit.OK
    with sqlite3.connect(layout.database) as connection:
        connection.execute('update generic_conn set opaque1 = ?', [json.dumps(json.dumps(own))])
    connection.close()
    before = layout.dump()
    path = tmp_path / 'own.yaml'
    assert export(Console(layout.environ).world, choice(layout), output=str(path), secrets=True) is Exit.OK
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), [str(path)], replace=True) is Exit.OK
    assert 'Nothing to do' in console.text
    assert layout.dump() == before
