"""A world for commands whose streams can be read."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from zatools.world import World


class Heard(io.StringIO):
    """A stream that acts when a text has been written, as whoever looks at it would; no clock is needed."""

    heard: tuple[str, Callable[[], object]] | None = None

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.heard and self.heard[0] in self.getvalue():
            (_, act), self.heard = self.heard, None
            act()
        return written


class Console:
    """A world whose streams can be read."""

    def __init__(self, environ: Mapping[str, str], stdin: bytes = b'') -> None:
        self.out, self.err = io.StringIO(), Heard()
        self.world = World(environ, io.BytesIO(stdin), self.out, self.err)

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.out.getvalue() + self.err.getvalue()

    def when(self, text: str, act: Callable[[], object]) -> None:
        """Calls `act` once standard error has the text."""
        self.err.heard = text, act
