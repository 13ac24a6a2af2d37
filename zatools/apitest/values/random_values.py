"""Random values that a run can repeat: they depend on its seed, the file and the scenario alone."""

from __future__ import annotations

import os
from random import Random


def generator(seed: int, *parts: object) -> Random:
    """Returns the generator of one scenario."""
    # The seed is made of bytes: a file's name is the same bytes in every locale, but not the same text.
    return Random(os.fsencode(f'{seed}:{":".join(map(str, parts))}').decode('utf-8', 'replace'))


def random_text(source: Random) -> str:
    """Returns the letter `a` and 32 hexadecimal digits."""
    return 'a' + random_uuid(source)


def random_uuid(source: Random) -> str:
    """Returns the 32 hexadecimal digits of a UUID of version 4."""
    bits = source.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
    return f'{bits:032x}'


def random_integer(source: Random) -> int:
    """Returns a whole number from 0 to 99."""
    return source.randrange(100)


def random_float(source: Random) -> float:
    """Returns a number from 0 up to, but not including, 100."""
    return source.randrange(100) + source.random()


def random_days(source: Random, limit: int = 100_000) -> int:
    """Returns a number of days from 0 up to, but not including, the limit."""
    return source.randrange(limit)
