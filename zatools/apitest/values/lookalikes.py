"""Texts that look the same and differ: the name of the character that does."""

from __future__ import annotations

import unicodedata
from itertools import zip_longest

#: Letters of Greek and Cyrillic that look like Latin ones, and signs that look like those of ASCII.
LOOKS = str.maketrans(
    'АВЕКМНОРСТХасеорхуіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο‐‑‒–—−‘’‚“”„′″', 'ABEKMHOPCTXaceopxyijsABEZHIKMNOPTYXo------\'\'\'"""\'"'
)
#: Characters of texts that are compared letter by letter.
LONGEST = 10_000


def _appearance(text: str) -> str:
    # A reader sees neither invisible characters nor the width of blanks.
    plain = unicodedata.normalize('NFKC', text).translate(LOOKS)
    visible = ''.join(letter for letter in plain if unicodedata.category(letter) != 'Cf')
    return ' '.join(visible.split())


def _character(letter: str | None) -> str:
    if letter is None:
        return 'nothing'
    return f'U+{ord(letter):04X} {unicodedata.name(letter, "")}'.strip()


def hint(expected: object, actual: object) -> str:
    """Returns the first character in which two texts that look the same differ; '' for others."""
    if not isinstance(expected, str) or not isinstance(actual, str) or expected == actual:
        return ''
    if max(len(expected), len(actual)) > LONGEST or _appearance(expected) != _appearance(actual):
        return ''
    for number, (wanted, given) in enumerate(zip_longest(expected, actual), 1):
        if wanted != given:
            return (
                f'they look alike, but character {number} is {_character(given)}, and {_character(wanted)} is expected'
            )
    return ''
