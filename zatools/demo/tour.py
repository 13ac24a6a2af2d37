"""A run of the demo: its folder, the environment of its programs, and what it prints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zatools.processes import process
from zatools.world import World

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zatools.connections.inbox import Inbox
    from zatools.connections.mocked import MockInbox

#: Seconds that a step may take.
PATIENCE = 60.0
WIDTH = 43
ZATO = (sys.executable, '-m', 'zatools')
APITEST = (sys.executable, '-c', 'from zatools.cli.apitest import main; main()')

Done = subprocess.CompletedProcess[str]
Running = subprocess.Popen[str]


@dataclass
class Tour:
    """A run of the demo: its folder, the environment of its commands, and what it has found out."""

    world: World
    folder: Path
    environ: Mapping[str, str]
    inbox: Inbox | MockInbox
    features: str = 'features/'
    address: str = ''
    number: int = 0
    failed: list[str] = field(default_factory=list)

    def show(self, command: str, result: str, is_ok: bool = True) -> None:
        """Prints a step: the command as one would type it, and what came of it."""
        self.number += 1
        lines = result.strip().splitlines() or ['']
        if not is_ok:
            lines[0] = f'FAILED: {lines[0]}'
        if len(command) <= WIDTH:
            self.world.print(f'{self.number:2}  {command:{WIDTH}} {lines.pop(0)}'.rstrip())
        else:
            self.world.print(f'{self.number:2}  {command}')
        self.more(*lines)
        self.world.out.flush()
        if not is_ok:
            self.failed.append(command)

    def more(self, *lines: str) -> None:
        """Prints further lines of a step's result."""
        for line in lines:
            self.world.print(f'{"":{WIDTH + 4}} {line}')

    def begun(self, program: Sequence[str], *arguments: str) -> AbstractContextManager[Running]:
        """Begins one of our programs in the folder, for a `with` block; `finished` waits for it."""
        pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        return process([*program, *arguments], self.folder, self.environ, **pipes)

    def run(self, program: Sequence[str], *arguments: str) -> Done:
        """Runs one of our programs in the folder."""
        with self.begun(program, *arguments) as running:
            return finished(running)


def finished(running: Running) -> Done:
    """Waits for a program, and returns what came of it."""
    output, errors = running.communicate(timeout=PATIENCE)
    return Done(running.args, running.returncode, output, errors)
