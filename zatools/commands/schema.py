"""`zato enmasse schema`: a JSON Schema for editors, printed or put beside the files."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from pathlib import Path

from zatools.commands.world import World
from zatools.errors import Exit, InvalidError
from zatools.files.folder import rewrite, write_file
from zatools.files.sources import decode, expand, reason
from zatools.place import Place, Problem
from zatools.reference.schema import as_text

#: Begins with a dot, so that a folder of definitions doesn't take it for one of them.
FILE = '.zato-definitions.schema.json'
OVERLAY = '.zato-overlay.schema.json'
LINE = '# yaml-language-server: $schema='
HELP = f"""How to use it:
  zato enmasse schema --write definitions/   writes it beside the files and tells editors in their first line:
  {LINE}{FILE}
Editors with yaml-language-server read that line: VS Code (extension "YAML"), Neovim, Emacs, Sublime Text."""


def _marked(text: str, name: str) -> str:
    newline = '\r\n' if '\r\n' in text else '\n'
    rest = text.partition('\n')[2] if text.startswith(LINE) else text
    return f'{LINE}{name}{newline}{rest}'


def _mark(path: str, name: str, problems: list[Problem]) -> bool:
    if path.lower().endswith('.json'):
        return False
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        problems.append(Problem(Place(path, 0, 0), reason(error)))
        return False
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(Problem(Place(path, 0, 0), 'is not UTF-8'))
        return False
    text = decode(path, data, problems)
    if text is None:
        return False
    wanted = _marked(text, name)
    if wanted != text:
        rewrite(Path(path), data, wanted)
    return True


def _write(world: World, paths: Sequence[str], name: str, text: str) -> None:
    problems: list[Problem] = []
    files = [path for path in expand(paths, problems) if path != '-']
    if problems:
        raise InvalidError('Nothing was written.', problems=problems)
    for folder in dict.fromkeys(os.path.dirname(path) for path in files):
        write_file(Path(folder) / name, text)
        world.print(f'Wrote {os.path.join(folder, name)}')
    marked = sum(_mark(path, name, problems) for path in files)
    if problems:
        raise InvalidError('The other files have the line.', problems=problems)
    world.print(f'{marked} file{"s have" if marked != 1 else " has"} the line that tells editors of it.')


def schema(world: World, paths: Sequence[str] = (), *, write: bool = False, overlay: bool = False) -> Exit:
    """Prints the schema and how to use it, or writes it beside files and the line that names it into them."""
    text = as_text(overlay)
    if write:
        _write(world, paths or ['.'], OVERLAY if overlay else FILE, text)
        return Exit.OK
    world.write(text)
    world.say(HELP)
    return Exit.OK
