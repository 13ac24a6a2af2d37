"""A feature as it was read: its scenarios and their steps, frozen.

`behave` is behave's own object of each: hooks and the project's own steps get it, and nothing else looks at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
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


def step_of(step: Any) -> Step:
    """Returns our step of behave's."""
    return Step(
        keyword=str(step.keyword),
        group=str(step.step_type),
        text=str(step.name),
        line=int(step.line or 0),
        below=_text(step.text),
        table=_table(step.table),
        behave=step,
    )


def _text(text: Any) -> str | None:
    # behave's texts are a class of its own, which knows its place in the file.
    if text is None:
        return None
    return str(text)


def _table(table: Any) -> Table | None:
    if table is None:
        return None
    return Table(tuple(table.headings), tuple(tuple(row) for row in table.rows))


def steps_of(steps: Iterable[Any]) -> tuple[Step, ...]:
    """Returns our steps of behave's."""
    return tuple(map(step_of, steps))


def statements_of(feature: Any) -> tuple[Statement, ...]:
    """Returns the scenarios and outlines of behave's feature, those of its rules too, in the file's order."""
    return tuple(_statements(feature, None))


def _statements(container: Any, rule: Rule | None) -> Iterable[Statement]:
    for item in container.run_items:
        # Of the items of a feature, only rules have items of their own.
        if hasattr(item, 'run_items'):
            yield from _statements(item, _rule(item))
        elif item.type == 'scenario_outline':
            yield Statement(item.line, tuple(_rows(item, rule)), is_outline=True)
        else:
            yield Statement(item.line, (_scenario(item, rule),), is_outline=False)


def _rows(outline: Any, rule: Rule | None) -> Iterable[Scenario]:
    counts: Counter[int] = Counter()
    shared = {line for line, count in Counter(row.line for row in outline.scenarios).items() if count > 1}
    for row in outline.scenarios:
        counts[row.line] += row.line in shared
        yield _scenario(row, rule, counts[row.line])


def _rule(rule: Any) -> Rule:
    return Rule(_texts(rule.tags), frozenset(_texts(rule.effective_tags)), rule)


def _scenario(scenario: Any, rule: Rule | None, row: int = 0) -> Scenario:
    return Scenario(
        name=str(scenario.name),
        line=int(scenario.line),
        tags=_texts(scenario.tags),
        # A tag that the feature and the scenario have is there twice.
        all_tags=tuple(dict.fromkeys(_texts(scenario.effective_tags))),
        steps=steps_of(scenario.all_steps),
        rule=rule,
        behave=scenario,
        row=row,
    )


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))
