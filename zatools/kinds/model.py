"""What a kind of object is: its fields, the database rows that hold it, and what it says of itself besides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zatools.kinds.field import (
    BY_ID,
    GENERATIONS,
    MADE_NAME,
    NOT_WRITTEN,
    START,
    Copied,
    Field,
    Held,
    Per,
    Written,
    per,
)
from zatools.kinds.opened import Fields, Sections
from zatools.kinds.row import Companion, Made, Row, Target
from zatools.kinds.traits import (  # fmt: skip
    CHANNEL,
    DEPLOYED,
    GUARD,
    OTHER,
    RULED,
    Asked,
    Becomes,
    Derive,
    Doubts,
    Fold,
    Mend,
    Needed,
    Unique,
    UseDoubts,
    Values,
)


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of object: its rows, its fields, and what is particular to it."""

    section: str
    doc: str
    rows: tuple[Row, ...]
    fields: tuple[Field, ...]
    type: str = ''
    #: What its objects are for.
    role: str = OTHER
    #: The section as a generation's files spell it, where that isn't `section`; further names of the type.
    spelling: str | Per = ''
    aliases: tuple[str, ...] = ()
    #: Sections of files that hold objects of other kinds as well, which `form` or one of the `keys` tells apart.
    shared: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    #: The key of a list in files that makes an item stand for several objects, and the key of an entry of it.
    each: tuple[str, str] | None = None
    generations: tuple[str, ...] = GENERATIONS
    #: The fields that tell an object from others of the section. Rows that they do not tell apart are one object.
    identity: tuple[str, ...] = ('name',)
    #: Values that no two objects share.
    unique: tuple[Unique, ...] = ()
    #: The fields that say whose secret it is, and where.
    account: tuple[str, ...] = ('name',)
    #: Keys that exports have for nothing, with the values that are as good as absent, or None for any.
    noise: Mapping[str, tuple[Any, ...] | None] = field(default_factory=dict)
    #: Keys that people write, and that mean nothing to any server.
    useless: tuple[str, ...] = ()
    #: Makes of what a file gives what is meant.
    mend: Mend | None = None
    #: Fields that objects with certain values must have.
    needed: tuple[Needed, ...] = ()
    #: The key that exports use for a field of an object with such values, '' for the usual one.
    spell: Callable[[Field, Mapping[str, Any]], str] | None = None
    #: Mends what was read from rows, and what is to be written to them; `opaque1` comes last.
    fold: Fold | None = None
    unfold: Fold | None = None
    #: Puts into `opaque1` what servers or their tools need besides the fields, once these are in it.
    derive: Derive | None = None
    #: The names of the platform's own objects.
    internal: Per = Per(frozenset(), frozenset())
    #: Keys of `opaque1` which say that an object of another kind keeps this one; such objects that this kind keeps.
    owned: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    #: Keys that exports have of every object besides its fields: values, or what makes one of the object's.
    stated: Per = Per({}, {})
    #: Keys of `opaque1` that repeat what a field has.
    leftovers: tuple[str, ...] = ()
    #: Finds what Zato stores and fails at later; what is wrong with how an object uses this one.
    doubts: Doubts | None = None
    use_doubts: UseDoubts | None = None
    #: What sentences call one of its objects, and the kind.
    noun: str = ''
    title: str = ''
    #: How its objects talk to other systems, in the word that `--type` takes.
    protocol: str = ''
    #: How a ping asks over HTTP.
    asked: Asked | None = None
    #: How requests log in with a definition, or with the secret of the connection itself: a key of `WAYS` in
    #: `zatools.connections.login`.
    login: str = ''
    #: What the local server makes of an object.
    served: str = ''
    #: The prefix of 3.2's services for the kind, and the word by which a running server reads its objects anew.
    admin: str = ''
    sync: str = ''
    #: The word that references have for its section, where several kinds answer to one.
    referred: str = ''
    #: Whether one generation lacks the definition: there its values stand in the objects that use it.
    is_inlined: bool = False
    #: What an object is in the other generation, which has another section for it.
    becomes: Becomes | None = None
    #: Whether an item of a shared section that does not say what it is is of this kind.
    is_untold: bool = False
    #: Whether objects may have any keys besides.
    is_open: bool = False
    #: Sections that say what an object is.
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
    def answers_to(self) -> str:
        """The section that references to its objects name."""
        return self.referred or self.section

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
    def silent(self) -> frozenset[str]:
        """Returns the names of the kept fields that are no secrets."""
        return frozenset(item.name for item in self.fields if item.kept and not item.secret)

    @cached_property
    def asks_companions(self) -> tuple[tuple[str, Any], ...]:
        """Returns the names of the fields that ask for companions, each with its default, which asks for none."""
        return tuple((name, self.by_name[name].default) for name in (one.given for one in self.companions))

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
        return bool(self.guards) and not any(values.get(name) for name in (*self.guards, *self.meaning(RULED)))

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


__all__ = [
    'BY_ID',
    'GENERATIONS',
    'NOT_WRITTEN',
    'START',
    'Becomes',
    'Companion',
    'Copied',
    'Derive',
    'Field',
    'Fold',
    'Held',
    'Kind',
    'Made',
    'Per',
    'Row',
    'Sections',
    'Target',
    'Written',
    'per',
]
