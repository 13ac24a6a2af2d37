"""What is running in this process: the one state that users' Python steps share with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zatools.apitest.state.names import expand
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

#: `ctx.zato`: one object for the whole process, emptied for each feature.
STATE = Bunch()
#: The context of the scenario that runs.
ACTIVE: Context | None = None


def activate(context: Context | None) -> None:
    """Makes a context the one that users' steps work with."""
    global ACTIVE
    ACTIVE = context


def active() -> Context:
    """Returns the context of the scenario that runs."""
    if ACTIVE is None:
        raise RuntimeError('no scenario is running')
    return ACTIVE


def expanded(value: Any, name: str = '') -> Any:
    """Returns what a text stands for in the scenario that runs."""
    return expand(active(), value, name) if value and isinstance(value, str) else value
