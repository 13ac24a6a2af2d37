"""Kinds of texts: email addresses, URLs, UUIDs, Base64, Crockford's base 32."""

from __future__ import annotations

import base64
import re
import uuid
from typing import Any

EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?)+"
)
URL = re.compile(r'[a-z][a-z0-9+.-]*://[^\s/?#]\S*', re.IGNORECASE)
CROCKFORD = re.compile(r'[0-9A-HJKMNP-TV-Z]+', re.IGNORECASE)
#: Crockford's digits by their value, and the five signs that are checksums only.
CHECKSUMS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U'
#: Letters that stand for digits, since readers mistake them for those.
ALIKE = {'O': '0', 'I': '1', 'L': '1'}


def is_email(value: Any) -> bool:
    """Tells whether a value is an email address."""
    return isinstance(value, str) and bool(EMAIL.fullmatch(value))


def is_url(value: Any) -> bool:
    """Tells whether a value is a URL."""
    return isinstance(value, str) and bool(URL.fullmatch(value))


def is_uuid(value: Any) -> bool:
    """Tells whether a value is a UUID of any version."""
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def is_uuid4(value: Any) -> bool:
    """Tells whether a value is a UUID of version 4."""
    return is_uuid(value) and uuid.UUID(value).version == 4


def is_crockford(actual: Any, checksum: Any) -> bool:
    """Tells whether a value is a text in Crockford's base 32; with a checksum of `true`, its last sign is one."""
    if not isinstance(actual, str):
        return False
    # Hyphens are for readers alone.
    text = actual.replace('-', '').upper()
    if str(checksum).lower() != 'true':
        return bool(CROCKFORD.fullmatch(text))
    digits, last = text[:-1], text[-1:]
    if not CROCKFORD.fullmatch(digits) or last not in CHECKSUMS:
        return False
    value = 0
    for digit in digits:
        value = value * 32 + CHECKSUMS.index(ALIKE.get(digit, digit))
    return CHECKSUMS[value % 37] == last


def is_base64(value: Any) -> bool:
    """Tells whether a value is a text in Base64 that isn't empty."""
    try:
        return isinstance(value, str) and bool(base64.b64decode(value, validate=True))
    except ValueError:
        return False
