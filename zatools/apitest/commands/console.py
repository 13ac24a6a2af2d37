"""The surroundings of a command of `apitest`: environment and streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from zatools.screens import put


@dataclass(frozen=True)
class Console:
    """Environment and streams: `out` is for data, `err` for talk."""

    environ: Mapping[str, str]
    out: TextIO
    err: TextIO
    is_terminal: bool = False

    def print(self, text: str = '') -> None:
        """Writes lines for people, no wider than their terminal."""
        put(text, self.out, self.environ)

    def data(self, text: str) -> None:
        """Writes lines for programs, as they are."""
        self.out.write(f'{text}\n')

    def write_report(self, pieces: Iterable[str]) -> None:
        """Writes a report as it is in a file: in UTF-8, whatever the encoding of the screen."""
        self.out.flush()
        self.out.buffer.writelines(piece.encode('utf-8', 'backslashreplace') for piece in pieces)
        self.out.buffer.flush()

    def say(self, text: str) -> None:
        """Writes lines of talk."""
        self.out.flush()
        put(text, self.err, self.environ)
        self.err.flush()
