"""Definition files -> a state: their items, what goes over them, all problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping as MappingType, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from zatools.files import moves as moving
from zatools.files.about import About, Given
from zatools.files.includes import Document, Loaded, documents
from zatools.files.item_kinds import is_of
from zatools.files.items import item_of
from zatools.files.merging import merge, overlay
from zatools.files.moves import Moves
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar
from zatools.files.values import Reading
from zatools.files.variables import Variables
from zatools.kinds import SPELLINGS, kinds_of
from zatools.kinds.beside import ELSEWHERE
from zatools.kinds.model import Kind
from zatools.place import Problem, did_you_mean
from zatools.state import Item, Key, State

LEAVE_OUT = 'leave it out: --skip-unknown'
#: What files say that rename nothing and delete nothing.
NO_MOVES = Moves()


def _sections(spelling: str) -> frozenset[tuple[str, str]]:
    # What a section of a file counts as: one of several kinds as the sections that its items are of.
    kinds = kinds_of(spelling)
    if len(kinds) == 1:
        by_section = kinds[0].by_section
        return frozenset({(kinds[0].section, by_section.value_of(spelling) if by_section else kinds[0].type)})
    if len({one.section for one in kinds}) == 1:
        return frozenset({(kinds[0].section, '')})
    if all(len(one.generations) == 1 for one in kinds):
        # An ODB has objects of one of them only.
        return frozenset((one.section, '') for one in kinds)
    return frozenset()


def _texts(node: Node) -> Iterable[str]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield node.text
        elif isinstance(node, Mapping):
            waiting.extend(value for _, value in node.pairs.values())
        else:
            waiting.extend(node.items)


def _foreign(document: Document, reading: Reading) -> None:
    section = document.section
    names = [node.pairs['name'][1] for node in document.items if isinstance(node, Mapping) and 'name' in node.pairs]
    reading.foreign.update({(section, name.text): section for name in names if isinstance(name, Scalar)})
    for node in document.items:
        reading.mentioned.update(_texts(node))
    if reading.scope.has_section(section):
        _unread(document, reading)


def _unread(document: Document, reading: Reading) -> None:
    section = document.section
    reading.path, reading.label = document.path, ('', '')
    if section in ELSEWHERE:
        if document.items:
            text = f"section '{section}' is left out: {ELSEWHERE[section]}"
            reading.add(document.key, text, is_warning=True)
        return
    hint = ''
    if not reading.skip_unknown:
        hint = did_you_mean(section, SPELLINGS) or LEAVE_OUT
    reading.add(document.key, f"unknown section '{section}'", hint, is_warning=reading.skip_unknown)


def _each(document: Document) -> Iterable[Node]:
    # An item may stand for several: one for each entry of a list.
    kinds = [kind for kind in kinds_of(document.section) if kind.each]
    if not kinds:
        return document.items
    return [one for node in document.items for one in _parts(node, kinds)]


def _parts(node: Node, kinds: Iterable[Kind]) -> Iterable[Node]:
    if isinstance(node, Mapping):
        for key, single in (kind.each for kind in kinds if kind.each and is_of(kind, node)):
            word, entries = node.pairs.get(key, (None, None))
            if word and isinstance(entries, ItemList) and entries.items:
                rest = {name: pair for name, pair in node.pairs.items() if name != key}
                return [Mapping({**rest, single: (word, one)}, node.line, node.column) for one in entries.items]
    return [node]


def _section(document: Document, reading: Reading, about: About | None) -> Iterable[Item]:
    if not kinds_of(document.section):
        _foreign(document, reading)
        return
    sections = _sections(document.section)
    reading.sections |= sections
    for node in _each(document):
        if about and not about.may_mean(document, node):
            continue
        count = len(reading.problems)
        item = item_of(document, node, reading)
        if not reading.scope.has_node(document.section, node):
            del reading.problems[count:]
        if item is not None:
            if not sections:
                reading.sections.add((item.kind.section, item.kind.sort_of(item.values)))
            if about:
                about.given.append(Given(item, node, document, reading.base is not None))
            yield item


@dataclass(frozen=True)
class Read:
    """What was read: the wanted state, its problems and notes, the files, the sections they have.

    `has_unset` tells whether a variable has no value, `has_ids` whether an id stands where a name should; `foreign` are
    objects of kinds that are not supported yet, `mentioned` the texts in them, `secrets` values of secret variables.
    """

    state: State
    problems: list[Problem]
    sources: Sources
    files: int
    sections: frozenset[tuple[str, str]]
    has_unset: bool
    has_ids: bool
    foreign: MappingType[Key, str]
    mentioned: frozenset[str] = frozenset()
    scope: Scope = EVERYTHING
    secrets: frozenset[str] = frozenset()
    moves: Moves = NO_MOVES

    @property
    def counted(self) -> State:
        """The objects whose problems count: those of the sections that --type names."""
        if not self.scope.types:
            return self.state
        return {key: item for key, item in self.state.items() if self.scope.has(item.kind)}

    @property
    def errors(self) -> list[Problem]:
        """The problems that are no warnings."""
        return [problem for problem in self.problems if not problem.is_warning]


#: What is read where there are no files.
NOTHING = Read({}, [], Sources(), 0, frozenset(), False, False, {})


def _items(loaded: Loaded, reading: Reading, about: About | None) -> MappingType[bool, list[Item]]:
    # Those whose problems count, and the others.
    found: dict[bool, list[Item]] = {True: [], False: []}
    for document in loaded.documents:
        for item in _section(document, reading, about):
            found[reading.scope.has(item.kind)].append(item)
    return found


@dataclass(frozen=True)
class How:
    """How files are read: what goes over them, which of two objects that differ counts, and how much of them counts.

    `drafts` are read in place of files, by their real paths. Where somebody asks `about` an object, only it is read.
    """

    overlays: tuple[str, ...] = ()
    on_conflict: str = ''
    skip_unknown: bool = False
    scope: Scope = EVERYTHING
    drafts: MappingType[str, bytes] | None = None
    asks_stores: bool = True
    about: About | None = None


#: As files are read unless somebody says more.
PLAIN = How()


def read(paths: Sequence[str], stdin: BinaryIO, environ: MappingType[str, str], how: How = PLAIN) -> Read:
    """Reads definition files, folders and globs, and overlays over them. Problems are returned, not raised."""
    scope = how.scope
    reading = Reading(Variables(environ, how.asks_stores), skip_unknown=how.skip_unknown, scope=scope)
    reading.sources.drafts = how.drafts or {}
    loaded = documents(paths, stdin, reading.sources, reading.problems, scope)
    items = _items(loaded, reading, how.about)
    state = merge(items[False], how.on_conflict, []) | merge(items[True], how.on_conflict, reading.problems)
    sections = frozenset(reading.sections)
    moves = Moves(reading.was, reading.gone)
    moving.check(moves, state, reading.problems)
    for path in how.overlays:
        reading.base = state
        items = _items(documents([path], stdin, reading.sources, reading.problems, scope), reading, how.about)
        overlay(state, items[False], [])
        overlay(state, items[True], reading.problems)
        for key in moves.gone.keys() & state.keys():
            # What is everywhere else may be absent here.
            del state[key]
    return Read(
        state,
        reading.problems,
        reading.sources,
        len(loaded.files),
        sections,
        reading.variables.has_unset,
        reading.has_ids,
        reading.foreign,
        frozenset(reading.mentioned),
        scope,
        frozenset(reading.variables.secret),
        moves,
    )
