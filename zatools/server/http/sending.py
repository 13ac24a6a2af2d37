"""Checks status and headers of a response, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Headers that only the HTTP server may set: those of the connection, and those about this very response.
OURS = re.compile(
    'connection|keep-alive|proxy-authenticate|proxy-authorization|te|trailers?|transfer-encoding|upgrade|'
    'content-length|x-zato-cid',
    re.IGNORECASE,
)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TEXT = re.compile(r'[\t\x20-\x7e\x80-\xff]*')


class UnsendableError(ValueError):
    """A status or header can't be sent. The text names the header, never its value."""


def status_of(value: Any, what: str = 'response.status_code') -> int:
    """Returns a status as a number. Raises UnsendableError where it is none that ends a call."""
    try:
        status = int(value)
    except (TypeError, ValueError, OverflowError):
        status = 0
    if not 200 <= status <= 599:
        raise UnsendableError(f'{what} is {repr(value)[:40]}; it is a whole number from 200 to 599')
    return status


def headers_of(headers: Any) -> dict[str, str]:
    """Returns the headers of a response without its content type. Raises UnsendableError."""
    return {name: value for name, value in _texts(headers).items() if name.lower() != 'content-type'}


def type_of(content_type: Any, headers: Any) -> str:
    """Returns the content type that a service set, as an attribute or a header. Raises UnsendableError."""
    in_headers = [value for name, value in _texts(headers).items() if name.lower() == 'content-type']
    attribute = _text(content_type or '', 'response.content_type')
    if attribute or not in_headers:
        return attribute
    return in_headers[-1]


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
        if '\n' in value or '\r' in value:
            raise UnsendableError(f'{what} has a line break in it')
        raise UnsendableError(f'{what} has a character in it that headers can not have')
    return value
