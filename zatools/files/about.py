"""An object that somebody asks about: only it is read of files, and all that is said of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from zatools.files.includes import Document
from zatools.files.tree import Mapping, Node, Scalar
from zatools.files.variables import has_variables
from zatools.kinds import kinds_of
from zatools.state import Item, Key


class Given(NamedTuple):
    """What an item of a file says: the object, the node that it is made of, its section, whether an overlay has it."""

    item: Item
    node: Node
    document: Document
    is_overlay: bool


@dataclass
class About:
    """The `text` that somebody typed, an object's name or `NAME.FIELD`, and what was read of such objects."""

    text: str
    given: list[Given] = field(default_factory=list)

    def may_mean(self, document: Document, node: Node) -> bool:
        """Tells whether an item may be of such an object, before it is read."""
        if not isinstance(node, Mapping) or not all(kind.is_named for kind in kinds_of(document.section)):
            return True
        pair = node.pairs.get('name')
        if pair is None or not isinstance(pair[1], Scalar):
            return True
        # What an object is called may be made of its name and more.
        return has_variables(pair[1].text) or pair[1].text in self.text

    def field_of(self, name: str) -> str | None:
        """Returns the field that is asked for of an object of a name: '' for all, None where another one is meant."""
        if name == self.text:
            return ''
        if self.text.startswith(f'{name}.'):
            return self.text.removeprefix(f'{name}.')
        return None

    def of(self, key: Key) -> Iterator[Given]:
        """Yields what is said of an object, in the order of reading."""
        return (given for given in self.given if given.item.key == key)
