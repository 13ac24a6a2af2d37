"""`zato enmasse schema`: a JSON Schema for editors, printed or put beside the files."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from pathlib import Path

from zatools.errors import Exit, InvalidError
from zatools.files.folder import rewrite
from zatools.files.sources import decode, expand, reason
from zatools.place import Place, Problem
from zatools.reference.schema import as_text
from zatools.screens import quantity
from zatools.world import World

#: Begins with a dot, so that a folder of definitions doesn't take it for one of them.
FILE = '.zato-definitions.schema.json'
OVERLAY = '.zato-overlay.schema.json'
LINE = '# yaml-language-server: $schema='
HELP = f"""How to use it:
  zato enmasse schema --write definitions/   writes it beside the files and tells editors in their first line:
  {LINE}{FILE}
Editors with yaml-language-server read that line: VS Code (extension "YAML"), Neovim, Emacs, Sublime Text."""


def _marked(text: str, name: str) -> str:
    newline = '\n'
    if '\r\n' in text:
        newline = '\r\n'
    if text.startswith(LINE):
        text = text.partition('\n')[2]
    return f'{LINE}{name}{newline}{text}'


def _read(path: str, name: str, problems: list[Problem]) -> tuple[bytes, str] | None:
    # The bytes of a file and its text with the line; None after a problem.
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        problems.append(Problem(Place(path, 0, 0), reason(error)))
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(Problem(Place(path, 0, 0), 'is not UTF-8'))
        return None
    text = decode(path, data, problems)
    if text is None:
        return None
    return data, _marked(text, name)


def _check_links(paths: Sequence[str], named: Sequence[str], problems: list[Problem]) -> None:
    # A link in a folder may lead out of the project, to a file that nobody named.
    for path in paths:
        if os.path.islink(path) and path not in named:
            problems.append(Problem(Place(path, 0, 0), 'is a link: what it leads to is not written', 'name it itself'))


def _write(world: World, paths: Sequence[str], name: str, text: str) -> None:
    problems: list[Problem] = []
    files = [path for path in expand(paths, problems) if path != '-']
    schemas = [os.path.join(folder, name) for folder in dict.fromkeys(map(os.path.dirname, files))]
    _check_links([*files, *schemas], paths, problems)
    if problems:
        raise InvalidError('Nothing was written.', problems=problems)
    read = {Path(path): _read(path, name, problems) for path in files if not path.lower().endswith('.json')}
    marked = {path: found for path, found in read.items() if found}
    rewrite(
        {path: found for path, found in marked.items() if found[0].decode('utf-8-sig') != found[1]},
        {Path(path): text for path in schemas},
    )
    for path in schemas:
        world.print(f'Wrote {path}')
    if problems:
        raise InvalidError('The other files have the line.', problems=problems)
    verb = 'have'
    if len(marked) == 1:
        verb = 'has'
    world.print(f'{quantity(len(marked), "file")} {verb} the line that tells editors of it.')


def schema(world: World, paths: Sequence[str] = (), *, write: bool = False, overlay: bool = False) -> Exit:
    """Prints the schema and how to use it, or writes it beside files and the line that names it into them."""
    text = as_text(overlay)
    if write:
        name = FILE
        if overlay:
            name = OVERLAY
        _write(world, paths or ['.'], name, text)
        return Exit.OK
    world.write(text)
    world.say(HELP)
    return Exit.OK
