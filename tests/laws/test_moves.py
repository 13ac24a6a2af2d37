"""Objects that get another name keep their rows, and what uses them follows; what is said to be absent goes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calls import import_files
from tests.conftest import Console, Layout
from tests.laws import samples
from tests.laws.test_laws import choice, load, put, seen, values
from zatools.errors import Exit
from zatools.files.writer import Style, emit
from zatools.state import Item, Key, State, diff


def renamed(state: State, names: dict[Key, str]) -> State:
    """Returns objects with other names, and all that refers to them by these."""
    found: State = {}
    for item in state.values():
        new = dict(item.values)
        for field in item.kind.refs:
            value = new.get(field.name)
            if isinstance(value, list):
                new[field.name] = sorted(names.get((field.ref, name), name) for name in value)
            elif value:
                new[field.name] = names.get((field.ref, value), value)
        if item.kind.section == 'rbac_client_role':
            old = new['client_def'].split(':::')[-1]
            new['client_def'] = new['client_def'].replace(old, names.get(('security', old), old))
        new['name'] = names.get(item.key, item.values['name'])
        if not item.kind.is_named:
            new['name'] = item.kind.name_of(new)
        one = Item(item.kind, new)
        found[one.key] = one
    return found


def write(folder: Path, state: State, generation: str, was: dict[Key, str], **more: Any) -> str:
    """Writes objects to a file, each with the name that it had."""
    content = yaml.load(emit(state, Style(generation), 'yaml'), yaml.CSafeLoader) or {}
    # Files call a wrapper without its type.
    names = {short(item.name): short(was[item.key]) for item in state.values() if item.key in was}
    for items in content.values():
        for item in items:
            if item.get('name') in names:
                item['was'] = names[item['name']]
            item.update(more)
    path = folder / 'moved.yaml'
    path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False))
    return str(path)


def short(name: str) -> str:
    return name.removeprefix('KeysightVision.')


def ids(layout: Layout) -> dict[Key, int]:
    return seen(layout)[1]


def do(layout: Layout, path: str, **options: Any) -> str:
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), [path], replace=True, **options) is Exit.OK, console.text
    return console.text


def named(state: State) -> dict[Key, str]:
    return {key: f'{key[1]} anew' for key, item in state.items() if item.kind.is_named}


def test_everything_at_once_gets_another_name_and_keeps_its_rows(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation))
    before, old_ids = seen(layout)
    names = named(before)
    wanted = renamed(before, names)
    was = {(key[0], new): key[1] for key, new in names.items()}
    path = write(tmp_path, wanted, layout.generation, was)
    text = do(layout, path)
    assert [line for line in text.splitlines() if line.startswith('  + ')] == []
    after, new_ids = seen(layout)
    assert diff(wanted, after, layout.generation).changes == ()
    assert {new_ids[section, new] for (section, old), new in names.items() if section == 'security'} == {
        old_ids[key] for key in names if key[0] == 'security'
    }
    assert {(key[0], was.get(key, key[1])): id_ for key, id_ in new_ids.items() if key in was} == {
        key: id_ for key, id_ in old_ids.items() if key in names
    }
    content = layout.content()
    assert 'Nothing to do' in do(layout, path)
    assert layout.content() == content


def used(item: Item) -> set[Key]:
    """Returns the objects that one refers to."""
    return {(field.ref, name) for field in item.kind.refs for name in _names(item, field)}


def batches(items: list[Item]) -> list[list[Item]]:
    """Shares objects out, so that none refers to another one of its batch."""
    found: list[list[Item]] = []
    for item in items:
        for batch in found:
            if not any(one.key in used(item) or item.key in used(one) for one in batch):
                batch.append(item)
                break
        else:
            found.append([item])
    return found


def test_what_is_in_no_file_follows_each_object_that_gets_another_name(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation))
    state = load(layout)
    wanted_by_others = {field.ref for item in state.values() for field in item.kind.refs}
    moving = [item for item in state.values() if item.kind.section in wanted_by_others and item.kind.is_named]
    assert len(moving) > 5
    for batch in batches(moving):
        names = {item.key: f'{item.name} anew' for item in batch if item.key in state}
        assert len(names) == len(batch)
        wanted = renamed(state, names)
        # What they refer to is in no file either, nor is what refers to them.
        was = {(section, name): old for (section, old), name in names.items()}
        path = write(tmp_path, {key: wanted[key] for key in was}, layout.generation, was)
        do(layout, path)
        state = load(layout)
        assert values(state) == values(wanted), names


def test_what_is_absent_goes_and_nothing_else(layout: Layout, tmp_path: Path) -> None:
    state = samples.state(layout.generation)
    put(layout, tmp_path, state)
    before = load(layout)
    needed = {key for item in before.values() for key in used(item)}
    going = {key: item for key, item in before.items() if key not in needed and key[0] != 'service'}
    going = {key: item for key, item in going.items() if item.kind.is_named}
    assert len(going) > 10
    path = write(tmp_path, going, layout.generation, {}, absent=True)
    do(layout, path)
    assert values(load(layout)) == {key: value for key, value in values(before).items() if key not in going}
    assert 'Nothing to do' in do(layout, path)


def _names(item: Item, field: Any) -> list[str]:
    value = item.values.get(field.name) or []
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ('had', 'wanted', 'names'),
    [
        # One takes the name that another one leaves.
        ({'A': 1, 'B': 2}, [('C', 'B'), ('B', 'A')], {'B': 1, 'C': 2}),
        # The last of several names that is there counts.
        ({'B': 1}, [('C', ['B', 'A'])], {'C': 1}),
        ({'A': 1}, [('C', ['B', 'A'])], {'C': 1}),
        # Done already.
        ({'C': 1}, [('C', 'B')], {'C': 1}),
        # Both are there: nothing is renamed.
        ({'B': 1, 'C': 2}, [('C', 'B')], {'B': 1, 'C': 2}),
        # Its old name goes to a new object.
        ({'A': 1}, [('B', 'A'), ('A', None)], {'B': 1, 'A': None}),
    ],
)
def test_names_that_change_hands(
    had: dict[str, int], wanted: list[tuple[str, Any]], names: dict[str, int | None], layout: Layout, tmp_path: Path
) -> None:
    def file(rows: list[dict[str, Any]]) -> str:
        path = tmp_path / 'in.yaml'
        rows = [{'host': 'https://example.com', 'url_path': '/', **row} for row in rows]
        path.write_text(yaml.safe_dump({'outgoing_rest': rows}))
        return str(path)

    do(layout, file([{'name': name} for name in had]))
    before = ids(layout)
    numbers = {before['outgoing_rest', name]: number for name, number in had.items()}
    do(layout, file([{'name': name, **({'was': was} if was else {})} for name, was in wanted]))
    after = {key[1]: numbers.get(id_) for key, id_ in ids(layout).items() if key[0] == 'outgoing_rest'}
    assert after == names
