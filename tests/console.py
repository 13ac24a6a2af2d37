"""A world for commands whose streams can be read."""

from __future__ import annotations

import io
from collections.abc import Mapping

from zatools.world import World


class Console:
    """A world whose streams can be read."""

    def __init__(self, environ: Mapping[str, str], stdin: bytes = b'') -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.world = World(environ, io.BytesIO(stdin), self.out, self.err)

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.out.getvalue() + self.err.getvalue()
