"""What tests of the ODB layer share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

#: What asks for tables and columns, or begins and ends, is not counted.
UNCOUNTED = ('pragma_', 'PRAGMA', 'pg_catalog', 'pg_attribute', 'information_schema', 'SHOW ', 'BEGIN', 'CREATE')


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Collects the statements of all engines, without introspection."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not any(mark in statement for mark in UNCOUNTED):
            found.append(statement)

    event.listen(Engine, 'before_cursor_execute', note)
    yield found
    event.remove(Engine, 'before_cursor_execute', note)
