"""What golden cases have in common: a folder each with `cmd`, and `stdout`, `stderr` and `exit` as they must be."""

from __future__ import annotations

import os
from pathlib import Path

EXPECTED = ('stdout', 'stderr', 'exit')


def cases_in(golden: Path) -> list[str]:
    """Returns the names of the cases in a folder."""
    return sorted(path.name for path in golden.iterdir() if (path / 'cmd').is_file())


def texts_of(case: Path) -> str:
    """Returns all that a case is made of, where it names the peers that it needs."""
    files = (path for path in case.rglob('*') if path.is_file() and path.name not in EXPECTED)
    return '\n'.join(path.read_text(errors='replace') for path in files)


def environment_of(tools: Path) -> dict[str, str]:
    """Returns an environment with nothing of ours but the programs in a folder, which is the home as well."""
    return {
        'PATH': f'{tools}:{os.environ["PATH"]}',
        'HOME': str(tools),
        'NO_COLOR': '1',
        'LANG': 'C.UTF-8',
        'COLUMNS': '100',
        'TERMINAL_WIDTH': '100',
        'PYTHONDONTWRITEBYTECODE': '1',
        # No name server is ever asked: tests stay on this machine.
        'RES_OPTIONS': 'attempts:0',
    }


def compare(case: Path, found: dict[str, str], is_new: bool) -> None:
    """Compares what a case gave with its files; writes them first where they are to be new."""
    if is_new:
        _write(case, found)
    for part in EXPECTED:
        assert found[part] == _wanted(case / part)


def _write(case: Path, found: dict[str, str]) -> None:
    for part in EXPECTED:
        path = case / part
        path.unlink(missing_ok=True)
        if found[part] not in ('', '0\n'):
            path.write_text(found[part])


def _wanted(path: Path) -> str:
    if path.exists():
        return path.read_text()
    if path.name == 'exit':
        return '0\n'
    return ''
