"""The rules that a step of a system stands for: one, or those of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zatools.apitest.failures import StepBroken
from zatools.apitest.steps.mock_rules import is_description, with_files
from zatools.apitest.steps.sentences import Clause


def expanded(clauses: Sequence[Clause], folder: Path) -> list[list[Clause]]:
    """Returns the clauses of each rule that a step stands for, with the contents of files for their names."""
    if not any(map(is_description, clauses)):
        return [with_files(clauses, folder)]
    if len(clauses) > 1:
        other = next((clause for clause in clauses if not is_description(clause)), clauses[-1])
        text = f"what a document describes stands alone: '{other.shown}' belongs elsewhere"
        raise StepBroken(text, at='clauses', hint='a step of its own below this one goes over it')
    from zatools.apitest.steps.mock_openapi import clauses_of

    return clauses_of(folder / clauses[0].values[0], clauses[0])
