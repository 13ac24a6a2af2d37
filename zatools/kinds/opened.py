"""Kinds whose objects may have keys that no kind declares, in sections that say what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from zatools.kinds.field import Field


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
#: What files say of an object besides its fields: what it was called, that it is to go.
WAS, GONE = 'was', 'absent'
#: Keys that say something else in files, or are ids of one environment.
TAKEN = frozenset({WAS, GONE, 'id', 'cluster_id', 'cluster_name', 'opaque1'})
#: Those of them that hold secrets.
SECRET = re.compile(
    r'^(?!(by|has|is|may|needs|should)_).*(passw|secret|token|passphrase|private_?key|api_?key|credential|auth_data|signing_key|decryption_key)',
    re.I,
)


def is_free(name: str) -> bool:
    """Tells whether objects may have a key of this name that no kind declares."""
    return bool(FREE.fullmatch(name)) and name not in TAKEN


class Fields(dict[str, Field]):
    """Fields by their names; those that no kind declares are made as they are met, where a kind is open."""

    def __init__(self, fields: Mapping[str, Field], is_open: bool) -> None:
        super().__init__(fields)
        self.is_open = is_open

    def __missing__(self, name: str) -> Field:
        """Makes the field of a key that no kind declares."""
        if not (self.is_open and is_free(name)):
            raise KeyError(name)
        is_secret = bool(SECRET.match(name))
        self[name] = Field(name, 'A key of its own.', 'any', secret=is_secret, may_be_empty=is_secret)
        return self[name]

    def meets(self, name: str) -> bool:
        """Tells whether objects may have a field of this name; one that no kind declares is made."""
        try:
            return bool(self[name])
        except KeyError:
            return False

    def hide(self, name: str) -> None:
        """Notes that a key holds a secret, whatever its name."""
        self[name] = replace(self[name], secret=True, may_be_empty=True)
