"""Failures that golden cases can't have: each is made to happen, and its sentence is pinned."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.peers.sockets import listening, nobody, trickling
from tests.peers.web import Handler, address_of, authority, http_server, secure
from zatools.connections import causes
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong, Verdict
from zatools.connections.pool import ping_all
from zatools.kinds import SPELLINGS
from zatools.secret import Secret
from zatools.state import Item


def item(host: str, **values: Any) -> Item:
    return Item(SPELLINGS['outgoing_rest'][0], {'name': 'CRM', 'host': host, 'url_path': '/', **values})


def ping(one: Item, *others: Item, timeout: float = 5.0) -> Pong:
    return connect(one, {other.key: other for other in (one, *others)}).ping(Attempt(timeout))


@pytest.mark.parametrize('host', ['http://a..b', 'http://[::1', 'crm.example.com'])
def test_a_host_that_no_url_can_have(host: str) -> None:
    pong = ping(item(host))
    assert pong.failure == 'url'
    assert pong.sentence == (
        f"'{host}/' is no URL that can be called; host needs a scheme and a name, as in https://crm.example.com"
    )


class Proxy(Handler):
    def on_ok(self, rest: str, body: bytes) -> None:
        self.reply(407 if self.path.startswith('http://') else 200)


def test_a_proxy_that_wants_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(None, Proxy) as server:
        monkeypatch.setenv('http_proxy', f'http://{address_of(server)}')
        monkeypatch.setenv('no_proxy', '')
        pong = ping(item('http://crm.example.com'))
    assert pong.failure == 'proxy-login'
    assert pong.sentence.endswith(': the proxy wants a login; give it in HTTP_PROXY / HTTPS_PROXY')


def test_a_proxy_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody() as address:
        monkeypatch.setenv('https_proxy', f'http://user:s3cret@{address}')
        monkeypatch.setenv('no_proxy', '')
        pong = ping(item('https://crm.example.com'))
    assert pong.sentence == (
        f'the proxy http://user:******@{address} gives no connection to crm.example.com:443; '
        'is HTTP_PROXY / HTTPS_PROXY right?'
    )


def test_hosts_without_a_proxy_are_reached_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server() as server, nobody() as address:
        monkeypatch.setenv('http_proxy', f'http://{address}')
        monkeypatch.setenv('no_proxy', '127.0.0.1')
        assert ping(item(f'http://{address_of(server)}')).verdict is Verdict.OK


def test_a_certificate_of_tomorrow(trusted: None) -> None:
    soon = datetime.now(UTC) + timedelta(days=2)
    cert = authority().issue_cert('127.0.0.1', not_before=soon, not_after=soon + timedelta(days=9))
    with http_server(secure(cert)) as server:
        address = address_of(server)
        pong = ping(item(f'https://{address}'))
    assert pong.sentence == f"TLS: the certificate of {address} is not valid yet; is this machine's clock right?"


def test_a_token_server_that_is_slow() -> None:
    with listening(trickling) as address:
        token = Item(next(kind for kind in SPELLINGS['security'] if kind.type == 'bearer_token'), {'name': 'App'})
        token.values.update(username='app', password=Secret('s3cret'), auth_endpoint=f'http://{address}/token')
        one = item('http://127.0.0.1:9', security='App')
        pong = ping_all([connect(one, {token.key: token})], 1, 1.5, lambda *_: None)[0]
    assert pong.failure == 'deadline-token'
    assert pong.text.endswith(f'from http://{address}/token')


@pytest.mark.parametrize(
    ('error', 'name', 'reason'),
    [
        (OSError(101, 'Network is unreachable'), 'unreachable', 'network is unreachable'),
        (ConnectionRefusedError(), 'refused', ''),
        (socket.gaierror(-2, 'Name or service not known'), 'dns', ''),
        (ValueError(OSError('outer', ConnectionResetError())), 'reset', ''),
        (RuntimeError('s3cret'), 'failed', 'RuntimeError'),
    ],
)
def test_exceptions_have_names(error: Exception, name: str, reason: str) -> None:
    assert causes.name_of(error) == (name, reason)
