"""Bytes that aren't UTF-8 in what the caller handed over: Python keeps them as halves of surrogate pairs."""

from __future__ import annotations

import re

#: What Python makes of bytes 0x80 to 0xff that it couldn't decode.
KEPT = re.compile('[\udc80-\udcff]')


def why_not(text: str) -> str:
    """Returns why a text of the caller isn't one, or nothing; it shows the byte alone, for the text may be a secret."""
    found = KEPT.search(text)
    return f'is not UTF-8 (byte 0x{ord(found[0]) - 0xDC00:02x})' if found else ''
