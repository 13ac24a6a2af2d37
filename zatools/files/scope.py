"""How much of files counts: all sections or those that --type names, and includes of the project or of anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zatools.files.tree import Mapping, Node, Scalar
from zatools.kinds import KINDS, kinds_of
from zatools.kinds.model import Kind


@dataclass(frozen=True)
class Scope:
    """Sections, or types of one, whose problems count; empty is all. What stands in others may be referred to.

    Includes stay in the project unless it `reaches_outside`.
    """

    types: frozenset[tuple[str, str]] = frozenset()
    reaches_outside: bool = False

    def has(self, kind: Kind) -> bool:
        """Tells whether objects of a kind count."""
        return not self.types or kind.is_among(self.types)

    def has_section(self, section: str) -> bool:
        """Tells whether a section of a file, whatever its spelling, may have objects that count."""
        return not self.types or any(map(self.has, kinds_of(section)))

    def has_node(self, section: str, node: Node) -> bool:
        """Tells whether an item of a file counts, by what it says of its kind."""
        if not self.types:
            return True
        kinds = kinds_of(section)
        likely = [kind for kind in kinds if _may_be(kind, kinds, node)]
        # What nobody knows may be meant to be of any kind.
        return any(map(self.has, likely or kinds))


EVERYTHING = Scope()


def _said(node: Node) -> dict[str, str]:
    pairs = node.pairs.items() if isinstance(node, Mapping) else ()
    return {name: pair[1].text for name, pair in pairs if isinstance(pair[1], Scalar)}


def _may_be(kind: Kind, kinds: tuple[Kind, ...], node: Node) -> bool:
    if len(kinds) == 1:
        return True
    said = _said(node)
    if kind.type:
        return said.get('type', kind.type) in (kind.type, *kind.aliases)
    match = kind.rows[0].match
    return all(said.get(name, wanted) == wanted for name, wanted in match.items())


def with_referred(types: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Returns types and the sections of all that their objects can refer to."""
    found = set(types)
    while True:
        kinds = [kind for kind in KINDS if Scope(frozenset(found)).has(kind)]
        more = {(field.ref, '') for kind in kinds for field in kind.refs} - found
        if not found or not more:
            return frozenset(found)
        found |= more
