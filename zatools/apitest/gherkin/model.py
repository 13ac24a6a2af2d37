"""A feature as it was read: its scenarios and their steps, frozen.

`behave` is behave's own object of each: hooks and the project's own steps get it, and nothing else looks at it. A step
that a row of a file has filled in has none until the project's own code wants it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from zatools.apitest.project.files import shown
from zatools.apitest.values.table import Table
from zatools.place import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A step: its keyword as written, its group (given, when or then), its text, and the text or table below it."""

    keyword: str
    group: str
    text: str
    line: int = 0
    below: str | None = None
    table: Table | None = None
    behave: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule of a feature; `all_tags` are its own and the feature's."""

    tags: tuple[str, ...]
    all_tags: frozenset[str]
    behave: Any


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A scenario, or one row of an outline; `all_tags` has those of its rule and feature too.

    `row` is the number of a row that comes from a file, whose rows have the line of their examples; 0 for others.
    """

    name: str
    line: int
    tags: tuple[str, ...]
    all_tags: tuple[str, ...]
    steps: tuple[Step, ...]
    rule: Rule | None
    behave: Any
    row: int = 0

    @property
    def place(self) -> str:
        """The line, and the row where several rows of a file share it."""
        if not self.row:
            return str(self.line)
        return f'{self.line}.{self.row}'

    @property
    def is_skipped(self) -> bool:
        """Tells whether a hook or a step of the project has skipped it."""
        return bool(self.behave.should_skip)

    @property
    def skip_reason(self) -> str:
        """The reason that the project gave for skipping it."""
        return str(self.behave.skip_reason or '')


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a feature: a scenario, or an outline with a scenario for each of its rows."""

    line: int
    scenarios: tuple[Scenario, ...]
    is_outline: bool


@dataclass
class Feature:
    """A feature file: its scenarios with outlines unrolled, its lines for excerpts, what is wrong with it.

    `asked` are the lines that were named with the file, `broken` says why the scenario at a line can't run, `label` is
    the path as users see it.
    """

    path: Path
    name: str
    lines: list[str]
    asked: tuple[int, ...] = ()
    line: int = 1
    tags: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    behave: Any = None
    label: str = field(init=False)

    def __post_init__(self) -> None:
        # Each step's result has the label, and making one asks the system for the current folder.
        self.label = shown(self.path)

    @cached_property
    def real_path(self) -> str:
        """The path without links: the name of the file for all who may come to it by another way."""
        return str(self.path.resolve())

    @property
    def is_read(self) -> bool:
        """Tells whether the file could be read."""
        return self.behave is not None

    def source(self, line: int) -> str:
        """Returns a line of the file; '' for one that it doesn't have."""
        if 0 < line <= len(self.lines):
            return self.lines[line - 1]
        return ''

    def written(self, step: Step) -> str:
        """Returns a step's text as the file has it: in an outline, with placeholders."""
        row = self.source(step.line)
        if step.text in row:
            return step.text
        return row.strip().removeprefix(step.keyword).strip()

    def column(self, step: Step) -> int:
        """Returns the column at which a step's text begins."""
        return max(self.source(step.line).find(self.written(step)), 0) + 1

    def at_line(self, line: int) -> list[Scenario]:
        """Returns the scenario that a line is part of; of an outline the row at the line, else all its rows."""
        before = [statement for statement in self.statements if statement.line <= line]
        if not before:
            return list(self.scenarios)
        statement = max(before, key=lambda statement: statement.line)
        if not statement.is_outline:
            return list(statement.scenarios)
        rows = [scenario for scenario in statement.scenarios if scenario.line == line]
        return rows or list(statement.scenarios)
