"""Undoes what calls did, in reverse order: what that is, is read back from the ODB, whatever was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zatools.live.calls import Work, work_of
from zatools.live.comparing import before_of, left
from zatools.odb.odb import Odb, commit
from zatools.odb.snapshots import FIRST, Snapshot, put_back
from zatools.secret import Secret
from zatools.state import Change, Item, Key, State, references


@dataclass(frozen=True)
class Before:
    """What an ODB had before the first call: its objects, and all rows of those that are to change."""

    state: State
    rows: Snapshot
    order: Sequence[Key]

    @property
    def items(self) -> dict[Key, Item | None]:
        """The objects that are to change as they were; None for those that are new."""
        return before_of(self.state, self.order)

    def undone(self, now: State) -> list[Change]:
        """Returns what it takes to undo all that is different now."""
        return left(self.items, now)

    def reverse(self, now: State) -> Work:
        """Returns the calls that undo what is different, the last change first."""
        found = work_of(self.undone(now), now)
        place = {key: number for number, key in enumerate(self.order)}
        steps = sorted(found.steps, key=lambda step: -place[step.change.item.key])
        return Work(tuple((step,) for step in steps), found.beside, found.reasons)

    def put_back(self, odb: Odb, touched: Iterable[Key]) -> None:
        """Writes what calls can't undo, and gives all rows of objects what they had: sealed texts above all."""
        rest = self.undone(odb.loaded.state)
        if rest:
            odb.apply(rest)
            odb.load()
        wanted = set(touched)
        new = {key for key in wanted if key in odb.loaded.stored and self._is_new(odb, key)}
        fit = {key: rows for key, rows in self.rows.items() if key in wanted and not self._refers(key, new)}
        put_back(odb, fit)
        commit(odb)

    def _is_new(self, odb: Odb, key: Key) -> bool:
        was = (row.columns[row.table.key] for row in self.rows.get(key, ()) if row.number == FIRST)
        return any(id_ != odb.loaded.stored[key].id for id_ in was)

    def _refers(self, key: Key, new: set[Key]) -> bool:
        # Its row names others by their ids, which may be new.
        return any(other in new for _, other in references(self.state[key]))


def obstacle(changes: Sequence[Change]) -> str:
    """Says what could not be undone if it were done; '' where all could."""
    for change in changes:
        if any(isinstance(value, Secret) and not value.can_reveal for value in change.before.values()):
            return f"{change.item}: its secret can't be read without the ODB's key"
    return ''


def differing(wanted: Mapping[Key, Item | None], now: State) -> list[str]:
    """Returns a line for each object that is not what it should be, and in which fields."""
    lines = []
    for change in left(wanted, now):
        what = {'create': 'is not there', 'delete': 'is still there'}.get(change.op, '')
        lines.append(f'{change.item}: {what or ", ".join(field.name for field in change.fields)}')
    return lines
