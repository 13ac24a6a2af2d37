"""behave's steps without what behave's own run alone needs: a file of features may have tens of thousands."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

from behave.capture import CaptureSinkAsCollector, ManyCaptured
from behave.model import Row, Step, Table, Text
from behave.model_core import FileLocation
from behave.model_type import Status


class QuickStep(Step):  # type: ignore[misc]
    """A step of behave. behave's own asks the system for its folder and has a store for output, each."""

    exception = exc_traceback = error_message = text = table = None
    status = Status.untested
    hook_failed = False
    duration = 0

    def __init__(self, place: tuple[str, int], keyword: str, step_type: str, name: str) -> None:
        self.place = place
        self.keyword, self.step_type, self.name = keyword, step_type, name

    @property
    def location(self) -> Any:
        """The file and the line."""
        return FileLocation(*self.place)

    @property
    def line(self) -> int:
        """The line."""
        return self.place[1]

    @cached_property
    def _captured(self) -> Any:
        return ManyCaptured()

    @cached_property
    def _capture_sink(self) -> Any:
        sink = CaptureSinkAsCollector(self._captured)
        sink.store_on_success = self.STORE_CAPTURED_ON_SUCCESS
        return sink


def made(step: Any) -> QuickStep:
    """Returns behave's step of ours, for the project's own code."""
    result = QuickStep(('', step.line), step.keyword, step.group, step.text)
    if step.below is not None:
        result.text = Text(step.below, 'text/plain', step.line)
    if step.table is not None:
        result.table = Table(list(step.table.headings), [list(row) for row in step.table.rows], step.line)
    return result


class FileTable(Table):  # type: ignore[misc]
    """The examples of a file: behave's rows are made when the project's own code asks for them."""

    _rows: list[Any] | None = None

    def __init__(self, headings: list[str], rows: list[list[str]], line: int) -> None:
        super().__init__(headings, line=line)
        self.cells = rows

    @property
    def rows(self) -> Any:
        """behave's rows: kept once they were asked for."""
        if self._rows is None:
            # A line of the feature stands for all rows: those of the file are no lines of it.
            self._rows = [Row(self.headings, copy.copy(cells), self.line) for cells in self.cells]
        return self._rows

    @rows.setter
    def rows(self, rows: Any) -> None:
        self._rows = rows or None
