"""Texts for screens: made harmless for terminals, pipelines, Markdown and shells, and no wider than a terminal."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

#: What steers a terminal or turns the direction of a text; colours are our own.
STEERING = re.compile(
    '\x1b(?!\\[[0-9;]{0,20}m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]'
)
#: How commands to runners begin: of GitHub at the start of a line, of it and others anywhere.
AT_START = re.compile(r'^([^\S\n]*):(?=:)', re.MULTILINE)
ANYWHERE = '##['
#: What Markdown, HTML or those who show them make more of than letters.
MARKUP = re.compile(r'[\\`*\[\]<>#!|@&~$^]|https?:|ftp:|www\.|(?:^|\W)_|_(?:\W|$)', re.IGNORECASE)

#: How wide lines are laid out where there is no screen: in a pipe, a file.
PIPE = 100
#: Below this nothing is laid out sensibly.
LEAST = 20
LONGEST_COLUMNS = 4
#: What colours a text, and takes no room.
COLOUR = re.compile('\x1b\\[[0-9;]{0,20}m')
#: What is to be copied into a shell: folded it would be another command.
TO_COPY = re.compile(
    r'(?:^|[\s\'"`(=$])'
    r'(?:(?:zato|apitest|curl|pip|openssl|git) [-./a-z"\'$]|export [A-Z{]|\$ \S)'
)
#: A label and what it is of, two blanks or a column apart; below that it goes on.
LABEL = re.compile(
    r' {0,20}\d{1,9} {0,20}\| | {0,60}(?:(?:hint|note|warning): |[+~!-] |[^ ]{1,30}(?: [^ ]{1,30}){0,2} {2,60})'
)
PIECES = re.compile(' +|[^ ]+')
BEGINNING = 200
CUT = '\u2026'


def plain(text: str) -> str:
    """Returns lines for a screen: none of them steers a terminal, or is a command to what runs a pipeline."""
    shown = STEERING.sub(_picture, text)
    return AT_START.sub(r'\1:\\', shown).replace(ANYWHERE, '#\\#[')


def _picture(found: re.Match[str]) -> str:
    # Each character becomes one character, so that carets stay below what they mark.
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return '\u2421'
    return '\ufffd'


def json_text(text: str) -> str:
    """Returns JSON that says the same, without what a runner would take for a command; it can only be within a text."""
    return text.replace(ANYWHERE, '\\u0023#[')


def annotation(level: str, text: str, where: tuple[str, int, int] | None) -> str:
    """Returns a command to GitHub that marks a line of a file."""
    place = ''
    if where:
        path, line, column = where
        place = f' file={_property(path)},line={line},col={column}'
    return f'::{level}{place}::{_message(text)}'


def _message(text: str) -> str:
    return text.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')


def _property(text: str) -> str:
    return _message(text).replace(':', '%3A').replace(',', '%2C')


def markdown(text: str) -> str:
    """Returns a text for a cell of a table in Markdown, as code where it would be more than letters."""
    line = re.sub(r'[\x00-\x1f\x7f-\x9f\u2028\u2029]', ' ', text)
    if not MARKUP.search(line):
        return line
    fence = '`' * (1 + max(map(len, re.findall('`+', line)), default=0))
    inner = line.replace('|', '\\|')
    room = ''
    if inner[:1] in '` ' or inner[-1:] in '` ':
        room = ' '
    return f'{fence}{room}{inner}{room}{fence}'


def word(text: str) -> str:
    """Returns a text as one word of a shell, for lines to copy; one that begins with a dash is no option."""
    if text.startswith('-') and text != '-':
        return assigned(f'./{text}')
    return assigned(text)


def last_word(text: str) -> str:
    """Returns the name of an object as the last word of a line to copy; no path, and no option either."""
    if text.startswith('-'):
        return f'-- {assigned(text)}'
    return assigned(text)


def assigned(text: str) -> str:
    """Returns a text as a shell reads it after NAME=: as it is, if it begins with a dash too."""
    if text.isprintable() and ANYWHERE not in text:
        return shlex.quote(text)
    # What has no picture, or would be a command to a runner, is written as bash, zsh and ksh read it.
    letters = ''.join(map(_escaped, text))
    return f"$'{letters}'"


def _escaped(char: str) -> str:
    if char.isalnum():
        return char
    return ''.join(f'\\x{byte:02x}' for byte in char.encode('utf-8', 'surrogateescape'))


def columns(stream: Any, environ: Mapping[str, str]) -> int:
    """Returns how wide a stream's terminal is, COLUMNS before what it says itself; 0 for a pipe: nothing is folded."""
    given = environ.get('COLUMNS', '')
    try:
        # For a pipe COLUMNS says nothing: whatever has loaded readline hands it to all that it starts.
        if not stream.isatty():
            return 0
        if given.isdecimal() and len(given) <= LONGEST_COLUMNS and int(given):
            return max(int(given), LEAST)
        wide = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):
        return 0
    # A terminal that doesn't know its width says 0.
    if not wide:
        return 0
    return max(wide, LEAST)


