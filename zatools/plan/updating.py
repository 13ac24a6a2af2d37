"""Puts what an ODB holds into files that people wrote, in place: values that differ, objects that came or went."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zatools.files.edits import Edits, UnwritableError
from zatools.files.reader import Read
from zatools.files.spans import Span
from zatools.files.variables import has_variables
from zatools.files.writer import Style, emit, form_of, sections, written_field
from zatools.kinds import kinds_of
from zatools.odb.odb import Odb
from zatools.place import Place, Problem
from zatools.plan.choices import FileChoice
from zatools.plan.exported import style_of
from zatools.plan.reading import raise_errors, read_files
from zatools.plan.selection import Selection
from zatools.plan.wanted import compared, prepare
from zatools.state import Change, Difference, FieldChange, Item, State, in_order
from zatools.world import World


@dataclass(frozen=True)
class Ask:
    """Which files are updated, where new objects go ('': where most of their section are), whether what went goes."""

    files: FileChoice
    chosen: Selection
    new_in: str = ''
    removes: bool = False


@dataclass
class Update:
    """The new texts of files, and what could not be put there, with the place and the reason."""

    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def update(world: World, odb: Odb, ask: Ask) -> Update:
    """Returns what files become; nothing is written. Raises InvalidError for files that can't be read."""
    read, found = _compared(world, odb, ask, {})
    work = _Work(odb, read, ask)
    work.write(found)
    texts = work.texts()
    if texts:
        # What was written is read again as any files are: what still differs is told.
        drafts = {os.path.realpath(path): text.encode() for path, text in texts.items()}
        _, left = _compared(world, odb, ask, drafts)
        work.check(left)
    return Update(texts, work.problems, work.counts)


def _with_new(ask: Ask) -> Ask:
    if not ask.new_in:
        return ask
    return replace(ask, files=replace(ask.files, paths=(*ask.files.paths, ask.new_in)))


def _compared(world: World, odb: Odb, ask: Ask, drafts: Mapping[str, bytes]) -> tuple[Read, Difference]:
    if ask.new_in and os.path.exists(ask.new_in):
        ask = _with_new(ask)
    read = read_files(world, replace(ask.files, drafts=drafts), ask.chosen.scope)
    raise_errors(read, 'Nothing was written.')
    known = odb.known()
    # What is wrong between files and ODB, a reference to what went above all, is what an update is for.
    wanted = prepare(read, known, odb.generation, ask.chosen)
    return read, compared(wanted, known.state, odb.generation, read)


