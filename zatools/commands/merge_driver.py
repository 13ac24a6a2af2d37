"""`zato enmasse merge-driver`: what git calls to merge two versions of a file of definitions."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from zatools.atomic import write_file
from zatools.errors import Exit, FileError, UsageError
from zatools.files.blocks import UnreadableError
from zatools.files.sources import TOO_LARGE, read_regular
from zatools.files.threeway import OURS, SIZE, THEIRS, Merged, merged
from zatools.screens import quantity
from zatools.world import World

#: Lengths of marks that make sense.
SHORTEST, LONGEST = 3, 200


def merge_driver(world: World, base: str, ours: str, theirs: str, *, marker_size: int = SIZE, path: str = '') -> Exit:
    """Merges into the file `ours`, as git asks its drivers to. Exit 1 where conflicts are marked in it."""
    if not SHORTEST <= marker_size <= LONGEST:
        raise UsageError(f'--marker-size must be from {SHORTEST} to {LONGEST}')
    try:
        found = merged(_text(base), _text(ours), _text(theirs), marker_size)
    except UnreadableError:
        return _as_lines(world, (ours, base, theirs), marker_size, path)
    write_file(Path(ours), found.text)
    return _said(world, found, path or ours)


def _said(world: World, found: Merged, path: str) -> Exit:
    if not found.conflicts:
        return Exit.OK
    world.say(f'{path}: {quantity(found.conflicts, "conflict")} of objects or fields')
    return Exit.NO


def _text(path: str) -> str:
    try:
        data = read_regular(path)
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror or error}") from None
    if len(data) >= TOO_LARGE:
        raise UnreadableError
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        raise UnreadableError from None


def _as_lines(world: World, paths: tuple[str, str, str], size: int, path: str) -> Exit:
    # What is no file of definitions, JSON and conflicts of other tools among them, is git's own business.
    git = shutil.which('git')
    if git is None:
        raise FileError('there is no program git here, which merges what is no YAML of definitions')
    world.say(f'{path or paths[0]}: merged line by line: it is no YAML file of definitions in blocks')
    command = [git, 'merge-file', '-q', f'--marker-size={size}', '-L', OURS, '-L', 'base', '-L', THEIRS]
    full = [os.path.abspath(one) for one in paths]
    done = subprocess.run([*command, *full], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode > 127 or done.returncode < 0:
        raise FileError(f'git merge-file could not merge it (exit code {done.returncode})')
    return Exit.NO if done.returncode else Exit.OK
