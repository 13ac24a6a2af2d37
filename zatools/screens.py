"""Texts of others on screens: a function for each of what reads them, a terminal, GitHub, Markdown, JSON."""

from __future__ import annotations

import re
import shlex

#: What steers a terminal or turns the direction of a text; colours are our own.
STEERING = re.compile(
    '\x1b(?!\\[[0-9;]{0,20}m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]'
)
#: How commands to runners begin: of GitHub at the start of a line, of it and others anywhere.
AT_START = re.compile(r'^([^\S\n]*):(?=:)', re.MULTILINE)
ANYWHERE = '##['
#: What Markdown, HTML or those who show them make more of than letters.
MARKUP = re.compile(r'[\\`*\[\]<>#!|@&~$^]|https?:|ftp:|www\.|(?:^|\W)_|_(?:\W|$)', re.IGNORECASE)


def plain(text: str) -> str:
    """Returns lines for a screen: none of them steers a terminal, or is a command to what runs a pipeline."""
    shown = STEERING.sub(_picture, text)
    return AT_START.sub(r'\1:\\', shown).replace(ANYWHERE, '#\\#[')


def _picture(found: re.Match[str]) -> str:
    # One character for one, so that carets stand where they did.
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else '\u2421' if code == 0x7F else '\ufffd'


def json_text(text: str) -> str:
    """Returns JSON that says the same, without what a runner would take for a command; it can only be within a text."""
    return text.replace(ANYWHERE, '\\u0023#[')


def annotation(level: str, text: str, where: tuple[str, int, int] | None) -> str:
    """Returns a command to GitHub that marks a line of a file."""
    path, line, column = where or ('', 0, 0)
    place = f' file={_property(path)},line={line},col={column}' if where else ''
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
    room = ' ' if inner[:1] in '` ' or inner[-1:] in '` ' else ''
    return f'{fence}{room}{inner}{room}{fence}'


def word(text: str) -> str:
    """Returns a text as one word of a shell, for lines to copy; one that begins with a dash is no option."""
    written = f'./{text}' if text.startswith('-') and text != '-' else text
    if written.isprintable() and ANYWHERE not in written:
        return shlex.quote(written)
    # What has no picture, or would be a command to a runner, is written as bash, zsh and ksh read it.
    letters = ''.join(char if char.isalnum() else _escaped(char) for char in written)
    return f"$'{letters}'"


def _escaped(char: str) -> str:
    return ''.join(f'\\x{byte:02x}' for byte in char.encode('utf-8', 'surrogateescape'))
