"""3.2's JWT channels: logging in, calling with the token, logging out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.server.running import Local, server, write

DEFINITIONS = """
security:
  - {name: partner, type: jwt, username: partner, password: pärtner, ttl: 600}
  - {name: other, type: jwt, username: other, password: pw}
  - {name: short, type: jwt, username: short, password: pw, ttl: 100}
  - {name: off, type: jwt, username: off, password: pw, is_active: false}
  - {name: none, type: jwt, username: none, password: ''}
  - name: limited
    type: jwt
    username: limited
    password: pw
    is_rate_limit_active: true
    rate_limit_def: '*=2/d'
channel_rest:
  - {name: orders, service: orders, url_path: /orders, security: partner, data_format: json}
  - {name: short, service: orders, url_path: /short, security: short, data_format: json}
  - {name: off, service: orders, url_path: /off, security: off, data_format: json}
  - {name: limited, service: orders, url_path: /limited, security: limited, data_format: json}
"""
SERVICES = """
from zato.server.service import Service


class Orders(Service):
    name = 'orders'

    def handle(self):
        self.response.payload = {'caller': self.channel.security.username}
"""


def made(folder: Path) -> Path:
    return write(folder, {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS})


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with server(made(tmp_path_factory.mktemp('jwt')), '--file', 'd.yaml') as running:
        yield running


def log_in(local: Local, username: Any = 'partner', password: Any = 'pärtner') -> requests.Response:
    return local.call('/zato/jwt/log-in', user='', json={'username': username, 'password': password})


def token(local: Local, *login: str) -> str:
    answer = log_in(local, *login)
    assert answer.status_code == 200, answer.text
    found = answer.json()['response']['token']
    assert answer.headers['Authorization'] == found
    return str(found)


def status(local: Local, value: str, path: str = '/orders') -> int:
    return local.call(path, user='', headers={'Authorization': value}).status_code


def test_a_token_lets_in_until_it_is_logged_out(local: Local) -> None:
    one, two = token(local), token(local)
    assert local.call('/orders', user='', headers={'Authorization': f'Bearer {one}'}).json() == {'caller': 'partner'}
    assert local.call('/zato/jwt/log-out', user='', headers={'Authorization': f'Bearer {one}'}).status_code == 200
    assert [status(local, f'Bearer {value}') for value in (one, two)] == [401, 200]
    assert local.call('/zato/jwt/log-out', user='').status_code == 200


def test_who_is_not_let_in(local: Local) -> None:
    good, other = token(local), token(local, 'other', 'pw')
    values = ['', 'Bearer', f'Bearer {other}', good, f'Basic {good}', f'Bearer {good}x', 'Bearer ' + 'x' * 20_000]
    assert {status(local, value) for value in values} <= {401, 400, 431}
    denied = local.call('/orders', user='')
    assert (denied.status_code, denied.headers['WWW-Authenticate']) == (401, 'JWT')
    assert status(local, f'Bearer {good}', '/off') == 401
    assert local.call('/orders', user='partner:pärtner').status_code == 401


@pytest.mark.parametrize(
    'body',
    [b'', b'{', b'[]', b'7', b'{"username": "partner"}', b'{"username": "partner", "password": "wrong"}', b'[' * 50_000]
    + [b'{"username": ["partner"], "password": {}}', b'{"username": "partner", "password": "' + b'x' * 70_000 + b'"}'],
)
def test_a_login_that_is_none(local: Local, body: bytes) -> None:
    answer = local.call('/zato/jwt/log-in', user='', data=body)
    assert (answer.status_code, answer.headers['WWW-Authenticate']) == (401, 'jwt')


def test_logins_that_can_not_be_used(local: Local) -> None:
    assert [log_in(local, *login).status_code for login in (('off', 'pw'), ('none', ''), ('', ''))] == [401, 401, 401]
    assert local.call('/zato/jwt/log-in', 'GET', user='').status_code == 405
    assert local.call('/zato/jwt/refresh', user='').status_code == 404


def age(local: Local, seconds: int) -> None:
    """Lets time pass for sessions."""
    with closing(sqlite3.connect(local.folder / 'zato-server.sqlite')) as kept, kept:
        kept.execute("update session set ends = ends - ? where login = 'short'", [seconds])


def test_a_session_ends_unless_it_is_used(local: Local) -> None:
    used, unused = (f'Bearer {token(local, "short", "pw")}' for _ in range(2))
    age(local, 50)
    assert status(local, used, '/short') == 200
    age(local, 60)
    assert [status(local, value, '/short') for value in (used, unused)] == [200, 401]


def test_limits_of_a_definition_count(local: Local) -> None:
    value = f'Bearer {token(local, "limited", "pw")}'
    assert [status(local, value, '/limited') for _ in range(3)] == [200, 200, 429]
    assert status(local, 'Bearer wrong', '/limited') == 401


def test_sessions_outlive_a_restart_and_are_of_all_workers(tmp_path: Path) -> None:
    folder = made(tmp_path)
    with server(folder, '--file', 'd.yaml') as first:
        value = f'Bearer {token(first)}'
    assert value.partition(' ')[2].encode() not in (folder / 'zato-server.sqlite').read_bytes()
    with server(folder, '--file', 'd.yaml', '--workers', '2') as second, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: status(second, value), range(40))) == {200}


def test_4_1_has_no_such_logins(tmp_path: Path) -> None:
    folder = write(tmp_path, {'services/a.py': SERVICES, 'd.yaml': 'channel_rest: []'})
    with server(folder, '--file', 'd.yaml', '--generation', '4.1') as local:
        assert log_in(local).status_code == 404
