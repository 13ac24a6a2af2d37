"""`zato enmasse fmt`: files in the order and quoting of an export, comments kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from zatools.atomic import write_files
from zatools.errors import Exit, UsageError, answer
from zatools.files.formatting import formatted
from zatools.plan.choices import FileChoice
from zatools.plan.reading import raise_errors, read_files
from zatools.screens import quantity
from zatools.state import Key
from zatools.world import World

WINDOWS = '\r\n'


def fmt(world: World, files: FileChoice, *, check: bool = False) -> Exit:
    """Formats YAML files in place; with `check` nothing is written, exit 1 where something would be."""
    if '-' in files.paths:
        raise UsageError('fmt writes files: standard input is none')
    read = read_files(world, files, is_substituting=False)
    raise_errors(read, 'Nothing was written.')
    paths = list(dict.fromkeys(read.sources.paths))
    texts = dict(_changed(world, files, paths))
    if not check:
        write_files({Path(path): text for path, text in texts.items()})
    for path in sorted(texts):
        world.print(f'{"would change" if check else "formatted"} {path}')
    world.say(f'{quantity(len(texts), "file")} of {len(paths)} {"to format" if check else "changed"}.')
    return answer(not (check and texts))


def _changed(world: World, files: FileChoice, paths: Sequence[str]) -> Iterable[tuple[str, str]]:
    whole = set(paths)
    if files.overlays:
        whole = set(read_files(world, replace(files, overlays=()), is_substituting=False).sources.paths)
    for path in paths:
        if not path.lower().endswith(('.yaml', '.yml')):
            continue
        try:
            text = Path(path).read_bytes().decode('utf-8')
        except UnicodeDecodeError:
            world.say(f'{path}: left as it is, no UTF-8 text')
            continue
        new = _formatted(text)
        # An overlay says nothing without what it goes over.
        choice = FileChoice((path,)) if path in whole else files
        if new != text and _is_same(world, choice, path, new):
            yield path, new
        elif new != text:
            world.say(f'{path}: left as it is, its order cannot be changed without changing what it says')


def _formatted(text: str) -> str:
    # Lines that end in two ways, or in one that is neither, are left to whoever wrote them.
    plain = text.replace(WINDOWS, '\n')
    is_windows = plain != text
    if '\r' in plain or (is_windows and text.count(WINDOWS) != text.count('\n')):
        return text
    try:
        new = formatted(plain)
    except (yaml.YAMLError, ValueError):
        return text
    if is_windows:
        return new.replace('\n', WINDOWS)
    return new


def _is_same(world: World, choice: FileChoice, path: str, new: str) -> bool:
    # No value may change: both texts are read, and compared.
    before, after = (
        _values(world, replace(choice, drafts=drafts)) for drafts in (None, {os.path.realpath(path): new.encode()})
    )
    return before == after and _formatted(new) == new


def _values(world: World, choice: FileChoice) -> dict[Key, tuple[str, dict[str, object]]]:
    read = read_files(world, choice, is_substituting=False)
    found: dict[Key, tuple[str, dict[str, object]]] = {
        key: (item.kind.label, dict(item.values)) for key, item in read.state.items()
    }
    found['problems', ''] = ('', {problem.text: None for problem in read.errors})
    return found
