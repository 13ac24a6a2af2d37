"""Random values: from the run's seed, the file and the scenario, so that a run can be repeated."""

from __future__ import annotations

import os
from random import Random


def generator(seed: int, *parts: object) -> Random:
    """Returns the generator of one scenario."""
    # A file's name is the same bytes in every locale, not the same text.
    return Random(os.fsencode(f'{seed}:{":".join(map(str, parts))}').decode('utf-8', 'replace'))


def random_text(source: Random) -> str:
    """Returns `a` and 32 hex digits."""
    return 'a' + random_uuid(source)


def random_uuid(source: Random) -> str:
    """Returns the 32 hex digits of a UUID of version 4."""
    bits = source.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
    return f'{bits:032x}'


def random_integer(source: Random) -> int:
    """Returns 0 to 99."""
    return source.randrange(100)


def random_float(source: Random) -> float:
    """Returns 0 to 99 and a fraction."""
    return source.randrange(100) + source.random()


def random_days(source: Random, limit: int = 100_000) -> int:
    """Returns a number of days, 0 to one below the limit."""
    return source.randrange(limit)
