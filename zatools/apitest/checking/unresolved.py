"""What can be said of features without calling anything: steps that nobody knows, names and files that are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zatools.apitest.failures import StepBroken
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Step
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import matching
from zatools.apitest.running.matching import Match, Own
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.state.names import RAW, literal
from zatools.apitest.steps.index import Found, spans
from zatools.apitest.steps.request import set_address
from zatools.place import Place, Problem, nearest
from zatools.undecoded import why_not

NAME = re.compile(r'(?<!\\)([#$@])\{(\w+)\}')
EMPTY_HOLDS = 'note: this is true of every text, since the quotes are empty'
#: What files of a project are for, by their format.
FORMATS = ('json', 'xml', 'raw', 'form')


@dataclass(frozen=True)
class _Value:
    feature: Feature
    found: Found
    parameter: str
    text: str


class Checker:
    """What the names and files of a project's features are compared with; values are read where that is wanted."""

    def __init__(
        self, project: Project, code: ProjectCode, environ: Mapping[str, str], reads_values: bool = False
    ) -> None:
        self._project, self._code, self._environ = project, code, environ
        # A run reads each value anyway, and says so at its step.
        self._reads_values = reads_values
        self._config = project.user_config()
        self._stored_in: dict[Path, frozenset[str]] = {}

    def feature(self, feature: Feature) -> list[Problem]:
        """Returns what is wrong with a feature's steps."""
        if not feature.is_read:
            return []
        pairs = [(step, matching.find(self._code, step)) for step in _steps(feature)]
        stored = self._stored(feature, pairs)
        problems: dict[tuple[Place | None, str], Problem] = {}
        for step, found in pairs:
            for problem in self._step(feature, step, found, stored):
                problems.setdefault((problem.place, problem.text), problem)
        return list(problems.values())

    def _stored(self, feature: Feature, pairs: list[tuple[Step, Match]]) -> frozenset[str] | None:
        # None where the project's own code may store what it likes.
        if self._code.hooks.keys() - {'before_feature'} or any(isinstance(found, Own) for _, found in pairs):
            return None
        names: set[str] = set()
        for step, found in pairs:
            if isinstance(found, Found):
                names |= _names(step, found)
                names |= self._of_called(feature, found)
        return frozenset(names)

    def _of_called(self, feature: Feature, found: Found) -> set[str]:
        if not found.phrase.runs_scenario:
            return set()
        for folder in (feature.path.parent, self._project.features):
            path = folder / found.values[1]
            if path.is_file():
                return set(self._of_file(path.resolve()))
        return set()

    def _of_file(self, path: Path) -> frozenset[str]:
        # A file that is being read already adds nothing: files may name each other.
        if path not in self._stored_in:
            self._stored_in[path] = frozenset()
            called = reader.read(Selected(path))
            pairs = [(step, matching.find(self._code, step)) for step in _steps(called)]
            self._stored_in[path] = self._stored(called, pairs) or frozenset()
        return self._stored_in[path]

    def _step(self, feature: Feature, step: Step, found: Match, stored: frozenset[str] | None) -> Iterator[Problem]:
        if found is None:
            error = matching.undefined(step)
            yield _problem(feature, step, None, error.text, ' '.join(error.hints))
        elif isinstance(found, Found):
            for name, value in _given(found).items():
                for text, hint in self._value(_Value(feature, found, name, value), stored):
                    span = spans(found.phrase, feature.written(step)).get(name)
                    yield _problem(feature, step, span, text, hint)

    def _value(self, at: _Value, stored: frozenset[str] | None) -> Iterator[tuple[str, str]]:
        value = at.text
        if at.parameter in RAW or not value:
            return
        is_name = value[0] in '$#@' and value[1:2] != '{'
        names = [(value[0], value[1:])] if is_name else NAME.findall(value)
        for prefix, name in names:
            yield from self._name(prefix, name, stored)
        if not names:
            yield from self._file(at)
            if self._reads_values:
                yield from _unreadable(at)

    def _name(self, prefix: str, name: str, stored: frozenset[str] | None) -> Iterator[tuple[str, str]]:
        known: Iterable[str] | None = {'$': self._environ, '#': stored, '@': self._config}[prefix]
        if prefix == '$' and (why := why_not(self._environ.get(name, ''))):
            yield f"the value of environment variable '{name}' {why}", ''
        if known is None or name in known or (prefix == '#' and name.startswith('zato_')) or name in self._code.text:
            return
        kind = {'$': 'environment variable', '#': 'stored value', '@': 'value in config.ini'}[prefix]
        near = nearest(name, known, 1)
        hint = f"did you mean '{prefix}{near[0]}'?" if near else {
            '$': f'set it: export {name}=… or use --env-file',
            '#': f'no step stores it: Given I store "…" under "{name}"',
            '@': f'add it to [user] in {self._project.config_path}',
        }[prefix]  # fmt: skip
        yield f"no {kind} '{name}'", hint

    def _file(self, at: _Value) -> Iterator[tuple[str, str]]:
        side = at.found.phrase.files.get(at.parameter)
        if side is None:
            return
        folders = [self._project.features / kind / side for kind in FORMATS]
        places = [at.feature.path.parent, self._project.features, *folders]
        if not any((place / at.text).is_file() for place in places):
            names = [path.name for place in places if place.is_dir() for path in place.iterdir() if path.is_file()]
            near = nearest(at.text, names, 1)
            yield f"there is no file '{at.text}'", f"did you mean '{near[0]}'?" if near else ''


