"""Records of requests and answers, in exchanges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zatools.apitest.http.charsets import unmarked
from zatools.apitest.http.exchange import Exchange, Sent
from zatools.apitest.values.excerpts import binary, is_binary
from zatools.screens import quantity

if TYPE_CHECKING:
    import requests

BINARY = b'\0'


def describe(exchange: Exchange, answer: requests.Response) -> None:
    """Records an answer whose charset is settled, and the requests that led to it."""
    begun, *_ = [*answer.history, answer]
    prepared = begun.request
    exchange.url = prepared.url or exchange.url
    first, *hops = [_sent(other.request) for other in (*answer.history, answer)]
    exchange.sent_headers, exchange.sent = first.headers, first.body
    exchange.hops, exchange.statuses = tuple(hops), tuple(other.status_code for other in answer.history)
    exchange.is_sent_binary = _is_no_text(prepared.body)
    exchange.status, exchange.reason = answer.status_code, answer.reason or ''
    exchange.headers = answer.headers
    exchange.received, exchange.size = unmarked(answer.text), len(answer.content)
    if is_binary(answer.content, answer.encoding or ''):
        exchange.binary = binary(answer.content, exchange.content_type)


def _sent(request: requests.PreparedRequest) -> Sent:
    headers = {name: text_of(value) for name, value in (request.headers or {}).items()}
    return Sent(request.method or '', request.url or '', headers, text_of(request.body))


def text_of(body: Any) -> str:
    """Returns a body as a text; of one that is no text, its length."""
    if body is None:
        return ''
    if isinstance(body, str):
        return body
    if _is_no_text(body):
        return f'({quantity(len(body), "byte")})'
    if isinstance(body, bytes):
        return body.decode('utf-8', 'replace')
    return json.dumps(body, default=str)


def _is_no_text(body: Any) -> bool:
    if not isinstance(body, bytes):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    # A zero byte is UTF-8, but no text has one.
    return BINARY in body[:1000]
