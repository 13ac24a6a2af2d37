"""The scenarios that failed in the last run: kept in the project, for `--failed`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from zatools.apitest.project.config import Project
from zatools.apitest.report.results import RunResult
from zatools.atomic import write_files
from zatools.errors import ZatoolsError

FOLDER, FILE = '.apitest', 'last-run.json'


def _path(project: Project) -> Path:
    return project.features / FOLDER / FILE


def failed(project: Project) -> dict[str, list[int]] | None:
    """Returns the lines of the scenarios that failed, by feature file; None where no run has kept any."""
    try:
        content = json.loads(_path(project).read_text())
        return {str(path): [int(line) for line in lines] for path, lines in content['failed'].items()}
    # Whatever else is there was kept by no run.
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def keep(project: Project, run: RunResult) -> None:
    """Keeps the scenarios that failed, where the project can be written."""
    lines: dict[str, list[int]] = {}
    for scenario in run.scenarios():
        if scenario.is_red:
            lines.setdefault(str(Path(scenario.path).resolve()), []).append(scenario.line)
    path = _path(project)
    ignore = path.parent / '.gitignore'
    # A run is no worse for a project that can't be written; only --failed won't know it.
    with suppress(OSError, ZatoolsError):
        path.parent.mkdir(exist_ok=True)
        # A project may come from anybody: a link in it must not lead this file elsewhere.
        if not any(map(os.path.islink, (path.parent, path, ignore))):
            write_files({ignore: '*\n', path: json.dumps({'failed': lines}, indent=2)})
