"""Feature files: read and parsed, what is wrong with them, and which of their scenarios are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from zatools.apitest.gherkin import outlines
from zatools.apitest.project.config import Selected
from zatools.apitest.project.files import shown
from zatools.place import Place, Problem

KEYWORDS = ('given', 'when', 'then', 'and', 'but')


@dataclass
class Feature:
    """A parsed file: behave's model of it, its lines for excerpts, its scenarios with outlines unrolled."""

    path: Path
    name: str
    model: Any
    lines: list[str]
    asked: tuple[int, ...] = ()
    scenarios: list[Any] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The path as users see it."""
        return shown(self.path)


def read(selected: Selected, language: str = '') -> Feature:
    """Reads a feature file; a problem in it is in the result."""
    path, label = selected.path, shown(selected.path)
    try:
        text = path.read_bytes().decode('utf-8-sig')
    except UnicodeDecodeError as error:
        good = error.object[: error.start]
        line, column = good.count(b'\n') + 1, error.start - good.rfind(b'\n')
        return _unread(path, Problem(Place(label, line, column), 'this is not UTF-8', 'save the file as UTF-8'))
    except OSError as error:
        return _unread(path, Problem(Place(label, 0, 0), f"can't be read: {error.strerror}"))
    return parse(path, text, selected.lines, language)


def _unread(path: Path, problem: Problem, lines: Iterable[str] = ()) -> Feature:
    return Feature(path, path.name, None, list(lines), problems=[problem])


def parse(path: Path, text: str, asked: tuple[int, ...] = (), language: str = '') -> Feature:
    """Parses a feature; a problem in it is in the result."""
    from behave.parser import ParserError

    from zatools.apitest.gherkin.strict_parser import StrictParser

    lines, parser, label = text.splitlines(), StrictParser(), shown(path)
    try:
        parser = StrictParser(language or None)
        model = parser.parse(text, label)
    except ParserError as error:
        return _unread(path, _parse_problem(label, error.line or 1, str(error.args[0]), lines), lines)
    except KeyError as error:
        text = f'there is no language {error}'
        return _unread(path, Problem(Place(label, 1, 1), text, 'its name has two letters: de, fr, pl'), lines)
    except Exception:
        return _unread(path, Problem(Place(label, parser.line, 1), "this line can't be understood"), lines)
    if model is None:
        return _unread(path, Problem(Place(label, 1, 1), 'there is no Feature: in this file'), lines)
    feature = Feature(path, model.name, model, lines, asked, list(model.walk_scenarios()))
    feature.problems.extend(_empty_scenarios(feature))
    return feature


NO_FEATURE = 'the file must begin with Feature:'
LANGUAGE = 'in another language than English, its first line is "# language: de"; or give --lang de'
#: What behave's parser says, and how we say it.
REASONS = (
    (r'(AND|BUT)-STEP REQUIRES', 'the first step of a scenario must be Given, When or Then'),
    (r'OPEN-ROW', 'this row of the table does not end with |'),
    (r'OPEN-TEXT', 'the {quotes} opened in line {line} is not closed'),
    (r'Malformed table', 'this row of the table has more or fewer cells than its heading'),
    (r'Second Background', 'a feature has only one Background'),
    (r'Background may not occur after', 'Background must come before all scenarios'),
    (r'Background supports no tags|Background does not support tags', 'a Background has no tags'),
    (r'Examples must only appear', 'Examples belong to a Scenario Outline'),
    (r'Multiple features', 'one file has one feature'),
    (r'No feature found|Scenario may not occur before|ScenarioOutline may not', NO_FEATURE),
    (r'BAD-INDENT', 'this text begins further left than its quotes'),
    (r'tag: ', 'a tag is one word that begins with @'),
    (r'Multi-line text before', 'this text belongs to no step'),
)


def _parse_problem(label: str, line: int, message: str, lines: list[str]) -> Problem:
    row = lines[line - 1] if 0 < line <= len(lines) else ''
    word, column = row.strip().partition(' ')[0], len(row) - len(row.lstrip()) + 1
    for pattern, text in REASONS:
        if re.search(pattern, message):
            hint = LANGUAGE if text == NO_FEATURE else ''
            said = text.format(quotes=row.strip()[:3], line=line)
            return Problem(Place(label, line, column), said, hint, width=len(row.strip()))
    near = get_close_matches(word.strip(':').lower(), (*KEYWORDS, 'scenario', 'feature', 'examples'), 1, 0.6)
    hint = f"did you mean '{near[0].capitalize()}'?" if near else 'steps begin with Given, When, Then, And or But'
    return Problem(Place(label, line, column), 'this is neither a step nor a keyword', hint, width=len(word) or 1)


def _empty_scenarios(feature: Feature) -> Iterable[Problem]:
    from behave.model import ScenarioOutline

    containers = [feature.model, *(rule for rule in feature.model.run_items if hasattr(rule, 'run_items'))]
    statements = [item for container in containers for item in container.run_items if not hasattr(item, 'run_items')]
    for statement in statements:
        place = Place(feature.label, statement.line, 1)
        mistyped = next((row for row in statement.description if _is_like_step(row)), '')
        if mistyped:
            line = _line_of(feature, statement.line, mistyped)
            near = get_close_matches(mistyped.split()[0].lower().rstrip(':'), KEYWORDS, 1, 0.6)
            hint = f"did you mean '{near[0].capitalize() if near else 'Given'}'?"
            place = Place(feature.label, line, feature.lines[line - 1].index(mistyped) + 1)
            width = len(mistyped.split()[0])
            text = 'this reads like a step, but its keyword is mistyped: it would be taken for a description'
            feature.broken[statement.line] = text
            yield Problem(place, text, hint, width)
        elif not statement.steps:
            text = 'this scenario has no steps'
            feature.broken[statement.line] = text
            yield Problem(place, text, 'a scenario needs at least one step: Given, When or Then')
        elif isinstance(statement, ScenarioOutline) and not statement.scenarios:
            text = 'this outline has no rows'
            feature.broken[statement.line] = text
            yield Problem(place, text, 'add Examples: with a heading and at least one row')
        elif isinstance(statement, ScenarioOutline):
            yield from _unknown_columns(feature, statement)


def _unknown_columns(feature: Feature, outline: Any) -> Iterable[Problem]:
    told = set()
    for found in outlines.unknown(outline):
        feature.broken.update(dict.fromkeys(found.rows, found.text))
        lines = range(found.line, len(feature.lines) + 1)
        line = next((line for line in lines if found.written in source(feature, line)), found.line)
        place = Place(feature.label, line, max(source(feature, line).find(found.written), 0) + 1)
        if (place, found.text) not in told:
            told.add((place, found.text))
            yield Problem(place, found.text, found.hint, len(found.written))


def _is_like_step(row: str) -> bool:
    word, _, rest = row.partition(' ')
    if not rest or not get_close_matches(word.lower().rstrip(':'), KEYWORDS, 1, 0.7):
        return False
    from zatools.apitest.steps import index

    return bool(index().groups(rest.strip()))


def _line_of(feature: Feature, start: int, row: str) -> int:
    return next((n for n in range(start, len(feature.lines) + 1) if feature.lines[n - 1].strip() == row), start)


def tags_of(scenario: Any) -> tuple[str, ...]:
    """Returns a scenario's tags and those it has from its feature and rule."""
    return tuple(dict.fromkeys(str(tag) for tag in scenario.effective_tags))


def _span(scenario: Any) -> int:
    return int(scenario.line)


def at_line(feature: Feature, line: int) -> list[Any]:
    """Returns the scenarios that stand at a line: the one whose text it is part of, all rows of an outline."""
    from behave.model import ScenarioOutline

    statements = sorted(_statements(feature.model), key=_span)
    before = [statement for statement in statements if statement.line <= line]
    if not before:
        return feature.scenarios
    chosen = before[-1]
    if not isinstance(chosen, ScenarioOutline):
        return [chosen]
    rows = [scenario for scenario in chosen.scenarios if scenario.line == line]
    return rows or list(chosen.scenarios)


def _statements(container: Any) -> Iterable[Any]:
    for item in container.run_items:
        if hasattr(item, 'run_items'):
            yield from _statements(item)
        else:
            yield item


def written(feature: Feature, step: Any) -> str:
    """Returns a step's text as the file has it: in an outline, with placeholders."""
    row = source(feature, step.line)
    return str(step.name) if step.name in row else row.strip().removeprefix(step.keyword).strip()


def source(feature: Feature, line: int) -> str:
    """Returns a line of the file."""
    return feature.lines[line - 1] if 0 < line <= len(feature.lines) else ''
