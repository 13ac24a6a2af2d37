"""What the server sends back, and the platform's shape of errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

JSON = 'application/json'
#: Content types of SOAP, by its version.
SOAP_TYPES = {'1.1': 'text/xml; charset=utf-8', '1.2': 'application/soap+xml; charset=utf-8'}


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = 'text/plain'
    headers: Mapping[str, str] = {}


def error(
    status: int, cid: str, details: Any, is_json: bool = True, headers: Mapping[str, str] | None = None
) -> Answer:
    """Returns the answer to a failed request, in the platform's shape."""
    if not is_json:
        text = details
        if not isinstance(details, str):
            text = json.dumps(details)
        return Answer(status, text.encode(), 'text/plain', headers or {})
    shape = {'result': 'Error', 'cid': cid}
    if details:
        shape['details'] = details
    return Answer(status, json.dumps(shape).encode(), JSON, headers or {})


@lru_cache(128)
def status_line(status: int) -> str:
    """Returns a status and its words: 404 Not Found."""
    try:
        return f'{status} {HTTPStatus(status).phrase}'
    except ValueError:
        return f'{status} Unknown'
