"""Whatever is in a file, it is read or its problems are told: quickly, and in little memory."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from tests.calls import validate
from tests.conftest import ROOT, Console
from tests.fuzz import run as fuzz
from tests.laws import samples
from zatools.errors import Exit
from zatools.files.emit import emit_json, emit_yaml
from zatools.files.reader import read
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.secret import Secret
from zatools.state import Item, State

#: NUL is refused: no database holds it.
TEXTS = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\x00'), max_size=30)
NAMES = st.text(st.characters(exclude_categories=['Cs', 'Cc']), min_size=1, max_size=200).filter(str.strip)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
KEYS = st.sampled_from(sorted({name for kind in KINDS for name in kind.lookup} | {'type', 'id', '<<', 'include'}))
ITEMS = st.dictionaries(KEYS | TEXTS, VALUES | st.sampled_from([kind.type for kind in KINDS if kind.type]), max_size=6)
SECTIONS = st.dictionaries(
    st.sampled_from([*SPELLINGS, 'include']) | TEXTS, st.lists(ITEMS | VALUES, max_size=4) | VALUES, max_size=4
)


@settings(max_examples=100)
@given(sections=SECTIONS, form=st.sampled_from([emit_yaml, emit_json]), names=st.booleans())
def test_any_structure_is_read_or_its_problems_are_told(sections: dict[str, Any], form: Any, names: bool) -> None:
    if names:
        for items in sections.values():
            for number, item in enumerate(items if isinstance(items, list) else []):
                if isinstance(item, dict):
                    item['name'] = f'name {number}'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.json' if form is emit_json else 'a.yaml')
        path.write_text(form(sections))
        console = Console({})
        code = validate(console.world, [str(path)])
    assert code in (Exit.OK, Exit.INVALID)
    assert ('no problems' in console.text) == (code is Exit.OK)


def any_value(kind: Kind, field: Field, generation: str) -> st.SearchStrategy[Any]:
    """Returns what a field of a file may be, as far as one can make it up."""
    if field.secret:
        return TEXTS.filter(bool).map(Secret)
    if field.type == 'text' and not field.choices and not field.ref and field.name != 'address':
        return TEXTS.filter(bool)
    if field.type == 'list' and not field.ref:
        return st.lists(TEXTS, min_size=1, max_size=3)
    return st.just(samples.value(kind, field, 1, generation))


def _is_name(kind: Kind, field: Field) -> bool:
    # A name, or a text that a name is made of.
    return field.name == 'name' or (field.name in kind.identity and field.type == 'text' and not field.ref)


@st.composite
def states(draw: st.DrawFn, generation: str) -> State:
    kind = draw(st.sampled_from([kind for kind in KINDS if generation in kind.generations]))
    values = {
        field.name: draw(NAMES if _is_name(kind, field) else any_value(kind, field, generation))
        for field in kind.fields_of(generation)
        if field.name not in samples.SKIPPED
    }
    # An API key whose user name is its header is one of early 3.2: it has no user name.
    assume('header' not in values or values.get('username') != values['header'])
    if not kind.is_named:
        values['name'] = kind.name_of(values)
    if kind.mend:
        kind.mend(values, {}, values.keys(), kind.section)
    item = Item(kind, values)
    return {item.key: item}


@pytest.mark.parametrize('generation', GENERATIONS)
@pytest.mark.parametrize('form', ['yaml', 'json'])
def test_any_texts_of_any_kind_come_back_from_a_file(generation: str, form: str) -> None:
    @settings(max_examples=50)
    @given(state=states(generation))
    def check(state: State) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f'a.{form}')
            path.write_text(emit(state, Style(generation), form))
            found = read([str(path)], io.BytesIO(), {})
        assert found.errors == []
        assert {key: item.values for key, item in found.state.items()} == {
            key: item.values for key, item in state.items()
        }

    check()


def test_mutated_files_are_read_or_their_problems_are_told(tmp_path: Path) -> None:
    assert fuzz.run(seconds=60, seed=4, folder=tmp_path, most=400) == 400


#: A whole process, with at most so many MB of memory to have.
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20,) * 2)
sys.argv = ['zato', *sys.argv[2:]]
runpy.run_module('zatools', run_name='__main__')
"""


