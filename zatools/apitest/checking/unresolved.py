"""Problems of features that show without a call: unknown steps, names and files that are missing, unreadable values."""

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
from zatools.apitest.running.matching import Match, OwnStep
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.state.names import NAMELESS, literal
from zatools.apitest.steps.index import PhraseMatch, spans
from zatools.apitest.steps.request import set_address
from zatools.place import Place, Problem, did_you_mean, nearest
from zatools.utf8 import why_not

NAME = re.compile(r'(?<!\\)([#$@])\{(\w+)\}')
EMPTY_HOLDS = 'note: this check holds for every text, since its quotes are empty'
#: Folders of a project's request and response files.
FORMATS = ('json', 'xml', 'raw', 'form', 'csv', 'graphql')


#: How to define a name, by the prefix that it is used with.
DEFINE = {
    '$': 'set it: export {name}=… or use --env-file',
    '#': 'no step stores it: Given I store "…" under "{name}"',
    '@': 'add it to [user] in {config}',
}
KINDS = {'$': 'environment variable', '#': 'stored value', '@': 'value in config.ini'}


@dataclass(frozen=True)
class _Value:
    feature: Feature
    match: PhraseMatch
    parameter: str
    text: str


class Checker:
    """Compares the names and files in features with those of their project; reads values too, where that is wanted."""

    def __init__(
        self, project: Project, code: ProjectCode, environ: Mapping[str, str], reads_values: bool = False
    ) -> None:
        self._project, self._code, self._environ = project, code, environ
        # A run reads each value anyway, and reports it at its step.
        self._reads_values = reads_values
        self._config = project.user_config()
        self._stored_in: dict[Path, frozenset[str]] = {}

    def feature(self, feature: Feature) -> list[Problem]:
        """Returns the problems of a feature's steps."""
        if not feature.is_read:
            return []
        stored = self._stored(feature)
        # The rows of an outline share their steps' places, and so their problems.
        problems: dict[tuple[Place | None, str], Problem] = {}
        unknown: set[int] = set()
        fine: set[tuple[str, str, bool]] = set()
        for step in _steps(feature):
            # Most steps are there many times.
            key = (step.group, step.text, step.below is None)
            if key in fine:
                continue
            match = matching.find(self._code, step)
            if match is None and step.line in unknown:
                continue
            found = list(self._step(feature, step, match, stored))
            if match is None:
                unknown.add(step.line)
            elif not found:
                fine.add(key)
            for problem in found:
                problems.setdefault((problem.place, problem.text), problem)
        return list(problems.values())

    def _stored(self, feature: Feature) -> frozenset[str] | None:
        # None: names can't be checked, since the project's own code may store any.
        if self._code.hooks.keys() - {'before_feature'}:
            return None
        names: set[str] = set()
        seen: set[tuple[str, str, str | None]] = set()
        for step in _steps(feature):
            key = (step.group, step.text, step.below)
            if key in seen:
                continue
            seen.add(key)
            match = matching.find(self._code, step)
            if isinstance(match, OwnStep):
                return None
            if isinstance(match, PhraseMatch):
                names |= _names(step, match)
                names |= self._stored_by_called(feature, match)
        return frozenset(names)

    def _stored_by_called(self, feature: Feature, match: PhraseMatch) -> frozenset[str]:
        if not match.phrase.runs_scenario:
            return frozenset()
        for folder in (feature.path.parent, self._project.features):
            path = folder / match.values[1]
            if path.is_file():
                return self._stored_by_file(path.resolve())
        return frozenset()

    def _stored_by_file(self, path: Path) -> frozenset[str]:
        # The entry is made before the file is read: files may call each other's scenarios.
        if path not in self._stored_in:
            self._stored_in[path] = frozenset()
            self._stored_in[path] = self._stored(reader.read(Selected(path))) or frozenset()
        return self._stored_in[path]

    def _step(self, feature: Feature, step: Step, match: Match, stored: frozenset[str] | None) -> Iterator[Problem]:
        if match is None:
            error = matching.undefined(step)
            yield _problem(feature, step, None, error.text, ' '.join(error.hints))
        elif isinstance(match, PhraseMatch):
            for name, value in _quoted(match).items():
                for text, hint in self._value(_Value(feature, match, name, value), stored):
                    span = spans(match.phrase, feature.written(step)).get(name)
                    yield _problem(feature, step, span, text, hint)

    def _value(self, value: _Value, stored: frozenset[str] | None) -> Iterator[tuple[str, str]]:
        if not value.text:
            return
        names = []
        if value.parameter not in NAMELESS:
            names = _names_in(value.text)
        for prefix, name in names:
            yield from self._name(prefix, name, stored)
        if not names:
            yield from self._file(value)
            if self._reads_values:
                yield from _unreadable(value)

    def _name(self, prefix: str, name: str, stored: frozenset[str] | None) -> Iterator[tuple[str, str]]:
        defined: Iterable[str] | None = {'$': self._environ, '#': stored, '@': self._config}[prefix]
        if prefix == '$' and (why := why_not(self._environ.get(name, ''))):
            yield f"the value of environment variable '{name}' {why}", ''
        # Names with zato_ are stored by the program, and the project's own code may store those that it mentions.
        is_built_in = prefix == '#' and name.startswith('zato_')
        if defined is None or name in defined or is_built_in or name in self._code.text:
            return
        hint = DEFINE[prefix].format(name=name, config=self._project.config_path)
        if similar := nearest(name, defined):
            hint = f"did you mean '{prefix}{similar[0]}'?"
        yield f"no {KINDS[prefix]} '{name}'", hint

    def _file(self, value: _Value) -> Iterator[tuple[str, str]]:
        subfolder = value.match.phrase.files.get(value.parameter)
        if subfolder is None:
            return
        folders = [self._project.features / kind / subfolder for kind in FORMATS]
        places = [value.feature.path.parent, self._project.features, *folders]
        if any((place / value.text).is_file() for place in places):
            return
        names = [path.name for place in places if place.is_dir() for path in place.iterdir() if path.is_file()]
        yield f"there is no file '{value.text}'", did_you_mean(value.text, names)


