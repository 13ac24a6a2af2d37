"""What the columns and `opaque1` of one database hold -> values of objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any

from zatools.kinds.beside import NUMBER
from zatools.kinds.model import BY_ID, Field, Kind, per
from zatools.kinds.opened import is_free
from zatools.kinds.types import TYPES, Type, decode_bytes
from zatools.odb.mapping import SealedSecret, is_sealed
from zatools.odb.rows import Cells
from zatools.secret import Secret

Names = Mapping[str, Mapping[int, str]]
#: What decoders raise for values of other types: the platform's services store what they are given, and it is told so.
UNREADABLE = (TypeError, ValueError, OverflowError, AttributeError)


def _codes(codes: Mapping[str, Any]) -> Callable[[Any], Any]:
    words = {code: word for word, code in codes.items()}
    return lambda raw: words.get(raw, str(raw))


def _held(nothing: Any, known: Mapping[int, str]) -> Callable[[Any], Any]:
    def read(raw: Any) -> str:
        if raw in (nothing, 0):
            return ''
        found = NUMBER.fullmatch(str(raw))
        return (found and known.get(int(found[1]))) or f'#{raw}'

    return read


def _decoder(field: Field, generation: str, names: Names, opener: Any) -> Callable[[Any], Any] | None:
    if field.holds_names:
        return sorted if TYPES[field.type].items else None
    if field.ref and TYPES[field.type].items:
        known = names.get(field.ref, {})
        return lambda raw: sorted(known[int(id_)] for id_ in raw if int(id_) in known)
    if field.ref:
        known = names.get(field.ref, {})
        if field.held is not BY_ID:
            return _held(per(field.held.nothing, generation), known)
        return lambda raw: (isinstance(raw, int) and known.get(raw)) or f'#{raw}'
    if field.secret:
        return lambda raw: SealedSecret(decode_bytes(raw), opener)
    if field.codes:
        return _codes(field.codes_of(generation))
    return TYPES[field.type].decode


#: name, index, decoder, whether it is given even at its default, default, what an empty cell means
Entry = tuple[str, int, Callable[[Any], Any] | None, bool, Any, Any]


def _entry(field: Field, index: int, generation: str, decoder: Callable[[Any], Any] | None) -> Entry:
    is_always = field.kept or field.is_generational or field.name == 'name'
    default = field.default_of(generation)
    # An empty choice means its default to servers, as an empty column of a generational field does.
    empty = default if field.is_generational or field.choices else TYPES[field.type].empty
    if field.secret:
        is_always, empty = True, Secret('')
    return field.name, index, decoder, is_always, default, empty


def _take(values: dict[str, Any], entries: Iterable[Entry], cells: Cells) -> dict[str, Any]:
    for name, index, decoder, is_always, default, empty in entries:
        raw = cells[index]
        if raw is None or raw == '':
            if is_always:
                values[name] = empty
            elif raw == '' and default and empty == '':
                values[name] = ''
            continue
        try:
            value = decoder(raw) if decoder else raw
        except UNREADABLE:
            value = raw
        if is_always or value != default:
            values[name] = value
    return values


def _is_varied(field: Field) -> bool:
    is_shared = field.type != 'text' or field.choices or field.kept
    return bool(field.secret or field.ref or not is_shared)


class Decoder:
    """Reads fields from cells. What most rows have in common, flags and numbers, is read once for all of them."""

    def __init__(self, columns: Iterable[tuple[Field, int]], generation: str, names: Names, opener: Any) -> None:
        entries = [
            (_is_varied(field), _entry(field, index, generation, _decoder(field, generation, names, opener)))
            for field, index in columns
        ]
        self.varied = [entry for is_varied, entry in entries if is_varied]
        self.shared = [entry for is_varied, entry in entries if not is_varied]
        self._key = itemgetter(*(entry[1] for entry in self.shared)) if self.shared else lambda cells: None
        self._known: dict[Any, dict[str, Any]] = {}

    def read(self, cells: Cells) -> dict[str, Any]:
        """Returns the values of a row."""
        key = self._key(cells)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _take({}, self.shared, cells)
        return _take(dict(known), self.varied, cells)


def read_free(kind: Kind, opaque: Mapping[str, Any], known: Collection[str], opener: Any) -> dict[str, Any]:
    """Returns the values of keys that no kind declares; what is encrypted is a secret, whatever its name."""
    found: dict[str, Any] = {}
    for key, raw in opaque.items():
        # What a column holds counts more.
        if key in known or key in kind.lookup or raw is None or not is_free(key):
            continue
        is_text = isinstance(raw, str)
        if is_text and is_sealed(raw):
            kind.by_name.hide(key)
        found[key] = raw
        if kind.by_name[key].secret and is_text:
            found[key] = SealedSecret(raw, opener)
    return found


def _shaped(raw: Any, type_: Type) -> Any:
    # A list where a type has none becomes a text, and anything else where it has one, a list.
    is_nested = isinstance(raw, list | dict)
    if type_.is_any or raw is None or is_nested is bool(type_.items):
        return raw
    if is_nested:
        return json.dumps(raw)
    return raw if isinstance(raw, str) else [raw]


class OpaqueDecoder:
    """Reads fields from `opaque1`, once for all rows that share what was read of it."""

    def __init__(self, keys: Iterable[tuple[Field, str]], generation: str, names: Names, opener: Any) -> None:
        keys = list(keys)
        self.keys = [key for _, key in keys]
        self.types = [(key, TYPES[field.type]) for field, key in keys]
        self.entries = [
            _entry(field, index, generation, _decoder(field, generation, names, opener))
            for index, (field, _) in enumerate(keys)
        ]
        self._known: dict[int, tuple[Mapping[str, Any], dict[str, Any]]] = {}

    def read(self, opaque: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the values of an `opaque1`, not to be changed."""
        # The mapping is kept with its values: as long as it lives, no other one has its id.
        known = self._known.get(id(opaque))
        if known is None:
            values = _take({}, self.entries, [_shaped(opaque.get(key), type_) for key, type_ in self.types])
            known = self._known[id(opaque)] = opaque, values
        return known[1]
