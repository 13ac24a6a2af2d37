"""Lines that change in place on a terminal: a table that fills, and a progress bar where there are many."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.live import Live as RichLive
from rich.progress import Progress
from rich.text import Text

from zatools.screens import fold

MANY = 20


class Live:
    """A screen for pings: all lines at once, or a bar and the lines at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._lines: list[str] = []
        self._shown: RichLive | Progress | None = None

    def start(self, lines: Sequence[str]) -> None:
        """Shows the lines of all that is waited for."""
        self._lines = list(lines)
        if len(lines) > MANY:
            self._shown = Progress(console=self._console, transient=True)
            self._shown.add_task('pinging', total=len(lines))
            self._shown.start()
        else:
            self._shown = RichLive(self._text(), console=self._console, auto_refresh=False)
            self._shown.start(refresh=True)

    def update(self, number: int, line: str) -> None:
        """Shows one line anew."""
        self._lines[number] = line
        if isinstance(self._shown, Progress):
            self._shown.advance(self._shown.task_ids[0])
        elif self._shown:
            self._shown.update(self._text(), refresh=True)

    def stop(self) -> None:
        """Leaves the lines as they are."""
        if self._shown:
            self._shown.stop()
        if isinstance(self._shown, Progress):
            self._console.print(self._text())

    def _text(self) -> Text:
        width = self._console.width
        return Text('\n').join(Text.from_ansi(fold(line, width)) for line in self._lines)
