"""Our scenarios and steps, made of what behave's parser has read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zatools.apitest.gherkin.model import Rule, Scenario, Statement, Step
from zatools.apitest.gherkin.outlines import counts, is_from_file
from zatools.apitest.gherkin.row_scenarios import Template, inherited_tags, rows_of
from zatools.apitest.values.table import Table


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
    background: tuple[Step, ...] = ()
    if container.background is not None:
        # All scenarios share its steps: behave would copy them for each.
        background = steps_of(container.background.all_steps)
    for item in container.run_items:
        # Of the items of a feature, only rules have items of their own.
        if hasattr(item, 'run_items'):
            yield from _statements(item, _rule(item))
        elif item.type == 'scenario_outline':
            yield Statement(item.line, tuple(_rows(item, rule, background)), is_outline=True)
        else:
            yield Statement(item.line, (_scenario(item, rule, background),), is_outline=False)


def _rows(outline: Any, rule: Rule | None, background: tuple[Step, ...]) -> Iterable[Scenario]:
    before = 0
    if not any(is_from_file(examples.table) for examples in outline.examples):
        yield from (_scenario(row, rule) for row in outline.scenarios)
        return
    steps = (*background, *steps_of(outline.steps))
    for place, (examples, count) in enumerate(zip(outline.examples, counts(outline), strict=True), 1):
        if is_from_file(examples.table):
            yield from rows_of(Template(outline, examples, place, before, rule, steps, count > 1))
        else:
            yield from (_scenario(row, rule) for row in outline.scenarios[before : before + count])
        before += count


def _rule(rule: Any) -> Rule:
    return Rule(_texts(rule.tags), frozenset(_texts(rule.effective_tags)), rule)


def _scenario(scenario: Any, rule: Rule | None, background: tuple[Step, ...] | None = None) -> Scenario:
    # A row of an outline may have filled the Background in.
    if background is None:
        steps = steps_of(scenario.all_steps)
    else:
        steps = (*background, *steps_of(scenario.steps))
    return Scenario(
        name=str(scenario.name),
        line=int(scenario.line),
        tags=_texts(scenario.tags),
        all_tags=inherited_tags(scenario),
        steps=steps,
        rule=rule,
        behave=scenario,
    )


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))
