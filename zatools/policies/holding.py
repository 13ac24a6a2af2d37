"""Policies held against objects and plans: what breaks one is a problem with the object's place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from zatools.place import Problem, did_you_mean, width_of
from zatools.policies.reading import Policy, Use
from zatools.policies.view import Finding, View, is_like


def hold(policies: Iterable[Policy], view: View) -> list[Problem]:
    """Returns a problem for each object, or plan, that breaks a policy."""
    return [problem for policy in policies if _is_for(policy, view) for problem in _of(policy, view)]


def unheard(policies: Iterable[Policy], environments: Collection[str]) -> list[Problem]:
    """Returns a warning for each scenario that is for none of the environments; none where these aren't known."""
    found = []
    for policy in policies:
        for glob in policy.environments:
            if environments and not any(is_like(name, glob) for name in environments):
                text = f"'{policy.name}' holds nowhere: there is no environment '{glob}'"
                hint = did_you_mean(glob, environments) or f'there are: {", ".join(sorted(environments))}'
                found.append(Problem(policy.place, text, hint, is_warning=True))
    return found


def _is_for(policy: Policy, view: View) -> bool:
    return all(is_like(view.environment, glob) for glob in policy.environments)


def _of(policy: Policy, view: View) -> Iterator[Problem]:
    for use in policy.uses:
        if view.changes is None and use.step.pattern.startswith('the plan'):
            continue
        values = {name: value for name, value in use.values.items() if value is not None}
        for finding in use.step.look(view, **values):
            if not _is_excepted(finding, use):
                yield _problem(finding, policy, use)


def _is_excepted(finding: Finding, use: Use) -> bool:
    return finding.item is not None and any(is_like(finding.item.name, glob) for glob in use.exceptions)


def _problem(finding: Finding, policy: Policy, use: Use) -> Problem:
    detail = (f'{use.place.short}: {policy.name}',)
    if finding.item is None:
        return Problem(None, finding.text, detail=detail, rule='policy')
    item = finding.item
    width = width_of(item.values.get(finding.field))
    return Problem(item.place_of(finding.field), f'{item}: {finding.text}', '', width, detail, rule='policy')
