"""The docs say what the program does; the README has tests of its own in test_readme.py."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from zatools.cli import legacy

MIGRATING = (ROOT / 'docs' / 'migrating.md').read_text(encoding='utf-8')
ROWS = [line for line in MIGRATING.splitlines() if line.startswith('| `--')]


def row_of(flag: str) -> str:
    return next((row for row in ROWS if f'`{flag}`' in row), '')


def test_every_old_flag_has_a_row() -> None:
    flags = {flag for action in legacy._parser()._actions for flag in action.option_strings}
    assert [flag for flag in sorted(flags) if not row_of(flag)] == []


def test_refused_flags_are_called_refused() -> None:
    assert [flag for flag in legacy.REFUSED if 'refused' not in row_of(flag)] == []


def test_flags_without_effect_are_called_so() -> None:
    assert [flag for flag in legacy.NO_EFFECT if 'accepted' not in row_of(flag)] == []


def test_each_decision_is_numbered_once() -> None:
    names = sorted(path.name for path in (ROOT / 'docs' / 'decisions').glob('*.md'))
    assert [int(re.match(r'\d{4}', name)[0]) for name in names] == list(range(1, len(names) + 1))  # type: ignore[index]
