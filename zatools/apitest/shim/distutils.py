"""The module for `from distutils.util import strtobool`, since Python 3.12 has no distutils."""

from __future__ import annotations


def strtobool(value: str) -> int:
    """Returns 1 for yes, true, on and the like, 0 for no, false, off and the like; raises ValueError for others."""
    text = value.lower()
    if text in ('y', 'yes', 't', 'true', 'on', '1'):
        return 1
    if text in ('n', 'no', 'f', 'false', 'off', '0'):
        return 0
    raise ValueError(f'{value!r} is neither yes nor no')
