"""The guide: each step in its examples is one that there is, with values that can be read."""

from __future__ import annotations

import pytest

from tests.apitest.harness import ROOT
from zatools.apitest.gherkin import reader
from zatools.apitest.steps import index

GUIDE = (ROOT / 'docs' / 'apitest.md').read_text()
WORDS = ('Given ', 'When ', 'Then ', 'And ', 'But ')


def blocks() -> list[str]:
    """Returns the examples that are steps: runs of indented lines that begin with one."""
    found: list[list[str]] = [[]]
    for row in GUIDE.splitlines():
        if row.startswith('    ') or (not row and found[-1]):
            found[-1].append(row[4:])
        elif found[-1]:
            found.append([])
    return ['\n'.join(rows) for rows in found if rows and rows[0].startswith(WORDS)]


@pytest.mark.parametrize('block', blocks(), ids=lambda block: block.splitlines()[0])
def test_each_step_of_an_example_is_there(block: str) -> None:
    for step in reader.parse_steps(block):
        match = index().find(step.group, step.text, step.below is not None)
        assert match is not None, step.text
        texts = [*match.values, *([str(step.below)] if match.text_below else [])]
        for name, text in zip(match.phrase.parameters, texts, strict=True):
            if name in match.phrase.reads and not text.startswith(('$', '#', '@')):
                match.phrase.reads[name](text)
