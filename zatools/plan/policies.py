"""Policies held against a plan: what files want of an ODB, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from zatools.errors import InvalidError
from zatools.plan.plan import Plan
from zatools.reports import problems as reports
from zatools.state import effective_state


def check_plan(plan: Plan, generation: str, environment: str, paths: Sequence[str]) -> None:
    """Raises InvalidError for all that breaks a policy: objects as they will be, and what the plan does."""
    # Behave takes longer to import than most plans to make.
    from zatools.policies import holding, reading
    from zatools.policies.view import View

    after = effective_state(plan.wanted, plan.stored)
    state = {key: after[key] for key in plan.wanted}
    found = holding.hold(reading.read(paths), View(state, generation, plan.difference.changes, environment))
    if found:
        text = f'{reports.count(found, plan.files.files)} Nothing was changed.'
        raise InvalidError(text, problems=found, lines=plan.files.sources.lines)
