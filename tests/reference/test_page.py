"""docs/reference is what the table of kinds says; `--update-golden` writes it anew."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.calls import validate
from tests.conftest import ROOT, Console
from tests.reference.core import Core
from tests.reference.test_schema import is_accepted
from zatools.kinds import KINDS
from zatools.kinds.areas import AREAS, BY_SECTION, area_of
from zatools.kinds.model import Kind
from zatools.reference.page import example, pages

FOLDER = ROOT / 'docs' / 'reference'
TEXT = ''.join(pages().values())


def test_the_pages_are_what_the_generator_prints(request: pytest.FixtureRequest) -> None:
    if request.config.getoption('--update-golden'):
        for name, text in pages().items():
            (FOLDER / name).write_text(text)
    old = [name for name, text in pages().items() if (FOLDER / name).read_text() != text]
    assert not old, f'{old} are of yesterday: pytest tests/reference --update-golden'
    assert {path.name for path in FOLDER.iterdir()} == pages().keys()


def test_every_area_has_kinds_and_names_sections_that_there_are() -> None:
    assert {area_of(kind) for kind in KINDS} == AREAS.keys()
    assert BY_SECTION.keys() <= {kind.section for kind in KINDS}


def test_every_kind_and_field_is_there() -> None:
    parts = dict(re.findall(r'^## (\S+)\n(.*?)(?=^#|\Z)', TEXT, re.MULTILINE | re.DOTALL))
    assert sorted(parts) == sorted(kind.label for kind in KINDS)
    for kind in KINDS:
        rows = re.findall(r'^\| `(\w+)` \|', parts[kind.label], re.MULTILINE)
        assert rows == [field.keys[0] for field in kind.fields]


def test_every_kind_says_which_section_it_is_in() -> None:
    assert 'Section: .' not in TEXT
    assert 'with .' not in TEXT


def test_every_example_is_valid() -> None:
    texts = re.findall(r'```yaml\n(.*?)```', TEXT, re.DOTALL)
    assert len(texts) == len(KINDS)
    for text in texts:
        console = Console({}, text.encode())
        assert validate(console.world, ['-']) == 0, console.text
        assert console.out.getvalue().startswith('1 object, no problems')
        assert is_accepted(yaml.load(text, Core))


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.label)
def test_what_an_object_must_have_has_an_example(kind: Kind) -> None:
    shown = yaml.load('\n'.join(example(kind)), Core)[0]
    for field in kind.fields_of(kind.generations[0]):
        is_shown = not field.required or {field.name, *field.aliases} & shown.keys()
        assert is_shown, f'{kind.label}.{field.name} is required: give it an example'
