"""Output of a project's own code: secrets are masked in it, line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from zatools.apitest.secrets import Secrets

#: Characters of a scenario's output that reports keep.
LIMIT = 16_000


class MaskedStream:
    """A text stream that masks secrets; it writes whole lines, since a secret may come in pieces."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream, self._secrets = stream, secrets
        self._line = ''
        self.collected: list[str] | None = None

    def _out(self, text: str) -> None:
        masked = self._secrets.mask(text)
        self._stream.write(masked)
        if self.collected is not None and sum(map(len, self.collected)) < LIMIT:
            self.collected.append(masked[:LIMIT])

    def finish(self) -> None:
        """Ends the collection; the line that has no end yet belongs to it too."""
        if self.collected is not None and self._line:
            self.collected.append(self._secrets.mask(self._line)[:LIMIT])
        self.collected = None

    def write(self, text: str) -> int:
        """Takes a text; writes the lines that have an end."""
        lines, sign, rest = text.rpartition('\n')
        if sign:
            self._out(f'{self._line}{lines}\n')
            self._line = ''
        self._line += rest
        return len(text)

    def writelines(self, texts: Any) -> None:
        """Takes texts."""
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Writes the line that has no end yet."""
        line, self._line = self._line, ''
        self._out(line)
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        # The project's code may ask for isatty, encoding and the like.
        return getattr(self._stream, name)


@contextmanager
def collected(streams: Sequence[MaskedStream]) -> Iterator[list[str]]:
    """Collects the output within, secrets masked, up to the limit of reports."""
    lines: list[str] = []
    # A scenario may run another one: its own collection goes on after that.
    before = [stream.collected for stream in streams]
    for stream in streams:
        stream.collected = lines
    try:
        yield lines
    finally:
        for stream, outer in zip(streams, before, strict=True):
            stream.finish()
            stream.collected = outer


@contextmanager
def masked(secrets: Secrets) -> Iterator[Sequence[MaskedStream]]:
    """Masks secrets in the output within; yields the streams that do so."""
    before = sys.stdout, sys.stderr
    ours = MaskedStream(sys.stdout, secrets), MaskedStream(sys.stderr, secrets)
    sys.stdout, sys.stderr = ours
    try:
        yield ours
    finally:
        for stream in ours:
            stream.flush()
        sys.stdout, sys.stderr = before
