"""The progress of a run: one line of a terminal, which is gone when something is printed."""

from __future__ import annotations

from typing import TextIO

WIDTH = 30


class Progress:
    """A bar that counts features; it is not drawn where there is no terminal."""

    def __init__(self, stream: TextIO, total: int, is_shown: bool) -> None:
        self._stream, self._total = stream, total
        self._is_shown = is_shown and total > 1
        self._done = 0

    def show(self) -> None:
        """Draws the bar."""
        if self._is_shown and self._done < self._total:
            filled = WIDTH * self._done // self._total
            bar = '#' * filled + '-' * (WIDTH - filled)
            self._stream.write(f'\r[{bar}] {self._done} of {self._total} features')
            self._stream.flush()

    def clear(self) -> None:
        """Removes the bar, so that lines can be printed in its place."""
        if self._is_shown:
            self._stream.write('\r\033[K')
            self._stream.flush()

    def step(self) -> None:
        """Counts a feature."""
        self._done += 1
