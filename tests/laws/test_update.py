"""What an ODB holds goes into files in place: afterwards nothing differs, and once more changes no byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.calls import diff, export
from tests.conftest import Console, Layout
from tests.databases import copy_own
from tests.laws import samples
from tests.laws.test_laws import choice, put
from tests.laws.test_undo import with_all
from zatools.errors import Exit
from zatools.files.writer import Style, emit, variables
from zatools.kinds.model import GENERATIONS
from zatools.state import State


def written(folder: Path, state: State, generation: str, form: str = 'yaml') -> Path:
    path = folder / f'definitions.{form}'
    text = emit(state, Style(generation, variables=variables(state.values())), form)
    if form == 'yaml':
        text = commented(text)
    path.write_text(text)
    return path


def commented(text: str) -> str:
    found = ['# A file of people.']
    for number, line in enumerate(text.split('\n')):
        # Blocks of lines have no room for comments.
        is_pair = '|' not in text and ': ' in line and line[-1] not in '|-'
        found.append(f'{line}   # beside {number}' if is_pair else line)
    return '\n'.join(found)


def updated(layout: Layout, path: Path, **options: Any) -> tuple[Exit, str]:
    console = Console(layout.environ)
    code = export(console.world, choice(layout), [str(path)], update=True, **options)
    return code, console.text


def check(layout: Layout, path: Path) -> None:
    _, text = updated(layout, path, remove_missing=True)
    told = [line for line in text.splitlines() if 'warning:' in line]
    assert [line for line in told if 'secrets are not written' not in line] == []
    console = Console(layout.environ)
    diff(console.world, choice(layout), [str(path)], delete=True, as_json=True)
    changes = json.loads(console.out.getvalue())['changes']
    assert [
        one for one in changes if one['op'] != 'update' or any('secret' not in field for field in one['fields'])
    ] == []
    assert len(told) == sum(len(one['fields']) for one in changes)
    before = path.read_bytes()
    updated(layout, path, remove_missing=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize('form', ['yaml', 'json'])
@pytest.mark.parametrize('is_minimal', [True, False])
def test_files_of_every_kind_are_brought_up_to_date(
    layout: Layout, tmp_path: Path, is_minimal: bool, form: str
) -> None:
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=not is_minimal))
    path = written(tmp_path, samples.state(layout.generation, is_minimal), layout.generation, form)
    check(layout, path)
    if form == 'yaml':
        assert path.read_text().startswith('# A file of people.\n')


@pytest.mark.parametrize('generation', GENERATIONS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_files_are_brought_up_to_date_with_any_odb(
    generation: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp('update')
    layout = copy_own(generation, folder / 'a.sqlite')
    full, minimal = samples.state(generation), samples.state(generation, is_minimal=True)
    states = []
    for _ in range(2):
        chosen = data.draw(st.sets(st.sampled_from(sorted(full)), min_size=1))
        states.append({key: data.draw(st.sampled_from([full, minimal]))[key] for key in sorted(with_all(chosen, full))})
    put(layout, folder, states[0])
    path = written(folder, states[1], generation, data.draw(st.sampled_from(['yaml', 'json'])))
    is_windows = data.draw(st.booleans())
    if is_windows:
        path.write_bytes(path.read_bytes().replace(b'\n', b'\r\n'))
    check(layout, path)
    assert path.read_bytes().count(b'\r\n') == path.read_bytes().count(b'\n') * is_windows
