"""One transaction that writes: the database, what was read from it, new ids, the time; statements over whole tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zatools.kinds.model import Row
from zatools.odb import statements
from zatools.odb.load import Loaded
from zatools.odb.mapping import Database, Table


class Transaction:
    """What all who write in it share; one life per import."""

    def __init__(self, database: Database, loaded: Loaded) -> None:
        self.database = database
        self.loaded = loaded
        self.ids = statements.Ids(database.connection)
        self.now = datetime.now(UTC).replace(tzinfo=None)

    def insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Inserts rows that all have the same columns."""
        statements.insert(self.database.connection, table, rows)

    def set(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Updates rows by their `_id`, all with the same columns."""
        statements.update(self.database.connection, table, rows)

    def remove(self, table: Table, ids: Iterable[int]) -> None:
        """Deletes rows by their ids."""
        statements.delete(self.database.connection, table, ids)

    def fresh(self, row: Row, table: Table) -> dict[str, Any]:
        """Returns what a new row holds that no field says."""
        new = {
            'cluster_id': self.database.cluster_id,
            'creation_time': self.now,
            'created': self.now,
            'last_modified': self.now,
            'last_updated': self.now,
            'opaque1': row.nothing,
            **row.new,
            **row.match,
        }
        return only(table, new)


def only(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of columns that a table has."""
    return {column: value for column, value in values.items() if column in table.types}
