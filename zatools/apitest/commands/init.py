"""`apitest init` and `apitest demo`: a project that passes at once, offline."""

from __future__ import annotations

import tempfile
from pathlib import Path

from zatools.apitest.commands.console import Console
from zatools.errors import Exit
from zatools.template import copied

TEMPLATE = Path(__file__).parent.parent / 'template'
HINT = 'name a folder that is new or empty: apitest init my-tests'


def init(path: str, console: Console) -> int:
    """Makes a project in a folder that does not exist or is empty."""
    folder = copied(TEMPLATE, path, HINT)
    for file in sorted(folder.rglob('*')):
        if file.is_file():
            console.print(f'  {file}')
    console.print(f'It passes at once, offline, against a small API of its own: apitest run {path}')
    return Exit.OK


def demo(path: str, console: Console) -> int:
    """Makes a project and runs it; the folder is removed again unless it was named."""
    from zatools.apitest.commands.run import run

    if path:
        code = init(path, console)
        console.print()
        return code or run([path], console)
    # A demo without a path leaves nothing behind.
    with tempfile.TemporaryDirectory(prefix='apitest-') as folder:
        copied(TEMPLATE, folder, HINT)
        console.print(f'$ apitest run {folder}')
        code = run([folder], console)
        console.print('Keep it and play with it: apitest demo my-demo')
        return code
