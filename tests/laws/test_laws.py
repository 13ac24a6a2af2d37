"""What holds for every kind on every layout. The objects come from the table of kinds."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.calls import diff as diff_command, export, import_files
from tests.conftest import Console, Layout
from tests.laws import samples
from zatools import generations
from zatools.errors import Exit, ZatoolsError
from zatools.files.merging import merge
from zatools.files.reader import read
from zatools.files.writer import Style, emit, variables
from zatools.kinds import KINDS, security
from zatools.kinds.model import GENERATIONS, Kind
from zatools.odb.locks import Wait
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice
from zatools.secret import Secret
from zatools.state import Item, Key, State, diff

TYPES = [kind for kind in KINDS if kind.section == 'security']


def choice(layout: Layout) -> OdbChoice:
    return OdbChoice(path=layout.path)


def write(folder: Path, state: State, generation: str, form: str = 'yaml') -> str:
    path = folder / f'wanted.{form}'
    path.write_text(emit(state, Style(generation), form))
    return str(path)


def put(layout: Layout, folder: Path, state: State, **options: Any) -> Console:
    console = Console(layout.environ)
    code = import_files(
        console.world, choice(layout), [write(folder, state, layout.generation)], replace=True, **options
    )
    assert code is Exit.OK
    return console


def seen(layout: Layout) -> tuple[State, dict[Key, int]]:
    """Returns all objects, their secrets opened, and the ids of their rows."""
    with opened(choice(layout), layout.environ) as odb:
        for item in odb.loaded.state.values():
            for value in item.values.values():
                if isinstance(value, Secret):
                    value.reveal()
        return odb.loaded.state, {key: stored.id for key, stored in odb.loaded.stored.items()}


def load(layout: Layout) -> State:
    return seen(layout)[0]


def values(state: State) -> dict[Any, Any]:
    return {key: (item.kind.label, item.values) for key, item in state.items()}


@pytest.mark.parametrize('form', ['yaml', 'json'])
@pytest.mark.parametrize('generation', GENERATIONS)
def test_reading_what_was_written_gives_the_same(generation: str, form: str, tmp_path: Path) -> None:
    state = samples.state(generation)
    found = read([write(tmp_path, state, generation, form)], io.BytesIO(), {})
    assert found.problems == []
    assert values(found.state) == values(state)


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_state_does_not_differ_from_itself(generation: str) -> None:
    assert diff(samples.state(generation), samples.state(generation), generation).changes == ()


@pytest.mark.parametrize('is_minimal', [False, True])
def test_after_an_import_nothing_differs_and_a_second_one_writes_nothing(
    layout: Layout, tmp_path: Path, is_minimal: bool
) -> None:
    wanted = samples.state(layout.generation, is_minimal)
    put(layout, tmp_path, wanted)
    assert diff(wanted, load(layout), layout.generation).changes == ()
    before = layout.content()
    assert 'Nothing to do' in put(layout, tmp_path, wanted).text
    assert layout.content() == before


def test_all_values_come_back_from_the_database(layout: Layout, tmp_path: Path) -> None:
    wanted = samples.state(layout.generation)
    put(layout, tmp_path, wanted)
    found = load(layout)
    for key, item in wanted.items():
        missing = {
            name: value
            for name, value in item.values.items()
            if found[key].values.get(name, item.kind.defaults[layout.generation].get(name)) != value
        }
        assert (key, missing) == (key, {})


def test_every_field_can_be_changed_and_taken_away(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=True))
    full = samples.state(layout.generation)
    put(layout, tmp_path, full)
    assert diff(full, load(layout), layout.generation).changes == ()
    minimal = samples.state(layout.generation, is_minimal=True)
    put(layout, tmp_path, minimal)
    assert diff(minimal, load(layout), layout.generation).changes == ()


def test_exports_are_the_same_bytes_and_importing_one_without_its_variables_changes_nothing(
    layout: Layout, tmp_path: Path
) -> None:
    put(layout, tmp_path, samples.state(layout.generation))
    before = layout.content()
    first, second = Console(layout.environ), Console(layout.environ)
    export(first.world, choice(layout))
    export(second.world, choice(layout))
    assert first.out.getvalue() == second.out.getvalue()
    path = tmp_path / 'export.yaml'
    path.write_text(first.out.getvalue())
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), [str(path)]) is Exit.OK
    assert 'Nothing to do' in console.text
    assert layout.content() == before


def test_a_fresh_database_exports_no_object(layout: Layout) -> None:
    console = Console(layout.environ)
    export(console.world, choice(layout))
    assert console.out.getvalue().strip() in ('', '{}')
    assert 'Not exported' not in console.err.getvalue()


def test_a_failing_import_leaves_the_database_as_it_was(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=True))
    before = layout.dump()
    layout.execute(*databases.NO_MORE[layout.dialect])
    more = {
        key: Item(item.kind, {**item.values, 'name': f'{item.name} more'})
        for key, item in samples.state(layout.generation, is_minimal=True).items()
    }
    for item in more.values():
        for name in ('username', 'url_path'):
            if name in item.values:
                item.values[name] += ' more'
    try:
        with pytest.raises(ZatoolsError):
            put(layout, tmp_path, {item.key: item for item in more.values()})
        assert layout.dump() == before
    finally:
        layout.execute(*databases.MORE_AGAIN[layout.dialect])


def test_rows_that_are_not_ours_stay_byte_for_byte(layout: Layout, tmp_path: Path) -> None:
    before = layout.dump()
    put(layout, tmp_path, samples.state(layout.generation))
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=True))
    after = layout.dump()
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table


def test_opaque_keys_that_are_not_ours_stay(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation))
    with opened(choice(layout), layout.environ, Wait()) as odb:
        from zatools.odb.odb import commit
        from zatools.odb.rows import write_opaque

        for key, stored in odb.loaded.stored.items():
            kind = odb.loaded.state[key].kind
            table = odb.mapped[kind].table.clause
            # Every key is one of an object's own where its kind is open.
            if 'opaque1' not in table.c or kind.is_open:
                continue
            text = write_opaque({**stored.opaque, 'not_ours': {'a': [1, None]}})
            odb.connection.execute(table.update().where(table.c.id == stored.id).values(opaque1=text))
        commit(odb)
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=True))
    with opened(choice(layout), layout.environ) as odb:
        assert [
            key
            for key, stored in odb.loaded.stored.items()
            if 'opaque1' in stored.rows.index and not odb.loaded.state[key].kind.is_open
            if stored.opaque.get('not_ours') != {'a': [1, None]}
        ] == []


def basic(name: str, username: str) -> Item:
    return Item(security.BASIC_AUTH, {'name': name, 'username': username, 'password': Secret('x' * 8)})


def test_two_definitions_may_swap_their_user_names(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, {item.key: item for item in (basic('one', 'a'), basic('two', 'b'))})
    put(layout, tmp_path, {item.key: item for item in (basic('one', 'b'), basic('two', 'a'))})
    found = load(layout)
    assert (found['security', 'one'].values['username'], found['security', 'two'].values['username']) == ('b', 'a')


def test_a_channel_moves_to_a_new_definition_while_its_old_one_is_deleted(layout: Layout, tmp_path: Path) -> None:
    channel = next(kind for kind in KINDS if kind.section == 'channel_rest')

    def state(definition: Item) -> State:
        item = Item(channel, {'name': 'c', 'service': 'my.service', 'url_path': '/c', 'security': definition.name})
        return {one.key: one for one in (definition, item)}

    put(layout, tmp_path, state(basic('old', 'same')))
    put(layout, tmp_path, state(basic('new', 'same')), delete=True)
    found = load(layout)
    assert found['channel_rest', 'c'].values['security'] == 'new'
    assert ('security', 'old') not in found


def test_every_security_type_becomes_every_other_in_place(layout: Layout, tmp_path: Path) -> None:
    pairs = list(itertools.permutations([kind for kind in TYPES if layout.generation in kind.generations], 2))
    names = [f'{old.type} to {new.type}' for old, new in pairs]

    def state(kinds: Sequence[Kind]) -> State:
        items = [samples.item(kind, 1, layout.generation) for kind in kinds]
        for item, name in zip(items, names, strict=True):
            item.values['name'] = name
            if 'username' in item.values:
                item.values['username'] = name
        return {item.key: item for item in items}

    def stored() -> dict[str, tuple[int, Kind]]:
        with opened(choice(layout), layout.environ) as odb:
            loaded = odb.loaded
            return {name: (loaded.stored['security', name].id, loaded.state['security', name].kind) for name in names}

    put(layout, tmp_path, state([old for old, _ in pairs]))
    before = stored()
    assert [kind for _, kind in before.values()] == [old for old, _ in pairs]
    wanted = state([new for _, new in pairs])
    put(layout, tmp_path, wanted)
    after = {name: (before[name][0], new) for name, (_, new) in zip(names, pairs, strict=True)}
    assert stored() == after
    assert diff(wanted, load(layout), layout.generation).changes == ()
    assert layout.dangling() == []


def test_deleting_everything_leaves_no_dangling_row(layout: Layout, tmp_path: Path) -> None:
    before = layout.dump()
    wanted = samples.state(layout.generation)
    put(layout, tmp_path, wanted)
    path = tmp_path / 'empty.yaml'
    sections = {
        item.kind.spelled_for(item.values, '4.1') if item.kind.by_section else item.kind.section
        for item in wanted.values()
    }
    path.write_text(''.join(f'{section}:\n' for section in sorted(sections)))
    console = Console(layout.environ)
    code = import_files(console.world, choice(layout), [str(path)], delete=True, yes=len(wanted))
    assert code is Exit.OK
    assert load(layout) == {}
    assert layout.dangling() == []
    assert layout.dump() == before


def test_no_secret_is_printed_or_exported(layout: Layout, tmp_path: Path) -> None:
    wanted = samples.state(layout.generation)
    consoles = [put(layout, tmp_path, wanted)]
    for item in wanted.values():
        for field in item.kind.fields:
            if field.secret and field.name in item.values:
                item.values[field.name] = Secret(f's3cret-other-{item.name}')
    path = write(tmp_path, wanted, layout.generation)
    for options in ({}, {'as_json': True}, {'as_markdown': True}):
        consoles.append(Console(layout.environ))
        assert diff_command(consoles[-1].world, choice(layout), [path], **options) is Exit.NO
    consoles.append(put(layout, tmp_path, wanted))
    consoles.append(Console(layout.environ))
    export(consoles[-1].world, choice(layout), full=True)
    assert [console.text for console in consoles if 's3cret' in console.text] == []
    assert b's3cret' not in layout.content()
    assert 's3cret' not in repr(wanted)


@pytest.mark.parametrize('generation', GENERATIONS)
def test_merging_is_associative(generation: str) -> None:
    items = list(samples.state(generation).values())
    a, b, c = items[:4], items[2:7], items[5:]
    left: list[Any] = []
    right: list[Any] = []
    one = merge([*merge([*a, *b], '', left).values(), *c], '', left)
    two = merge([*a, *merge([*b, *c], '', right).values()], '', right)
    assert values(one) == values(two)
    assert [problem for problem in (*left, *right) if not problem.is_warning] == []


@pytest.mark.parametrize('generation', GENERATIONS)
def test_converting_there_and_back_is_the_identity_on_what_both_have(generation: str) -> None:
    other = '4.1' if generation == '3.2' else '3.2'
    state: State = {}
    for key, item in samples.state(generation).items():
        if other in item.kind.generations or item.kind.section == 'def_amqp':
            both = {
                name: value
                for name, value in item.values.items()
                if other in item.kind.by_name[name].generations or item.kind.section.endswith('_amqp')
            }
            state[key] = Item(item.kind, both)
    problems: list[Any] = []
    there = generations.convert(state, other, {}, problems)
    back = generations.convert(there, generation, {}, problems)
    assert problems == []
    renamed = {'def_name', 'host', 'vhost'}
    for key, item in state.items():
        if key[0] != 'def_amqp':
            kept = {name: value for name, value in item.values.items() if name not in renamed}
            assert {name: back[key].values.get(name) for name in kept} == kept
    assert len(back) == len(state)


def test_names_of_variables_that_fall_together_get_a_hash() -> None:
    found = variables([basic('my-name', 'a'), basic('my name', 'b'), basic('other', 'c')])
    assert len(set(found.values())) == 3
    assert found[('security', 'other'), 'password'] == 'SECURITY_OTHER_PASSWORD'
    assert found[('security', 'my-name'), 'password'].startswith('SECURITY_MY_NAME_PASSWORD_')
