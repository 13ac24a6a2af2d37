"""Parses a channel's requests and writes its responses, by its data format."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from types import GeneratorType
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from zatools.server.api.exceptions import BadRequest, unsupported
from zatools.server.http.sending import UnsendableError


def parsed(raw: bytes, data_format: str, cid: str, what: str = 'The request') -> Any:
    """Returns a message parsed as its format says, bytes without a format. Raises BadRequest for invalid JSON."""
    if not data_format:
        return raw
    if not raw:
        return ''
    if data_format == 'json':
        try:
            return json.loads(raw)
        except ValueError as error:
            where = ''
            if isinstance(error, json.JSONDecodeError):
                where = f' at {error.lineno}:{error.colno}'
            raise BadRequest(cid, f'{what} is no valid JSON{where}', needs_msg=True) from None
        except RecursionError:
            raise BadRequest(cid, f'{what} is no valid JSON: it is nested too deeply', needs_msg=True) from None
    text = raw.decode('utf-8', 'replace')
    if data_format == 'form':
        return dict(parse_qsl(text, keep_blank_values=True))
    return text


def from_text(payload: Any) -> Any:
    """Returns what the JSON of a text says, and as it is what is no text or no JSON."""
    if not isinstance(payload, (str, bytes)):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload


class UnwritableError(TypeError):
    """A value has no form in JSON."""


def plain(value: Any) -> Any:
    """Returns what JSON has no form for in one that it has. Raises UnwritableError."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Decimal):
        return str(value)
    for name in ('to_dict', 'to_json'):
        if hasattr(value, name):
            return getattr(value, name)()
    raise UnwritableError(f'a {type(value).__name__} can not be written as JSON')


def written(payload: Any) -> tuple[bytes, str]:
    """Returns a response's body and the content type that goes with it. Raises UnsendableError, UnsupportedError."""
    if payload is None or payload == '':
        return b'', ''
    if isinstance(payload, (bytes, bytearray)):
        return bytes(payload), ''
    if isinstance(payload, str):
        return _encoded(payload), ''
    if isinstance(payload, GeneratorType):
        raise unsupported('a generator as self.response.payload')
    if not isinstance(payload, (dict, list, tuple, bool, int, float)) and not hasattr(payload, 'to_dict'):
        if not hasattr(payload, 'to_json'):
            raise UnsendableError(f'response.payload is a {type(payload).__name__}, which has no to_dict')
        payload = payload.to_json()
        return payload if isinstance(payload, bytes) else _encoded(payload), 'application/json'
    try:
        return _as_json(payload), 'application/json'
    except UnwritableError as error:
        raise UnsendableError(f'response.payload: {error}') from None


def _as_json(payload: Any) -> bytes:
    try:
        return json.dumps(payload, default=plain, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half a character, which JSON from outside may have: it has an escape for that.
        return json.dumps(payload, default=plain).encode()


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = ascii(text[error.start])
        raise UnsendableError(f'response.payload has half a character at {error.start}: {half}') from None
