"""Failures as annotations of GitHub Actions."""

from __future__ import annotations

from zatools.apitest.report.results import KNOWN, RunResult, ScenarioResult


def _escaped(text: str, is_property: bool = False) -> str:
    text = text.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')
    # In properties, a colon and a comma have a meaning.
    if is_property:
        return text.replace(':', '%3A').replace(',', '%2C')
    return text


def render(run: RunResult) -> str:
    """Returns a line for each step that did not pass."""
    rows = []
    for scenario in run.scenarios():
        if scenario.is_red or scenario.status == KNOWN:
            rows += _of_scenario(scenario)
    return '\n'.join(rows)


def _of_scenario(scenario: ScenarioResult) -> list[str]:
    level = 'error'
    if scenario.status == KNOWN:
        level = 'warning'
    bad = scenario.bad_steps()
    if not bad:
        return [_line(level, scenario.path, scenario.line, scenario.name, scenario.reason or scenario.status)]
    rows = []
    for step in bad:
        problem = step.problem
        assert problem
        parts = [f'{step.keyword} {step.text}', problem.text]
        if problem.expected:
            parts += [f'expected {problem.expected}', f'actual {problem.actual}']
        text = '\n'.join(filter(None, [*parts, *problem.hints]))
        rows.append(_line(level, step.path, step.line, scenario.name, text))
    return rows


def _line(level: str, path: str, line: int, title: str, text: str) -> str:
    place = f'file={_escaped(path, True)},line={line},title={_escaped(title, True)}'
    return f'::{level} {place}::{_escaped(text)}'
