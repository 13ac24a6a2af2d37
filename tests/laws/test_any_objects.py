"""Objects of any kind, made from the table, come through files and an ODB: there, back, and there again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from tests.calls import export, import_files
from tests.conftest import Console
from tests.databases import copy_own
from tests.laws import samples
from zatools.errors import Exit, InvalidError
from zatools.files.reader import read
from zatools.files.writer import Style, emit
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.odb.mapping import Mapped
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice
from zatools.secret import Secret
from zatools.state import Item, State, diff

#: So many objects a generation.
MANY = 1000
#: Characters that any text may have, lines but the last one's end apart.
LETTERS = st.characters(exclude_categories=['Cs', 'Cc'])
TEXTS = st.text(LETTERS, min_size=1, max_size=12)


def homes(generation: str, folder: Path) -> Mapping[Kind, Mapped]:
    """Returns where an ODB keeps the fields of kinds."""
    layout = copy_own(generation, folder / 'homes.sqlite')
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        return odb.mapped


def rooms(mapped: Mapped) -> dict[str, int]:
    """Returns how many characters the columns of fields have room for."""
    tables = [(mapped.table, mapped.columns), *((part.table, part.columns) for part in mapped.parts)]
    return {
        field.name: getattr(table.types[column], 'length', None) or 1000
        for table, columns in tables
        for field, column in columns
    }


def values_of(kind: Kind, field: Field, number: int, generation: str, room: int) -> st.SearchStrategy[Any]:
    """Returns what a field may be: any text where any is taken, else what the samples have, or the default."""
    fixed = samples.value(kind, field, number, generation)
    is_free = (kind.section, field.name) not in samples.SPECIAL and not field.means and 'address' not in field.name
    if field.secret:
        return TEXTS.map(Secret)
    if field.choices:
        return st.sampled_from(field.choices)
    if field.type == 'boolean':
        return st.booleans()
    if field.type == 'integer':
        low = field.minimum or 0
        return st.integers(low, field.maximum or low + 1000)
    if field.is_plain and is_free and not field.codes:
        return TEXTS.filter(lambda text: bool(text.strip())).map(lambda text: text[:room])
    return st.just(fixed)


def objects(generation: str, mapped: Mapping[Kind, Mapped]) -> st.SearchStrategy[tuple[Kind, dict[str, Any]]]:
    """Returns a kind, and values for some of its fields, those that it needs among them."""
    sizes = {kind: rooms(one) for kind, one in mapped.items()}

    @st.composite
    def make(draw: st.DrawFn) -> tuple[Kind, dict[str, Any]]:
        kind = draw(st.sampled_from(list(mapped)))
        values = {}
        needed = {one.name for one in kind.needed}
        for field in kind.fields_of(generation):
            is_needed = field.required or field.name in needed or (kind.section, field.name) in samples.NEEDED
            if field.name == 'name' or field.name in samples.SKIPPED or not (is_needed or draw(st.booleans())):
                continue
            values[field.name] = draw(values_of(kind, field, 1, generation, sizes[kind].get(field.name, 1000)))
        for part in mapped[kind].parts:
            if not part.is_of({**kind.defaults[generation], **values}):
                # Such an object has no such row.
                values = {
                    name: value
                    for name, value in values.items()
                    if name not in {field.name for field, _ in part.columns}
                }
        # What a kind itself calls wrong is refused, and tested elsewhere.
        doubts = kind.doubts({'name': 'any', **values}, generation, ()) if kind.doubts else ()
        assume(all(doubt.is_warning for doubt in doubts))
        return kind, values

    return make()


def called(kind: Kind, values: dict[str, Any], number: int) -> Item:
    """Returns an object that has a name, and what no two objects share, of its own."""
    values = {'name': f'any {kind.label} {number}', **values}
    for unique in kind.unique:
        field = kind.by_name[unique.main]
        if field.ref and unique.main not in kind.identity:
            values.pop(unique.main, None)
        elif unique.main in values and not field.ref:
            values[unique.main] = f'/any/{number}'
    for name in kind.meaning('path'):
        values[name] = f'/any/{number}'
    if not kind.is_named:
        values['name'] = kind.name_of(values)
    if kind.mend:
        kind.mend(values, {}, values.keys(), kind.section)
    return Item(kind, values)


def said(state: State, wanted: State, known: State, generation: str) -> dict[Any, Any]:
    """Returns what objects say, without what is a default or nothing, and without secrets that were made up."""
    return {
        key: {name: value for name, value in item.values.items() if _says(wanted[key], name, value, generation)}
        for key, item in state.items()
        if key not in known
    }


def _says(wanted: Item, name: str, value: Any, generation: str) -> bool:
    kind = wanted.kind
    if value in (None, '', [], kind.defaults[generation].get(name)):
        return False
    return name in wanted.values or not (name in kind.secrets or kind.by_name[name].made)


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_thousand_objects_of_any_kind_come_through(generation: str, tmp_path: Path) -> None:
    made: list[tuple[Kind, dict[str, Any]]] = []

    @settings(max_examples=MANY, suppress_health_check=list(HealthCheck), database=None)
    @given(drawn=objects(generation, homes(generation, tmp_path)))
    def collect(drawn: tuple[Kind, dict[str, Any]]) -> None:
        item = called(*drawn, len(made))
        one = {item.key: item}
        found = read_back(one, generation, tmp_path / 'one.yaml')
        assert said(found, one, {}, generation) == said(one, one, {}, generation)
        made.append(drawn)

    collect()
    known = samples.state(generation)
    items = (called(kind, values, number) for number, (kind, values) in enumerate(made))
    come_through({**{item.key: item for item in items}, **known}, known, generation, tmp_path)


def read_back(state: State, generation: str, path: Path) -> State:
    path.write_text(emit(state, Style(generation), 'yaml'))
    found = read([str(path)], io.BytesIO(), {})
    assert [problem.text for problem in found.errors] == []
    return found.state


def come_through(wanted: State, known: State, generation: str, folder: Path) -> None:
    """Imports objects into an empty ODB, loads and exports them, and reads the export."""
    layout = copy_own(generation, folder / 'any.sqlite')
    choice, path = OdbChoice(path=layout.path), folder / 'wanted.yaml'
    path.write_text(emit(wanted, Style(generation), 'yaml'))
    put(layout.environ, choice, [path])
    with opened(choice, layout.environ) as odb:
        changes = diff(wanted, odb.loaded.state, generation).changes
        fields = [(str(change.item), field.name, field.old, field.new) for change in changes for field in change.fields]
        assert fields == []
    out = folder / 'out.yaml'
    console = Console(layout.environ)
    assert export(console.world, choice, output=str(out), secrets=True) is Exit.OK
    found = read([str(out)], io.BytesIO(), {})
    assert [problem.text for problem in found.errors] == []
    assert said(found.state, wanted, known, generation) == said(wanted, wanted, known, generation)
    assert 'Nothing to do' in put(layout.environ, choice, [out])


def put(environ: Mapping[str, str], choice: OdbChoice, paths: Iterable[Path]) -> str:
    console = Console(environ)
    try:
        assert import_files(console.world, choice, list(map(str, paths))) is Exit.OK
    except InvalidError as error:
        pytest.fail('\n'.join(problem.text for problem in error.problems if not problem.is_warning))
    return console.text
