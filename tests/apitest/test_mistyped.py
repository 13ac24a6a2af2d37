"""Scenarios and steps whose keywords are mistyped are told, where Gherkin would take them for a description."""

from __future__ import annotations

from pathlib import Path

import pytest

from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.problems import LOST_SCENARIO, LOST_STEP

#: A feature after `Feature: F`, the line of the problem, what it says, and what was meant.
WRONG = (
    ('Scenario One\n Given a new request\n Scenario: Two\n Given a new request', 2, LOST_SCENARIO, 'Scenario:'),
    ('Scenrio: One\n Given a new request\n Scenario: Two\n Given a new request', 2, LOST_SCENARIO, 'Scenario:'),
    ('Scenrio: One\n Given an own step\n', 2, LOST_SCENARIO, 'Scenario:'),
    ('Why\n\n Background\n Given a new request\n Scenario: A\n Given a new request', 4, LOST_SCENARIO, 'Background:'),
    ('Rule: R\n Senario Outline: One\n Given a new request', 3, LOST_SCENARIO, 'Scenario Outline:'),
    ('Background:\n Givn a new request\n Scenario: A\n Given a new request', 3, LOST_STEP, 'Given'),
    ('Rule: R\n Background:\n Givn a new request\n Scenario: A\n Given a new request', 4, LOST_STEP, 'Given'),
    ('Scenario: A\n Given\xa0a new request\n Given a new request', 3, LOST_STEP, 'Given'),
)  # fmt: skip
LANGUAGES = (
    ('de', 'Funktionalität: F\n Szenario: A\n Angenomen a new request\n Dann status is "200"', 'Angenommen'),
    ('fr', 'Fonctionnalité: F\n Scénario: A\n Etant donne que a new request\n Alors a new request', 'Etant donné que'),
    ('pl', 'Funkcja: F\n Scenariusz: A\n Zakladając a new request\n Wtedy status is "200"', 'Zakładając'),
)  # fmt: skip
#: Descriptions that are meant as such.
FINE = (
    'Scenarios of this file\n Given what we know, they are few.',
    'Background of all this: a long story.\n Given what we know.',
    'Example of a call\n Given an address, it is sent.',
    'How to:\n Given a new request',
    'Rules\n When the URL is invoked',
    'Scenario names are short.\n They have no dots.',
)


def problems(text: str) -> list[tuple[int, str, str]]:
    found = reader.parse(Path('a.feature'), text).problems
    return [(problem.place.line, problem.text, problem.hint) for problem in found]


@pytest.mark.parametrize(('rest', 'line', 'text', 'meant'), WRONG)
def test_what_nothing_would_run_is_a_problem(rest: str, line: int, text: str, meant: str) -> None:
    assert problems(f'Feature: F\n {rest}\n') == [(line, text, f"did you mean '{meant}'?")]


@pytest.mark.parametrize(('language', 'rest', 'meant'), LANGUAGES)
def test_keywords_are_those_of_the_language(language: str, rest: str, meant: str) -> None:
    assert problems(f'# language: {language}\n{rest}\n') == [(4, LOST_STEP, f"did you mean '{meant}'?")]


@pytest.mark.parametrize('text', FINE)
def test_a_description_stays_one(text: str) -> None:
    assert problems(f'Feature: F\n {text}\n Scenario: A\n Given a new request\n') == []


def test_no_scenario_runs_without_a_step_of_its_background() -> None:
    text = 'Feature: F\n Background:\n Givn a new request\n Scenario: A\n Given a new request\n'
    assert reader.parse(Path('a.feature'), text).broken == {4: LOST_STEP}


def test_a_second_background_is_called_so() -> None:
    text = 'Feature: F\n Background:\n Given a new request\n Background:\n Given a new request\n'
    assert problems(text) == [(4, 'a feature has only one Background', '')]
