"""How a running server is asked to invoke a service, and what it answers: the door and envelope of each generation."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from zatools.connections.pong import printable
from zatools.secret import MASK, Secret

DOORS = {'3.2': '/zato/admin/invoke', '4.1': '/zato/api/invoke/'}
LONGEST = 300


class RefusedByServerError(Exception):
    """Something answers, but not with what was asked for; its text, for users, has no password."""


class LoginRefusedError(RefusedByServerError):
    """The server does not take the user or the password."""


class NoServerError(RefusedByServerError):
    """What answers is no Zato server, or none of that generation."""


def headers_of(user: str, password: Secret) -> dict[str, str]:
    """Returns the headers of a request."""
    login = b64encode(f'{user}:{password.reveal()}'.encode()).decode()
    return {'Authorization': f'Basic {login}', 'Content-Type': 'application/json'}


def request_of(generation: str, service: str, payload: Mapping[str, Any]) -> tuple[str, bytes]:
    """Returns the path and the body of a request."""
    text = json.dumps(payload).encode()
    if generation == '4.1':
        return DOORS[generation] + service, text
    envelope = {'name': service, 'data_format': 'json', 'payload': b64encode(text).decode()}
    return DOORS[generation], json.dumps(envelope).encode()


def answer_of(generation: str, status: int, headers: Mapping[str, str], body: bytes, password: Secret) -> Any:
    """Returns what a service answered, None for nothing. Raises RefusedByServerError."""
    if status == 401:
        raise LoginRefusedError('401')
    if status != 200:
        raise _failure(headers, body, password)
    found = read(body)
    if generation == '4.1':
        return found
    if not isinstance(found, dict) or not isinstance(found.get('zato_env'), dict):
        raise NoServerError('its answer has no zato_env: is it a Zato 3.2 server?')
    if found['zato_env'].get('result') != 'ZATO_OK':
        raise RefusedByServerError(_said(_first(found['zato_env'].get('details', '')), password))
    try:
        inner = read(b64decode(found.get('response') or '', validate=True))
    except ValueError:
        raise RefusedByServerError('its answer is not in base64') from None
    element = next((key for key in inner if key.startswith('zato')), '') if isinstance(inner, dict) else ''
    return inner[element] if element else inner


def read(body: bytes | str) -> Any:
    """Returns JSON as values, None for nothing. Raises NoServerError."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise NoServerError('its answer is no JSON: is it a Zato server?') from None


def _failure(headers: Mapping[str, str], body: bytes, password: Secret) -> RefusedByServerError:
    message = headers.get('X-Zato-Message', '').encode('latin-1', 'replace').decode('utf-8', 'replace')
    if not message:
        try:
            message = _first(json.loads(body)['details'])
        except (ValueError, KeyError, TypeError):
            return NoServerError('is it a Zato server?')
    return RefusedByServerError(_said(message, password))


def _first(details: Any) -> str:
    # 3.2 sends a whole traceback; the line that begins with >>> says what was wrong.
    lines = [line.strip() for line in str(details).splitlines()]
    return next((line[3:] for line in lines if line.startswith('>>>')), next(filter(None, lines), 'no reason given'))


def _said(text: str, password: Secret) -> str:
    # An echo of the password is masked before anything is cut off.
    return printable(text.replace(password.reveal(), MASK) if password else text, LONGEST)
