"""Bearer tokens of 4.1 channels: static ones, and those that an issuer signs, with a real issuer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.peers.sockets import babbling, dripping, listening, resetting
from tests.server.running import server, write
from tests.server.test_guards import item, state
from zatools.connections import issuer as issuers
from zatools.server.http.channels import channel_of

jwt = pytest.importorskip('jwt')
rsa = pytest.importorskip('cryptography.hazmat.primitives.asymmetric.rsa')


class Issuer:
    """An issuer of tokens: a document, keys, and what it was asked."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.asked: list[str] = []
        self.document: dict[str, Any] = {}
        self.keys: Any = {'keys': [{'kty': 'EC', 'kid': 'other', 'crv': 'P-256'}, self.public(self.key, 'one')]}
        self.status = 200
        self.url = ''

    @staticmethod
    def public(key: Any, kid: str) -> dict[str, Any]:
        return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), 'kid': kid, 'use': 'sig'}

    def token(self, kid: str | None = 'one', key: Any = None, algorithm: str = 'RS256', **claims: Any) -> str:
        now = datetime.now(UTC)
        usual = {'iss': self.url, 'aud': 'orders', 'exp': now + timedelta(minutes=5), **claims}
        content = {name: value for name, value in usual.items() if value is not None}
        headers = {'kid': kid} if kid else None
        return str(jwt.encode(content, key or self.key, algorithm, headers=headers))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    one = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked.append(self.path)
            content = one.document if 'well-known' in self.path else one.keys
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(one.status)
            self.send_header('Location', f'{one.url}/elsewhere')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    peer = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    one.url = f'http://127.0.0.1:{peer.server_port}'
    one.document = {'issuer': one.url, 'jwks_uri': f'{one.url}/keys'}
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    yield one
    peer.shutdown()
    peer.server_close()


def let_in(generation: str, login: Any, *tokens: str, scheme: str = 'Bearer') -> list[int]:
    """Returns what requests with tokens are answered by one channel; 200 is let in."""
    channel = item('channel_rest', 'a', service='a', url_path='/a', security=login.name)
    guard = channel_of(channel, state(login), generation).guard
    assert guard
    found = [guard({'HTTP_AUTHORIZATION': f'{scheme} {token}'}) for token in tokens]
    return [denied.status if denied else 200 for denied in found]


def bearer(issuer: Issuer, /, **values: Any) -> Any:
    return item('bearer_token', 'tokens', **{'audience': 'orders', 'issuer': issuer.url, **values})


def test_a_static_token_is_the_password() -> None:
    login = item('bearer_token', 'tokens', password='a-token', is_static_token=True)
    assert let_in('4.1', login, 'a-token', 'another', '', 'a-token2') == [200, 401, 401, 401]
    assert let_in('4.1', login, 'a-token', scheme='bEARER') == [200]
    assert let_in('4.1', login, 'a-token', scheme='Basic') == [401]
    assert let_in('3.2', login, 'a-token') == [501]


@pytest.mark.parametrize('values', [{'password': ''}, {}, {'password': 'x', 'is_active': False}])
def test_no_token_lets_nobody_in(values: dict[str, Any]) -> None:
    login = item('bearer_token', 'tokens', is_static_token=True, **values)
    assert let_in('4.1', login, '', 'x', 'None') == [401, 401, 401]


def test_without_an_audience_no_token_counts(issuer: Issuer) -> None:
    assert let_in('4.1', bearer(issuer, audience=''), issuer.token()) == [401]


def test_a_token_that_the_issuer_signed_is_let_in(issuer: Issuer) -> None:
    assert let_in('4.1', bearer(issuer), issuer.token(), issuer.token()) == [200, 200]
    assert issuer.asked == ['/.well-known/openid-configuration', '/keys']


def test_the_issuer_may_be_that_of_the_token_endpoint(issuer: Issuer) -> None:
    login = bearer(issuer, issuer=None, auth_endpoint=f'{issuer.url}/oauth/token')
    assert let_in('4.1', login, issuer.token()) == [200]


def test_keys_may_have_an_address_of_their_own(issuer: Issuer) -> None:
    login = bearer(issuer, jwks_url=f'{issuer.url}/others', issuer='https://login.example.com')
    assert let_in('4.1', login, issuer.token(iss='https://login.example.com')) == [200]
    assert issuer.asked == ['/others']


def test_tokens_that_are_not_as_they_must_be_let_nobody_in(issuer: Issuer) -> None:
    other = rsa.generate_private_key(65537, 2048)
    tokens = [
        issuer.token(kid=None),
        issuer.token(kid='unknown'),
        issuer.token(key=other),
        issuer.token(iss='https://evil.example.com'),
        issuer.token(iss=None),
        issuer.token(aud='others'),
        issuer.token(aud=None),
        issuer.token(exp=None),
        issuer.token(exp=datetime.now(UTC) - timedelta(minutes=1)),
        issuer.token(key='s' * 64, algorithm='HS256'),
        str(jwt.encode({'iss': issuer.url, 'aud': 'orders'}, '', 'none', headers={'kid': 'one'})),
        issuer.token()[:-4],
        f'{issuer.token()}x' * 20_000,
        'a.b.c',
        '',
    ]
    assert set(let_in('4.1', bearer(issuer), *tokens)) == {401}


