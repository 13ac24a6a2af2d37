"""The run as JUnit XML: each feature is a suite, each scenario a case."""

from __future__ import annotations

from collections.abc import Iterator

from zatools.apitest.report.console import Screen
from zatools.apitest.report.results import (  # fmt: skip
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    SKIPPED,
    UNDEFINED,
    Explanation,
    FeatureResult,
    RunResult,
    ScenarioResult,
)
from zatools.place import Place
from zatools.reports.junit import Case, Suite, Try, as_junit

VERDICTS = {
    FAILED: 'failed',
    ERROR: 'error',
    UNDEFINED: 'error',
    NOT_RUN: 'error',
    KNOWN: 'skipped',
    SKIPPED: 'skipped',
}


def pieces(run: RunResult) -> Iterator[str]:
    """Yields the run as JUnit XML."""
    facts = {
        'seed': str(run.seed),
        'profile': run.profile,
        'address': ' '.join(run.addresses),
        'started': run.start,
        'apitest': run.version,
    }
    properties = {name: value for name, value in facts.items() if value}
    yield as_junit([Suite(feature.name, _cases(feature), properties) for feature in run.features])


def _cases(feature: FeatureResult) -> list[Case]:
    return [
        Case(
            scenario.name,
            f'{feature.path}: {feature.name}',
            VERDICTS.get(scenario.status, 'passed'),
            _message(scenario),
            scenario.seconds,
            _output(scenario),
            Place(scenario.path, scenario.line, 1),
            [Try(VERDICTS[earlier.status], _message(earlier), _output(earlier)) for earlier in scenario.earlier],
        )
        for scenario in feature.scenarios
    ]


def _output(scenario: ScenarioResult) -> str:
    if scenario.is_flaky:
        return f'flaky: passed on try {scenario.tries}'
    if scenario.is_red:
        return '\n'.join(Screen(is_full=True).scenario(scenario))
    return ''


def _message(scenario: ScenarioResult) -> str:
    if scenario.status == KNOWN:
        return f'known failure {scenario.reference}'.strip()
    rows = []
    for step in scenario.bad_steps():
        rows.append(f'{step.path}:{step.line} {step.keyword} {step.text}: {_sentence(step.problem or Explanation())}')
    return '; '.join(rows) or scenario.reason


def _sentence(problem: Explanation) -> str:
    # A problem with a sentence of its own needs no values.
    if problem.text or not problem.expected:
        return problem.text
    return f'expected {problem.expected}, got {problem.actual}'
