"""What is a text and what are bytes."""

from __future__ import annotations

import pytest

from zatools.apitest.values.excerpts import is_binary


@pytest.mark.parametrize(
    ('content', 'encoding', 'expected'),
    [
        (b'\x80\x81\x82', 'utf-8', True),
        (b'\x80\x81\x82', '', True),
        (b'\x80\x81\x82', 'ISO-8859-1', False),
        ('Grüße aus Łódź'.encode(), 'utf-8', False),
        (('ż' * 999).encode(), 'utf-8', False),
        (b'caf\xe9 and more words', 'utf-8', False),
        (b'\0abc', 'utf-8', True),
        ('a'.encode('utf-16'), 'utf-16', False),
        (b'', 'utf-8', False),
    ],
)
def test_bytes_that_are_no_text(content: bytes, encoding: str, expected: bool) -> None:
    assert is_binary(content, encoding) is expected
