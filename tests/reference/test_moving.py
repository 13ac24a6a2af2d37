"""The table of docs/migrating.md is what the table of kinds says, and what is said there is so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.laws import samples
from zatools import generations
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.place import Problem
from zatools.reference.moving import OTHER, put, table

PAGE = ROOT / 'docs' / 'migrating.md'
MOVED = [kind for kind in KINDS if kind.becomes]


def test_the_page_has_the_table(request: pytest.FixtureRequest) -> None:
    if request.config.getoption('--update-golden'):
        PAGE.write_text(put(PAGE.read_text()))
    assert table() in PAGE.read_text(), 'pytest tests/reference --update-golden'


def test_every_kind_has_a_row() -> None:
    labels = [line.split('`')[1] for line in table().splitlines() if line.startswith('| `')]
    assert labels == [kind.label for kind in KINDS]


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Returns values without what says the same: the usual port, and how a server is talked to."""
    return {name: re.sub(r'http://|:22$', '', str(value)) for name, value in values.items()}


@pytest.mark.parametrize('kind', MOVED, ids=lambda kind: kind.label)
def test_what_becomes_another_kind_has_what_both_have(kind: Kind) -> None:
    (generation,) = kind.generations
    item = samples.item(kind, 1, generation, is_minimal=True)
    problems: list[Problem] = []
    (found,) = generations.convert({item.key: item}, OTHER[generation], {}, problems).values()
    assert kind.becomes
    assert (problems, found.kind.section, found.name) == ([], kind.becomes.section, item.name)
    assert found.kind.required <= found.values.keys()
    assert found.values.keys() <= found.kind.names[OTHER[generation]]


@pytest.mark.parametrize('kind', MOVED, ids=lambda kind: kind.label)
def test_what_becomes_another_kind_and_comes_back_is_the_same(kind: Kind) -> None:
    (generation,) = kind.generations
    item = samples.item(kind, 1, generation, is_minimal=True)
    there = generations.convert({item.key: item}, OTHER[generation], {}, [])
    (back,) = generations.convert(there, generation, {}, []).values()
    given = {name: value for name, value in back.values.items() if value != kind.defaults[generation].get(name)}
    assert plain(given) == plain(item.values)
