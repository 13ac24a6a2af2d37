"""What policies look at: the objects there are or will be, the plan if there is one, the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from zatools.kinds import SPELLINGS, kinds_of
from zatools.secret import templates
from zatools.state import Change, Item, State, in_order, show, whole


@dataclass(frozen=True)
class View:
    """Objects of a generation, the changes that a plan makes (None where there is no plan), the environment's name."""

    state: State
    generation: str
    changes: tuple[Change, ...] | None = None
    environment: str = ''

    def each(self, section: str) -> Iterator[Item]:
        """Yields the objects of a section or type."""
        kinds = set(kinds_of(section))
        yield from in_order(item for item in self.state.values() if item.kind in kinds)

    def value(self, item: Item, name: str) -> Any:
        """Returns a field's value, its default where none is given."""
        return item.values.get(name, item.kind.defaults[self.generation].get(name))

    def text(self, item: Item, name: str) -> str | None:
        """Returns a field's value as policies write it; None where a variable of it is not known."""
        value = self.value(item, name)
        if any(templates(value)):
            return None
        if value in (None, '', []):
            return ''
        if isinstance(value, str):
            return value
        return whole(value)

    def shown(self, item: Item, name: str) -> str:
        """Returns a field's value for screens; '' where there is none."""
        if not self.text(item, name):
            return ''
        return show(self.value(item, name))


@dataclass(frozen=True)
class Finding:
    """What is against a policy: an object and its field, or the plan, and what is wrong."""

    text: str
    item: Item | None = None
    field: str = ''


@dataclass(frozen=True)
class Step:
    """A step: what is written, with its parameters in braces, what it is for, an example, and what looks."""

    pattern: str
    doc: str
    example: str
    look: Any
    keyword: str = 'Then'
    parameters: tuple[str, ...] = field(default=())


def is_like(text: str, glob: str) -> bool:
    """Tells whether a text is of the form of a glob."""
    return fnmatchcase(text, glob)


#: Every word for a kind that files may use.
KINDS = frozenset(SPELLINGS)
