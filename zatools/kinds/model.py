"""What a kind of object is: its fields and the database rows that hold it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from zatools.kinds.traits import CHANNEL, DEPLOYED, GUARD, OTHER, Doubts, Mend, Needed, Unique, UseDoubts, Values
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
    where what they are called is made of that and more; files know it by its aliases alone.
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


#: No names in either generation.
NO_TYPES = Per(frozenset(), frozenset())
#: No keys in either generation.
NOTHING_STATED = Per({}, {})


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


class Sections(NamedTuple):
    """Sections whose names say what a field holds: what they begin with, the field, what its value begins with."""

    prefix: str
    field: str
    start: str

    def value_of(self, section: str) -> str:
        """Returns what the field holds in a section of such a name; '' in any other."""
        if not section.startswith(self.prefix) or section == self.prefix:
            return ''
        return self.start + section.removeprefix(self.prefix)

    def name_for(self, values: Mapping[str, Any]) -> str:
        """Returns the section for an object with these values; '' where it has none of such a name."""
        value = str(values.get(self.field) or '')
        if not value.startswith(self.start) or value == self.start:
            return ''
        return self.prefix + value.removeprefix(self.start)


#: Keys that no field declares and that objects may have all the same.
FREE = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]{0,99}')
#: Those of them that hold secrets.
SECRET = re.compile(
    r'^(?!(by|has|is|may|needs|should)_).*(passw|secret|token|passphrase|private_?key|api_?key|credential|auth_data|signing_key|decryption_key)',
    re.I,
)


class Fields(dict[str, Field]):
    """Fields by their names; those that no kind declares are made as they are met, where a kind is open."""

    def __init__(self, fields: Mapping[str, Field], is_open: bool) -> None:
        super().__init__(fields)
        self.is_open = is_open

    def __missing__(self, name: str) -> Field:
        """Makes the field of a key that no kind declares."""
        if not (self.is_open and FREE.fullmatch(name)):
            raise KeyError(name)
        is_secret = bool(SECRET.match(name))
        self[name] = Field(name, 'A key of its own.', 'any', secret=is_secret, may_be_empty=is_secret)
        return self[name]

    def hide(self, name: str) -> None:
        """Notes that a key holds a secret, whatever its name."""
        self[name] = replace(self[name], secret=True, may_be_empty=True)


class Becomes(NamedTuple):
    """What an object is in the other generation: the section there, and other names of fields.

    `change` makes the values of several fields into one, or of one into several, before that: it `takes` these.
    """

    section: str
    names: Mapping[str, str] = {}
    change: Callable[[Values], None] | None = None
    takes: tuple[str, ...] = ()


Fold = Callable[[Values, Mapping[str, Any], str], None]
Derive = Callable[[Mapping[str, Any], dict[str, Any], str], None]


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of object. `fold` mends what was read from rows, `unfold` what is to be written (`opaque1` last).

    `role` is what its objects are for. `shared` are sections of files that hold objects of other kinds as well, which
    `form` or one of `keys` tells apart. `identity` are the fields that tell an object from others of the section: its
    name, or what the name is made of; rows that it does not tell apart are one object. An item may stand for several,
    one for each entry of a list: `each` is its key, and that of the entry. `unique` are values that no two objects
    share. `account` are the fields that say whose secret it is, and where.
    Keys of files that are no fields: `noise` are those that exports have for nothing, with the values that are as good
    as absent, or None for any; `useless` are those that people write, and that mean nothing to any server.
    `mend` makes of what a file gives what is meant; `needed` are fields that objects with certain values must have;
    `spell` is the key that exports use for a field of an object with such values, '' for the usual one.
    `derive` puts into `opaque1` what servers or their tools need besides the fields, once these are in it.
    `internal` are the names of the platform's own objects. A key of `opaque1` that is among `owned` says that an object
    of another kind keeps this one; `companions` are such objects that this kind keeps. `stated` are keys that exports
    have of every object besides its fields: values, or what makes one of the object's. `leftovers` are keys of
    `opaque1` that repeat what a field has.
    `doubts` finds what Zato stores and fails at later; `use_doubts` what is wrong with how an object uses this one.
    `noun` is what sentences call its objects, `title` what they call the kind. `protocol` is how its objects talk to
    other systems, `login` how a definition logs in; both are keys of tables in `zatools.connections`.
    `served` is what the local server makes of an object, `admin` the prefix of 3.2's services for the kind, `sync` the
    word by which a running server is asked to read its objects anew.
    An item of a shared section that does not say what it is, and `is_untold`, is of this kind.
    Objects of a kind that `is_open` may have any keys besides. `by_section` are sections that say what an object is.
    A definition that one generation lacks `is_inlined`: there its values stand in the objects that use it. What another
    section has there `becomes` an object of that.
    """

    section: str
    doc: str
    rows: tuple[Row, ...]
    fields: tuple[Field, ...]
    type: str = ''
    role: str = OTHER
    spelling: str | Per = ''
    aliases: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    each: tuple[str, str] | None = None
    generations: tuple[str, ...] = GENERATIONS
    identity: tuple[str, ...] = ('name',)
    unique: tuple[Unique, ...] = ()
    account: tuple[str, ...] = ('name',)
    noise: Mapping[str, tuple[Any, ...] | None] = field(default_factory=dict)
    useless: tuple[str, ...] = ()
    mend: Mend | None = None
    needed: tuple[Needed, ...] = ()
    spell: Callable[[Field, Mapping[str, Any]], str] | None = None
    fold: Fold | None = None
    unfold: Fold | None = None
    derive: Derive | None = None
    internal: Per = NO_TYPES
    owned: tuple[str, ...] = ()
    stated: Per = NOTHING_STATED
    companions: tuple[Companion, ...] = ()
    leftovers: tuple[str, ...] = ()
    doubts: Doubts | None = None
    use_doubts: UseDoubts | None = None
    noun: str = ''
    title: str = ''
    protocol: str = ''
    login: str = ''
    served: str = ''
    admin: str = ''
    sync: str = ''
    is_inlined: bool = False
    becomes: Becomes | None = None
    is_untold: bool = False
    is_open: bool = False
    by_section: Sections | None = None

    @cached_property
    def by_name(self) -> Fields:
        """Returns the fields by their names, the name that is made of others included."""
        made = () if self.is_named else (MADE_NAME,)
        return Fields({item.name: item for item in (*made, *self.fields)}, self.is_open)

    @property
    def free(self) -> tuple[Field, ...]:
        """The fields that objects have and no kind declares, as far as any were met."""
        if not self.is_open:
            return ()
        return tuple(self.by_name.values())[len(self.fields) + (not self.is_named) :]

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """All fields, with those that no kind declares."""
        return (*self.fields, *self.free)

    def spelled_for(self, values: Mapping[str, Any], generation: str) -> str:
        """Returns the section of an object with these values in the files of one generation."""
        special = ''
        if self.by_section and generation != '3.2':
            special = self.by_section.name_for(values)
        return special or self.spelled(generation)

    @property
    def positions(self) -> dict[str, int]:
        """Where each field is among them all."""
        if self.is_open:
            return {name: number for number, name in enumerate(self.by_name)}
        return self._positions

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.by_name)}

    @cached_property
    def particular(self) -> dict[str, str]:
        """Returns the fields that one generation alone has, and which that is."""
        return {item.name: item.generations[0] for item in self.fields if len(item.generations) == 1}

    @cached_property
    def makers(self) -> dict[str, Callable[[], Any]]:
        """Returns what makes values of new objects that give none, by field."""
        return {item.name: item.made for item in self.fields if item.made}

    @cached_property
    def lookup(self) -> dict[str, Field]:
        """Returns the fields by every name that a file may use."""
        return {name: item for item in self.fields for name in item.keys}

    @cached_property
    def label(self) -> str:
        """The word that names the kind in messages: a security type, else the section."""
        return self.type or self.section

    def label_in(self, generation: str) -> str:
        """Returns the word that lists have: a security type, else the section as a generation spells it."""
        return self.type or self.spelled(generation)

    @property
    def type_or_none(self) -> str | None:
        """The security type; None where the section is of one kind."""
        return self.type or None

    def is_among(self, types: Collection[tuple[str, str]]) -> bool:
        """Tells whether pairs of a section and a type, '' for all of its types, name the kind."""
        return (self.section, '') in types or (self.section, self.type) in types

    def sort_of(self, values: Mapping[str, Any]) -> str:
        """Returns what tells objects of different sections that are of the kind: what these say; '' for most kinds."""
        return str(values.get(self.by_section.field, '')) if self.by_section else ''

    def is_in(self, sections: Collection[tuple[str, str]], values: Mapping[str, Any]) -> bool:
        """Tells whether an object with these values is of one of some sections, each with a type or a sort."""
        if self.by_section:
            return (self.section, self.sort_of(values)) in sections
        return self.is_among(sections)

    @property
    def called(self) -> str:
        """What sentences call an object of the kind."""
        return self.noun or self.section

    @cached_property
    def form(self) -> dict[str, tuple[str, ...]]:
        """Returns what tells an item's kind in a section of several: keys, and the values that each may have."""
        if self.type:
            return {'type': tuple(dict.fromkeys([self.type, *self.aliases]))}
        if self.keys:
            return {}
        return {name: (str(value),) for name, value in self.rows[0].match.items()}

    @cached_property
    def is_named(self) -> bool:
        """Tells whether objects have a name of their own, not one that is made of other fields."""
        return self.identity == ('name',)

    def name_of(self, values: Mapping[str, Any]) -> str:
        """Returns what an object without a name of its own is called: by the fields of its identity."""
        return ', '.join(str(values.get(name, '')) for name in self.identity)

    def stored_name(self, name: str) -> str:
        """Returns the name that the row of an object has."""
        return self.rows[0].prefix + name

    @property
    def kept(self) -> frozenset[str]:
        """The names of the fields that stay as stored when a file is silent, secrets included."""
        if self.is_open:
            return self._kept | {item.name for item in self.free if item.secret}
        return self._kept

    @cached_property
    def _kept(self) -> frozenset[str]:
        return frozenset(item.name for item in self.fields if item.kept or item.secret)

    @cached_property
    def silent(self) -> tuple[str, ...]:
        """Returns the names of the kept fields that are no secrets."""
        return tuple(item.name for item in self.fields if item.kept and not item.secret)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the fields that hold secrets."""
        if self.is_open:
            return self._secrets | {item.name for item in self.free if item.secret}
        return self._secrets

    @cached_property
    def _secrets(self) -> frozenset[str]:
        return frozenset(item.name for item in self.fields if item.secret)

    @cached_property
    def _meanings(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for item in self.fields:
            if item.means:
                found[item.means] = (*found.get(item.means, ()), item.name)
        return found

    def meaning(self, what: str) -> tuple[str, ...]:
        """Returns the names of the fields that say a thing about safety."""
        return self._meanings.get(what, ())

    @cached_property
    def held(self) -> tuple[Unique, ...]:
        """Returns what databases hold to be unique as well."""
        return tuple(unique for unique in self.unique if unique.is_held)

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """The fields that keep strangers out; only channels have any."""
        return self.meaning(GUARD) if self.role == CHANNEL else ()

    def is_public(self, values: Mapping[str, Any]) -> bool:
        """Tells whether anybody may call an object: it could be guarded, and nothing guards it."""
        return bool(self.guards) and not any(values.get(name) for name in self.guards)

    @cached_property
    def accepting(self) -> tuple[Field, ...]:
        """Returns the references that may name definitions of some types only."""
        return tuple(item for item in self.fields if item.accepts is not None)

    def login_in(self, values: Mapping[str, Any]) -> str:
        """Returns the name of the security definition that an object uses; '' where it uses none."""
        return next((str(values[item.name]) for item in self.accepting if values.get(item.name)), '')

    @cached_property
    def takes(self) -> Per:
        """Returns the types of definitions that its objects can use, by any field."""
        return Per(
            *(
                frozenset[str]().union(*(item.accepts.of(name) for item in self.accepting if item.accepts))
                for name in GENERATIONS
            )
        )

    @cached_property
    def deployed(self) -> tuple[str, ...]:
        """Returns the fields that name what only a deployment makes."""
        return tuple(item.name for item in self.fields if item.ref in DEPLOYED)

    @cached_property
    def refs(self) -> tuple[Field, ...]:
        """Returns the fields that name other objects."""
        return tuple(item for item in self.fields if item.ref)

    @cached_property
    def required(self) -> frozenset[str]:
        """Returns the names of the fields that an object must have, in one generation or the other."""
        return frozenset(item.name for item in self.fields if item.required)

    def rows_of(self, generation: str) -> tuple[Row, ...]:
        """Returns the rows that one generation has."""
        return tuple(row for row in self.rows if generation in row.generations)

    @cached_property
    def either(self) -> tuple[Field, ...]:
        """Returns the fields of which an object needs one: each generation requires another."""
        found = tuple(item for item in self.fields if item.required and len(item.generations) == 1)
        return found if len(found) == len(GENERATIONS) else ()

    def fields_of(self, generation: str) -> tuple[Field, ...]:
        """Returns the fields that one generation has."""
        return self._fields[generation]

    def all_of(self, generation: str) -> tuple[Field, ...]:
        """Returns the fields that one generation has, with those that no kind declares."""
        return (*self._fields[generation], *self.free)

    @property
    def names(self) -> dict[str, frozenset[str]]:
        """The names of the fields that each generation has."""
        if self.is_open:
            return {name: known | {item.name for item in self.free} for name, known in self._names.items()}
        return self._names

    @cached_property
    def _names(self) -> dict[str, frozenset[str]]:
        return {name: frozenset({'name', *(item.name for item in self._fields[name])}) for name in GENERATIONS}

    @cached_property
    def _fields(self) -> dict[str, tuple[Field, ...]]:
        return {name: tuple(item for item in self.fields if name in item.generations) for name in GENERATIONS}

    @cached_property
    def defaults(self) -> dict[str, Values]:
        """Returns the defaults of every generation, by generation and field."""
        return {name: {item.name: item.default_of(name) for item in self._fields[name]} for name in GENERATIONS}

    @cached_property
    def unsaid(self) -> dict[str, tuple[str, ...]]:
        """Returns the fields of each generation that have no word for none in its exports, so that these are silent."""
        return {
            name: tuple(item.name for item in self._fields[name] if item.form_in(name) == 'only if given')
            for name in GENERATIONS
        }

    def spelled(self, generation: str) -> str:
        """Returns the section's name in the files of one generation."""
        return per(self.spelling, generation) or self.section
