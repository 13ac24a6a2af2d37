"""Lists of odd items come into an ODB once: a second import has nothing to do, and an export says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import diff, export, import_files
from tests.conftest import Console
from tests.databases import copy_own
from tests.laws import samples
from zatools.errors import Exit
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.kinds.types import TEXTS, TYPES
from zatools.odb.target import OdbChoice
from zatools.state import Item

ODD = ['first', '', 'second\nthird', '  ', 'first', ' blank ', 'a\u2028b', 'last\n']


def is_free(kind: Kind, field: Field) -> bool:
    is_list = TYPES[field.type].items == TEXTS and isinstance(samples.value(kind, field, 1, '3.2'), list)
    is_special = (kind.section, field.name) in samples.SPECIAL or field.name in samples.SKIPPED
    return is_list and not field.ref and not field.choices and not is_special


def with_odd_lists(kind: Kind, generation: str) -> Item:
    item = samples.item(kind, 1, generation)
    for name in item.values:
        if is_free(kind, kind.by_name[name]):
            item.values[name] = ODD
    return item


@pytest.mark.parametrize('generation', GENERATIONS)
def test_an_import_of_odd_lists_is_done_when_it_is_done(generation: str, tmp_path: Path) -> None:
    state = samples.state(generation)
    for kind in KINDS:
        item = with_odd_lists(kind, generation) if generation in kind.generations else None
        if item is not None and item.key in state:
            state[item.key] = item
    files = [str(tmp_path / 'a.yaml')]
    (tmp_path / 'a.yaml').write_text(emit(state, Style(generation), 'yaml'))
    layout = copy_own(generation, tmp_path / 'a.sqlite')
    odb, console = OdbChoice(path=layout.path), Console(layout.environ)
    assert import_files(console.world, odb, files) is Exit.OK, console.text
    assert import_files(console.world, odb, files) is Exit.OK, console.text
    assert 'Nothing to do' in console.text
    export(console.world, odb, output=str(tmp_path / 'b.yaml'), secrets=True)
    assert diff(console.world, odb, [str(tmp_path / 'b.yaml')]) is Exit.OK, console.text
