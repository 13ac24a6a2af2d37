"""JSON-RPC channels of 3.2: the services of a list are methods of one address."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from zatools.kinds.jsonrpc import GATEWAY, SERVICES
from zatools.server.http.answers import JSON, Answer
from zatools.server.http.channels import Channel

__all__ = ['GATEWAY', 'answer', 'refused']

#: Codes of calls that a limit does not let in, by their status.
REFUSED = {403: (-32403, 'Forbidden'), 429: (-32429, 'Too Many Requests')}
VERSION = '2.0'
#: The id of answers to requests without one: the platform knows no notifications.
NO_ID = -123456789
#: Calls of one request.
MOST = 1000
WRONG, UNKNOWN, FAILED, UNREADABLE = -32600, -32601, -32000, -32603
NOT_HANDLED = 'Message could not be handled'
#: Calls a service, by its name, with what it is given.
Invoke = Callable[[str, Any], Any]


class _Refused(NamedTuple):
    code: int
    text: str


def answer(channel: Channel, body: bytes, cid: str, invoke: Invoke, allows: Callable[[str], bool]) -> Answer:
    """Returns the answer to a request, of one call or of many; errors have status 200 too, as the protocol wants it.

    `allows` tells whether the caller may use a service.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return _sent(_failed(None, _Refused(UNREADABLE, NOT_HANDLED), cid))
    methods = channel.item.values.get(SERVICES) or ()
    if not isinstance(asked, list):
        return _sent(_one(asked, methods, cid, invoke, allows))
    if len(asked) > MOST:
        return _sent(_failed(None, _Refused(WRONG, f'More than {MOST} calls'), cid))
    return _sent([_one(one, methods, cid, invoke, allows) for one in asked])


def refused(status: int, cid: str) -> Answer:
    """Returns the answer to a request that a limit does not let in."""
    return _sent(_failed(None, _Refused(*REFUSED[status]), cid))


def _sent(content: Any) -> Answer:
    return Answer(200, json.dumps(content).encode(), JSON)


def _failed(id_: Any, refused: _Refused, cid: str) -> dict[str, Any]:
    error = {'code': refused.code, 'message': refused.text, 'data': {'ctx': {'cid': cid}}}
    return {'jsonrpc': VERSION, 'id': id_, 'error': error}


def _one(asked: Any, methods: Any, cid: str, invoke: Invoke, allows: Callable[[str], bool]) -> dict[str, Any]:
    if not isinstance(asked, dict):
        return _failed(None, _Refused(UNREADABLE, NOT_HANDLED), cid)
    id_, method = asked.get('id', NO_ID), asked.get('method')
    shown = json.dumps(asked)[:500]
    if asked.get('jsonrpc') != VERSION:
        text = f'Unsupported JSON-RPC version `{asked.get("jsonrpc")}` in `{shown}`'
        return _failed(id_, _Refused(WRONG, text), cid)
    if not isinstance(method, str) or method not in methods:
        return _failed(id_, _Refused(UNKNOWN, f'Method not supported `{method}` in `{shown}`'), cid)
    if not allows(method):
        return _failed(id_, _Refused(*REFUSED[403]), cid)
    try:
        result = invoke(method, asked.get('params', ''))
        json.dumps(result)
    # Any exception at all: it was logged, and the answer says no more of it.
    except BaseException:
        return _failed(id_, _Refused(FAILED, NOT_HANDLED), cid)
    return {'jsonrpc': VERSION, 'id': id_, 'result': result}
