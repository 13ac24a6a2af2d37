"""Calls that are made again after a scenario has run: for a token that has expired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

#: Characters of a stored value that is looked for in the request.
SHORTEST = 4


@dataclass(frozen=True)
class Again:
    """After which statuses, and which scenario of which file is run before the call is made once more."""

    statuses: range
    scenario: str
    file: str


def refreshed(context: Context, status: int) -> bool:
    """Runs the scenario where the status asks for it, and puts what it stored in place of what it stored before."""
    again: Again | None = context.zato.http.get('again')
    if again is None or status not in again.statuses:
        return False
    before = dict(context.zato.user_ctx)
    context.run_scenario(context, again.scenario, again.file, 0.0)
    after = context.zato.user_ctx
    changed = {value: after[name] for name, value in before.items() if _has_changed(value, after.get(name))}
    request = context.zato.request
    for part in ('headers', 'cookies', 'query_parameters', 'form'):
        if request.get(part):
            request[part].update(_replaced(dict(request[part]), changed))
    context.zato.auth = _replaced(context.zato.auth, changed)
    return True


def _has_changed(before: Any, after: Any) -> bool:
    return isinstance(before, str) and isinstance(after, str) and before != after and len(before) >= SHORTEST


def _replaced(value: Any, changed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, changed) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, changed) for item in value]
    if not isinstance(value, str):
        return value
    for before, after in changed.items():
        # A header of several lines is a text of its own type, and is left alone.
        if before in value:
            value = value.replace(before, after)
    return value
