"""Values that servers look for in other rows too: 3.2 reads the header of an API key from the rows that use the key.

Generic connections have the name and the type of the security definition that they use beside its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from zatools.kinds.model import Copied, Field, Kind, per
from zatools.kinds.security import type_of
from zatools.odb.load import Loaded
from zatools.state import Change, Item, Key


class Copies:
    """The values to copy as they will be after the changes, by the objects that have them."""

    def __init__(self, kinds: Iterable[Kind], generation: str, loaded: Loaded, changes: Iterable[Change]) -> None:
        self.generation = generation
        self.loaded = loaded
        kinds = list(kinds)
        self.sources = {kind: field for kind in kinds if (field := _copied(kind, generation))}
        self.named = {kind: fields for kind in kinds if (fields := _named(kind, generation))}
        self.having = {kind for kind in kinds if kind in self.named or self._is_holding(kind)}
        self.values: dict[Key, Any] = {}
        if not self.sources:
            return
        for item in loaded.state.values():
            self._read(item, item.values)
        for change in changes:
            if change.item.kind not in self.sources and not change.before:
                continue
            self.values.pop(change.item.key, None)
            if change.op != 'delete':
                self._read(change.item, {**change.before, **change.item.values})

    def _is_holding(self, kind: Kind) -> bool:
        # Whether rows of a kind hold a copy of a value, their own or that of what they use.
        roles = [field.copied.used_by for field in self.sources.values() if field.copied]
        return kind in self.sources or (kind.role in roles and bool(kind.refs))

    def _read(self, item: Item, values: Mapping[str, Any]) -> None:
        field = self.sources.get(item.kind)
        if field:
            self.values[item.key] = values.get(field.name, field.default_of(self.generation))

    def of(self, item: Item) -> dict[str, Any]:
        """Returns the keys of `opaque1` that hold copies in the row of an object; None for one that is to go."""
        if item.kind not in self.having:
            return {}
        return {copied.key: self.values.get(key) for copied, key in self._wanted(item)} | self._beside_all(item, None)

    def _beside_all(self, item: Item, changed: Collection[Key] | None) -> dict[str, Any]:
        # Of all that the object refers to, or of what changed.
        found: dict[str, Any] = {}
        for field in self.named.get(item.kind, ()):
            name = str(item.values.get(field.name) or '')
            if changed is None or (field.ref, name) in changed:
                found.update(self._beside(field, name))
        return found

    def _beside(self, field: Field, name: str) -> Iterator[tuple[str, str]]:
        type_ = self.loaded.types.get(field.ref, {}).get(name, '')
        known, types = (per(key, self.generation) for key in (field.held.name, field.held.type))
        found = {known: name, types: type_of(type_)}
        yield from ((key, value) for key, value in found.items() if key)

    def _wanted(self, item: Item) -> Iterator[tuple[Copied, Key]]:
        for kind, field in self.sources.items():
            copied = field.copied
            assert copied
            if item.kind is kind:
                yield copied, item.key
            elif item.kind.role == copied.used_by:
                for name in (ref.name for ref in item.kind.refs if ref.ref == kind.section):
                    yield copied, (kind.section, item.values.get(name, ''))

    def behind(self, loaded: Loaded, changes: Iterable[Change]) -> Iterator[Item]:
        """Yields the objects that no change touches and whose copies are no longer right."""
        if not self.having:
            return
        touched = {change.item.key for change in changes}
        for key, item in loaded.state.items():
            if item.kind not in self.having or key in touched:
                continue
            opaque = loaded.stored[key].opaque
            copied = {one.key: self.values.get(source) for one, source in self._wanted(item)}
            if any(opaque.get(name) != value for name, value in (copied | self._beside_all(item, touched)).items()):
                yield item


def _copied(kind: Kind, generation: str) -> Field | None:
    return next((field for field in kind.fields if field.copied and field.copied.generation == generation), None)


def _named(kind: Kind, generation: str) -> tuple[Field, ...]:
    return tuple(field for field in kind.fields_of(generation) if per(field.held.name, generation) or field.held.type)
