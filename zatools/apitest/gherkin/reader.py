"""Feature files: read, decoded and parsed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zatools.apitest.gherkin import example_files
from zatools.apitest.gherkin.from_behave import statements_of, steps_of
from zatools.apitest.gherkin.model import Feature, Step
from zatools.apitest.gherkin.problems import incomplete, unparsed
from zatools.apitest.project.config import Selected
from zatools.apitest.project.files import shown
from zatools.place import Place, Problem


def read(selected: Selected, language: str = '') -> Feature:
    """Returns the feature of a file; one that can't be read is in the result, with its problem."""
    path, label = selected.path, shown(selected.path)
    try:
        text = path.read_bytes().decode('utf-8-sig')
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b'\n') + 1, error.start - before.rfind(b'\n')
        return _unread(path, Problem(Place(label, line, column), 'this is not UTF-8', 'save the file as UTF-8'))
    except OSError as error:
        return _unread(path, Problem(Place(label, 0, 0), f"can't be read: {error.strerror}"))
    return parse(path, text, selected.lines, language)


def _unread(path: Path, problem: Problem, lines: Iterable[str] = ()) -> Feature:
    return Feature(path, path.name, list(lines), problems=[problem])


def parse(path: Path, text: str, asked: tuple[int, ...] = (), language: str = '') -> Feature:
    """Returns the feature of a text; one that can't be parsed is in the result, with its problem."""
    from behave.parser import ParserError

    from zatools.apitest.gherkin.strict_parser import StrictParser

    lines, parser, label = text.splitlines(), StrictParser(), shown(path)
    try:
        parser = StrictParser(language or None)
        model = parser.parse(text, label)
    except ParserError as error:
        return _unread(path, unparsed(label, error.line or 1, str(error.args[0]), lines), lines)
    except KeyError as error:
        # behave looks languages up in a dict.
        text = f'there is no language {error}'
        return _unread(path, Problem(Place(label, 1, 1), text, 'its name has two letters: de, fr, pl'), lines)
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError):
        # behave's parser has no error for lines in places that it does not expect: it stumbles over what is missing.
        return _unread(path, Problem(Place(label, parser.line, 1), "this line can't be understood"), lines)
    if model is None:
        return _unread(path, Problem(Place(label, 1, 1), 'there is no Feature: in this file'), lines)
    return _feature(path, model, lines, asked)


def _feature(path: Path, model: Any, lines: list[str], asked: tuple[int, ...]) -> Feature:
    feature = Feature(
        path=path,
        name=str(model.name),
        lines=lines,
        asked=asked,
        line=int(model.line),
        tags=tuple(map(str, model.tags)),
        description=tuple(model.description),
        behave=model,
    )
    # Before the scenarios are made, of which there is one for each row.
    feature.problems.extend(example_files.fill(feature))
    feature.statements = statements_of(model)
    feature.scenarios = tuple(scenario for statement in feature.statements for scenario in statement.scenarios)
    feature.problems.extend(incomplete(feature))
    return feature


def parse_steps(text: str) -> tuple[Step, ...]:
    """Returns the steps of a text, each in a line of its own."""
    from behave import parser

    return steps_of(parser.parse_steps(text))
