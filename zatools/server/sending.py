"""What a response says beside its body: what can't be sent is an error that names it before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Headers that are between a server and its client alone, and those that are about this very response.
OURS = re.compile(
    'connection|keep-alive|proxy-authenticate|proxy-authorization|te|trailers?|transfer-encoding|upgrade|'
    'content-length|x-zato-cid',
    re.IGNORECASE,
)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TEXT = re.compile(r'[\t\x20-\x7e\x80-\xff]*')


class UnsendableError(ValueError):
    """A status or header can't be sent; its text names it, and has no value of a header."""


def status_of(value: Any, what: str = 'response.status_code') -> int:
    """Returns a status that ends a call, as a number. Raises UnsendableError."""
    try:
        status = int(value)
    except (TypeError, ValueError, OverflowError):
        status = 0
    if not 200 <= status <= 599:
        raise UnsendableError(f'{what} is {repr(value)[:40]}; it is a whole number from 200 to 599')
    return status


def headers_of(headers: Any) -> dict[str, str]:
    """Returns the headers of a response that can be sent, but for the content type. Raises UnsendableError."""
    found = _texts(headers)
    return {name: value for name, value in found.items() if name.lower() != 'content-type'}


def type_of(content_type: Any, headers: Any) -> str:
    """Returns the content type that a service gave, by itself or as a header. Raises UnsendableError."""
    given = [value for name, value in _texts(headers).items() if name.lower() == 'content-type']
    return _text(content_type or '', 'response.content_type') or (given[-1] if given else '')


def _texts(headers: Any) -> dict[str, str]:
    if headers == {}:
        return {}
    if not isinstance(headers, Mapping):
        raise UnsendableError(f'response.headers is of type {type(headers).__name__}; it is a dict')
    return {
        name: _text(value, f'response.headers[{repr(name)[:60]}]')
        for name, value in headers.items()
        if _is_name(name) and not OURS.fullmatch(name)
    }


def _is_name(name: Any) -> bool:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UnsendableError(f'response.headers: {repr(name)[:60]} is no name of a header')
    return True


def _text(value: Any, what: str) -> str:
    if isinstance(value, (int, float)) and what != 'response.content_type':
        return str(value)
    if not isinstance(value, str):
        raise UnsendableError(f'{what} is of type {type(value).__name__}; it is a text')
    if not TEXT.fullmatch(value):
        wrong = 'a line break' if '\n' in value or '\r' in value else 'a character that headers can not have'
        raise UnsendableError(f'{what} has {wrong} in it')
    return value
