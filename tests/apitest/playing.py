"""Features run in this process, for tests that look at what was sent and how each step went."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zatools.apitest.gherkin import reader
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.report.results import FeatureResult
from zatools.apitest.running import own_code_loader, selection
from zatools.apitest.running.feature import run_feature
from zatools.apitest.running.run import Run, Settings


def play(folder: Path, text: str, environ: Mapping[str, str] | None = None, **settings: Any) -> FeatureResult:
    """Runs a feature of that text in a folder; its results hold all exchanges."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'a.feature'
    path.write_text(text)
    feature = reader.read(Selected(path))
    assert feature.is_read, feature.problems
    run = Run(Project(folder), Settings(**{'keeps_all': True, **settings}), environ or {}, own_code_loader.load(folder))
    plan = selection.plan(feature, lambda scenario: True)
    assert plan is not None
    return run_feature(run, plan)


def scenario(*steps: str, name: str = 'One') -> str:
    """Returns the text of a scenario; steps begin with their keyword, or are Given."""
    rows = [step if step.partition(' ')[0] in ('Given', 'When', 'Then') else f'Given {step}' for step in steps]
    return '\n'.join([f'  Scenario: {name}', *(f'    {row}' for row in rows), ''])


def feature(*scenarios: str) -> str:
    """Returns the text of a feature."""
    return '\n'.join(['Feature: Played', '', *scenarios])


def said(result: FeatureResult) -> list[str]:
    """Returns what each step that did not pass says: its text, what was expected and found, its hints."""
    rows = []
    for found in result.scenarios:
        for step in found.bad_steps():
            problem = step.problem
            assert problem is not None
            values = f'expected {problem.expected}, got {problem.actual}' if problem.expected else ''
            rows.append(' | '.join(filter(None, [problem.text, values, *problem.detail, *problem.hints])))
    return rows