class _Work:
    # The edits of all files; one life per update.

    def __init__(self, odb: Odb, read: Read, ask: Ask) -> None:
        self.odb = odb
        self.read = read
        self.ask = ask
        self.style: Style = style_of(odb, odb.loaded.state, '', False, False)
        self.problems: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self.edits: dict[str, Edits] = {}
        self.created: dict[str, State] = {}
        self.told: set[tuple[str, str]] = set()
        self.uses = Counter(
            place for item in read.state.values() for name, place in item.places.items() if '/' not in name
        )

    def texts(self) -> dict[str, str]:
        found = {path: edits.result for path, edits in self.edits.items() if edits.result != edits.text}
        found.update((path, emit(state, self.style, form_of(path))) for path, state in self.created.items())
        return found

    def write(self, found: Difference) -> None:
        for change in found.changes:
            if change.op == 'create':
                self._missing(change.item)
            else:
                self._changed(change)
        self._new([item for item in found.only_stored if self.ask.chosen.has(item)])

    def check(self, left: Difference) -> None:
        for change in left.changes:
            for one in change.fields:
                if change.op == 'update' and (str(change.item), one.name) not in self.told:
                    self._tell(change.item, one.name, change.item.place_of(one.name), 'was written and still differs')

    def _tell(self, item: Item, name: str, place: Place | None, why: str) -> None:
        self.told.add((str(item), name))
        text = f'{item}: {name} {why}' if name else f'{item} {why}'
        self.problems.append(Problem(place, text, is_warning=True))

    # Values

    def _changed(self, change: Change) -> None:
        added: dict[str, FieldChange] = {}
        for one in change.fields:
            try:
                if self._is_absent(change.item, one):
                    added[one.name] = one
                else:
                    self._put(change.item, one)
                    self.counts['changed'] += 1
            except UnwritableError as error:
                self._tell(change.item, one.name, change.item.place_of(one.name), f'was not written: {error}')
        if added:
            self._add(change.item, added)

    def _is_absent(self, item: Item, one: FieldChange) -> bool:
        if one.name not in item.kind.by_name:
            raise UnwritableError('it follows from another field')
        if one.is_secret:
            raise UnwritableError('secrets are not written into files; it is where its variable is')
        return one.name not in item.places

    def _put(self, item: Item, one: FieldChange) -> None:
        place = item.places[one.name]
        edits, span = self._at(place)
        if self.uses[place] > 1:
            raise UnwritableError(f'{self.uses[place]} fields have their value from here')
        if has_variables(edits.text[span.start : span.end]):
            raise UnwritableError('its value is made of a variable')
        _, value = written_field(_with(item, one), one.name, self.style)
        if value is None:
            holder = span.parent
            if holder is None:
                raise UnwritableError('it is not in a mapping')
            edits.drop_key(holder, span)
        else:
            edits.put(span, _as_there(span, value))

    def _add(self, item: Item, added: Mapping[str, FieldChange]) -> None:
        try:
            if item.place is None:
                raise UnwritableError('it is in no file')
            edits, span = self._at(item.place)
            pairs = dict(written_field(_with(item, one), name, self.style) for name, one in added.items())
            edits.add_keys(span, pairs)
            self.counts['changed'] += len(pairs)
        except UnwritableError as error:
            for name in added:
                self._tell(item, name, item.place, f'was not written: {error}')

    def _at(self, place: Place) -> tuple[Edits, Span]:
        edits = self._edits(place.path)
        span = edits.spans.find(place.line, place.column)
        if span is None:
            raise UnwritableError('it is not where it was read')
        return edits, span

    def _edits(self, path: str) -> Edits:
        if path not in self.edits:
            try:
                text = Path(path).read_bytes().decode('utf-8')
            except (OSError, UnicodeDecodeError):
                raise UnwritableError(f'{path} is no file of UTF-8 text') from None
            self.edits[path] = Edits(text, path.lower().endswith('.json'))
        return self.edits[path]

    # Objects

    def _missing(self, item: Item) -> None:
        if not self.ask.removes:
            self._tell(item, '', item.place, 'is not in the ODB: --remove-missing takes it out')
            return
        try:
            if item.place is None:
                raise UnwritableError('it is in no file')
            edits, span = self._at(item.place)
            edits.drop_item(span)
            self.counts['removed'] += 1
        except UnwritableError as error:
            self._tell(item, '', item.place, f'was not taken out: {error}')

    def _new(self, items: list[Item]) -> None:
        left = 0
        by_file: dict[str, State] = {}
        for item in in_order(items):
            path = self.ask.new_in or self._home(item)
            if path:
                by_file.setdefault(path, {})[item.key] = item
            else:
                left += 1
        for path, state in by_file.items():
            self._put_new(path, state)
        self.counts['left'] = left

    def _home(self, item: Item) -> str:
        # The file that has most objects of the section.
        section = item.key[0]
        paths = Counter(
            one.place.path for key, one in self.read.state.items() if key[0] == section and one.place is not None
        )
        return max(paths, key=lambda path: (paths[path], path), default='')

    def _put_new(self, path: str, state: State) -> None:
        if not os.path.exists(path):
            self.created[path] = state
            self.counts['added'] += len(state)
            return
        try:
            edits = self._edits(path)
            for section, rows in sections(state, self.style).items():
                self._put_rows(edits, section, rows)
            self.counts['added'] += len(state)
        except UnwritableError as error:
            for item in state.values():
                self._tell(item, '', Place(path, 0, 0), f'was not added: {error}')

    @staticmethod
    def _put_rows(edits: Edits, section: str, rows: list[dict[str, object]]) -> None:
        for span in _lists(edits, section):
            if span.is_scalar or not span.children:
                edits.put(span, rows)
            else:
                edits.add_items(span, rows)
            return
        edits.add_section(section, rows)


def _lists(edits: Edits, section: str) -> Iterator[Span]:
    # The list of a section, by any of its names.
    root = edits.spans.root
    if root is None or not root.is_mapping:
        return
    kinds = set(kinds_of(section))
    for key, value in root.pairs:
        name = edits.text[key.start : key.end].strip('\'"')
        if name == section or (kinds_of(name) and set(kinds_of(name)) == kinds):
            yield value


def _as_there(span: Span, value: Any) -> Any:
    # 3.2's exports have members as mappings with a name; files that list names alone go on to.
    is_named = isinstance(value, list) and all(isinstance(one, dict) and one.keys() == {'name'} for one in value)
    if is_named and span.children and all(child.is_scalar for child in span.children):
        return [one['name'] for one in value]
    return value


def _with(item: Item, one: FieldChange) -> Item:
    return Item(item.kind, {**item.values, one.name: one.old})
