"""Undo after any import gives the state before it: every kind, every layout, every database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from tests.calls import drift, import_files, log, undo
from tests.conftest import Console, Layout
from tests.databases import copy_own, copy_real
from tests.laws import samples
from tests.laws.test_laws import choice, load, put, seen, values, write
from tests.laws.test_moves import do, named, renamed, write as write_moved
from zatools.commands.history import switch
from zatools.errors import Exit, RefusedError
from zatools.kinds.model import GENERATIONS
from zatools.state import Key, State, references


def keep_history(layout: Layout) -> None:
    assert switch(Console(layout.environ).world, choice(layout), switch='on') is Exit.OK


def delete(layout: Layout, path: Path) -> None:
    options: dict[str, Any] = {'replace': True, 'delete': True}
    with pytest.raises(RefusedError) as refused:
        import_files(Console(layout.environ).world, choice(layout), [str(path)], **options)
    count = int(refused.value.text.split()[0])
    assert count > 30
    assert import_files(Console(layout.environ).world, choice(layout), [str(path)], yes=count, **options) is Exit.OK


def take_back(layout: Layout, **options: Any) -> str:
    console = Console(layout.environ)
    assert undo(console.world, choice(layout), yes=True, **options) is Exit.OK, console.text
    return console.text


def test_undo_after_an_import_of_every_kind_gives_the_state_before_it(layout: Layout, tmp_path: Path) -> None:
    keep_history(layout)
    empty = values(load(layout))
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=True))
    minimal = values(load(layout))
    put(layout, tmp_path, samples.state(layout.generation))
    full = values(load(layout))
    assert full != minimal
    take_back(layout)
    assert values(load(layout)) == minimal
    take_back(layout)
    assert values(load(layout)) == full
    take_back(layout)
    take_back(layout, run=2 if len(empty) else 1)
    assert values(load(layout)) == empty
    assert layout.dangling() == []


def test_undo_brings_back_what_was_deleted(layout: Layout, tmp_path: Path) -> None:
    keep_history(layout)
    wanted = samples.state(layout.generation)
    put(layout, tmp_path, wanted)
    before = values(load(layout))
    gone = {key: item for key, item in wanted.items() if not any(key in keys_of(other) for other in wanted.values())}
    path = tmp_path / 'rest.yaml'
    write(tmp_path, {key: item for key, item in wanted.items() if key not in gone}, layout.generation)
    (tmp_path / 'wanted.yaml').rename(path)
    # Sections that are to be emptied are in the file, too.
    sections = {item.kind.spelled(layout.generation) for item in gone.values()}
    there = {line.rstrip(':\n') for line in path.read_text().splitlines() if line.endswith(':') and line[0] != ' '}
    with path.open('a') as file:
        file.writelines(f'{section}: []\n' for section in sorted(sections - there))
    delete(layout, path)
    assert len(load(layout)) < len(before)
    take_back(layout)
    assert values(load(layout)) == before


def keys_of(item: Any) -> set[Any]:
    return {key for _, key in references(item)}


@pytest.mark.parametrize('whose', ['ours', 'zato'])
@pytest.mark.parametrize('generation', GENERATIONS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_undo_after_any_imports_gives_each_state_before_them(
    whose: str, generation: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp('undo')
    layout = copy_own(generation, folder / 'a.sqlite') if whose == 'ours' else copy_real(generation, folder)
    keep_history(layout)
    full, minimal = samples.state(generation), samples.state(generation, is_minimal=True)
    states = [values(load(layout))]
    for _ in range(data.draw(st.integers(1, 3))):
        chosen = data.draw(st.sets(st.sampled_from(sorted(full))))
        wanted: State = {key: data.draw(st.sampled_from([full, minimal]))[key] for key in with_all(chosen, full)}
        put(layout, folder, {key: item for key, item in full.items() if key in wanted} | wanted)
        now = values(load(layout))
        if now != states[-1]:
            states.append(now)
    number = len(states) - 1
    for before in reversed(states[:-1]):
        take_back(layout, run=number)
        assert values(load(layout)) == before
        number -= 1


def test_undo_gives_all_objects_their_names_back(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, samples.state(layout.generation))
    keep_history(layout)
    before, old_ids = seen(layout)
    rename(layout, tmp_path, named(before))
    after, runs = load(layout), number_of_runs(layout)
    assert after.keys() != before.keys()
    assert drifting(layout) == Exit.OK
    take_back(layout)
    assert all_of(layout) == (values(before), old_ids)
    assert drifting(layout) == Exit.OK
    take_back(layout)
    assert values(load(layout)) == values(after)
    # The first rename again, which was taken back and forth since.
    take_back(layout, run=runs, force=True)
    assert all_of(layout) == (values(before), old_ids)
    assert layout.dangling() == []


def all_of(layout: Layout) -> tuple[dict[Any, Any], dict[Key, int]]:
    state, numbers = seen(layout)
    return values(state), numbers


def number_of_runs(layout: Layout) -> int:
    console = Console(layout.environ)
    assert log(console.world, choice(layout), as_json=True) is Exit.OK
    return int(json.loads(console.out.getvalue())[0]['run'])


def drifting(layout: Layout) -> Exit:
    return drift(Console(layout.environ).world, choice(layout))


def rename(layout: Layout, folder: Path, names: dict[Key, str]) -> None:
    was = {(key[0], new): key[1] for key, new in names.items()}
    do(layout, write_moved(folder, renamed(load(layout), names), layout.generation, was))


# Each example takes seconds: it goes through every kind several times.
@pytest.mark.parametrize(('generation', 'whose'), [('3.2', 'zato'), ('4.1', 'ours')])
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(data=st.data())
def test_undo_of_renames_and_changes_in_any_order(
    whose: str, generation: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp('undo')
    layout = copy_own(generation, folder / 'a.sqlite') if whose == 'ours' else copy_real(generation, folder)
    put(layout, folder, samples.state(generation, is_minimal=True))
    keep_history(layout)
    states = [all_of(layout)]
    numbers = [number_of_runs(layout)]
    for turn in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            # A later import makes it again, beside it: what two objects can't both have would be there twice.
            kinds = {key: item.kind for key, item in load(layout).items()}
            there = [key for key, kind in kinds.items() if kind.is_named and not kind.unique]
            chosen = data.draw(st.sets(st.sampled_from(sorted(there)), min_size=1, max_size=8))
            rename(layout, folder, {key: f'{key[1]} {turn}' for key in chosen})
        else:
            put(layout, folder, samples.state(generation, is_minimal=data.draw(st.booleans())))
        number = number_of_runs(layout)
        if number > numbers[-1]:
            states.append(all_of(layout))
            numbers.append(number)
    for number, before in zip(reversed(numbers[1:]), reversed(states[:-1]), strict=True):
        take_back(layout, run=number)
        now = all_of(layout)
        assert (now[0], set(now[1])) == (before[0], set(before[1]))


def with_all(chosen: set[Any], state: State) -> set[Any]:
    waiting, found = list(chosen), set()
    while waiting:
        key = waiting.pop()
        if key in state and key not in found:
            found.add(key)
            waiting.extend(keys_of(state[key]))
    return found
