"""A YAML text of definitions as blocks of lines: its sections, their items, the fields of these; comments within."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from zatools.files.item_kinds import is_of
from zatools.files.spans import Span, Spans
from zatools.files.tree import ItemList, Mapping, Node, Scalar, parse, plain_value
from zatools.kinds import kinds_of
from zatools.place import Problem

INCLUDE = 'include'


class UnreadableError(Exception):
    """A text that is no file of definitions, or has a form that lines can't be told apart in."""


@dataclass
class Block:
    """Lines that belong together, with the comments above them and the blank lines below; `value` is what they say.

    `parts` are the blocks within, and `lines` then only those before the first of them. `indent` is the column, from 0,
    of the block's first character; `dash` tells an item of a list, which it `opens` with its first part.
    """

    key: Any
    value: Any
    lines: list[str]
    gap: list[str] = field(default_factory=list)
    parts: list[Block] = field(default_factory=list)
    indent: int = 0
    dash: bool = False
    opens: bool = False

    @property
    def all_lines(self) -> list[str]:
        """All lines, those of its parts too, without the blank ones at its end."""
        found = []
        for part in self.parts:
            found.extend(part.all_lines)
            found.extend(part.gap)
        if self.opens and found:
            found[0] = f'{found[0][: self.indent]}-{found[0][self.indent + 1 :]}'
        return _trimmed([*self.lines, *found])

    @property
    def comments(self) -> list[str]:
        """What is said beside the values."""
        return [line.strip() for line in self.all_lines if line.strip().startswith('#')]


def blocks(path: str, text: str) -> Block:
    """Returns a text as one block, whose parts are its sections; raises UnreadableError."""
    problems: list[Problem] = []
    tree = parse(path, text, problems, is_json=False)
    lines = text.split('\n')
    if not problems and (tree is None or (isinstance(tree, Mapping) and not tree.pairs)):
        # It may have comments.
        return Block('', {}, _trimmed([line for line in lines if line.strip() != '{}']))
    if problems or not isinstance(tree, Mapping):
        raise UnreadableError
    root = Spans(text).root
    if root is None or not root.is_mapping or root.is_flow:
        raise UnreadableError
    whole = Block('', plain_value(tree), lines)
    _divide(whole, text, lines, 0, len(lines), _sections(root, tree))
    return whole


def _trimmed(lines: Sequence[str]) -> list[str]:
    found = list(lines)
    while found and not found[-1].strip():
        found.pop()
    return found


@dataclass
class _Child:
    # What becomes a part: its key, its value, where it begins, and what is within.
    key: Any
    node: Node
    span: Span
    start: int
    within: list[_Child]
    dash: bool = False


def _sections(root: Span, tree: Mapping) -> list[_Child]:
    found = []
    for key, value in root.pairs:
        if key.value not in tree.pairs:
            # Merge keys between sections.
            raise UnreadableError
        node = tree.pairs[key.value][1]
        kinds = kinds_of(key.value)
        within = []
        if kinds and isinstance(node, ItemList) and not value.is_flow and not value.is_alias:
            within = _items(key.value, value, node)
        name = kinds[0].section if len(kinds) == 1 and not kinds[0].by_section else key.value
        found.append(_Child(name, node, key, key.start, within))
    return found


def _items(section: str, span: Span, node: ItemList) -> list[_Child]:
    found = []
    for one, item in zip(span.children, node.items, strict=True):
        within = []
        if isinstance(item, Mapping) and one.is_mapping and not one.is_flow:
            within = [
                _Child(key.value, item.pairs.get(key.value, (None, item))[1], key, key.start, [])
                for key, _ in one.pairs
            ]
        found.append(_Child(_name(section, item), item, one, one.start, within, True))
    return found


def _name(section: str, node: Node) -> Any:
    # What tells an item from others: its type counts where names of several types stand in one section.
    if not isinstance(node, Mapping):
        return plain_value(node)
    kinds = [kind for kind in kinds_of(section) if len(kinds_of(section)) == 1 or is_of(kind, node)]
    if kinds and not kinds[0].is_named:
        return tuple(_text(node, name) for name in kinds[0].identity)
    return _text(node, 'name')


def _text(node: Mapping, name: str) -> str:
    pair = node.pairs.get(name)
    return pair[1].text if pair and isinstance(pair[1], Scalar) else ''


def _divide(block: Block, text: str, lines: list[str], first: int, end: int, children: list[_Child]) -> None:
    # Gives a block, of the lines from `first` to `end`, its parts.
    starts = [_line(text, child) for child in children]
    keys = [child.key for child in children]
    if not children or starts != sorted(set(starts)) or len(set(map(repr, keys))) != len(keys):
        return
    floor = first if not block.dash else starts[0]
    begins = list(_begins(lines, starts, floor))
    ends = [*begins[1:], end]
    block.lines = lines[first : begins[0]]
    for child, begin, until in zip(children, begins, ends, strict=True):
        own = _trimmed(lines[begin:until])
        indent = child.span.column - 1
        if child.dash:
            indent = len(lines[_line(text, child)]) - len(lines[_line(text, child)].lstrip())
        part = Block(child.key, plain_value(child.node), own, lines[begin + len(own) : until], [], indent, child.dash)
        if block.dash and not block.parts and own[0].lstrip().startswith('- '):
            # Where its fields change places, the dash stays at the first of them.
            own[0] = own[0].replace('-', ' ', 1)
            block.opens = True
        block.parts.append(part)
        if child.within:
            _divide(part, text, lines, begin, begin + len(own), child.within)


def _line(text: str, child: _Child) -> int:
    start = child.start
    if child.dash:
        start = text.rfind('-', 0, start)
    return text.count('\n', 0, start)


def _begins(lines: list[str], starts: Sequence[int], floor: int) -> Iterator[int]:
    # A part begins with the comments right above it that stand in its column.
    least = floor
    for start in starts:
        begin, indent = start, _indent(lines[start])
        while begin > least and lines[begin - 1].strip().startswith('#') and _indent(lines[begin - 1]) == indent:
            begin -= 1
        yield begin
        least = start + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
