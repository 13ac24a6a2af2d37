"""The table of failures: each can be said, and none is said that is not in it."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from tests.conftest import ROOT
from zatools.connections.failures import FAILURES

PACKAGE = ROOT / 'zatools' / 'connections'
SOURCES = ''.join(path.read_text() for path in sorted(PACKAGE.rglob('*.py')) if path.name != 'failures.py')
GOLDEN = ''.join(
    path.read_text(errors='replace') for path in sorted((ROOT / 'tests' / 'golden').glob('3*/std*')) if path.is_file()
)
#: Tests with real peers name the failure that they bring about.
TESTS = ''.join(path.read_text() for path in (ROOT / 'tests').glob('co*/test_*.py') if path != Path(__file__))


@pytest.mark.parametrize('name', FAILURES)
def test_each_failure_is_used(name: str) -> None:
    # `deadline-…` are put together of a stage.
    stage = name.removeprefix('deadline-')
    assert f"'{name}'" in SOURCES or f"'{stage}'" in SOURCES


#: What should not happen, so nothing of ours makes it happen.
NEVER = {'failed', 'client-failed'}


@pytest.mark.parametrize('name', sorted(FAILURES.keys() - NEVER))
def test_each_failure_has_been_made_to_happen(name: str) -> None:
    literal = max((text for text, *_ in Formatter().parse(FAILURES[name].text)), key=len)
    assert f"failure == '{name}'" in TESTS or literal.strip() in re.sub(r'\s+', ' ', GOLDEN + TESTS)


def test_no_sentence_ends_with_a_full_stop() -> None:
    assert [name for name, failure in FAILURES.items() if failure.text.endswith('.')] == []


def test_this_folder_is_of_the_package() -> None:
    assert Path(PACKAGE, 'failures.py').is_file()