def put(text: str, stream: Any, environ: Mapping[str, str]) -> None:
    """Writes lines for people, no wider than their terminal; what is secret is masked before."""
    stream.write(f'{fold(text, columns(stream, environ))}\n')


def cells(text: str) -> int:
    """Returns how many columns a line takes; colours and combining marks take none, wide letters two."""
    text = COLOUR.sub('', text)
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def pad(text: str, width: int) -> str:
    """Returns a text with blanks after it, up to so many columns."""
    return text + ' ' * (width - cells(text))


def _cell(character: str) -> int:
    if unicodedata.category(character) in ('Mn', 'Me', 'Cf'):
        return 0
    if unicodedata.east_asian_width(character) in 'WF':
        return 2
    return 1


def fold(text: str, width: int) -> str:
    """Returns lines no wider than a screen, but for long words and commands to copy; 0 leaves them as they are."""
    if not width:
        return text
    # What stood within a line may now begin one.
    return plain('\n'.join(_rows(text.split('\n'), width)))


def _rows(lines: list[str], width: int) -> Iterator[str]:
    position = 0
    while position < len(lines):
        line, below = lines[position], ''.join(lines[position + 1 : position + 2])
        if max(cells(line), cells(below)) > width and _is_excerpt(line, below):
            yield from _excerpt(line, below, width)
            position += 2
        else:
            yield from _folded(line, width)
            position += 1


def _is_excerpt(line: str, caret: str) -> bool:
    number, bar, _ = line.partition('| ')
    blank, _, marks = caret.partition('| ')
    has_caret = COLOUR.sub('', marks).lstrip(' ').startswith('^')
    return bool(bar) and number.strip().isdecimal() and blank == ' ' * len(number) and has_caret


def _excerpt(line: str, caret: str, width: int) -> list[str]:
    # What is around the caret stays; the hint behind it stands below where there is no room.
    number, bar, source = line.partition('| ')
    marks = caret.partition('| ')[2]
    paint = [*COLOUR.findall(marks), '', '']
    marks = COLOUR.sub('', marks)
    start = len(marks) - len(marks.lstrip(' '))
    hint = marks[start:].lstrip('^')
    shown, place, length = window(source, start, len(marks) - start - len(hint), width - len(number) - len(bar))
    below = f'{" " * len(number)}{bar}{" " * place}{paint[0]}{"^" * length}{paint[1]}'
    if cells(below + hint) <= width:
        return [f'{number}{bar}{shown}', below + hint]
    return [f'{number}{bar}{shown}', below, *_folded(f'      hint: {hint.strip()}', width)]


def window(line: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """Returns what of a line fits beside a caret, where the caret begins in it, and how long it is: in columns."""
    line = line.replace('\t', ' ')
    marked = max(cells(line[start : start + length]), 1)
    first, before = 0, cells(line[:start])
    if before + min(marked, room // 2) > room - 2:
        first = _end(line, max(before - room // 3, 0))
    last = first + _end(line[first:], room - 2)
    head = ''
    if first:
        head = CUT
    shown = head + line[first:last]
    if last < len(line):
        shown += CUT
    place = cells(head + line[first:start])
    return shown, place, max(min(marked, cells(shown) - place), 1)


def _end(text: str, width: int) -> int:
    # How many characters fit.
    taken = 0
    for position, character in enumerate(text):
        taken += _cell(character)
        if taken > width:
            return position
    return len(text)


def _folded(line: str, width: int) -> list[str]:
    if cells(line) <= width or TO_COPY.search(line):
        return [line]
    line = line.expandtabs(8)
    # What stands at the right comes nearer where that is enough.
    left, _, right = line.rpartition('  ')
    space = width - cells(left.rstrip()) - cells(right)
    if left.strip() and space >= 2:
        return [left.rstrip() + ' ' * space + right]
    return _words(line, width, ' ' * _hang(line, width))


def _words(line: str, width: int, hang: str) -> list[str]:
    # A word is never broken: it may be an address.
    rows, row, gap = [], '', ''
    for piece in PIECES.findall(line):
        if piece[0] == ' ':
            gap = piece
            continue
        beside = cells(row + gap)
        is_behind_label = beside <= len(hang) and cells(piece) > width - len(hang)
        if row and not is_behind_label and beside + cells(piece) > width:
            rows.append(row)
            row, gap = '', hang
        row, gap = row + gap + piece, ''
    return [*rows, row]


def _hang(line: str, width: int) -> int:
    # Where the rest of a line goes on: below what its label is of.
    beginning = COLOUR.sub('', line[:BEGINNING])
    match = LABEL.match(beginning)
    margin = min(len(beginning) - len(beginning.lstrip(' ')) + 2, width // 2)
    if match and match.end() <= width // 2:
        return match.end()
    return margin


def quantity(number: int, noun: str) -> str:
    """Returns a number with its noun: 1 file, 2 files."""
    if number == 1:
        return f'1 {noun}'
    return f'{number} {noun}s'
