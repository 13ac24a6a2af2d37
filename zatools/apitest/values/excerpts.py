"""What is shown of long texts and of bytes that are no text."""

from __future__ import annotations

#: Hexadecimal digits that are shown of what is no text.
BEGINNING = 64


def is_binary(content: bytes, encoding: str = '') -> bool:
    """Tells whether bytes are no text, by their beginning; of UTF-16 and UTF-32 half are zeros."""
    head = content[:1000]
    if encoding.lower().startswith(('utf-16', 'utf-32', 'utf16', 'utf32')):
        return False
    controls = sum(byte < 9 or 13 < byte < 27 for byte in head)
    return b'\0' in head or controls * 10 > len(head)


def binary(content: bytes, kind: str = '') -> str:
    """Returns words for bytes that are no text: how many, of what type, how they begin."""
    return f'({len(content):,} bytes, {kind or "no Content-Type"}: {cut(content.hex(), BEGINNING)})'


def cut(text: str, limit: int) -> str:
    """Returns a text cut where it is too long; the mark says so, to readers and to what masks secrets."""
    return text if len(text) <= limit else f'{text[:limit]}…'
