"""Rules of a feature: the scenarios of a rule run between its hooks, in a layer of behave's context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from zatools.apitest.gherkin.model import Rule, Scenario
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play


def grouped(scenarios: Iterable[Scenario]) -> Iterator[tuple[Rule | None, list[Scenario]]]:
    """Yields each rule with its scenarios that follow one another; the rule None has those of the feature itself."""
    # By identity: two rules may have the same name.
    for _, group in groupby(scenarios, key=lambda scenario: id(scenario.rule)):
        members = list(group)
        yield members[0].rule, members


@contextmanager
def entered(play: Play, rule: Rule | None) -> Iterator[HookError | None]:
    """Runs a rule's hooks before and after; yields the error of a hook that failed before."""
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
