"""`docs/tutorial.md`: each command of the second terminal is typed, and gives what the page says."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT, needs
from tests.server.running import programs, until

PAGE = (ROOT / 'docs' / 'tutorial.md').read_text(encoding='utf-8')
#: Blocks of commands.
BLOCKS = re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL)
#: What the tutorial types, in its order; the rest of the page looks at what came of it.
TYPED = [
    'zato ping',
    'zato ping',
    'zato publish',
    'curl ',
    'curl ',
    'zato enmasse . --export-odb',
    'zato enmasse . --import',
    'apitest',
]


class Terminal(NamedTuple):
    """The second terminal: its environment, and what the first one has printed so far."""

    environ: Mapping[str, str]
    printed: list[str]


@contextmanager
def demo(folder: Path, *command: str) -> Iterator[Terminal]:
    """Runs `zato demo my-demo --keep` and gives the second terminal."""
    environ = programs(folder / 'bin')
    process = subprocess.Popen(
        [*command, 'demo', 'my-demo', '--keep'], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    printed: list[str] = []
    try:
        for line in process.stdout:
            printed.append(line)
            if found := re.fullmatch(r' +export (.*)\n', line):
                break
        assert found, printed
        needed = dict(part.split('=', 1) for part in found[1].split())
        assert set(needed) == {'API_PASSWORD', 'ZATO_SERVER_PASSWORD', 'ZATO_MOCK', 'PORT'}
        assert printed[-2] == f'In another terminal:      cd {folder}/my-demo\n'
        reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()))
        reader.start()
        yield Terminal({**environ, **needed}, printed)
    finally:
        process.terminate()
        process.wait(20)
        reader.join(20)
        process.stdout.close()


def commands(block: str) -> list[tuple[str, str]]:
    parts = re.split(r'^\$ ', block, flags=re.MULTILINE)[1:]
    split = re.compile(r'((?:[^\n]*\\\n)*[^\n]*)\n(.*)', re.DOTALL)
    return [(match[1], match[2]) for part in parts if (match := split.fullmatch(part))]


def typed(command: str, folder: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Returns what a command prints, and what it says besides."""
    done = subprocess.run(
        ['sh', '-c', command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return '\n'.join(line.rstrip() for line in done.stdout.splitlines()).strip(), done.stderr


def walk(folder: Path, terminal: Terminal) -> None:
    for block in BLOCKS:
        for command, expected in commands(block):
            pattern = re.compile('.*'.join(re.escape(part) for part in expected.strip().split('…')))
            end = time.monotonic() + (20 if 'sleep' in command or ' ping ' in command else 0)
            # What takes a moment takes longer on a machine that has other work.
            found, said = typed(command, folder / 'my-demo', terminal.environ)
            while not pattern.fullmatch(found):
                assert time.monotonic() < end, f'{command}\n{found}\n{said}\n{"".join(terminal.printed)}'
                found, said = typed(command, folder / 'my-demo', terminal.environ)


def test_the_page_types_what_the_tutorial_types() -> None:
    lines = [command for block in BLOCKS for command, _ in commands(block)]
    assert len(lines) == sum(block.count('\n$ ') + block.startswith('$ ') for block in BLOCKS)
    own = [command for command in lines if command.startswith(('zato ', 'curl ', 'apitest '))]
    assert [command.startswith(start) for command, start in zip(own, TYPED, strict=True)] == [True] * len(TYPED)


@needs('curl')
def test_the_page_is_true(tmp_path: Path) -> None:
    with demo(tmp_path, 'zato') as terminal:
        walk(tmp_path, terminal)
        received = 'Fraud detection received: Hello from Zato!\n'
        until(lambda: received in terminal.printed, lambda: ''.join(terminal.printed))
