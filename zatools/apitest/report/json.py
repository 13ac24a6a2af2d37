"""The run as JSON. Its keys are documented in docs/apitest.md; later versions only add some."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from zatools.apitest.report.results import RunResult, StepResult

VERSION = 1
#: Words of JSON that are written at a time.
WORDS = 5000
#: Keys of a report, and their values: the name of a result's attribute, or a function of the result.
Keys = Mapping[str, str | Callable[[Any], Any]]


def _as(keys: Keys, result: Any) -> dict[str, Any]:
    content = {}
    for key, source in keys.items():
        if isinstance(source, str):
            content[key] = getattr(result, source)
        else:
            content[key] = source(result)
    return content


def _all(name: str, keys: Keys) -> Callable[[Any], list[dict[str, Any]]]:
    return lambda result: [_as(keys, item) for item in getattr(result, name)]


class _Each(list[Any]):
    # A list for the encoder, whose items are made one by one: all of a long run at once would take much room.

    def __init__(self, items: Sequence[Any], keys: Keys) -> None:
        super().__init__(items)
        self._keys = keys

    def __iter__(self) -> Iterator[Any]:
        return (_as(self._keys, item) for item in super().__iter__())


def _or_null(name: str) -> Callable[[Any], Any]:
    return lambda result: getattr(result, name) or None


def _seconds(result: Any) -> float:
    return round(float(result.seconds), 6)


def _exchange(step: StepResult) -> int | None:
    if step.exchange < 0:
        return None
    return step.exchange


def _problem(step: StepResult) -> dict[str, Any] | None:
    if not step.problem:
        return None
    return asdict(step.problem)


STEP: Keys = {
    'keyword': 'keyword',
    'text': 'text',
    'live': _or_null('live'),
    'line': 'line',
    'status': 'status',
    'seconds': _seconds,
    'exchange': _exchange,
    'problem': _problem,
}
TRY: Keys = {'status': 'status', 'seconds': _seconds, 'reason': _or_null('reason'), 'steps': _all('steps', STEP)}
SCENARIO: Keys = {
    'name': 'name',
    'file': 'path',
    'line': 'line',
    'tags': lambda scenario: list(scenario.tags),
    'status': 'status',
    'role': _or_null('role'),
    'seconds': _seconds,
    'tries': 'tries',
    'is_flaky': 'is_flaky',
    'earlier_tries': _all('earlier', TRY),
    'known_failure': lambda scenario: scenario.reference or scenario.is_known,
    'reason': _or_null('reason'),
    'notes': 'notes',
    'repeat': _or_null('repeat'),
    'steps': _all('steps', STEP),
    'exchanges': 'exchanges',
}
FEATURE: Keys = {
    'name': 'name',
    'file': 'path',
    'line': 'line',
    'tags': lambda feature: list(feature.tags),
    'seconds': _seconds,
    'notes': 'notes',
    'scenarios': lambda feature: _Each(feature.scenarios, SCENARIO),
}
RUN: Keys = {
    'format': lambda run: VERSION,
    'apitest': 'version',
    'profile': _or_null('profile'),
    'addresses': lambda run: list(run.addresses),
    'seed': 'seed',
    'start': 'start',
    'seconds': lambda run: round(run.seconds, 3),
    'is_interrupted': 'is_interrupted',
    'failure': _or_null('failure'),
    'requests': 'calls',
    'counts': lambda run: {status.replace(' ', '_'): count for status, count in sorted(run.counts().items())},
    'features': lambda run: _Each(run.features, FEATURE),
}


def pieces(run: RunResult) -> Iterator[str]:
    """Yields the run as JSON."""
    content = _as(RUN, run)
    if run.coverage is not None:
        content['coverage'] = run.coverage
    words = json.JSONEncoder(indent=1, ensure_ascii=False).iterencode(content)
    while some := list(islice(words, WORDS)):
        yield ''.join(some)
    yield '\n'
