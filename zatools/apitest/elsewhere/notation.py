"""Texts of calls: literal, with references to variables ($) and stored values (#) between two private characters."""

from __future__ import annotations

import re

OPEN, CLOSE = '\ue000', '\ue001'
REFERENCE = re.compile(f'{OPEN}([$#])([^{OPEN}{CLOSE}]*){CLOSE}')
WHOLE = re.compile(f'({OPEN}[^{OPEN}{CLOSE}]*{CLOSE})')
#: What a step would take for a name: at its start, before a brace, or after a backslash.
SPECIAL = re.compile(r'^[$#@]|(?<=\\)[$#@]|[$#@](?=\{)')
#: Names in templates of Postman and Hurl.
TEMPLATE = re.compile(r'\{\{([^{}]{1,200})\}\}')


def plain(text: str) -> str:
    """Returns a text of elsewhere without the characters that mark references here."""
    return text.replace(OPEN, '').replace(CLOSE, '')


def environment(name: str) -> str:
    """Returns a reference to a variable of the environment."""
    return f'{OPEN}${_name(name).upper()}{CLOSE}'


def stored(name: str) -> str:
    """Returns a reference to a stored value."""
    return f'{OPEN}#{_name(name)}{CLOSE}'


def _name(name: str) -> str:
    words = re.sub(r'\W', '_', re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name)).strip('_').lower() or 'value'
    if words[0].isdigit():
        return f'v_{words}'
    return words


def stored_name(name: str) -> str:
    """Returns the name that a value is stored under."""
    return _name(name)


def has_reference(text: str) -> bool:
    """Tells whether a text refers to a variable or a stored value."""
    return OPEN in text


def variables(text: str) -> list[str]:
    """Returns the variables of the environment that a text refers to."""
    return [name for prefix, name in REFERENCE.findall(text) if prefix == '$']


def written(text: str) -> str:
    """Returns a text as a step has it."""
    whole = REFERENCE.fullmatch(text)
    if whole and CLOSE not in whole[2]:
        return f'{whole[1]}{whole[2]}'
    pieces = WHOLE.split(text)
    return ''.join(_piece(piece, number) for number, piece in enumerate(pieces))


def _piece(piece: str, number: int) -> str:
    if match := REFERENCE.fullmatch(piece):
        return f'{match[1]}{{{match[2]}}}'
    if number:
        # Only the start of the whole text is special.
        return re.sub(r'(?<=\\)[$#@]|[$#@](?=\{)', r'\\\g<0>', piece)
    return SPECIAL.sub(r'\\\g<0>', piece)


def shown(text: str) -> str:
    """Returns a text for people, its references as names."""
    return REFERENCE.sub(r'\1\2', text)
