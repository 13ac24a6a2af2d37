"""Selection of scenarios by tags, names and lines; set-up runs first and clean-up last."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from zatools.apitest.gherkin import until
from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.errors import UsageError
from zatools.screens import quantity

SETUP, TEARDOWN = 'setup', 'teardown'
#: Variables that hold tags, of zato-apitest 1.13 and 24.10.
VARIABLES = ('ZATO_APITEST_TAGS', 'Zato_API_Test_Tags')


@dataclass
class Plan:
    """The scenarios of a feature that run: set-up, scenarios, clean-up.

    `above` are the ids of scenarios that were not asked for, and run since those below them may need what they store.
    """

    feature: Feature
    setup: list[Scenario] = field(default_factory=list)
    scenarios: list[Scenario] = field(default_factory=list)
    teardown: list[Scenario] = field(default_factory=list)
    above: frozenset[int] = frozenset()

    @cached_property
    def tags(self) -> frozenset[str]:
        """The tags of the feature and of all its scenarios."""
        return frozenset(self.feature.tags).union(*(scenario.tags for scenario in self.feature.scenarios))

    @property
    def all(self) -> list[Scenario]:
        """Set-up, scenarios and clean-up."""
        return [*self.setup, *self.scenarios, *self.teardown]


def tag_filter(expressions: Sequence[str]) -> Callable[[Scenario], bool]:
    """Returns a filter of scenarios: those whose tags fit all expressions."""
    parsed = [_parsed(text) for text in expressions]

    def is_wanted(scenario: Scenario) -> bool:
        return all(expression.check(scenario.all_tags) for expression in parsed)

    return is_wanted


def _parsed(text: str) -> Any:
    from behave.tag_expression import make_tag_expression

    hint = 'write --tags=a, --tags=a,b (or), --tags=~a (not), or --tags="a and not b"'
    if not text.strip():
        raise UsageError('--tags: the expression is empty', hint)
    if ' or ' in text and '~' in text:
        raise UsageError(f"--tags: '{text}' mixes two ways of writing", hint)
    try:
        return make_tag_expression(text)
    except Exception as error:
        # behave's parsers raise errors of their own, ValueError, and Exception itself.
        reason = str(error).splitlines()[0].partition(' (expressions=')[0].partition('in: ')[0].rstrip(' :')
        raise UsageError(f"--tags: '{text}' can't be understood: {reason}", hint) from None


def environment_tags(environ: Mapping[str, str]) -> list[str]:
    """Returns the tag expression of the two variables: any of the tags in them."""
    tags = []
    for name in VARIABLES:
        tags += environ.get(name, '').replace(',', ' ').split()
    if not tags:
        return []
    return [','.join(tags)]


def name_filter(patterns: Sequence[str]) -> Callable[[Scenario], bool]:
    """Returns a filter of scenarios: those whose names fit one of the patterns; all, where there are none."""
    try:
        compiled = [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise UsageError(f'--name: this is no regular expression: {error}') from None
    return lambda scenario: not compiled or any(pattern.search(scenario.name) for pattern in compiled)


def role(scenario: Scenario) -> str:
    """Returns `setup` or `teardown` for a scenario with that tag, else ''."""
    return next((tag for tag in (SETUP, TEARDOWN) if tag in scenario.tags), '')


def plan(feature: Feature, is_wanted: Callable[[Scenario], bool], is_only: bool = False) -> Plan | None:
    """Returns the plan of a feature; None where nothing of it runs."""
    result = Plan(feature)
    ordinary: list[Scenario] = []
    groups = {SETUP: result.setup, TEARDOWN: result.teardown, '': ordinary}
    for scenario in feature.scenarios:
        groups[role(scenario)].append(scenario)
    # A scenario whose line was given runs with its feature's set-up and clean-up, whatever the tags of those are.
    wanted = {id(item) for item in _asked(feature) if is_wanted(item) or (feature.asked and role(item))}
    if not wanted:
        return None
    places = [place for place, scenario in enumerate(ordinary) if id(scenario) in wanted]
    result.scenarios = [ordinary[place] for place in places]
    # Without set-up, a scenario may need what those above it have stored.
    if feature.asked and not is_only and not result.setup and places:
        result.scenarios = [item for item in ordinary[: places[-1] + 1] if is_wanted(item)]
        result.above = frozenset(id(scenario) for scenario in result.scenarios) - wanted
    return result


def shard(plans: Sequence[Plan], number: int, count: int) -> list[Plan]:
    """Returns the plans of one of several runs, which have about as many scenarios each; the same ones always."""
    loads = [0] * count
    chosen = []
    # The longest first, each to the run that has least.
    for plan in sorted(plans, key=lambda plan: (-len(plan.all), str(plan.feature.path))):
        place = loads.index(min(loads))
        loads[place] += len(plan.all)
        if place == number - 1:
            chosen.append(id(plan))
    return [plan for plan in plans if id(plan) in chosen]


def _asked(feature: Feature) -> list[Scenario]:
    if not feature.asked:
        return list(feature.scenarios)
    last = max(feature.asked)
    if last > len(feature.lines):
        raise UsageError(f'{feature.label}:{last}: the file has only {quantity(len(feature.lines), "line")}')
    chosen = {id(scenario) for line in feature.asked for scenario in feature.at_line(line)}
    return [scenario for scenario in feature.scenarios if id(scenario) in chosen]


def known_failure(scenario: Scenario, today: date | None = None) -> tuple[bool, str]:
    """Tells whether a scenario is known to fail today, and the reference of its tag."""
    for tag in scenario.all_tags:
        if tag.startswith(until.START):
            return _known_until(tag, today or date.today())
        if tag == 'known-failure' or tag.startswith('known-failure:'):
            return True, tag.partition(':')[2]
    return False, ''


def _known_until(tag: str, today: date) -> tuple[bool, str]:
    try:
        day, reference = until.parsed(tag)
    except ValueError:
        # Its problem is told with its place; what fails counts.
        return False, ''
    if today >= day:
        return False, ''
    return True, f'{reference} until {day}'.strip()
