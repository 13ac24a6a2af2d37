"""Vault definitions of 3.2: who may come in is asked of a stand-in that speaks Vault's HTTP."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.ports import free_port
from tests.server.test_guards import item, state
from tests.stores.standin_vault import CALLER, GITHUB, PASSWORD, TOKEN, USER, Handler, vault
from zatools.secret import Secret
from zatools.server.http import vaults
from zatools.server.http.guards import Check, UncheckedError


@pytest.fixture(scope='module')
def url() -> Iterator[str]:
    with vault() as found:
        yield found


def made(url: str, **values: Any) -> Check:
    if 'token' in values:
        values['token'] = Secret(values['token'])
    return vaults.made(item('vault_connection', 'v', url=url, **values), state())[0]


def by_token(value: str) -> dict[str, Any]:
    return {'HTTP_X_ZATO_VAULT_TOKEN': value}


def by_user(user: str, password: str) -> dict[str, Any]:
    return {'HTTP_X_ZATO_VAULT_USERNAME': user, 'HTTP_X_ZATO_VAULT_PASSWORD': password}


def by_github(value: str) -> dict[str, Any]:
    return {'HTTP_X_ZATO_VAULT_TOKEN_GITHUB': value}


#: What is sent, the method that it is for, and whether Vault knows it.
SENT: tuple[tuple[dict[str, Any], str, bool], ...] = (
    (by_token(CALLER), 'token', True),
    (by_token('hvs.of-nobody'), 'token', False),
    (by_token(''), 'token', False),
    (by_token('x' * 5000), 'token', False),
    (by_user(USER, PASSWORD), 'username-password', True),
    (by_user(USER, 'wrong'), 'username-password', False),
    (by_user('nobody', PASSWORD), 'username-password', False),
    (by_user(USER, ''), 'username-password', False),
    (by_user('', PASSWORD), 'username-password', False),
    (by_user(f'../userpass/login/{USER}', PASSWORD), 'username-password', False),
    (by_user(f'{USER}?x', PASSWORD), 'username-password', False),
    (by_user('..', PASSWORD), 'username-password', False),
    (by_github(GITHUB), 'github', True),
    (by_github('ghp_of-nobody'), 'github', False),
    ({}, '', False),
)


@pytest.mark.parametrize('method', ['', 'token', 'username-password', 'github'])
@pytest.mark.parametrize('own', ['', TOKEN])
@pytest.mark.parametrize(('sent', 'way', 'is_known'), SENT)
def test_vault_says_who_may_come_in(
    url: str, method: str, own: str, sent: dict[str, Any], way: str, is_known: bool
) -> None:
    check = made(url, default_auth_method=method, **({'token': own} if own else {}))
    assert check(sent) is (is_known and method in ('', way))


def test_a_login_leaves_no_token_behind(url: str) -> None:
    Handler.revoked.clear()
    assert made(url)(by_user(USER, PASSWORD))
    assert Handler.revoked == [TOKEN]


def test_a_name_that_leads_elsewhere_is_asked_of_nobody(url: str) -> None:
    Handler.asked.clear()
    assert not made(url)(by_user('../../sys/seal', PASSWORD))
    assert not Handler.asked


def test_where_vault_can_not_be_asked_nobody_comes_in() -> None:
    with pytest.raises(UncheckedError, match="Vault can't be asked: ConnectionError"):
        made(f'http://127.0.0.1:{free_port()}', timeout=1)(by_token(CALLER))


class _Odd(http.server.BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self) -> None:
        _Odd.seen.append(self.path)
        status, body = {'sealed': (503, b'{}'), 'moved': (307, b''), 'garbage': (200, b'<html>')}[_Odd.how]
        self.send_response(status)
        self.send_header('Location', '/elsewhere')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    how = ''

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def odd(how: str) -> Iterator[str]:
    _Odd.how = how
    _Odd.seen.clear()
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Odd) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True)
        thread.start()
        try:
            yield f'http://127.0.0.1:{found.server_port}'
        finally:
            found.shutdown()
            thread.join(5)


@pytest.mark.parametrize('how', ['sealed', 'moved', 'garbage'])
def test_an_answer_that_says_nothing_lets_nobody_in(how: str) -> None:
    with odd(how) as address, pytest.raises(UncheckedError, match="Vault can't be asked: ") as refused:
        made(address)(by_token(CALLER))
    # The token goes to no other path either, and into no text.
    assert _Odd.seen == ['/v1/auth/token/lookup-self']
    assert CALLER not in str(refused.value)


@pytest.mark.parametrize(
    ('values', 'why'),
    [
        ({'url': 'nonsense'}, 'its url is none'),
        ({'url': ''}, 'its url is none'),
        ({'service': 'auth.check'}, 'Vault with service: not supported'),
        ({'tls_key_cert': 'key'}, 'Vault with tls_key_cert: not supported'),
        ({'tls_ca_cert': 'gone'}, 'its tls_ca_cert is not there'),
        ({'default_auth_method': 'ldap'}, 'Vault knows no ldap'),
    ],
)
def test_a_definition_that_can_not_be_used_is_told(values: dict[str, Any], why: str) -> None:
    with pytest.raises(UncheckedError, match=why):
        made(**{'url': 'http://localhost:8200', **values})


def test_without_its_package_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, 'find_spec', lambda name: None)
    with pytest.raises(UncheckedError, match='pip install hvac'):
        made('http://localhost:8200')
