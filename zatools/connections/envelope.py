"""Requests to a running server that invoke a service, and its answers: path and envelope of each generation."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from zatools.connections.pong import printable
from zatools.secret import MASK, Secret

#: The path that services of a running server are invoked at; on 4.1 the service's name follows it.
INVOKE_PATHS = {'3.2': '/zato/admin/invoke', '4.1': '/zato/api/invoke/'}
#: A line that names an exception and says what is wrong: it is not indented.
EXCEPTION = re.compile(r'^[A-Za-z_][\w.]*: .+$', re.MULTILINE)
#: Characters of a server's reason that are shown.
LONGEST = 300


class RefusedByServerError(Exception):
    """The server answers with an error. The text is for users and has no password."""


class LoginRefusedError(RefusedByServerError):
    """The server does not take the user or the password."""


class NoServerError(RefusedByServerError):
    """The program that answers is no Zato server, or none of that generation."""


def headers_of(user: str, password: Secret) -> dict[str, str]:
    """Returns the headers of a request."""
    login = b64encode(f'{user}:{password.reveal()}'.encode()).decode()
    return {'Authorization': f'Basic {login}', 'Content-Type': 'application/json'}


def request_of(generation: str, service: str, payload: Mapping[str, Any]) -> tuple[str, bytes]:
    """Returns the path and the body of a request."""
    text = json.dumps(payload).encode()
    if generation == '4.1':
        return INVOKE_PATHS[generation] + service, text
    envelope = {'name': service, 'data_format': 'json', 'payload': b64encode(text).decode()}
    return INVOKE_PATHS[generation], json.dumps(envelope).encode()


def answer_of(generation: str, status: int, headers: Mapping[str, str], body: bytes, password: Secret) -> Any:
    """Returns what a service answered, None for nothing. Raises RefusedByServerError."""
    if status == 401:
        raise LoginRefusedError('401')
    if status != 200:
        raise _failure(headers, body, password)
    answer = read(body)
    if generation == '4.1':
        return answer
    if not isinstance(answer, dict) or not isinstance(answer.get('zato_env'), dict):
        raise NoServerError('its answer has no zato_env: is it a Zato 3.2 server?')
    if answer['zato_env'].get('result') != 'ZATO_OK':
        raise RefusedByServerError(_shown(_first_line(answer['zato_env'].get('details', '')), password))
    try:
        inner = read(b64decode(answer.get('response') or '', validate=True))
    except ValueError:
        raise RefusedByServerError('its answer is not in base64') from None
    return _unwrapped(inner)


def _unwrapped(response: Any) -> Any:
    # 3.2 puts the response of its own services into an element that has the service's name.
    if isinstance(response, dict):
        for name, value in response.items():
            if name.startswith('zato'):
                return value
    return response


def read(body: bytes | str) -> Any:
    """Returns parsed JSON, None for an empty body. Raises NoServerError."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NoServerError('its answer is no JSON: is it a Zato server?') from None


def _failure(headers: Mapping[str, str], body: bytes, password: Secret) -> RefusedByServerError:
    message = headers.get('X-Zato-Message', '').encode('latin-1', 'replace').decode('utf-8', 'replace')
    details: Any = ''
    with suppress(ValueError, RecursionError, KeyError, TypeError):
        details = json.loads(body)['details']
    # Both may hold the traceback of the service: its last line says what was wrong.
    text = _last_exception(str(details)) or _last_exception(message) or message
    if not text and not details:
        return NoServerError('is it a Zato server?')
    return RefusedByServerError(_shown(text or _first_line(details), password))


def _last_exception(text: str) -> str:
    _, mark, trace = text.rpartition('Traceback (most recent call last)')
    if not mark:
        return ''
    found = EXCEPTION.findall(trace)
    if not found:
        return ''
    return str(found[-1]).strip()


def _first_line(details: Any) -> str:
    # 3.2 sends a whole traceback; the line that begins with >>> says what was wrong.
    lines = [line.strip() for line in str(details).splitlines()]
    for line in lines:
        if line.startswith('>>>'):
            return line[3:]
    return next(filter(None, lines), 'no reason given')


def _shown(text: str, password: Secret) -> str:
    # A server may echo the password. It is masked before the text is cut, since a cut password is not found.
    if password:
        text = text.replace(password.reveal(), MASK)
    return printable(text, LONGEST)
