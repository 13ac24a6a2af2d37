"""The state that a project's own Python shares with its features, since modules of projects import it by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zatools.apitest.state.context import Context
from zatools.apitest.state.names import SOURCES, expand
from zatools.apitest.values.bunch import Bunch


@dataclass
class Current:
    """The one of all features of a process: modules of projects have imported its parts, so they can't be replaced.

    `state` is `ctx.zato`, emptied for each feature; `context` is that of the running scenario; `lookups` finds the
    values of names by their prefixes, and may get prefixes of the project's own.
    """

    state: Bunch = field(default_factory=Bunch)
    context: Context | None = None
    lookups: dict[str, Callable[[Context, str], Any]] = field(default_factory=lambda: dict(SOURCES))

    def active(self) -> Context:
        """Returns the context of the running scenario."""
        if self.context is None:
            raise RuntimeError('no scenario is running')
        return self.context

    def expanded(self, value: Any, name: str = '') -> Any:
        """Returns the value of a text in the running scenario; other values stay as they are."""
        if not value or not isinstance(value, str):
            return value
        return expand(self.active(), value, name)
