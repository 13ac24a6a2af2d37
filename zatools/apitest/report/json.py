"""The run as JSON: documented in docs/apitest.md, keys are only ever added."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from zatools.apitest.results import FeatureResult, RunResult, ScenarioResult, StepResult

VERSION = 1


def as_dict(run: RunResult) -> dict[str, Any]:
    """Returns the run as plain values."""
    counts = run.counts()
    return {
        'format': VERSION,
        'apitest': run.version,
        'profile': run.profile or None,
        'addresses': list(run.addresses),
        'seed': run.seed,
        'start': run.start,
        'seconds': round(run.seconds, 3),
        'is_interrupted': run.is_interrupted,
        'requests': run.calls,
        'counts': {status.replace(' ', '_'): count for status, count in sorted(counts.items())},
        'features': [_feature(feature) for feature in run.features],
    }


def _feature(feature: FeatureResult) -> dict[str, Any]:
    return {
        'name': feature.name,
        'file': feature.path,
        'line': feature.line,
        'tags': list(feature.tags),
        'seconds': round(feature.seconds, 6),
        'notes': feature.notes,
        'scenarios': [_scenario(scenario) for scenario in feature.scenarios],
    }


def _scenario(scenario: ScenarioResult) -> dict[str, Any]:
    return {
        'name': scenario.name,
        'file': scenario.path,
        'line': scenario.line,
        'tags': list(scenario.tags),
        'status': scenario.status,
        'role': scenario.role or None,
        'seconds': round(scenario.seconds, 6),
        'tries': scenario.tries,
        'is_flaky': scenario.is_flaky,
        'known_failure': scenario.reference or scenario.is_known,
        'reason': scenario.reason or None,
        'notes': scenario.notes,
        'repeat': scenario.repeat or None,
        'steps': [_step(step) for step in scenario.steps],
        'exchanges': scenario.exchanges,
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        'keyword': step.keyword,
        'text': step.text,
        'live': step.live or None,
        'line': step.line,
        'status': step.status,
        'seconds': round(step.seconds, 6),
        'exchange': step.exchange if step.exchange >= 0 else None,
        'problem': asdict(step.problem) if step.problem else None,
    }


def render(run: RunResult) -> str:
    """Returns the run as JSON."""
    return json.dumps(as_dict(run), indent=1, ensure_ascii=False) + '\n'
