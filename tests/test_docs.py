"""The docs say what the program does; the README has tests of its own in test_readme.py."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.test_golden import GOLDEN
from zatools.cli import legacy
from zatools.environments.settings import SETTINGS

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


def test_what_the_guide_to_pings_shows_is_in_golden_cases() -> None:
    text = (ROOT / 'docs' / 'ping.md').read_text(encoding='utf-8')
    shown = re.findall(r'<!-- golden (\S+) -->\n```\n(.*?)```\n', text, re.DOTALL)
    assert len(shown) == 7
    for name, screen in shown:
        outputs = ''.join(
            (GOLDEN / name / part).read_text() for part in ('stdout', 'stderr') if (GOLDEN / name / part).exists()
        )
        assert re.sub(r'(?<=\S) {2,}', '  ', screen) in outputs, name


def test_every_option_of_pings_and_publishes_that_the_guide_names_is_there() -> None:
    text = (ROOT / 'docs' / 'ping.md').read_text(encoding='utf-8')
    source = (ROOT / 'zatools' / 'cli' / 'ping.py').read_text() + (ROOT / 'zatools' / 'cli' / 'options.py').read_text()
    named = set(re.findall(r'(--[a-z][a-z-]+)', text))
    assert [option for option in sorted(named) if f"'{option}'" not in source] == []


def test_what_the_reference_for_teams_shows_is_in_golden_cases() -> None:
    text = (ROOT / 'docs' / 'teams-reference.md').read_text(encoding='utf-8')
    shown = re.findall(r'<!-- golden (\S+) -->\n```\n(.*?)```\n', text, re.DOTALL)
    assert len(shown) == text.count('\n```\n') // 2
    for name, screen in shown:
        outputs = ''.join(
            (GOLDEN / name / part).read_text() for part in ('stdout', 'stderr') if (GOLDEN / name / part).exists()
        )
        assert screen in outputs, name


def test_the_reference_for_teams_has_every_setting_of_environments() -> None:
    text = (ROOT / 'docs' / 'teams-reference.md').read_text(encoding='utf-8').replace('`${NAME}`', '${NAME}')
    for setting in SETTINGS:
        assert f'| `{setting.name}` | {setting.doc} |' in text
