"""The world that a command sees: environment and streams, so that tests can hand it another."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TextIO

from zatools.masks import Masks
from zatools.screens import json_text, plain, put


class Screen(Protocol):
    """A terminal that lines appear on while they are waited for."""

    def start(self, lines: Sequence[str]) -> None:
        """Shows the lines of all that is waited for."""

    def update(self, number: int, line: str) -> None:
        """Shows one line anew."""

    def stop(self) -> None:
        """Leaves what is shown."""


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
    on_foretell: Callable[[str], None] = lambda outcome: None
    masks: Masks = field(default_factory=Masks)
    #: Makes a screen; None where standard output is no terminal, or one that lines can't be changed on.
    screen: Callable[[], Screen] | None = None
    #: Asks for a secret, which is not shown as it is typed; None where nobody is there to ask.
    ask: Callable[[str], str] | None = None

    def __post_init__(self) -> None:
        self.masks.hide_surroundings(self.environ)

    def print(self, text: str) -> None:
        """Writes lines for people, without what is secret and what would be a command; `write` is for files."""
        put(plain(self.masks.mask(text)), self.out, self.environ)

    def data(self, text: str) -> None:
        """Writes lines for programs that read text: as `print` does, but as long as they are."""
        self.out.write(f'{plain(self.masks.mask(text))}\n')

    def print_json(self, text: str) -> None:
        """Writes JSON for programs, without what is secret."""
        self.out.write(f'{json_text(self.masks.mask(text))}\n')

    def annotate(self, text: str) -> None:
        """Writes commands to GitHub that mark lines of files, without what is secret."""
        self.out.write(f'{self.masks.mask(text)}\n')

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

    def foretell(self, outcome: str) -> None:
        """Says what is so when the command ends before its end, from now on."""
        self.on_foretell(outcome)

    def say(self, text: str) -> None:
        """Writes lines of talk."""
        # Whoever reads both as one stream sees them in their order.
        self.out.flush()
        put(plain(self.masks.mask(text)), self.err, self.environ)
        self.err.flush()
