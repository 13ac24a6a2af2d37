"""The reports of a run: their paths by its options, and their files."""

from __future__ import annotations

import os
from pathlib import Path

from zatools.apitest.commands.console import Console
from zatools.apitest.commands.run_options import Options
from zatools.apitest.report import files
from zatools.apitest.report.results import RunResult
from zatools.errors import FileError


def paths(options: Options) -> dict[str, str]:
    """Returns the path of each wanted report; --report is the folder of all that have no path of their own."""
    folders = {'html': options.report, 'json': options.report, 'junit': _junit(options) or options.report}
    result = {name: os.path.join(folder, files.NAMES[name]) for name, folder in folders.items() if folder}
    named = {'html': options.html, 'json': options.json}
    return result | {name: path for name, path in named.items() if path}


def _junit(options: Options) -> str:
    if options.no_junit or options.junit is None:
        return ''
    return options.junit or options.junit_directory


def make_room(options: Options) -> None:
    """Makes the folders of reports; where that fails, nothing has run in vain yet."""
    for path in paths(options).values():
        if path != '-':
            files.make_room(Path(path))


def write(options: Options, result: RunResult, console: Console) -> tuple[list[str], list[FileError]]:
    """Writes the reports; returns the paths of those that are written, and the errors of the others."""
    written, unwritten = [], []
    for name, path in paths(options).items():
        pieces = files.rendered(name, result)
        if path == '-':
            console.write_report(pieces)
            continue
        # One report that fails must not cost the others.
        try:
            files.write(Path(path), pieces)
            written.append(path)
        except FileError as error:
            unwritten.append(error)
    return written, unwritten
