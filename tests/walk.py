"""Commands of a page one after the other, in a folder that they begin in: `python -m tests.walk` with them as JSON.

Each command of ours is a fork of this process, which has imported what they need: dozens of them take a second or two.
Other commands are a shell's; `export NAME=VALUE` is for all that come later, as it is there.
"""

from __future__ import annotations

import json
import os
import pkgutil
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

STEPS, OUTPUT = 'walk.json', 'walk.out'


def main() -> None:
    """Walks, and writes each step as it came out in the place of what it was to be."""
    folder = Path(sys.argv[1])
    steps = json.loads((folder / STEPS).read_text())
    _import_all()
    done = [[sort, what, *_done(sort, what, text, folder / OUTPUT)] for sort, what, text, _ in steps]
    (folder / STEPS).write_text(json.dumps(done))


def _import_all() -> None:
    import zatools.commands

    for module in pkgutil.iter_modules(zatools.commands.__path__, 'zatools.commands.'):
        import_module(module.name)
    import_module('zatools.cli.app')
    import_module('sqlalchemy.dialects.sqlite.pysqlite')


def _done(sort: str, what: str, text: str, output: Path) -> tuple[str, int]:
    path = Path(what)
    if sort == 'file':
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    if sort in ('file', 'now'):
        return path.read_text(), 0
    words = shlex.split(what)
    with output.open('wb') as file:
        code = _run(what, words, file)
    return output.read_text(), code


def _run(command: str, words: list[str], output: Any) -> int:
    if words[0] == 'export':
        name, _, value = words[1].partition('=')
        os.environ[name] = value
        return 0
    if words[0] != 'zato':
        return subprocess.run(['bash', '-c', command], stdout=output, stderr=output, check=False).returncode
    child = os.fork()
    if not child:
        _be_zato(words, output)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be_zato(words: list[str], output: Any) -> None:
    from zatools.cli.start import main as start

    for number in (1, 2):
        os.dup2(output.fileno(), number)
    sys.argv = words
    try:
        start()
    finally:
        os._exit(70)


if __name__ == '__main__':
    main()
