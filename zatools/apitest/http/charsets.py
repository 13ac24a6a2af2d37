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


def oddities(answer: requests.Response) -> list[str]:
    """Returns what is odd about the bytes of a text: an unknown charset, or bytes that the charset does not have."""
    kind = answer.headers.get('content-type', '').lower()
    if kind and not any(word in kind for word in TEXTS):
        return []
    name = answer.encoding or 'utf-8'
    try:
        answer.content.decode(name)
    except LookupError:
        return [f"its charset '{name[:40]}' is unknown: it is read as UTF-8"]
    except UnicodeDecodeError as error:
        byte = f'0x{error.object[error.start]:02X}'
        return [f'byte {error.start} ({byte}) is no {name.upper()}: � stands for what can not be read']
    return []
