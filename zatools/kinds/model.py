"""What a kind of object is: its fields and the database rows that hold it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

GENERATIONS = ('3.2', '4.1')


class Per(NamedTuple):
    """A value that differs between the generations."""

    v32: Any
    v41: Any

    def of(self, generation: str) -> Any:
        """Returns the value in one generation."""
        return self.v32 if generation == '3.2' else self.v41


def per(value: Any, generation: str) -> Any:
    """Returns what a maybe generation-dependent `value` is in one generation."""
    return value.of(generation) if isinstance(value, Per) else value


EMPTY: Mapping[str, Any] = {'text': '', 'boolean': False, 'list': [], 'lines': [], 'rows': []}


@dataclass(frozen=True, eq=False)
class Field:
    """One key of an object: what users write, and where a database keeps it.

    `codes` maps words to the numbers that a column holds; `always` keys are written to `opaque1`
    even at their default, since servers can't do without them; a `kept` field that a file leaves out stays as stored.
    `example` is what documents show; a field that an object must have needs one.
    """

    name: str
    doc: str
    type: str = 'text'
    default: Any = None
    column: str | Per = ''
    generations: tuple[str, ...] = GENERATIONS
    required: bool = False
    choices: tuple[str, ...] = ()
    secret: bool = False
    ref: str = ''
    kept: bool = False
    aliases: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    codes: Mapping[str, int] = field(default_factory=dict)
    spelling: str | Per = ''
    always: bool = False
    example: str | int = ''

    def default_of(self, generation: str) -> Any:
        """Returns the default in one generation; what is empty for the type where there is none."""
        value = per(self.default, generation)
        return EMPTY.get(self.type) if value is None else value

    def spelled(self, generation: str) -> str:
        """Returns the key that the files of one generation use."""
        return per(self.spelling, generation) or self.name

    def column_of(self, generation: str) -> str:
        """Returns the column, or the key in `opaque1`, that holds the value."""
        return per(self.column, generation) or self.name

    @cached_property
    def is_plain(self) -> bool:
        """Tells whether any text is a value as it is: the common case, which readers take first."""
        return self.type == 'text' and not (self.secret or self.ref or self.choices)

    @property
    def is_generational(self) -> bool:
        """Tells whether the generations have different defaults, so that exports always write the value."""
        return isinstance(self.default, Per)


@dataclass(frozen=True, eq=False)
class Row:
    """One of the rows that an object spans.

    `match` tells the rows from others of the table and is written to new ones; `new` fills columns that no field
    knows; `link` is how it hangs on the first row: its id, or a foreign key where there are `many`.
    """

    table: str
    match: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    link: str = ''
    sequence: str = ''
    many: bool = False


Values = dict[str, Any]
Fold = Callable[[Values, Mapping[str, Any], str], None]


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of object. `fold` mends what was read from rows, `unfold` what is to be written (`opaque1` last).

    Keys of files that are no fields: `noise` are those that exports have for nothing, with the values that are as good
    as absent, or None for any; `useless` are those that people write, and that mean nothing to any server.
    """

    section: str
    doc: str
    rows: tuple[Row, ...]
    fields: tuple[Field, ...]
    type: str = ''
    spelling: str | Per = ''
    aliases: tuple[str, ...] = ()
    generations: tuple[str, ...] = GENERATIONS
    noise: Mapping[str, tuple[Any, ...] | None] = field(default_factory=dict)
    useless: tuple[str, ...] = ()
    fold: Fold | None = None
    unfold: Fold | None = None

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Returns the fields by their names."""
        return {item.name: item for item in self.fields}

    @cached_property
    def lookup(self) -> dict[str, Field]:
        """Returns the fields by every name that a file may use."""
        return {name: item for item in self.fields for name in (item.name, *item.aliases)}

    @property
    def label(self) -> str:
        """The word that names the kind in messages: a security type, else the section."""
        return self.type or self.section

    @cached_property
    def kept(self) -> frozenset[str]:
        """Returns the names of the fields that stay as stored when a file is silent, secrets included."""
        return frozenset(item.name for item in self.fields if item.kept or item.secret)

    @cached_property
    def refs(self) -> tuple[Field, ...]:
        """Returns the fields that name other objects."""
        return tuple(item for item in self.fields if item.ref)

    @cached_property
    def required(self) -> frozenset[str]:
        """Returns the names of the fields that an object must have, in one generation or the other."""
        return frozenset(item.name for item in self.fields if item.required)

    def fields_of(self, generation: str) -> tuple[Field, ...]:
        """Returns the fields that one generation has."""
        return self._fields[generation]

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """Returns the names of the fields that each generation has."""
        return {name: frozenset(item.name for item in self._fields[name]) for name in GENERATIONS}

    @cached_property
    def _fields(self) -> dict[str, tuple[Field, ...]]:
        return {name: tuple(item for item in self.fields if name in item.generations) for name in GENERATIONS}

    @cached_property
    def defaults(self) -> dict[str, Values]:
        """Returns the defaults of every generation, by generation and field."""
        return {name: {item.name: item.default_of(name) for item in self._fields[name]} for name in GENERATIONS}

    def spelled(self, generation: str) -> str:
        """Returns the section's name in the files of one generation."""
        return per(self.spelling, generation) or self.section
