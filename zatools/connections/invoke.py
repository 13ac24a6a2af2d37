"""Invokes services of a running server, through the door and in the envelope of its generation."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import requests

from zatools.errors import FailedError
from zatools.secret import MASK, Secret, without_password

DOORS = {'3.2': '/zato/admin/invoke', '4.1': '/zato/api/invoke/'}
#: Seconds to wait for a connection.
CONNECT = 10.0
LONGEST = 300


def invoke(
    address: str,
    user: str,
    password: Secret,
    service: str,
    payload: Mapping[str, Any],
    *,
    generation: str,
    timeout: float = 120,
    ca_file: str = '',
) -> Any:
    """Returns what a service answers, None for nothing; FailedError where it doesn't, or after `timeout` seconds."""
    response = _post(address, (user, password), *_request(generation, service, payload), timeout, ca_file)
    if response.status_code == 401:
        raise FailedError(f"{address} refuses the password of '{user}'")
    found = _json(response.content)
    if response.status_code != 200:
        raise FailedError(_failure(response, found, service, password, address))
    if generation == '4.1':
        if found is None and response.content:
            raise FailedError(_stranger(address, response))
        return found
    return _unwrapped(found, response, service, password, address)


def _request(generation: str, service: str, payload: Mapping[str, Any]) -> tuple[str, bytes]:
    text = json.dumps(payload).encode()
    if generation == '4.1':
        return DOORS[generation] + service, text
    envelope = {'name': service, 'data_format': 'json', 'payload': b64encode(text).decode()}
    return DOORS[generation], json.dumps(envelope).encode()


def _post(
    address: str, login: tuple[str, Secret], path: str, body: bytes, timeout: float, ca_file: str
) -> requests.Response:
    text = f'{login[0]}:{login[1].reveal()}'.encode()
    headers = {'Authorization': f'Basic {b64encode(text).decode()}', 'Content-Type': 'application/json'}
    with requests.Session() as session:
        # A server of one's own is not asked through proxies, nor with a login of .netrc.
        session.trust_env = False
        try:
            return session.post(
                address + path,
                data=body,
                headers=headers,
                timeout=(min(CONNECT, timeout), timeout),
                verify=ca_file or True,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError:
            raise FailedError(
                f'the TLS certificate of {address} can not be verified', 'REQUESTS_CA_BUNDLE names a file of CAs'
            ) from None
        except requests.exceptions.ReadTimeout:
            raise FailedError(
                f'{address} has not answered within {timeout:g} s', 'it may still be at it: see its log'
            ) from None
        except (requests.exceptions.RequestException, OSError, UnicodeError):
            raise FailedError(f'no server answers at {address}', 'is it running, and is that its address?') from None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _stranger(address: str, response: requests.Response) -> str:
    return f'what answers at {address} is no Zato server (HTTP {response.status_code})'


def _failure(response: requests.Response, found: Any, service: str, password: Secret, address: str) -> str:
    message = response.headers.get('X-Zato-Message', '').encode('latin-1', 'replace').decode('utf-8', 'replace')
    if isinstance(found, dict) and 'details' in found:
        return f'{service}: {_short(message or _first(found["details"]), password)}'
    if message:
        return f'{service}: {_short(message, password)}'
    return _stranger(address, response)


def _first(details: Any) -> str:
    # 3.2 sends a whole traceback; the line that begins with >>> says what was wrong.
    lines = [line.strip() for line in str(details).splitlines()]
    return next((line[3:] for line in lines if line.startswith('>>>')), next(filter(None, lines), 'no reason given'))


def _short(text: str, password: Secret) -> str:
    text = ' '.join(without_password(text).split())
    text = ''.join(letter if letter.isprintable() else '?' for letter in text)
    if password:
        text = text.replace(password.reveal(), MASK)
    return text if len(text) <= LONGEST else f'{text[:LONGEST]}…'


def _unwrapped(found: Any, response: requests.Response, service: str, password: Secret, address: str) -> Any:
    if not isinstance(found, dict) or not isinstance(found.get('zato_env'), dict):
        raise FailedError(_stranger(address, response))
    if found['zato_env'].get('result') != 'ZATO_OK':
        raise FailedError(f'{service}: {_short(_first(found["zato_env"].get("details", "")), password)}')
    try:
        answer = _json(b64decode(found.get('response') or '', validate=True))
    except ValueError:
        raise FailedError(f'{service}: its answer is not in base64') from None
    element = next((key for key in answer if key.startswith('zato')), '') if isinstance(answer, dict) else ''
    return answer[element] if element else answer
