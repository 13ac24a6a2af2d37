"""What a project's own code prints: line by line, secrets masked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from zatools.apitest.secrets import Secrets

#: Characters of what a scenario prints that reports keep.
KEPT = 16_000


class MaskedStream:
    """A text stream that masks secrets; a line goes out when it is whole, so that none is cut in two."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream, self._secrets = stream, secrets
        self._line = ''
        self.kept: list[str] | None = None

    def _out(self, text: str) -> None:
        masked = self._secrets.mask(text)
        self._stream.write(masked)
        if self.kept is not None and sum(map(len, self.kept)) < KEPT:
            self.kept.append(masked[:KEPT])

    def keep_rest(self) -> None:
        """Ends the collection: what has no end of line yet belongs to it too."""
        if self.kept is not None and self._line:
            self.kept.append(self._secrets.mask(self._line)[:KEPT])
        self.kept = None

    def write(self, text: str) -> int:
        """Takes a text; writes the lines that are whole."""
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
        """Writes what has no end of line yet."""
        line, self._line = self._line, ''
        self._out(line)
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def kept(streams: Sequence[MaskedStream]) -> Iterator[list[str]]:
    """Collects what is printed within, secrets masked, so far as a report has room for it."""
    lines: list[str] = []
    # One scenario may run another one.
    before = [stream.kept for stream in streams]
    for stream in streams:
        stream.kept = lines
    try:
        yield lines
    finally:
        for stream, outer in zip(streams, before, strict=True):
            stream.keep_rest()
            stream.kept = outer


@contextmanager
def masked(secrets: Secrets) -> Iterator[Sequence[MaskedStream]]:
    """Masks what is printed within; gives the streams that do so."""
    before = sys.stdout, sys.stderr
    ours = MaskedStream(sys.stdout, secrets), MaskedStream(sys.stderr, secrets)
    sys.stdout, sys.stderr = ours
    try:
        yield ours
    finally:
        for stream in ours:
            stream.flush()
        sys.stdout, sys.stderr = before
