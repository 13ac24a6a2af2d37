"""Rows of a file as scenarios: each is made of its outline when it is asked for, since a file may have any number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from zatools.apitest.gherkin.model import Rule, Scenario, Step
from zatools.apitest.values.table import Table


@dataclass(frozen=True)
class Template:
    """What the rows of a file share: their outline and its steps, with placeholders.

    `outline` and `examples` are behave's; `place` is the number of the examples, `before` that of the scenarios of
    those before them.
    """

    outline: Any
    examples: Any
    place: int
    before: int
    rule: Rule | None
    steps: tuple[Step, ...]
    has_many: bool

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of the columns."""
        return tuple(f'<{name}>' for name in self.examples.table.headings)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags of the outline and of the examples; they may have placeholders."""
        return tuple(map(str, (*self.outline.tags, *self.examples.tags)))

    @cached_property
    def has_fixed_tags(self) -> bool:
        """Tells whether all rows have the same tags."""
        return not any('<' in tag for tag in self.tags)

    @cached_property
    def inherited(self) -> tuple[str, ...]:
        """The tags of the outline, its rule and its feature."""
        return inherited_tags(self.outline)

    @cached_property
    def fixed_tags(self) -> tuple[str, ...]:
        """The tags of all rows, where they are the same."""
        return _tags_of_row(self.tags, {}, {})

    @cached_property
    def all_fixed_tags(self) -> tuple[str, ...]:
        """The same, with those of rule and feature."""
        return tuple(dict.fromkeys((*self.fixed_tags, *self.inherited)))


def _tags_of_row(tags: Sequence[str], row: Mapping[str, str], others: Mapping[str, str]) -> tuple[str, ...]:
    from behave.model import ScenarioOutlineBuilder

    return tuple(map(str, ScenarioOutlineBuilder.make_row_tags(tags, row, others)))


def inherited_tags(item: Any) -> tuple[str, ...]:
    """Returns the tags that count for an item of behave's, in the order in which they are written, its own first."""
    counted, found = item.effective_tags, []
    while item is not None:
        found += [str(tag) for tag in item.tags if tag in counted]
        item = item.parent
    return tuple(dict.fromkeys(found))


class RowScenario(Scenario):
    """A row of a file; its name, tags and steps are made anew each time that they are asked for."""

    __slots__ = ('_number', '_template')
    _number: int
    _template: Template

    def __init__(self, template: Template, number: int) -> None:
        object.__setattr__(self, '_template', template)
        object.__setattr__(self, '_number', number)

    @property
    def _fixed(self) -> dict[str, str]:
        place, number = str(self._template.place), str(self._number)
        return {
            'examples.name': self._template.examples.name,
            'examples.index': place,
            'row.index': number,
            'row.id': f'{place}.{number}',
        }

    @property
    def _cells(self) -> list[str]:
        cells: list[str] = self._template.examples.table.cells[self._number - 1]
        return cells

    def _filled(self, text: str, others: Mapping[str, str]) -> str:
        # The order is behave's: a cell may have a placeholder of a later column.
        if '<' not in text:
            return text
        for placeholder, cell in zip(self._template.placeholders, self._cells, strict=True):
            text = text.replace(placeholder, cell)
        for name, value in others.items():
            text = text.replace(f'<{name}>', value)
        return text

    @property
    def name(self) -> str:
        """The name of the outline, the number of the row, the name of the file."""
        fixed = self._fixed
        name = self._filled(str(self._template.outline.name), fixed)
        return f'{name} -- @{fixed["row.id"]} {fixed["examples.name"]}'

    @property
    def line(self) -> int:
        """The line of the examples."""
        return int(self._template.examples.line)

    @property
    def row(self) -> int:
        """The number of the row; 0 for the only one."""
        return self._number * self._template.has_many

    @property
    def rule(self) -> Rule | None:
        """The rule that the outline is in."""
        return self._template.rule

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, placeholders filled in."""
        template = self._template
        if template.has_fixed_tags:
            return template.fixed_tags
        row = dict(zip(template.examples.table.headings, self._cells, strict=True))
        return _tags_of_row(template.tags, row, self._fixed)

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Its tags, and those of rule and feature."""
        if self._template.has_fixed_tags:
            return self._template.all_fixed_tags
        return tuple(dict.fromkeys((*self.tags, *self._template.inherited)))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, placeholders filled in."""
        fixed = self._fixed
        return tuple(self._step(step, fixed) for step in self._template.steps)

    def _step(self, step: Step, fixed: Mapping[str, str]) -> Step:
        text, below, table = self._filled(step.text, fixed), step.below, step.table
        if below is not None:
            below = self._filled(below, {})
        if table is not None:
            rows = tuple(tuple(self._filled(cell, {}) for cell in row) for row in table.rows)
            table = Table(tuple(self._filled(cell, {}) for cell in table.headings), rows)
        if (text, below, table) == (step.text, step.below, step.table):
            return step
        return replace(step, text=text, below=below, table=table, behave=None)

    @property
    def behave(self) -> Any:
        """behave's scenario: all rows have one as soon as the project's own code asks for that of one."""
        return self._template.outline.scenarios[self._template.before + self._number - 1]

    @property
    def is_skipped(self) -> bool:
        """Tells whether a hook or a step of the project has skipped it."""
        # Nobody has skipped what nobody has asked for.
        return bool(self._template.outline._scenarios) and bool(self.behave.should_skip)


def rows_of(template: Template) -> Iterator[Scenario]:
    """Yields the scenarios of a file's rows."""
    for number in range(1, len(template.examples.table.cells) + 1):
        yield RowScenario(template, number)