@pytest.mark.parametrize(
    ('claims', 'given', 'expected'),
    [
        ({'role': 'admin'}, {'role': 'admin'}, 200),
        ({'role': 'admin'}, {'role': 'user'}, 401),
        ({'role': 'admin'}, {}, 401),
        (['role=admin', 'level=3'], {'role': ['user', 'admin'], 'level': 3}, 200),
        (['role=admin', 'level=3'], {'role': ['user', 'admin'], 'level': '3'}, 401),
        ('role=admin\nlevel=3', {'role': 'admin', 'level': 3}, 200),
        ('is_staff=true', {'is_staff': 'true'}, 200),
        ('is_staff=true', {'is_staff': True}, 401),
        ('level=1', {'level': True}, 401),
        ('', {}, 200),
    ],
)
def test_claims_must_all_be_there(issuer: Issuer, claims: Any, given: dict[str, Any], expected: int) -> None:
    assert let_in('4.1', bearer(issuer, claims=claims), issuer.token(**given)) == [expected]


@pytest.mark.parametrize(
    'keys',
    [b'', b'no json', b'[]', {'keys': 1}, {'keys': [1, None, {'kid': []}]}, b'[' * 100_000, b' ' * 2_000_000],
    ids=['empty', 'text', 'list', 'number', 'junk', 'deep', 'long'],
)
def test_an_issuer_that_answers_nonsense_lets_nobody_in(issuer: Issuer, keys: Any) -> None:
    issuer.keys = keys
    assert let_in('4.1', bearer(issuer), issuer.token(), issuer.token()) == [401, 401]
    assert issuer.asked == ['/.well-known/openid-configuration', '/keys']


@pytest.mark.parametrize('status', [302, 404, 500])
def test_an_issuer_that_has_no_keys_lets_nobody_in(issuer: Issuer, status: int) -> None:
    issuer.status = status
    assert let_in('4.1', bearer(issuer, jwks_url=f'{issuer.url}/keys'), issuer.token()) == [401]
    assert issuer.asked == ['/keys']


def test_new_keys_are_fetched_but_not_for_each_token(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    new = rsa.generate_private_key(65537, 2048)
    token = issuer.token(kid='two', key=new)
    keys = issuers.Keys(issuer.url, f'{issuer.url}/keys')
    assert keys.find('one')
    issuer.keys = {'keys': [Issuer.public(new, 'two')]}
    assert keys.find('two') is None
    monkeypatch.setattr(issuers, 'BETWEEN', 0)
    assert keys.find('two')
    assert keys.find('one') is None
    assert token
    assert len(issuer.asked) == 3


@pytest.mark.parametrize('answer', [dripping, babbling, resetting])
def test_an_issuer_that_answers_oddly_lets_nobody_in_and_keeps_nobody_waiting(
    answer: Callable[[socket.socket], None], issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, 'TIMEOUT', 0.5)
    token = issuer.token()
    started = time.perf_counter()
    with listening(answer) as where:
        assert let_in('4.1', bearer(issuer, issuer=f'http://{where}'), token) == [401]
    assert time.perf_counter() - started < 5


def test_members_of_groups_may_have_tokens(issuer: Issuer) -> None:
    static = item('bearer_token', 'static', password='a-token', is_static_token=True)
    signed = bearer(issuer)
    group = item('groups', 'g', members=['static', 'tokens'])
    channel = item('channel_rest', 'a', service='a', url_path='/a', groups=['g'])
    guard = channel_of(channel, state(static, signed, group), '4.1').guard
    assert guard
    assert guard({'HTTP_AUTHORIZATION': 'Bearer a-token'}) is None
    assert not issuer.asked
    assert guard({'HTTP_AUTHORIZATION': f'Bearer {issuer.token()}'}) is None
    denied = guard({'HTTP_AUTHORIZATION': 'Bearer wrong'})
    assert denied and denied.status == 403


def test_a_server_answers_as_the_platform_does(issuer: Issuer, tmp_path: Path) -> None:
    code = """
from zato.server.service import Service


class Who(Service):
    name = 'who'

    def handle(self):
        self.response.payload = {'who': self.channel.security.name}
"""
    definitions = f"""
security:
  - {{name: tokens, type: bearer_token, username: u, password: '${{SECRET}}',
     auth_endpoint: '{issuer.url}/token', audience: orders}}
channel_rest:
  - {{name: who, service: who, url_path: /who, security: tokens, data_format: json}}
"""
    environ = {'SECRET': 'x' * 20}
    files = {'services/a.py': code, 'd.yaml': definitions}
    with server(write(tmp_path, files), '--file', 'd.yaml', '--generation', '4.1', environ=environ) as local:
        good = local.call('/who', user='', headers={'Authorization': f'Bearer {issuer.token()}'})
        assert (good.status_code, good.json()) == (200, {'who': 'tokens'})
        bad = local.call('/who', user='', headers={'Authorization': 'Bearer x'})
        assert (bad.status_code, bad.headers['WWW-Authenticate']) == (401, 'Bearer')
        assert issuer.token() not in local.log
