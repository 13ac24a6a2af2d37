"""Problems as text: place, reason, excerpt with a caret, hint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence

from zatools.kinds import KINDS, SPELLINGS
from zatools.place import Place, Problem
from zatools.screens import annotation
from zatools.secret import without_password

#: Keys whose values an excerpt may show: known, and no secret.
SHOWN = frozenset(
    name for kind in KINDS for field in kind.fields if not field.secret for name in (field.name, *field.aliases)
) | {'type', 'include', *SPELLINGS}
LINE = re.compile(r'^(?P<start>\s*(?:-\s+)*)(?P<quote>["\']?)(?P<key>[A-Za-z_][\w.-]*)(?P=quote)\s*:(?P<value>\s.*|)$')
LISTS = frozenset({'include', 'groups', 'members', 'security_groups', 'scopes'})
VARIABLE = re.compile(r'\$\{[A-Za-z_][\w.]*\}')
ENTRY = re.compile(r'(?P<start>\s*-\s+)["\']?[^\s"\'{}\[\]&*!|>%@`:][^"\'{}\[\]:]*(?:["\']\s*)?')
FLOW = re.compile(r'(?P<start>\s*(?:-\s+)?\{)(?P<pairs>[^{}]*)\},?\s*')
PAIR = re.compile(
    r'(?P<start>\s*(?P<quote>["\']?)(?P<key>[A-Za-z_][\w.-]*)(?P=quote)\s*:\s+)'
    r'(?P<value>[^\s,\[\]"\'&*!|>%@`#][^,\[\]"\'#]*|"[^"\\]*"|\'[^\']*\'|\[[^\[\]:#]*\])(?P<end>\s*(?:,|$))'
)
#: Letters of a line that an excerpt shows, and lines before an item in which the key of its list is looked for.
LONGEST = 1000
FARTHEST = 100
Lines = Callable[[str], Sequence[str]]


def _masked(line: str) -> str:
    match = LINE.match(line)
    if match is None:
        return ''
    value = match['value'].strip()
    is_list = match['key'] in LISTS and '{' not in value
    is_plain = is_list or not value.startswith(('{', '[', '|', '>', '&', '*')) and ', "' not in value
    if not value or VARIABLE.fullmatch(value) or (match['key'] in SHOWN and is_plain):
        return line
    return f'{line[: match.end("key") + len(match["quote"])]}: ******'


def _owner(source: Sequence[str], index: int, indent: int) -> str:
    # The key whose list the item of a line is in.
    for line in reversed(source[max(index - FARTHEST, 0) : index]):
        match = LINE.match(line)
        if match and not match['value'].strip() and len(match['start']) <= indent:
            return match['key']
        if (
            line.strip()
            and not line.lstrip().startswith('#')
            and not (ENTRY.fullmatch(line) and line.index('-') == indent)
        ):
            return ''
    return ''


def _entry(source: Sequence[str], index: int, start: int) -> str:
    # An item is shown where its list is known to hold no secrets, and where the caret is at it.
    match = ENTRY.fullmatch(source[index])
    if match is None or match.end('start') != start:
        return ''
    return source[index].rstrip() if _owner(source, index, match['start'].index('-')) in LISTS else ''


def _flow(line: str, start: int) -> tuple[str, int]:
    # An item on one line, with all but what may be shown masked, and where the caret goes then.
    match = FLOW.fullmatch(line)
    if match is None:
        return '', 0
    shown, caret, position = match['start'], start, match.start('pairs')
    while position < match.end('pairs'):
        pair = PAIR.match(line, position, match.end('pairs'))
        if pair is None:
            return '', 0
        is_shown = pair['key'] in SHOWN and (pair['value'][0] != '[' or pair['key'] in LISTS)
        value = pair['value'] if is_shown or VARIABLE.fullmatch(pair['value'].strip()) else '******'
        if pair.end('value') <= start:
            caret += len(value) - len(pair['value'])
        shown += f'{pair["start"]}{value}{pair["end"]}'
        position = pair.end()
    return shown + line[position:].rstrip(), caret


def _shown(source: Sequence[str], place: Place) -> tuple[str, int]:
    index, start = place.line - 1, place.column - 1
    line = source[index].rstrip()
    if len(line) > LONGEST:
        return '', 0
    plain = _masked(line) or _entry(source, index, start)
    return (plain, start) if plain else _flow(line, start)


def _excerpt(problem: Problem, lines: Lines) -> list[str]:
    place = problem.place
    if place is None or not place.line or not problem.width:
        return []
    source = lines(place.path)
    if place.line > len(source):
        return []
    line, start = _shown(source, place)
    shown = without_password(line)
    if not shown:
        return []
    room = max(1, len(shown) - start)
    number = f'{place.line:5} | '
    caret = ' ' * (len(number) - 2) + '| ' + ' ' * start + '^' * min(problem.width, room)
    rows = [number + shown]
    if start < len(shown):
        rows.append(f'{caret} {problem.hint}'.rstrip())
    elif problem.hint:
        rows.append(f'      hint: {problem.hint}')
    return rows


def _one(problem: Problem, lines: Lines | None) -> str:
    word = 'warning: ' if problem.is_warning else ''
    joint = ' ' if problem.text.startswith('and ') else ': '
    rule = f' [{problem.rule}]' if problem.rule else ''
    head = f'{problem.place}{joint}' if problem.place else ''
    head = f'{head}{word}{problem.text}{rule}'
    rows = [head]
    excerpt = _excerpt(problem, lines) if lines else []
    rows.extend(excerpt)
    rows.extend(f'      {line}' for line in problem.detail)
    if problem.hint and not any(problem.hint in row for row in excerpt):
        rows.append(f'      hint: {problem.hint}')
    return '\n'.join(rows)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Returns problems by place, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (problem.place or ('', 0, 0), problem.text))


def render(problems: Iterable[Problem], lines: Lines | None = None) -> str:
    """Returns problems as text; `lines` gives a file's lines for the excerpts."""
    return '\n'.join(_one(problem, lines) for problem in in_order(problems))


def count(problems: Sequence[Problem], files: int) -> str:
    """Returns the closing words: how many problems, in how many files."""
    number = len(set(problems))
    where = len({problem.place.path for problem in problems if problem.place})
    if not where:
        return f'{number} problem{"s" if number != 1 else ""}.'
    of = f' of {files}' if files > 1 else ''
    return f'{number} problem{"s" if number != 1 else ""} in {where}{of} file{"s" if max(files, where) != 1 else ""}.'


def as_json(problems: Iterable[Problem]) -> str:
    """Returns problems as a JSON list."""
    rows = [
        {
            'level': 'warning' if problem.is_warning else 'error',
            'file': problem.place.path if problem.place else None,
            'line': problem.place.line if problem.place else None,
            'column': problem.place.column if problem.place else None,
            'rule': problem.rule or None,
            'text': problem.text,
            'hint': problem.hint,
            'detail': list(problem.detail),
        }
        for problem in in_order(problems)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def as_github(problems: Iterable[Problem]) -> str:
    """Returns problems as GitHub annotations."""
    rows = []
    for problem in in_order(problems):
        level = 'warning' if problem.is_warning else 'error'
        place = problem.place
        where = (place.path, place.line, place.column) if place else None
        rule = f' [{problem.rule}]' if problem.rule else ''
        hint = f' ({problem.hint})' if problem.hint else ''
        rows.append(annotation(level, problem.text + rule + hint, where))
    return '\n'.join(rows)
