"""The world that a command sees: environment and streams, so that tests can hand it another."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, TextIO


@dataclass(frozen=True)
class World:
    """Environment and streams: `out` is for data, `err` for talk."""

    environ: Mapping[str, str]
    stdin: BinaryIO
    out: TextIO
    err: TextIO
    is_coloured: bool = False
    on_settle: Callable[[], None] = lambda: None
    on_resume: Callable[[], None] = lambda: None

    def print(self, text: str) -> None:
        """Writes lines of data."""
        self.out.write(f'{text}\n')

    def write(self, text: str) -> None:
        """Writes what might be a file as it would be in one: in UTF-8, whatever the terminal has."""
        if isinstance(self.out, io.TextIOWrapper):
            self.out.flush()
            self.out.buffer.write(text.encode('utf-8', 'backslashreplace'))
        else:
            self.out.write(text)

    def settle(self) -> None:
        """Comes right before what can't be undone: what was printed is out, and nothing interrupts any more."""
        self.out.flush()
        self.on_settle()

    def resume(self) -> None:
        """Comes when what can't be undone is done: what is left to do may be interrupted again."""
        self.on_resume()

    def say(self, text: str) -> None:
        """Writes lines of talk."""
        # Whoever reads both as one stream sees them in their order.
        self.out.flush()
        self.err.write(f'{text}\n')
        self.err.flush()
