"""The merge driver agrees with `merge` on what that can merge, and with what each side changed where both did."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.laws import samples
from zatools.files.blocks import UnreadableError
from zatools.files.reader import Read, read
from zatools.files.threeway import merged
from zatools.files.writer import Style, emit
from zatools.kinds.model import GENERATIONS
from zatools.state import Item, State

FULL = {generation: samples.state(generation) for generation in GENERATIONS}
MINIMAL = {generation: samples.state(generation, is_minimal=True) for generation in GENERATIONS}
QUICK = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text_of(state: State, generation: str) -> str:
    return emit(state, Style(generation), 'yaml')


def read_texts(folder: Path, *texts: str) -> Read:
    paths = []
    for number, text in enumerate(texts):
        (folder / f'{number}.yaml').write_text(text)
        paths.append(str(folder / f'{number}.yaml'))
    return read(paths, io.BytesIO(), {})


def values(found: Read) -> dict[Any, Any]:
    return {key: (item.kind.label, item.values) for key, item in found.state.items()}


@pytest.mark.parametrize('generation', GENERATIONS)
@QUICK
@given(data=st.data())
def test_it_agrees_with_merge(generation: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp('merge')
    keys = sorted(FULL[generation])
    common, ours, theirs = (data.draw(st.sets(st.sampled_from(keys), max_size=30)) for _ in range(3))
    base = {key: FULL[generation][key] for key in keys if key in common}
    other = data.draw(st.booleans())
    sides = []
    for number, chosen in enumerate((ours, theirs)):
        source = MINIMAL if other and number else FULL
        sides.append({key: base.get(key, source[generation][key]) for key in keys if key in common | chosen})
    texts = [text_of(state, generation) for state in (base, *sides)]
    by_merge = read_texts(folder, *texts[1:])
    found = merged(*texts)
    assert bool(found.conflicts) == bool(by_merge.errors)
    if not found.conflicts:
        assert values(read_texts(folder, found.text)) == values(by_merge)


@pytest.mark.parametrize('generation', GENERATIONS)
@QUICK
@given(data=st.data())
def test_what_one_side_changed_stands(
    generation: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    # Each object goes from few values to many on one side at most; sides delete what nobody changes.
    folder = tmp_path_factory.mktemp('merge')
    few, many = MINIMAL[generation], FULL[generation]
    choices = {key: data.draw(st.sampled_from(['ours', 'theirs', 'none'])) for key in few}
    sides = [{key: (many if choices[key] == side else few)[key] for key in few} for side in ('ours', 'theirs')]
    found = merged(*(text_of(state, generation) for state in (few, *sides)))
    assert found.conflicts == 0
    wanted: State = {key: (many if choices[key] != 'none' else few)[key] for key in few}
    assert values(read_texts(folder, found.text)) == values(read_texts(folder, text_of(wanted, generation)))


@pytest.mark.parametrize('generation', GENERATIONS)
def test_fields_of_one_object_from_both_sides(generation: str, tmp_path: Path) -> None:
    few, many = MINIMAL[generation], FULL[generation]
    sides: list[State] = [{}, {}]
    for key, item in few.items():
        more = sorted(many[key].values.keys() - item.values.keys())
        for number, side in enumerate(sides):
            given_ = {name: many[key].values[name] for name in more[number::2]}
            side[key] = Item(item.kind, {**item.values, **given_})
    found = merged(*(text_of(state, generation) for state in (few, *sides)))
    assert found.conflicts == 0
    wanted = {
        key: Item(few[key].kind, {**few[key].values, **sides[0][key].values, **sides[1][key].values}) for key in few
    }
    now = values(read_texts(tmp_path, found.text))
    assert now == values(read_texts(tmp_path, text_of(wanted, generation)))


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_side_that_changed_nothing_changes_no_byte(generation: str) -> None:
    few, many = text_of(MINIMAL[generation], generation), text_of(FULL[generation], generation)
    assert merged(few, few, many).text == many
    assert merged(few, many, few).text == many
    assert merged(few, many, many).text == many


BASE = 'outgoing_rest:\n  - name: A\n    host: https://a\n    url_path: /\n    timeout: 1\n'


@pytest.mark.parametrize(
    ('ours', 'theirs', 'result', 'conflicts'),
    [
        # A comment from one side, a value from the other.
        (
            BASE.replace('timeout: 1', 'timeout: 2'),
            BASE.replace('  - name', '  # Ours.\n  - name'),
            BASE.replace('timeout: 1', 'timeout: 2').replace('  - name', '  # Ours.\n  - name'),
            0,
        ),
        # Other indentation, other quotes.
        (
            BASE.replace('timeout: 1', 'timeout: 2'),
            BASE + '  - name: B\n    host: "https://b"\n    url_path: /b\n',
            BASE.replace('timeout: 1', 'timeout: 2') + '  - name: B\n    host: "https://b"\n    url_path: /b\n',
            0,
        ),
        # One deletes what the other one changes.
        ('outgoing_rest: []\n', BASE.replace('timeout: 1', 'timeout: 2'), None, 1),
        # Both change one field.
        (
            BASE.replace('timeout: 1', 'timeout: 2'),
            BASE.replace('timeout: 1', 'timeout: 3'),
            BASE.replace('    timeout: 1\n', '<<<<<<< ours\n    timeout: 2\n=======\n    timeout: 3\n>>>>>>> theirs\n'),
            1,
        ),
        # Both delete it.
        ('', '', '', 0),
    ],
)
def test_what_becomes_of_one_object(ours: str, theirs: str, result: str | None, conflicts: int) -> None:
    found = merged(BASE, ours, theirs)
    assert found.conflicts == conflicts
    assert result is None or found.text.strip('\n') == result.strip('\n')


@pytest.mark.parametrize(
    'bad', ['a: [', '<<<<<<< x\n', '- a\n', '{"security": []}', 'a: 1\na: 2\n', 'a: &x 1\nb: *y\n']
)
def test_what_is_no_file_of_definitions_in_blocks(bad: str) -> None:
    with pytest.raises(UnreadableError):
        merged(BASE, BASE + 'security: []\n', bad)


def test_line_breaks_of_windows_stay() -> None:
    ours, theirs = BASE.replace('timeout: 1', 'timeout: 2'), BASE.replace('/\n', '/x\n')
    found = merged(*(text.replace('\n', '\r\n') for text in (BASE, ours, theirs)))
    assert found.text == ours.replace('/\n', '/x\n').replace('\n', '\r\n')