def zato(megabytes: int, *arguments: str, stdin: Any = None) -> tuple[int, str, float]:
    """Runs the program; returns its exit code, what it said, and the seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, '-c', LIMITED, str(megabytes), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=stdin or subprocess.DEVNULL,
        cwd=ROOT,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, done.stdout + done.stderr, after.ru_utime - before.ru_utime


@pytest.fixture(scope='module')
def floor(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The processor time that the program takes for next to nothing here and now: how fast machines are differs."""
    path = tmp_path_factory.mktemp('floor') / 'a.yaml'
    path.write_text('security:\n  - {name: a, type: basic_auth, username: a, password: p}\n')
    runs = [zato(300, 'enmasse', 'validate', str(path)) for _ in range(3)]
    assert {code for code, _, _ in runs} == {0}
    return min(took for _, _, took in runs)


def test_a_file_of_50_mb_is_refused_before_it_takes_time_or_memory(tmp_path: Path, floor: float) -> None:
    path = tmp_path / 'large.yaml'
    with path.open('w') as file:
        file.write('security:\n')
        file.truncate(50_000_000)
    code, said, took = zato(300, 'enmasse', 'validate', str(path))
    assert (code, said) == (3, f'{path}: is too large: 50 MB or more\n1 problem in 1 file.\n')
    assert took < floor * 8


def test_an_endless_standard_input_is_refused(floor: float) -> None:
    with open('/dev/zero', 'rb') as stream:
        code, said, took = zato(300, 'enmasse', 'validate', '-', stdin=stream)
    assert (code, said) == (3, '<stdin>: is too large: 50 MB or more\n1 problem in 1 file.\n')
    assert took < floor * 8


@pytest.mark.parametrize('ending', ['yaml', 'json'])
def test_a_file_of_one_huge_text_is_read(ending: str, tmp_path: Path, floor: float) -> None:
    path = tmp_path / f'large.{ending}'
    item = {'name': 'a', 'type': 'basic_auth', 'username': 'a', 'realm': 'x' * 49_000_000}
    path.write_text(json.dumps({'security': [item]}))
    code, said, took = zato(1000, 'enmasse', 'validate', str(path))
    assert (code, said) == (0, '1 object, no problems\n')
    assert took < floor * 80


@pytest.mark.parametrize(
    ('ending', 'text', 'column'),
    [('yaml', 'security: [' + 'a,' * 2_100_000 + ']', 4_000_002), ('json', '[' + '1,' * 2_100_000 + '1]', 4_000_002)],
    ids=['yaml', 'json'],
)
def test_a_file_of_more_values_than_there_is_memory_for_is_refused(
    ending: str, text: str, column: int, tmp_path: Path, floor: float
) -> None:
    path = tmp_path / f'dense.{ending}'
    path.write_text(text)
    code, said, took = zato(600, 'enmasse', 'validate', str(path))
    where = f'{path}:1:{column}'
    assert (code, said) == (
        3,
        f'{where}: has more than 2,000,000 values\n      hint: split the file\n1 problem in 1 file.\n',
    )
    assert took < floor * 120


def test_a_hundred_thousand_conflicts_are_told_shortly(tmp_path: Path, floor: float) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text('<<<<<<< ours\n' * 100_000)
    code, said, took = zato(300, 'enmasse', 'validate', str(path))
    assert (code, said.splitlines()[-1]) == (3, '100 problems in 1 file.')
    assert took < floor * 20


def test_5000_files_are_imported_exported_and_imported_again(tmp_path: Path, floor: float) -> None:
    folder = tmp_path / 'in'
    folder.mkdir()
    for number in range(5000):
        text = f'security:\n  - {{name: user {number}, type: basic_auth, username: u{number}, password: p}}\n'
        (folder / f'{number}.yaml').write_text(text)
    odb = ('--odb', f'sqlite:///{tmp_path}/a.sqlite')
    code, said, took = zato(400, 'enmasse', 'import', str(folder), *odb)
    assert (code, took < floor * 80) == (0, True), said[-500:]
    assert 'Created 5000.' in said
    code, said, took = zato(400, 'enmasse', 'export', '-o', f'{tmp_path}/out/', '--split-by', 'object', *odb)
    assert (code, took < floor * 80) == (0, True)
    assert len(list((tmp_path / 'out').glob('*.yaml'))) == 5000
    code, said, took = zato(400, 'enmasse', 'import', f'{tmp_path}/out', *odb)
    assert (code, took < floor * 80) == (0, True)
    assert 'Nothing to do: 5000 objects as in the files.' in said
