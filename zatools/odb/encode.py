"""Values of objects -> what the columns and `opaque1` of one database hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from zatools.errors import InvalidError, RefusedError
from zatools.kinds.model import Field, Kind, per
from zatools.kinds.types import TYPES
from zatools.odb.copies import Copies
from zatools.odb.load import Loaded
from zatools.odb.mapping import KEY_HINT, Mapped, Table
from zatools.odb.seal import Sealer
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Item

Columns = Sequence[tuple[Field, str]]


class Encoder:
    """Turns values into columns: names into ids, secrets into sealed texts; derives what servers need besides."""

    def __init__(
        self, generation: str, loaded: Loaded, copies: Copies, sealer: Sealer | None, key_hint: str = KEY_HINT
    ) -> None:
        self.generation = generation
        self.loaded = loaded
        self.sealer = sealer
        self.key_hint = key_hint
        self.copies = copies
        self._keys: dict[Kind, list[tuple[Field, str, str, Any, bool]]] = {}

    def defaults(self, kind: Kind, table: Table, columns: Columns) -> dict[str, Any]:
        """Returns what the columns of an object hold that gives no values; those of secrets are left out."""
        values, item = kind.defaults[self.generation], Item(kind, {'name': ''})
        return {
            column: self.column(table, column, self.encode(field, values[field.name], item))
            for field, column in columns
            if not field.secret
        }

    def fill(self, row: dict[str, Any], table: Table, columns: Columns, values: Mapping[str, Any], item: Item) -> None:
        """Puts what differs from the defaults into a row that has them."""
        defaults = item.kind.defaults[self.generation]
        for field, column in columns:
            name = field.name
            value = values[name]
            if value is not defaults[name] or field.secret:
                row[column] = self.column(table, column, self.encode(field, value, item))

    def encode(self, field: Field, value: Any, item: Item) -> Any:
        """Returns what the database holds for a value: an id, a sealed text, a code, lines as one text."""
        if field.secret:
            return self._seal(field, value, item)
        if field.ref and not field.holds_names:
            return self._encode_ref(field, value, item)
        if field.codes:
            return field.codes_of(self.generation).get(value, value)
        change = TYPES[field.type].encode
        if change is None:
            return value
        return change(value)

    def _encode_ref(self, field: Field, value: Any, item: Item) -> Any:
        ids = self.loaded.ids.get(field.ref, {})
        text = field.held.text
        if TYPES[field.type].items:
            return [text.format(ids[name]) if text else ids[name] for name in value or []]
        if not value or (value == field.default and value not in ids):
            return per(field.held.nothing, self.generation)
        if value not in ids:
            raise InvalidError('', problems=[Problem(item.place_of(field.name), f"{item}: no {field.ref} '{value}'")])
        return text.format(ids[value]) if text else ids[value]

    def _seal(self, field: Field, value: Any, item: Item) -> Any:
        if isinstance(value, (bool, int, float, list, dict)):
            # A key of this name is a secret in another object.
            return value
        if not value and (isinstance(value, Secret) or field.may_be_empty):
            return ''
        if self.sealer is None:
            raise RefusedError(f"{item}: a secret can't be written without the ODB's key", self.key_hint)
        # A definition without a secret would let anybody in: Zato makes up one nobody knows, and so do we.
        if isinstance(value, Secret):
            return self.sealer.seal_secret(value)
        return self.sealer.seal(str(value or uuid4().hex))

    @staticmethod
    def column(table: Table, column: str, value: Any) -> Any:
        """Returns a value as a column takes it: of the column's own type, NULL only where it may be NULL."""
        if column in table.forms:
            return table.forms[column](value)
        if value is None and column not in table.nullable:
            return ''
        return value

    def values(self, mapped: Mapped, item: Item) -> dict[str, Any]:
        """Returns the values of all fields of the generation, defaults filled in."""
        return {**mapped.kind.defaults[self.generation], **item.values}

    def new_values(self, mapped: Mapped, item: Item) -> dict[str, Any]:
        """Returns the values of all fields of a new object: what it doesn't give is made, or the default."""
        values = self.values(mapped, item)
        for name, make in mapped.kind.makers.items():
            if not values.get(name):
                values[name] = make()
        return values

    def opaque(
        self, mapped: Mapped, item: Item, values: Mapping[str, Any], names: Iterable[str] | None, old: dict[str, Any]
    ) -> dict[str, Any]:
        """Returns what `opaque1` will hold: what it does, with the fields of `names` (None: all) and what derives."""
        opaque = dict(old)
        wanted = None if names is None else set(names)
        for field, name, key, default, is_kept in self._keys_of(mapped):
            value = values.get(name)
            if value is default and not is_kept and key not in opaque:
                # So it is with most fields of most objects.
                continue
            is_written = is_kept and field.written.in_rows(self.generation, values)
            is_lacking = is_written and key not in opaque and field.without(self.generation)
            if wanted is not None and name not in wanted and not is_lacking:
                continue
            if is_written or not (value is default or _is_default(value, default)):
                opaque[key] = self.encode(field, value, item)
            else:
                opaque.pop(key, None)
        for field in mapped.kind.free:
            if wanted is None or field.name in wanted:
                self._put_free(field, item, opaque)
        self.derive(item, opaque)
        return opaque

    def _keys_of(self, mapped: Mapped) -> list[tuple[Field, str, str, Any, bool]]:
        # The fields in `opaque1`: name, key, default, whether rows may have the key even then.
        kind = mapped.kind
        if kind not in self._keys:
            defaults = kind.defaults[self.generation]
            self._keys[kind] = [
                (field, field.name, key, defaults[field.name], self.generation in field.written.rows)
                for field, key in mapped.opaque
            ]
        return self._keys[kind]

    def _put_free(self, field: Field, item: Item, opaque: dict[str, Any]) -> None:
        # What no kind declares is kept as it is, empty or not.
        value = item.values.get(field.name)
        if value is None:
            opaque.pop(field.name, None)
        else:
            opaque[field.name] = self.encode(field, value, item)

    def derive(self, item: Item, opaque: dict[str, Any]) -> None:
        """Puts into `opaque1` what servers need besides the fields, or takes it away."""
        for key, value in self.copies.of(item).items():
            if value:
                opaque[key] = value
            else:
                opaque.pop(key, None)
        if item.kind.derive:
            item.kind.derive(item.values, opaque, self.generation)


def _is_default(value: Any, default: Any) -> bool:
    return value == default or (value in (None, '', []) and default in (None, '', []))
