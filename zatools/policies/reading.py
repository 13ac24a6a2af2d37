"""Features of policies: parsed by behave, each step found in the table, everything that is wrong told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from zatools.errors import InvalidError, UsageError
from zatools.kinds import kinds_of
from zatools.place import Place, Problem, did_you_mean
from zatools.policies.steps import STEPS
from zatools.policies.view import KINDS, Step
from zatools.screens import quantity

#: Bytes of a feature that are read.
TOO_LARGE = 1_000_000
#: What a parameter may be.
FORMS = {
    'kind': r'"?(?P<kind>[A-Za-z0-9_]{1,60})"?',
    'field': r'(?P<field>[^"]{1,200})',
    'value': r'(?P<value>[^"]{0,500})',
    'number': r'(?P<number>\d{1,9})',
    'reason': r'(?P<reason>\S.{0,500})',
}


@dataclass
class Use:
    """A step as a policy uses it: its parameters, its place, the exceptions to it."""

    step: Step
    values: Mapping[str, str]
    place: Place
    exceptions: list[str] = field(default_factory=list)


@dataclass
class Policy:
    """One scenario: its name and place, the environments that it is for, what it says."""

    name: str
    place: Place
    environments: list[str] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[Step, re.Pattern[str]]]:
    found = []
    for step in STEPS:
        text = re.escape(step.pattern).replace(r'\{', '{').replace(r'\}', '}')
        for name, form in FORMS.items():
            text = text.replace(f'{{{name}}}', form)
        found.append((step, re.compile(text)))
    return found


def features(paths: Sequence[str]) -> list[str]:
    """Returns the files that paths name: features, and those in folders."""
    found: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            inner = sorted(name for name in os.listdir(path) if name.endswith('.feature') and name[0] != '.')
            found.extend(os.path.join(path, name) for name in inner)
            if not inner:
                raise UsageError(f'{path} has no *.feature files: no policy is there')
        elif os.path.isfile(path):
            found.append(path)
        else:
            raise UsageError(f'there is no policy {path}')
    return list(dict.fromkeys(found))


def read(paths: Sequence[str]) -> list[Policy]:
    """Reads policies; raises InvalidError for all that is wrong in them."""
    problems: list[Problem] = []
    lines: dict[str, list[str]] = {}
    policies: list[Policy] = []
    for path in features(paths):
        text = _text(path, problems)
        lines[path] = text.splitlines()
        policies.extend(_policies(path, text, problems))
    if problems:
        count = f'{quantity(len(problems), "problem")} in policies. Nothing was changed.'
        raise InvalidError(count, problems=problems, lines=lambda path: lines.get(path, []))
    return policies


def _text(path: str, problems: list[Problem]) -> str:
    try:
        with open(path, 'rb') as file:
            data = file.read(TOO_LARGE + 1)
        if len(data) > TOO_LARGE:
            raise ValueError('is too large')
        return data.decode('utf-8-sig')
    except UnicodeDecodeError:
        problems.append(Problem(Place(path, 0, 0), 'is not UTF-8'))
    except (OSError, ValueError) as error:
        problems.append(Problem(Place(path, 0, 0), f"can't be read: {getattr(error, 'strerror', None) or error}"))
    return ''


def _policies(path: str, text: str, problems: list[Problem]) -> Iterable[Policy]:
    from behave.parser import Parser, ParserError

    try:
        feature: Any = Parser().parse(text, path)
    except ParserError as error:
        place = Place(path, error.line or 0, 1 if error.line else 0)
        problems.append(Problem(place, 'is no feature in Gherkin', 'as in samples/policies'))
        return
    scenarios = getattr(feature, 'scenarios', ())
    if not scenarios and not any(problem.place and problem.place.path == path for problem in problems):
        problems.append(Problem(Place(path, 0, 0), 'has no scenario: it says nothing', 'as in samples/policies'))
    for scenario in scenarios:
        yield _policy(path, scenario, text.splitlines(), problems)


def _policy(path: str, scenario: Any, lines: Sequence[str], problems: list[Problem]) -> Policy:
    policy = Policy(str(scenario.name), Place(path, scenario.line, 1))
    count = len(problems)
    for step in scenario.steps:
        row = lines[step.line - 1]
        place = Place(path, step.line, len(row) - len(row.lstrip()) + 1)
        _add(policy, str(step.keyword).strip(), str(step.name), place, problems)
    # A step that is wrong leads to no more problems.
    if not policy.uses and len(problems) == count:
        problems.append(Problem(policy.place, f"'{policy.name}' says nothing", 'it needs a step with Then'))
    return policy


def _add(policy: Policy, keyword: str, name: str, place: Place, problems: list[Problem]) -> None:
    found = [(step, match) for step, pattern in _patterns() if (match := pattern.fullmatch(name))]
    if not found:
        known = [step.example.partition(' ')[2] for step in STEPS]
        hint = did_you_mean(name, known) or 'see them: zato enmasse policy steps'
        problems.append(Problem(place, f"there is no step '{name}'", hint, len(keyword) + len(name) + 1))
        return
    step, match = found[0]
    values = match.groupdict()
    wrong = _wrong(values)
    if wrong:
        problems.append(Problem(place, wrong[0], wrong[1], len(keyword) + len(name) + 1))
    elif step.keyword == 'Given':
        policy.environments.append(values['value'])
    elif step.keyword == 'But':
        if policy.uses:
            policy.uses[-1].exceptions.append(values['value'])
    else:
        policy.uses.append(Use(step, values, place))


def _wrong(values: Mapping[str, str | None]) -> tuple[str, str] | None:
    kind, name = values.get('kind'), values.get('field')
    if kind and not kinds_of(kind):
        return f"there is no kind '{kind}'", did_you_mean(kind, KINDS)
    if not kind or not name:
        return None
    known = {field.name: field for one in kinds_of(kind) for field in one.fields}
    if name not in known:
        return f"{kind} has no field '{name}'", did_you_mean(name, known)
    if known[name].secret and (values.get('value') is not None or values.get('number') is not None):
        return f'{name} is a secret: it is compared with nothing', f'whether there is one: every {kind} has "{name}"'
    return None
