"""What a field of a kind is: what users write, and where a database keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from zatools.kinds.types import TYPES

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


#: What becomes of a server that reads a row without a key that it can't do without: it does not start with it.
START = 'start'


@dataclass(frozen=True, eq=False)
class Written:
    """In which generations a key stands even at its default: in `rows` that servers read, in `exports` that tools read.

    `without` says what becomes of a row that lacks it, '' if servers do without; only rows that objects
    of a role, `used_by`, refer to need it. `when` are the values of flags without which nobody looks for the key.
    """

    rows: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    without: str | Per = ''
    used_by: str = ''
    when: Mapping[str, bool] = field(default_factory=dict)

    def in_rows(self, generation: str, values: Mapping[str, Any]) -> bool:
        """Tells whether rows of objects with these values have the key whatever its value."""
        return generation in self.rows and all(bool(values.get(name)) is flag for name, flag in self.when.items())


NOT_WRITTEN = Written()


class Copied(NamedTuple):
    """A value that servers of one generation look for in `opaque1` under another `key`.

    It stands in the row of the object, and in those of objects of the role `used_by` that refer to it.
    """

    key: str
    generation: str
    used_by: str


class Held(NamedTuple):
    """How rows hold what a reference names: what stands for none, and the text that the id is in; '' for the number.

    `name` and `type` are keys of `opaque1` that hold the name and the type of what is referred to as well.
    """

    nothing: Any = None
    text: str = ''
    name: str | Per = ''
    type: str | Per = ''


BY_ID = Held()


class Noted(NamedTuple):
    """The column that lists the ids of those that refer to an object, and the values that such an object has."""

    column: str
    when: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Field:
    """One key of an object: what users write, and where a database keeps it.

    `codes` maps words to what a column holds for them; `written` says where the key stands even at its default;
    `form` names how exports write it where a generation's own tool takes no other; a `kept` field that a file leaves
    out stays as stored.
    `example` is what documents show; a field that an object must have needs one.
    `accepts` are the types of definitions that a reference may name, some of them of kinds to come. `nothing` are the
    words of files that name none; `unread` are words that once meant something, each with a sentence and a hint.
    `means` is what the field says about safety, one of the words above. Values that begin with `made_up` were made up
    by the platform. Without a value that `is_essential` an object would be broken, or let more callers in; `feature` is
    what the generation lacks that lacks the field. `made` makes the value of a new object that gives none. A secret
    that `may_be_empty` is none then; for others one is made up that nobody knows. Rows hold the ids of what a reference
    names, as `held` says, or the names if it `holds_names`. One that `is_name` is the name of objects that files give,
    where what they are called is made of that and more; files know it by its aliases alone. The row of what a reference
    names has a column that lists the ids of the objects that refer to it, as `noted` says.
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
    codes: Mapping[str, Any] | Per = field(default_factory=dict)
    spelling: str | Per = ''
    written: Written = NOT_WRITTEN
    form: str | Per = ''
    example: str | int = ''
    copied: Copied | None = None
    accepts: Per | None = None
    nothing: frozenset[str] = frozenset()
    unread: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    means: str = ''
    made_up: str = ''
    is_essential: bool = False
    feature: str = ''
    made: Callable[[], Any] | None = None
    may_be_empty: bool = False
    holds_names: bool = False
    held: Held = BY_ID
    is_name: bool = False
    noted: Noted | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of files that mean the field."""
        return self.aliases if self.is_name else (self.name, *self.aliases)

    def default_of(self, generation: str) -> Any:
        """Returns the default in one generation; what is empty for the type where there is none."""
        value = per(self.default, generation)
        return TYPES[self.type].empty if value is None else value

    def spelled(self, generation: str) -> str:
        """Returns the key that the files of one generation use."""
        return per(self.spelling, generation) or self.name

    def form_in(self, generation: str) -> str:
        """Returns the form in which exports for one generation write the value; '' for the usual one."""
        return str(per(self.form, generation))

    def codes_of(self, generation: str) -> Mapping[str, Any]:
        """Returns what columns of one generation hold for words."""
        codes: Mapping[str, Any] = per(self.codes, generation)
        return codes

    @cached_property
    def all_codes(self) -> tuple[tuple[str, Any], ...]:
        """Returns words and what columns hold for them, of both generations."""
        return tuple(dict.fromkeys(pair for name in GENERATIONS for pair in self.codes_of(name).items()))

    def number_of(self, word: str) -> int | None:
        """Returns the number that files may have in place of a word, if there is one."""
        return next((code for known, code in self.all_codes if known == word and isinstance(code, int)), None)

    def column_of(self, generation: str) -> str:
        """Returns the column, or the key in `opaque1`, that holds the value."""
        return per(self.column, generation) or self.name

    @cached_property
    def is_plain(self) -> bool:
        """Tells whether any text is a value as it is: the common case, which readers take first."""
        return self.type == 'text' and not (self.secret or self.ref or self.choices or self.codes)

    @cached_property
    def words(self) -> frozenset[str]:
        """Returns the words that are values as they are; none of a field that takes any text."""
        if self.type != 'text' or self.secret or self.ref:
            return frozenset()
        codes = {str(code) for _, code in self.all_codes}
        return frozenset({*self.choices, *(word for word, _ in self.all_codes)} - codes)

    def without(self, generation: str) -> str:
        """Says what becomes of a row of one generation that lacks the key; '' if servers do without it."""
        return str(per(self.written.without, generation)) if generation in self.written.rows else ''

    def is_made_up(self, value: Any) -> bool:
        """Tells whether the platform made a value up."""
        return bool(self.made_up) and str(value).startswith(self.made_up)

    @property
    def is_generational(self) -> bool:
        """Tells whether the generations have different defaults, so that exports always write the value."""
        return isinstance(self.default, Per)


#: The name of objects that have none of their own: no file gives it, no column has it.
MADE_NAME = Field('name', 'What the object is called.')
