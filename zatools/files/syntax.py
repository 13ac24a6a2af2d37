"""What a parser says of a text that it can't read, in words for whoever wrote the text."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from zatools.files.tree import LINE_BREAK, Report, place_at
from zatools.place import Place, Problem

CONFLICT = re.compile(r'^<<<<<<< (.*)$', re.MULTILINE)
CONFLICT_END = re.compile(r'^(?:>>>>>>> (.*)|<<<<<<< .*)$', re.MULTILINE)
UNPRINTABLE = re.compile('[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
INDENTATION = 'check the indentation, or put the text in quotes'

#: Git conflicts of a file that are reported: counting the lines before each of them takes time.
MOST_CONFLICTS = 100


def _wording(problem: str, context: str, found: str, opened: int) -> tuple[str, str]:
    if 'unexpected end of stream' in problem and 'quoted' in context:
        return 'the quote that opens here is not closed', ''
    if 'node content' in problem:
        return 'a value is missing here', ''
    for sort, end in (('flow sequence', ']'), ('flow mapping', '}')):
        if sort in context and 'expected' in problem:
            return f"',' or '{end}' is expected here (the bracket opens in line {opened})", ''
    if found == '\t' and ('cannot start' in problem or 'tab' in problem):
        return 'a tab is used for indentation', 'use spaces'
    if 'cannot start any token' in problem:
        return f"a value can't begin with '{found}'", 'put the text in quotes'
    if 'mapping values' in problem:
        return "a ':' is not expected here", INDENTATION
    if 'sequence entries' in problem:
        return "a list can't begin here", "put '- ' on a line of its own"
    if "expected ':'" in problem:
        return "a ':' is missing after this key", INDENTATION
    if 'escape' in problem:
        return 'the text has an escape that YAML does not know', 'use single quotes, or double the backslash'
    if "expected '-'" in problem or 'block collection' in context or 'block sequence' in context:
        return f"a list item ('- ') is expected here (the list begins in line {opened})", INDENTATION
    if 'expected key' in problem or 'block mapping' in context:
        return f'a key and its value are expected here (the mapping begins in line {opened})', INDENTATION
    if context:
        problem = f'{context}: {problem}'
    return problem, ''


def explain(error: Any, text: str, report: Report) -> None:
    """Adds the problem that an error of PyYAML tells of."""
    mark = error.problem_mark or error.context_mark
    context, problem = error.context or '', error.problem or str(error)
    lines = [*LINE_BREAK.split(text), '']
    opened = error.context_mark or mark
    line, column = mark.line, mark.column
    is_end = not ''.join(lines[line:])[column:].strip()
    # What is never closed is shown where it opens, not at the end of the file.
    if 'quoted' in context and 'end of stream' in problem or "expected ':'" in problem or 'flow' in context and is_end:
        line, column = opened.line, opened.column
    if 'node content' in problem and is_end:
        last = place_at('', text, len(text.rstrip()) - 1)
        line, column = last.line - 1, last.column - 1
    row = lines[min(line, len(lines) - 1)]
    found = row[column : column + 1]
    if 'tab' in problem and '\t' in row[: column + 1]:
        found = '\t'
    report.add(line + 1, column + 1, *_wording(problem, context, found, opened.line + 1))


def unprintable(path: str, text: str, problems: list[Problem]) -> None:
    """Adds the problem of a text that has characters which YAML does not allow."""
    found = UNPRINTABLE.search(text)
    if found:
        code = ord(found[0])
        what = f"a control or otherwise unprintable character (U+{code:04X}) can't stand in YAML"
        hint = 'remove it'
        if code < 256:
            hint = f'write it as "\\x{code:02x}" in double quotes'
        problems.append(Problem(place_at(path, text, found.start()), what, hint, 1))
    else:
        problems.append(Problem(Place(path, 0, 0), "can't be read as YAML"))


def conflicts(path: str, text: str, problems: list[Problem]) -> bool:
    """Tells whether git left conflicts in a text, each of them a problem."""
    if '<<<<<<< ' not in text:
        return False
    count = len(problems)
    for start in islice(CONFLICT.finditer(text), MOST_CONFLICTS):
        end = CONFLICT_END.search(text, start.end() + 1)
        names = [start[1].strip()]
        if end and end[1]:
            names.append(end[1].strip())
        what = f'unresolved git conflict ({" | ".join(names)})'
        problems.append(Problem(place_at(path, text, start.start()), what, '', 7))
    return len(problems) > count
