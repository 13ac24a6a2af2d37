"""Parts of the Service API that say what they lack."""

from __future__ import annotations

from typing import Any

from zatools.place import did_you_mean
from zatools.server.exceptions import unsupported


class Supported:
    """What knows how services call it: an attribute that it lacks is an error that names it."""

    called = ''

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        known = [other for other in (*dir(type(self)), *vars(self)) if not other.startswith('_')]
        raise unsupported(f'{self.called}.{name}', did_you_mean(name, known))
