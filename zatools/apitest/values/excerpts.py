"""Excerpts of long texts, and of bytes that are no text."""

from __future__ import annotations

#: Hexadecimal digits that an excerpt of bytes shows.
BEGINNING = 64


def is_binary(content: bytes, encoding: str = '') -> bool:
    """Tells whether bytes are no text, by their first thousand."""
    if encoding.lower().startswith(('utf-16', 'utf-32', 'utf16', 'utf32')):
        # Half of the bytes of Latin letters are zeros there.
        return False
    head = content[:1000]
    controls = sum(byte < 9 or 13 < byte < 27 for byte in head)
    if b'\0' in head or controls * 10 > len(head):
        return True
    if encoding.lower().replace('_', '-') not in ('', 'utf-8', 'utf8'):
        return False
    # A few wrong bytes are a text with mistakes.
    return head.decode('utf-8', 'replace').count('\ufffd') * 10 > len(head)


def binary(content: bytes, kind: str = '') -> str:
    """Returns a description of bytes that are no text: their number, their media type, their beginning."""
    return f'({len(content):,} bytes, {kind or "no Content-Type"}: {cut(content.hex(), BEGINNING)})'


def cut(text: str, limit: int) -> str:
    """Returns a text, cut at the limit; the ellipsis tells readers, and the masking of secrets, that it was cut."""
    if len(text) <= limit:
        return text
    return f'{text[:limit]}…'
