"""Problems of feature files, in the words of our messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from zatools.apitest.gherkin import mistyped, outlines, until
from zatools.apitest.gherkin.mistyped import Mistyped
from zatools.apitest.gherkin.model import Feature
from zatools.place import Place, Problem

KEYWORDS = ('given', 'when', 'then', 'and', 'but')
NO_FEATURE = 'the file must begin with Feature:'
LOST_STEP = 'this reads like a step, but its keyword is mistyped: it would be taken for a description'
LOST_SCENARIO = 'this reads like the beginning of a scenario: with its steps it would be taken for a description'
LANGUAGE = 'in another language than English, its first line is "# language: de"; or give --lang de'
#: Messages of behave's parser, as regular expressions, and ours.
REASONS = (
    (r'(AND|BUT)-STEP REQUIRES', 'the first step of a scenario must be Given, When or Then'),
    (r'OPEN-ROW', 'this row of the table does not end with |'),
    (r'OPEN-TEXT', 'the {quotes} opened in line {line} is not closed'),
    (r'Malformed table', 'this row of the table has more or fewer cells than its heading'),
    (r'Second Background|Background should not be used here', 'a feature has only one Background'),
    (r'Background may not occur after', 'Background must come before all scenarios'),
    (r'Background supports no tags|Background does not support tags', 'a Background has no tags'),
    (r'Examples must only appear', 'Examples belong to a Scenario Outline'),
    (r'Multiple features', 'one file has one feature'),
    (r'No feature found|Scenario may not occur before|ScenarioOutline may not', NO_FEATURE),
    (r'BAD-INDENT', 'this text begins further left than its quotes'),
    (r'tag: ', 'a tag is one word that begins with @'),
    (r'Multi-line text before', 'this text belongs to no step'),
)


def unparsed(label: str, line: int, message: str, lines: list[str]) -> Problem:
    """Returns the problem of a line that behave's parser refuses."""
    row = ''
    if 0 < line <= len(lines):
        row = lines[line - 1]
    place = Place(label, line, len(row) - len(row.lstrip()) + 1)
    for pattern, text in REASONS:
        if re.search(pattern, message):
            hint = ''
            if text == NO_FEATURE:
                hint = LANGUAGE
            sentence = text.format(quotes=row.strip()[:3], line=line)
            return Problem(place, sentence, hint, width=len(row.strip()))
    word = row.strip().partition(' ')[0]
    hint = 'steps begin with Given, When, Then, And or But'
    keywords = (*KEYWORDS, 'scenario', 'feature', 'examples')
    if similar := get_close_matches(word.strip(':').lower(), keywords, 1, 0.6):
        hint = f"did you mean '{similar[0].capitalize()}'?"
    return Problem(place, 'this is neither a step nor a keyword', hint, width=len(word) or 1)


def incomplete(feature: Feature) -> Iterator[Problem]:
    """Yields the problems of scenarios that were parsed; `feature.broken` has the reasons of those that can't run."""
    yield from _wrong_tags(feature)
    language = feature.behave.language
    yield from _mistyped_around(feature, language)
    for statement in _statements(feature.behave):
        wrong = next(mistyped.steps(statement, language), None)
        if wrong:
            problem = _mistyped(feature, statement.line, wrong, LOST_STEP)
            feature.broken[statement.line] = problem.text
            yield problem
        elif statement.line in feature.broken:
            # The file of its rows could not be read.
            continue
        elif not statement.steps:
            hint = 'a scenario needs at least one step: Given, When or Then'
            yield _empty(feature, statement.line, 'this scenario has no steps', hint)
        elif statement.type == 'scenario_outline' and not any(outlines.counts(statement)):
            hint = 'add Examples: with a heading and at least one row'
            yield _empty(feature, statement.line, 'this outline has no rows', hint)
        elif statement.type == 'scenario_outline':
            yield from _unknown_columns(feature, statement)


def _wrong_tags(feature: Feature) -> Iterator[Problem]:
    for tag in [*feature.behave.tags, *(tag for statement in _statements(feature.behave) for tag in statement.tags)]:
        if not str(tag).startswith(until.START):
            continue
        try:
            until.parsed(str(tag))
        except ValueError:
            column = max(feature.source(tag.line).find(f'@{tag}'), 0) + 1
            text = f"the tag '@{tag}' has no day until which the scenario may fail"
            yield Problem(Place(feature.label, tag.line, column), text, '@until:2026-12-31:SHOP-12', len(tag) + 1)


def _containers(feature: Any) -> Iterator[Any]:
    yield feature
    yield from (item for item in feature.run_items if hasattr(item, 'run_items'))


def _statements(feature: Any) -> Iterator[Any]:
    for container in _containers(feature):
        yield from (item for item in container.run_items if not hasattr(item, 'run_items'))


def _empty(feature: Feature, line: int, text: str, hint: str) -> Problem:
    feature.broken[line] = text
    return Problem(Place(feature.label, line, 1), text, hint)


def _mistyped_around(feature: Feature, language: str) -> Iterator[Problem]:
    for container in _containers(feature.behave):
        for wrong in mistyped.statements(container, language):
            yield _mistyped(feature, container.line, wrong, LOST_SCENARIO)
        background = container.background
        wrong_step = background and next(mistyped.steps(background, language), None)
        if wrong_step:
            problem = _mistyped(feature, background.line, wrong_step, LOST_STEP)
            # All scenarios would run without it.
            feature.broken.update(dict.fromkeys(_lines_below(container), problem.text))
            yield problem


def _lines_below(container: Any) -> Iterator[int]:
    for statement in _statements(container):
        yield statement.line
        for row in getattr(statement, 'scenarios', ()):
            yield row.line


def _mistyped(feature: Feature, start: int, wrong: Mistyped, text: str) -> Problem:
    line = _line_of(feature, start, wrong.row)
    place = Place(feature.label, line, feature.lines[line - 1].index(wrong.row) + 1)
    return Problem(place, text, f"did you mean '{wrong.meant}'?", len(wrong.written))


def _unknown_columns(feature: Feature, outline: Any) -> Iterable[Problem]:
    # Two tables of examples may lack the same column.
    reported = set()
    for unknown in outlines.unknown(outline):
        feature.broken.update(dict.fromkeys(unknown.rows, unknown.text))
        # The placeholder may stand in the text or table below its step.
        lines = range(unknown.line, len(feature.lines) + 1)
        line = next((line for line in lines if unknown.written in feature.source(line)), unknown.line)
        place = Place(feature.label, line, max(feature.source(line).find(unknown.written), 0) + 1)
        if (place, unknown.text) not in reported:
            reported.add((place, unknown.text))
            yield Problem(place, unknown.text, unknown.hint, len(unknown.written))


def _line_of(feature: Feature, start: int, row: str) -> int:
    return next((n for n in range(start, len(feature.lines) + 1) if feature.lines[n - 1].strip() == row), start)
