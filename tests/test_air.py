"""One thought a line: conditional expressions are few, and none holds another."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent / 'zatools'
#: Conditional expressions per thousand lines that a folder may have. Models of the field have 2 to 8.
TARGET = 10


@dataclass
class Count:
    """What the modules of one folder have."""

    lines: int = 0
    conditionals: int = 0
    nested: int = 0

    @property
    def density(self) -> int:
        """Conditional expressions per thousand lines, rounded up."""
        return -(-1000 * self.conditionals // self.lines) if self.lines else 0


def add(count: Count, text: str) -> None:
    """Adds the text of a module to a count."""
    conditionals = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.IfExp)]
    count.lines += len(text.splitlines())
    count.conditionals += len(conditionals)
    for conditional in conditionals:
        inner = [node for node in ast.walk(conditional) if isinstance(node, ast.IfExp)]
        count.nested += len(inner) > 1


def _counts() -> dict[str, Count]:
    counts: dict[str, Count] = defaultdict(Count)
    for path in sorted(ROOT.rglob('*.py')):
        parts = path.relative_to(ROOT).parts
        add(counts[parts[0] if len(parts) > 1 else '.'], path.read_text('utf-8'))
    return counts


def test_no_folder_has_more_conditional_expressions_than_it_may() -> None:
    too_many = []
    for folder, count in _counts().items():
        if count.density > TARGET:
            too_many.append(f'zatools/{folder}: {count.density} per thousand lines, {TARGET} are allowed')
        if count.nested:
            too_many.append(f'zatools/{folder}: {count.nested} nested')
    assert not too_many, '\n'.join(['write an if statement and return early:', *too_many])


def test_conditional_expressions_are_counted_by_the_tree() -> None:
    count = Count()
    add(
        count,
        "a = 1 if b else 2\n# 1 if b else 2\nc = [x if y else z if w else 0 for x in d if x]\nif a:\n    e = 'f'\n",
    )
    assert (count.lines, count.conditionals, count.nested, count.density) == (5, 3, 1, 600)
