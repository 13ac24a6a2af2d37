"""`apitest merge-reports`: the reports of the parts of a run become one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zatools.apitest.commands.console import Console
from zatools.apitest.report import files, merging
from zatools.errors import Exit, InvalidError, UsageError, answer
from zatools.screens import quantity

#: Statuses of scenarios that make a run fail.
RED = ('failed', 'error', 'undefined', 'not_run')
HINT = 'name folders of --report, or files: report.json, junit.xml'


def merge_reports(words: Sequence[str], console: Console, *, folder: str) -> int:
    """Merges reports into a folder; returns 1 where a scenario in them failed."""
    paths = [path for word in words for path in _files(Path(word))]
    if not paths:
        raise UsageError('apitest merge-reports: no reports are named', HINT)
    reports = [merging.read_json(path) for path in paths if path.suffix == '.json']
    suites = [path for path in paths if path.suffix == '.xml']
    texts: dict[str, str] = {}
    if reports:
        whole = merging.merged(reports)
        texts['json'] = json.dumps(whole, indent=2, ensure_ascii=False) + '\n'
    if suites:
        texts['junit'] = merging.merged_junit(suites)
    for name, text in texts.items():
        path = Path(folder) / files.NAMES[name]
        files.make_room(path)
        files.write(path, text)
    written = ', '.join(str(Path(folder) / files.NAMES[name]) for name in texts)
    if not reports:
        console.print(f'{quantity(len(suites), "JUnit file")} merged: {written}')
        return Exit.OK
    return _tell(whole, len(reports), written, console)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = [path / files.NAMES[name] for name in ('json', 'junit') if (path / files.NAMES[name]).is_file()]
        if not found:
            raise InvalidError(f'{path}: there is no report in this folder', HINT)
        return found
    if not path.exists():
        raise InvalidError(f'{path}: there is no such file or folder', HINT)
    if path.suffix not in ('.json', '.xml'):
        raise InvalidError(f'{path}: reports are .json or .xml', HINT)
    return [path]


def _tell(whole: dict[str, Any], count: int, written: str, console: Console) -> int:
    for place in merging.repeated(whole):
        console.say(f'note: {place} is there more than once')
    counts = whole['counts']
    parts = [f'{number} {name.replace("_", " ")}' for name, number in counts.items() if number]
    console.print(f'{quantity(count, "report")} merged: {", ".join(parts) or "no scenarios"}')
    console.print(f'Reports: {written}')
    is_good = not any(counts.get(name) for name in RED) and not whole['failure'] and not whole['is_interrupted']
    return answer(is_good)