def _names_in(text: str) -> list[tuple[str, str]]:
    # A value is a name as a whole (#id), or has names in braces (user-#{id}).
    if text[0] in '$#@' and text[1:2] != '{':
        return [(text[0], text[1:])]
    return NAME.findall(text)


def _unreadable(value: _Value) -> Iterator[tuple[str, str]]:
    read = value.match.phrase.reads.get(value.parameter)
    if read is None:
        return
    try:
        read(literal(value.text, value.parameter))
    except StepBroken as error:
        yield error.text, ' '.join(error.hints)


def addresses(features: Iterable[Feature], code: ProjectCode) -> list[str]:
    """Returns the addresses that features name, as they are written."""
    result = []
    seen: set[tuple[str, str]] = set()
    for feature in features:
        for step in _steps(feature):
            if (step.group, step.text) in seen:
                continue
            seen.add((step.group, step.text))
            match = matching.find(code, step)
            if isinstance(match, PhraseMatch) and match.phrase.run is set_address and match.values:
                result.append(match.values[0])
    return result


def _names(step: Step, match: PhraseMatch) -> set[str]:
    # The names that a step stores values under.
    phrase = match.phrase
    if not phrase.stores:
        return set()
    values = _quoted(match)
    if match.text_below:
        values[phrase.parameters[-1]] = str(step.below)
    return {values[phrase.stores]}


def _quoted(match: PhraseMatch) -> dict[str, str]:
    # The texts in quotes, by parameter; the last parameter may stand below the step instead.
    return dict(zip(match.phrase.parameters, match.values, strict=False))


def notes(feature: Feature, code: ProjectCode) -> Iterator[Problem]:
    """Yields checks of a feature that hold whatever the answer is."""
    for step in _steps(feature):
        match = matching.find(code, step)
        if not isinstance(match, PhraseMatch) or not match.phrase.empty_holds:
            continue
        if _quoted(match).get(match.phrase.empty_holds) == '':
            span = spans(match.phrase, feature.written(step)).get(match.phrase.empty_holds)
            yield _problem(feature, step, span, EMPTY_HOLDS, 'for any text: is any string; for an empty one: is empty')


def _steps(feature: Feature) -> Iterator[Step]:
    for scenario in feature.scenarios:
        yield from scenario.steps


def _problem(feature: Feature, step: Step, span: tuple[int, int] | None, text: str, hint: str) -> Problem:
    # A problem without a span is about the whole step.
    written = feature.written(step)
    start, end = span or (0, len(written))
    column = max(feature.source(step.line).find(written), 0) + start + 1
    return Problem(Place(feature.label, step.line, column), text, hint, end - start)


def rendered(problem: Problem, feature: Feature | None) -> list[str]:
    """Returns a problem as lines: place and sentence, the source line with a caret, the hint."""
    rows = [str(problem)]
    if feature and problem.place:
        rows += _excerpt(problem, problem.place, feature)
    if problem.hint:
        rows.append(f'      hint: {problem.hint}')
    return rows


def _excerpt(problem: Problem, place: Place, feature: Feature) -> list[str]:
    source = feature.source(place.line)
    if not source:
        return []
    rows = [f'{place.line:5} | {source.rstrip()}']
    if problem.width:
        rows.append(f'      | {" " * (place.column - 1)}{"^" * problem.width}')
    return rows
