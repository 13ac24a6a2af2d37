"""Charsets of answers: unknown ones, and bytes that the charset does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

#: Content types, or parts of them, of answers that are texts.
TEXTS = ('text/', 'json', 'xml', 'javascript', 'urlencoded')
#: Some servers write this before UTF-8; by RFC 8259, readers of JSON may skip it.
BYTE_ORDER_MARK = '\ufeff'


def unmarked(content: Any) -> str:
    """Returns a text without its byte order mark."""
    return str(content).removeprefix(BYTE_ORDER_MARK)


def settle(answer: requests.Response) -> list[str]:
    """Sets the charset that an answer is read by; returns what is odd about it, or about the bytes of a text."""
    kind = answer.headers.get('content-type', '').lower()
    if answer.encoding is None or (answer.encoding == 'ISO-8859-1' and 'charset' not in kind):
        # requests takes texts without a charset for Latin-1, an old rule of HTTP; today's servers send UTF-8.
        answer.encoding = 'utf-8'
    odd = _oddities(answer)
    if kind and not any(word in kind for word in TEXTS):
        return []
    return odd


def _oddities(answer: requests.Response) -> list[str]:
    name = answer.encoding or ''
    try:
        # Some of Python's codecs refuse to replace what they can't read, whatever it is.
        b'-'.decode(name, 'replace')
        answer.content.decode(name)
    except UnicodeDecodeError as error:
        byte = f'0x{error.object[error.start]:02X}'
        return [f'byte {error.start} ({byte}) is no {name.upper()}: � stands for what can not be read']
    except (LookupError, UnicodeError):
        answer.encoding = 'utf-8'
        return [f"its charset '{name[:40]}' is unknown: it is read as UTF-8"]
    return []
