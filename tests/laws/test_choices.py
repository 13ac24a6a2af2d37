"""An empty text where one of several words is wanted is the default, as it is in an ODB: no import changes it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import diff, import_files
from tests.conftest import Console
from tests.databases import copy_own
from tests.laws import samples
from zatools.errors import Exit
from zatools.files.writer import Style, emit
from zatools.kinds.model import GENERATIONS
from zatools.odb.target import OdbChoice


@pytest.mark.parametrize('generation', GENERATIONS)
def test_an_import_of_empty_choices_is_done_when_it_is_done(generation: str, tmp_path: Path) -> None:
    state = samples.state(generation)
    for item in state.values():
        for name in item.values:
            field = item.kind.by_name[name]
            if field.choices and field.default_of(generation) and (item.kind.section, name) not in samples.SPECIAL:
                item.values[name] = ''
    path = tmp_path / 'a.yaml'
    path.write_text(emit(state, Style(generation), 'yaml'))
    layout = copy_own(generation, tmp_path / 'a.sqlite')
    odb, console = OdbChoice(path=layout.path), Console(layout.environ)
    assert import_files(console.world, odb, [str(path)]) is Exit.OK, console.text
    assert diff(console.world, odb, [str(path)]) is Exit.OK, console.text
