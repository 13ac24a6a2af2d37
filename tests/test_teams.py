"""The walk of docs/teams.md: its files and commands, from top to bottom, one after the other in one folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.conftest import KEY, ROOT
from tests.golden_cases import environment_of
from tests.test_golden import normal
from tests.walk import STEPS

PAGE = ROOT / 'docs' / 'teams.md'
BLOCK = re.compile(r'(?:<!-- (file|now) (\S+) -->\n)?```(\w*)\n(.*?)```\n', re.DOTALL)
COMMAND = re.compile(r'^\$ (.*?)(?:  # exit (\d+))?$')
SOMEBODY = {'ZATO_SECRET_KEY': KEY, 'LOGNAME': 'anna', 'HOSTNAME': 'desk', 'PYTHONPATH': str(ROOT)}


class Step(NamedTuple):
    """A file that is written, one that must be so by now, or a command with what it prints and its exit code."""

    sort: str
    what: str
    text: str
    code: int = 0


def steps_of(page: str) -> Iterator[Step]:
    """Yields what the page has its reader do and see."""
    for sort, path, _, text in BLOCK.findall(page):
        if sort:
            yield Step(sort, path, text)
        else:
            yield from commands_of(text)


def commands_of(text: str) -> Iterator[Step]:
    """Yields the commands of a block, each with what it prints."""
    for part in re.split(r'^(?=\$ )', text, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition('\n')
        found = COMMAND.match(line)
        assert found
        yield Step('run', found[1], printed, int(found[2] or 0))


def walked(steps: list[Step], folder: Path) -> list[Step]:
    """Returns steps as they come out in a new folder."""
    project = folder / 'shop'
    project.mkdir()
    (folder / STEPS).write_text(json.dumps(steps))
    subprocess.run(
        [sys.executable, '-m', 'tests.walk', str(folder)],
        cwd=project,
        env={**environment_of(folder), **SOMEBODY},
        check=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    found = [Step(*step) for step in json.loads((folder / STEPS).read_text())]
    return [step._replace(text=normal(step.text, project)) for step in found]


def test_the_walk_for_teams_goes_as_it_says(tmp_path: Path) -> None:
    steps = list(steps_of(PAGE.read_text(encoding='utf-8')))
    assert len([step for step in steps if step.sort == 'run']) >= 20
    assert walked(steps, tmp_path) == steps
