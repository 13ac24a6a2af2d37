"""The database rows that hold an object, those of objects that it owns among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.kinds.field import GENERATIONS

if TYPE_CHECKING:
    from zatools.kinds.model import Kind


def _id(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _target(owner: int, target: int, type_: str) -> Any:
    return target


@dataclass(frozen=True, eq=False)
class Target:
    """How the row of an item says which object the item is.

    `read` makes its id of what the column holds. `write` makes that of the owner's id, the item's id and the type that
    the item's own row has; it `is_typed` if it needs the type.
    """

    column: str
    read: Callable[[Any], int | None] = _id
    write: Callable[[int, int, str], Any] = _target
    is_typed: bool = False


@dataclass(frozen=True, eq=False)
class Row:
    """One of the rows that an object spans.

    `match` tells the rows from others of the table and is written to new ones, as are keys of `opaque1` and what they
    hold, `opaque`, and a `prefix` of the name, which users don't write. A row belongs to the kind that says most of it.
    `new` fills columns that no field knows. A further row hangs on the first one by its column `link`: `id` where both
    have one id, else a foreign key. `when` are the values of fields without which an object has no such row.
    `items` is the list field that has such a row for each of its items, and `target` says which item that is.
    `nothing` is what `opaque1` holds where there is nothing to say; `touched` are the columns that keep the time of a
    change. A table without `cluster_id` of its own may have one `via` a foreign key: its column, and the other table.
    `follows` are columns that no field knows and that follow from the values; `made` are those that get a value once,
    when the row is new. `seen` are columns that no field knows and that the kind's `fold` makes something of.
    """

    table: str
    match: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    link: str = ''
    when: Mapping[str, Any] = field(default_factory=dict)
    items: str = ''
    target: Target | None = None
    nothing: str = 'null'
    touched: tuple[str, ...] = ()
    via: tuple[str, str] | None = None
    generations: tuple[str, ...] = GENERATIONS
    follows: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    made: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    opaque: Mapping[str, Any] = field(default_factory=dict)
    prefix: str = ''

    @cached_property
    def particularity(self) -> int:
        """Returns how much is said of what the rows hold."""
        return len(self.match) + len(self.opaque) + bool(self.prefix)

    def may_be_among(self, other: Row) -> bool:
        """Tells whether its rows may be among those that another kind's row means, which says less of them."""
        if self.table != other.table or self.particularity <= other.particularity:
            return False
        return all(self.match.get(column, value) == value for column, value in other.match.items())


def _same(name: str, value: Any) -> Any:
    return value


class Made(NamedTuple):
    """An object that another one owns: its name and values, and what its rows hold that no field knows."""

    name: str
    values: Mapping[str, Any]
    opaque: Mapping[str, Any] = {}
    columns: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Companion:
    """Objects of another `kind` that an object owns: written, changed and removed with it, hidden elsewhere.

    `make` gives them for the values of their owner, its id (0 if it has none yet) and the generation. `noun` is what
    plans call one, `given` the field that asks for it. `fill` puts their ids, by their names, into the owner's
    `opaque1`. `compared` makes of a value what matters where two are compared. `deploys` are services that they need
    and that may be made where they are missing, with their classes: the platform has them.
    """

    kind: Kind
    noun: str
    given: str
    make: Callable[[Mapping[str, Any], int, str], Iterable[Made]]
    fill: Callable[[Mapping[str, Any], dict[str, Any], Mapping[str, int]], None] | None = None
    compared: Callable[[str, Any], Any] = _same
    deploys: Mapping[str, str] = field(default_factory=dict)