def _unreadable(at: _Value) -> Iterator[tuple[str, str]]:
    read = at.found.phrase.reads.get(at.parameter)
    if read is None:
        return
    try:
        read(literal(at.text, at.parameter))
    except StepBroken as error:
        yield error.text, ' '.join(error.hints)


def addresses(features: Iterable[Feature], code: ProjectCode) -> list[str]:
    """Returns the addresses that features name, as they are written."""
    pairs = [(step, matching.find(code, step)) for feature in features for step in _steps(feature)]
    return [
        found.values[0]
        for _, found in pairs
        if isinstance(found, Found) and found.phrase.run is set_address and found.values
    ]


def _names(step: Step, found: Found) -> set[str]:
    # Names that a step stores under; the last of its values may stand below it.
    below = {found.phrase.parameters[-1]: str(step.below)} if found.text_below else {}
    given = _given(found) | below
    return {given[found.phrase.stores]} if found.phrase.stores else set()


def _given(found: Found) -> dict[str, str]:
    # What stands in quotes, by parameter.
    return dict(zip(found.phrase.parameters, found.values, strict=False))


def notes(feature: Feature, code: ProjectCode) -> Iterator[Problem]:
    """Yields checks of a feature that hold whatever the answer is."""
    for step in _steps(feature):
        found = matching.find(code, step)
        if not isinstance(found, Found) or not found.phrase.empty_holds:
            continue
        if _given(found).get(found.phrase.empty_holds) == '':
            span = spans(found.phrase, feature.written(step)).get(found.phrase.empty_holds)
            yield _problem(feature, step, span, EMPTY_HOLDS, 'for any text: is any string; for an empty one: is empty')


def _steps(feature: Feature) -> Iterator[Step]:
    for scenario in feature.scenarios:
        yield from scenario.steps


def _problem(feature: Feature, step: Step, span: tuple[int, int] | None, text: str, hint: str) -> Problem:
    # Without a span it is about the whole step.
    written = feature.written(step)
    start, end = span or (0, len(written))
    column = max(feature.source(step.line).find(written), 0) + start + 1
    return Problem(Place(feature.label, step.line, column), text, hint, end - start)


def rendered(problem: Problem, feature: Feature | None) -> list[str]:
    """Returns a problem as lines: place and sentence, the source line with a caret, the hint."""
    rows = [str(problem)]
    place = problem.place
    row = feature.source(place.line) if feature and place else ''
    if row and place:
        rows.append(f'{place.line:5} | {row.rstrip()}')
        if problem.width:
            rows.append(f'      | {" " * (place.column - 1)}{"^" * problem.width}')
    if problem.hint:
        rows.append(f'      hint: {problem.hint}')
    return rows
