"""`apitest run --watch`: runs, and runs again what a saved file touches, until Ctrl-C."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from zatools.apitest.commands.console import Console
from zatools.apitest.project import config
from zatools.apitest.project.config import split_line
from zatools.apitest.project.files import shown
from zatools.errors import Exit, UsageError
from zatools.screens import quantity

OPTION = '--watch'
START = 'from zatools.cli.apitest import main; main()'
#: Files that editors and runs leave.
LEFT = re.compile(r'(?:\.pyc|~|\.swp|\.swx|\.tmp|\.lock)$|^\.|^#|^4913$')
CLEAR = '\x1b[2J\x1b[H'
#: Milliseconds in which several saved files count as one change.
TOGETHER = 200


def watch(words: Sequence[str], console: Console) -> int:
    """Runs features now and after each change, each time as a process of its own; returns 130 at Ctrl-C."""
    if not console.is_terminal and '--shard' in words:
        raise UsageError('--watch and --shard: a part of a run is for machines')
    try:
        from watchfiles import watch as changes
    except ImportError:
        raise UsageError('--watch: watchfiles is not installed', 'pip install watchfiles') from None
    folder = config.find(_paths(words))[0]
    options = [word for word in words if word != OPTION]
    _run(options)
    console.say(f'Watching {shown(folder)}/ for changes; Ctrl-C ends it.')
    try:
        for found in changes(folder, debounce=TOGETHER, raise_interrupt=True):
            saved = {Path(path) for _, path in found if not _is_left(Path(path), folder)}
            if saved:
                _again(saved, options, console)
    except KeyboardInterrupt:
        console.say('')
    return Exit.INTERRUPTED


def _again(saved: set[Path], options: list[str], console: Console) -> None:
    if console.is_terminal:
        console.out.write(CLEAR)
    names = ', '.join(sorted(shown(path) for path in saved))
    selected = [item.path for item in config.find(_paths(options))[1]]
    wanted = touched(saved, selected)
    console.say(f'{names} changed: {_scope(wanted)}.')
    given = _paths(options)
    if wanted is None or any(split_line(path)[1] for path in given):
        # What was asked for by its line is what is worked on.
        _run(options)
    elif wanted:
        _run([*(word for word in options if word not in given), *map(str, wanted)])


def _scope(wanted: list[Path] | None) -> str:
    if wanted is None:
        return 'all run again'
    return f'{quantity(len(wanted), "feature")} run again'


def touched(saved: Iterable[Path], features: Sequence[Path]) -> list[Path] | None:
    """Returns the features that saved files touch: themselves, and those that name them; None: any may be."""
    result: dict[Path, None] = {}
    for path in sorted(saved):
        if path.suffix == '.py' or path.name == 'config.ini':
            return None
        naming = [feature for feature in features if path.name in _text(feature)]
        if path in features:
            naming = [path, *naming]
        result |= dict.fromkeys(naming)
    return list(result)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode('utf-8', 'replace')
    except OSError:
        # It was removed meanwhile.
        return ''


def _is_left(path: Path, folder: Path) -> bool:
    names = path.relative_to(folder).parts if path.is_relative_to(folder) else path.parts
    return any(LEFT.search(name) or name == '__pycache__' for name in names)


def _paths(words: Sequence[str]) -> list[str]:
    from zatools.apitest.commands.run_options import parse

    given = parse([word for word in words if word != OPTION]).paths
    if given:
        return list(given)
    return ['features' if os.path.isdir('features') else '.']


def _run(words: Sequence[str]) -> None:
    subprocess.run([sys.executable, '-c', START, 'run', *words], check=False)
