"""Rules of a feature: scenarios that stand in one run within its layer of behave's context, between its hooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from zatools.apitest.gherkin.model import Rule, Scenario
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play


def grouped(scenarios: Iterable[Scenario]) -> Iterator[tuple[Rule | None, list[Scenario]]]:
    """Yields scenarios that follow one another in the same rule, with that rule; None is the feature itself."""
    for _, group in groupby(scenarios, key=lambda scenario: id(scenario.rule)):
        members = list(group)
        yield members[0].rule, members


@contextmanager
def entered(play: Play, rule: Rule | None) -> Iterator[HookError | None]:
    """Runs what is within between a rule's hooks; yields why the first of them failed."""
    if rule is None:
        yield None
        return
    code = play.run.code
    with code.layer('rule', rule=rule.behave, tags=set(rule.all_tags)):
        failed = _before(play, rule)
        yield failed
        if failed is None:
            code.run_hook('after_rule', play.context, rule.behave)
            code.run_tag_hooks('after_tag', play.context, rule.behave.tags)


def _before(play: Play, rule: Rule) -> HookError | None:
    try:
        play.run.code.run_tag_hooks('before_tag', play.context, rule.behave.tags)
        play.run.code.run_hook('before_rule', play.context, rule.behave)
    except HookError as error:
        return error
    return None
