"""What a project's own Python shares with its features: one state, the scenario that runs, how names are looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zatools.apitest.state.context import Context
from zatools.apitest.state.names import SOURCES, expand
from zatools.apitest.values.bunch import Bunch


@dataclass
class Current:
    """One for all features of a process: modules of users have imported its parts.

    `state` is `ctx.zato`, emptied for each feature; `context` is that of the scenario that runs; `lookups` may get
    prefixes of a project's own.
    """

    state: Bunch = field(default_factory=Bunch)
    context: Context | None = None
    lookups: dict[str, Callable[[Context, str], Any]] = field(default_factory=lambda: dict(SOURCES))

    def active(self) -> Context:
        """Returns the context of the scenario that runs."""
        if self.context is None:
            raise RuntimeError('no scenario is running')
        return self.context

    def expanded(self, value: Any, name: str = '') -> Any:
        """Returns what a text stands for in the scenario that runs."""
        return expand(self.active(), value, name) if value and isinstance(value, str) else value
