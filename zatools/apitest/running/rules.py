"""Rules of a feature: scenarios that stand in one run within its layer of behave's context, between its hooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from zatools.apitest.running.own_code import HookError

if TYPE_CHECKING:
    from zatools.apitest.running.feature import Run
    from zatools.apitest.state.context import Context


def _of(scenario: Any) -> Any:
    # The rule, None for a scenario of the feature itself; a row of an outline has the outline for a parent.
    parent = scenario.parent
    while parent is not None and parent.type != 'rule':
        parent = getattr(parent, 'parent', None)
    return parent


def grouped(scenarios: Iterable[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Yields scenarios that follow one another in the same rule, with that rule."""
    for _, group in groupby(scenarios, key=lambda scenario: id(_of(scenario))):
        members = list(group)
        yield _of(members[0]), members


@contextmanager
def entered(run: Run, context: Context, rule: Any) -> Iterator[HookError | None]:
    """Runs what is within between a rule's hooks; yields why the first of them failed."""
    if rule is None:
        yield None
        return
    with run.code.layer('rule', rule=rule, tags=set(rule.effective_tags)):
        failed: HookError | None = None
        try:
            _hooks(run, context, 'before_tag', rule.tags)
            run.code.run_hook('before_rule', context, rule)
        except HookError as error:
            failed = error
        yield failed
        if failed is None:
            run.code.run_hook('after_rule', context, rule)
            _hooks(run, context, 'after_tag', rule.tags)


def _hooks(run: Run, context: Context, name: str, tags: Iterable[Any]) -> None:
    for tag in tags:
        run.code.run_hook(name, context, tag)
