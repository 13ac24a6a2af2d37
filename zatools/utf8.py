"""Finds bytes in arguments and variables that aren't UTF-8. Python keeps them as halves of surrogate pairs."""

from __future__ import annotations

import re

#: Python's characters for the bytes 0x80 to 0xff that it couldn't decode.
KEPT = re.compile('[\udc80-\udcff]')


def why_not(text: str) -> str:
    """Returns why a text isn't valid, or ''. The reason shows one byte alone, since the text may be a secret."""
    match = KEPT.search(text)
    if match is None:
        return ''
    return f'is not UTF-8 (byte 0x{ord(match[0]) - 0xDC00:02x})'
