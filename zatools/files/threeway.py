"""Three versions of a file of definitions -> one, object by object and field by field; conflicts as git shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zatools.files.blocks import Block, UnreadableError, blocks

#: How many characters git's marks have, and what they call the sides.
SIZE = 7
OURS, THEIRS = 'ours', 'theirs'


@dataclass(frozen=True)
class Merged:
    """The text of a merge, and how many conflicts are marked in it."""

    text: str
    conflicts: int


def merged(base: str, ours: str, theirs: str, size: int = SIZE) -> Merged:
    """Returns what two sides made of a text; raises UnreadableError where one of the three is no such text."""
    breaks = '\r\n' if '\r\n' in ours else '\n'
    texts = [text.replace('\r\n', '\n') for text in (base, ours, theirs)]
    found = _Merge(size)
    whole = found.three(*(blocks('', text) for text in texts))
    text = '\n'.join(whole.all_lines) + '\n'
    if not found.conflicts:
        _check(text, whole)
    return Merged(text.replace('\n', breaks), found.conflicts)


def _check(text: str, whole: Block) -> None:
    # What was put together says what its parts say, or lines are merged as lines.
    now = blocks('', text)
    if _keys(now) != _keys(whole):
        raise UnreadableError


def _keys(block: Block) -> list[object]:
    return [(part.key, _keys(part)) if part.parts else (part.key, part.value) for part in block.parts]


class _Merge:
    # One life per file; counts its conflicts.

    def __init__(self, size: int) -> None:
        self.size = size
        self.conflicts = 0

    def three(self, base: Block | None, ours: Block, theirs: Block) -> Block:
        """Returns what becomes of a block that both sides have."""
        if ours.all_lines == theirs.all_lines:
            return ours
        if base is not None:
            if theirs.all_lines == base.all_lines:
                return ours
            if ours.all_lines == base.all_lines:
                return _shifted(theirs, ours.indent - theirs.indent)
            if ours.parts and theirs.parts and (base.parts or not base.value):
                return self._parts(base, ours, theirs)
        if ours.value == theirs.value:
            return self._same(base, ours, theirs)
        if not base and ours.parts and theirs.parts and not ours.dash:
            # Sections that both sides began.
            return self._parts(Block(ours.key, None, []), ours, theirs)
        return self._conflict(ours, theirs)

    def _same(self, base: Block | None, ours: Block, theirs: Block) -> Block:
        # They agree in what they say, and differ in quotes or in comments.
        known = base.comments if base else []
        if ours.comments == theirs.comments or theirs.comments == known:
            return ours
        if ours.comments == known:
            return _shifted(theirs, ours.indent - theirs.indent)
        return self._conflict(ours, theirs)

    def _parts(self, base: Block, ours: Block, theirs: Block) -> Block:
        before = self.conflicts
        found = replace(ours, lines=self._head(base, ours, theirs), parts=[])
        sides = [{repr(part.key): part for part in side.parts} for side in (base, ours, theirs)]
        for key, part in sides[1].items():
            one = self._one(sides[0].get(key), part, sides[2].get(key))
            if one:
                found.parts.append(one)
        shift = _shift(ours, theirs)
        above = ''
        for key, part in sides[2].items():
            if key not in sides[1]:
                one = self._added(sides[0].get(key), part)
                if one:
                    _insert(found.parts, above, _shifted(one, shift))
            above = key
        if found.opens and (self.conflicts > before) and found.parts and _is_marked(found.parts[0]):
            # The dash stands in a line that both sides changed.
            self.conflicts = before
            return self._conflict(ours, theirs)
        return found

    def _one(self, base: Block | None, ours: Block, theirs: Block | None) -> Block | None:
        if theirs is not None:
            return self.three(base, ours, theirs)
        if base is None:
            return ours
        if ours.value == base.value:
            return None
        return self._conflict(ours, None)

    def _added(self, base: Block | None, theirs: Block) -> Block | None:
        if base is None:
            return theirs
        if theirs.value == base.value:
            return None
        return self._conflict(None, theirs)

    def _head(self, base: Block, ours: Block, theirs: Block) -> list[str]:
        # Comments above the first part, and the line of a section's key.
        if theirs.lines == base.lines or ours.lines == theirs.lines:
            return ours.lines
        if ours.lines == base.lines:
            return theirs.lines
        return self._marked(ours.lines, theirs.lines)

    def _conflict(self, ours: Block | None, theirs: Block | None) -> Block:
        there = ours or theirs
        assert there
        lines = self._marked(ours.all_lines if ours else [], theirs.all_lines if theirs else [])
        return Block(there.key, there.value, lines, there.gap, [], there.indent)

    def _marked(self, ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
        self.conflicts += 1
        marks = [mark * self.size for mark in '<=>']
        return [f'{marks[0]} {OURS}', *ours, marks[1], *theirs, f'{marks[2]} {THEIRS}']


def _is_marked(block: Block) -> bool:
    return bool(block.lines) and block.lines[0].startswith('<<<<<<<')


def _insert(parts: list[Block], above: str, new: Block) -> None:
    # After what it comes after in its own file, else at the end.
    for number, part in enumerate(parts):
        if repr(part.key) == above:
            gap = part.gap
            parts[number] = replace(part, gap=gap if new.gap == gap else [])
            parts.insert(number + 1, replace(new, gap=gap))
            return
    parts.append(new)


def _shift(ours: Block, theirs: Block) -> int:
    if not ours.parts or not theirs.parts:
        return 0
    return ours.parts[0].indent - theirs.parts[0].indent


def _shifted(block: Block, by: int) -> Block:
    if not by:
        return block
    return replace(
        block,
        lines=[_moved(line, by) for line in block.lines],
        parts=[_shifted(part, by) for part in block.parts],
        indent=block.indent + by,
    )


def _moved(line: str, by: int) -> str:
    if not line.strip():
        return line
    if by > 0:
        return ' ' * by + line
    return line[min(-by, len(line) - len(line.lstrip())) :]
