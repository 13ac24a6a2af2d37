"""What failed the last time: kept in the project, for `--failed`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from zatools.apitest.project.config import Project
from zatools.apitest.report.results import RunResult
from zatools.errors import ZatoolsError
from zatools.whole import write_files

FOLDER, FILE = '.apitest', 'last-run.json'


def _path(project: Project) -> Path:
    return project.features / FOLDER / FILE


def failed(project: Project) -> dict[str, list[int]] | None:
    """Returns the lines of the scenarios that failed, by feature file; None where nothing is known."""
    try:
        found = json.loads(_path(project).read_text())
    except (OSError, ValueError):
        return None
    return {str(path): [int(line) for line in lines] for path, lines in found['failed'].items()}


def keep(project: Project, run: RunResult) -> None:
    """Keeps what failed; without a word where that can't be written."""
    bad: dict[str, list[int]] = {}
    for scenario in run.scenarios():
        if scenario.is_red:
            bad.setdefault(str(Path(scenario.path).resolve()), []).append(scenario.line)
    path = _path(project)
    others = path.parent / '.gitignore'
    with suppress(OSError, ZatoolsError):
        path.parent.mkdir(exist_ok=True)
        # A project may come from anybody: what is kept for it stays in it.
        if not any(map(os.path.islink, (path.parent, path, others))):
            write_files({others: '*\n', path: json.dumps({'failed': bad}, indent=2)})
