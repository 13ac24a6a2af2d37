"""The run as JSON: documented in docs/apitest.md, keys are only ever added."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from zatools.apitest.report.results import RunResult

VERSION = 1


#: Keys of a report, and what they hold: the name of an attribute, or a function of the whole.
Keys = Mapping[str, str | Callable[[Any], Any]]


def _as(keys: Keys, thing: Any) -> dict[str, Any]:
    return {key: getattr(thing, get) if isinstance(get, str) else get(thing) for key, get in keys.items()}


def _all(name: str, keys: Keys) -> Callable[[Any], list[dict[str, Any]]]:
    return lambda thing: [_as(keys, item) for item in getattr(thing, name)]


def _or_null(name: str) -> Callable[[Any], Any]:
    return lambda thing: getattr(thing, name) or None


def _seconds(thing: Any) -> float:
    return round(float(thing.seconds), 6)


STEP: Keys = {
    'keyword': 'keyword',
    'text': 'text',
    'live': _or_null('live'),
    'line': 'line',
    'status': 'status',
    'seconds': _seconds,
    'exchange': lambda step: step.exchange if step.exchange >= 0 else None,
    'problem': lambda step: asdict(step.problem) if step.problem else None,
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
    'scenarios': _all('scenarios', SCENARIO),
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
    'features': _all('features', FEATURE),
}


def as_dict(run: RunResult) -> dict[str, Any]:
    """Returns the run as plain values."""
    return _as(RUN, run)


def render(run: RunResult) -> str:
    """Returns the run as JSON."""
    return json.dumps(as_dict(run), indent=1, ensure_ascii=False) + '\n'
