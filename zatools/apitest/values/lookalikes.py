"""Texts that look the same and aren't: which character differs, by its name."""

from __future__ import annotations

import unicodedata
from itertools import zip_longest

#: Letters of Greek and Cyrillic that look like Latin ones, and signs that look like those of ASCII.
LOOKS = str.maketrans(
    'АВЕКМНОРСТХасеорхуіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο‐‑‒–—−‘’‚“”„′″', 'ABEKMHOPCTXaceopxyijsABEZHIKMNOPTYXo------\'\'\'"""\'"'
)


def _seen(text: str) -> str:
    # What a reader sees: neither invisible characters nor the width of blanks.
    plain = unicodedata.normalize('NFKC', text).translate(LOOKS)
    return ' '.join(''.join(letter for letter in plain if unicodedata.category(letter) != 'Cf').split())


def _named(letter: str | None) -> str:
    return 'nothing' if letter is None else f'U+{ord(letter):04X} {unicodedata.name(letter, "")}'.strip()


def hint(expected: object, actual: object) -> str:
    """Returns what differs between two texts that look the same; '' for others."""
    if not isinstance(expected, str) or not isinstance(actual, str) or expected == actual:
        return ''
    if max(len(expected), len(actual)) > 10_000 or _seen(expected) != _seen(actual):
        return ''
    pairs = enumerate(zip_longest(expected, actual))
    place, (one, other) = next((place, pair) for place, pair in pairs if pair[0] != pair[1])
    return f'they look alike, but character {place + 1} is {_named(other)}, and {_named(one)} is expected'
