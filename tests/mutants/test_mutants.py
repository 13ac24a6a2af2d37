"""The list of mutations fits the code, and tests notice some of them; all of them: `python -m tests.mutants.run`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.run import ROOT, Mutant, copied, mutants, outcome_of, play

ALL = mutants()
#: Quick ones, of which each run plays as many as take a few seconds.
SAMPLE = [mutant for mutant in ALL if mutant.is_quick]


@pytest.mark.parametrize('mutant', ALL, ids=lambda mutant: mutant.name)
def test_a_mutation_changes_the_code_in_one_place(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding='utf-8')
    changed = mutant.applied(ROOT)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))


def test_no_two_mutations_are_the_same() -> None:
    assert len({mutant.name for mutant in ALL}) == len(ALL)
    assert len({(mutant.file, mutant.text, mutant.becomes) for mutant in ALL}) == len(ALL)


@pytest.fixture(scope='module')
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp('mutants'))


@pytest.mark.parametrize('mutant', SAMPLE, ids=lambda mutant: mutant.name)
def test_a_mutation_is_noticed(mutant: Mutant, copy: Path) -> None:
    verdict = play(mutant, copy)
    assert verdict.outcome == 'caught', verdict.line


@pytest.mark.parametrize(
    ('code', 'line', 'expected'),
    [
        (1, '== 1 failed, 3 passed in 0.50s ==', 'caught'),
        (1, '== 10 failed in 0.50s ==', 'caught'),
        (1, '== 3 passed, 1 error in 0.50s ==', 'open'),
        (0, '== 3 passed in 0.50s ==', 'SURVIVED'),
        (5, '== no tests ran in 0.50s ==', 'SURVIVED'),
    ],
)
def test_what_could_not_be_set_up_is_no_catch(code: int, line: str, expected: str) -> None:
    assert outcome_of(code, line) == expected
