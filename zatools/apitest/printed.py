"""What a project's own code prints: line by line, secrets masked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from zatools.apitest.masking import Secrets


class MaskedStream:
    """A text stream that masks secrets; a line goes out when it is whole, so that none is cut in two."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream, self._secrets = stream, secrets
        self._line = ''

    def write(self, text: str) -> int:
        """Takes a text; writes the lines that are whole."""
        lines, sign, rest = text.rpartition('\n')
        if sign:
            self._stream.write(self._secrets.mask(f'{self._line}{lines}\n'))
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
        self._stream.write(self._secrets.mask(line))
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def masked(secrets: Secrets) -> Iterator[None]:
    """Masks what is printed within."""
    before = sys.stdout, sys.stderr
    ours = MaskedStream(sys.stdout, secrets), MaskedStream(sys.stderr, secrets)
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        for stream in ours:
            stream.flush()
        sys.stdout, sys.stderr = before
