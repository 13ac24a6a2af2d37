"""Pings of REST and SOAP connections against real servers: what is sent, and what is made of the answer."""

from __future__ import annotations

import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.peers.web import Handler, address_of, authority, http_server, secure
from zatools.connections import http, tls
from zatools.connections.clients import CLIENTS
from zatools.connections.connect import CONNECTORS, connect
from zatools.connections.pong import Attempt, Pong, Verdict, shown_url
from zatools.connections.rest import verdict_of
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.traits import CHANNEL
from zatools.place import Place
from zatools.secret import Secret
from zatools.state import Item, State


def item(section: str, **values: Any) -> Item:
    name = values.pop('type', section)
    kind = next(kind for kind in SPELLINGS[section] if name in (kind.type, section))
    return Item(kind, {'name': 'CRM', **values}, {'password': Place('a.yaml', 5, 15)})


def state_of(*items: Item) -> State:
    return {one.key: one for one in items}


def ping(one: Item, *others: Item, expected: frozenset[int] = frozenset(), timeout: float = 5.0) -> Pong:
    return connect(one, state_of(one, *others), {}, expected).ping(Attempt(timeout))


@pytest.fixture(scope='module')
def server() -> Iterator[ThreadingHTTPServer]:
    with http_server() as server:
        yield server


@pytest.fixture
def host(server: ThreadingHTTPServer) -> str:
    server.seen.clear()  # type: ignore[attr-defined]
    return f'http://{address_of(server)}'


@pytest.fixture
def seen(server: ThreadingHTTPServer, host: str) -> list[dict[str, Any]]:
    return server.seen  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ('status', 'has_login', 'verdict'),
    [
        (200, False, 'ok'),
        (204, True, 'ok'),
        (302, False, 'ok'),
        (401, False, 'ok'),
        (403, False, 'ok'),
        (401, True, 'FAILED'),
        (403, True, 'FAILED'),
        (407, False, 'FAILED'),
        (400, False, 'warn'),
        (404, True, 'warn'),
        (405, True, 'warn'),
        (410, False, 'warn'),
        (415, False, 'warn'),
        (429, False, 'warn'),
        (501, False, 'warn'),
        (500, False, 'FAILED'),
        (502, True, 'FAILED'),
        (503, False, 'FAILED'),
    ],
)
def test_a_status_has_a_verdict(status: int, has_login: bool, verdict: str) -> None:
    assert verdict_of(status, has_login) == verdict


def test_only_expected_statuses_are_ok_where_they_are_given() -> None:
    assert verdict_of(404, False, frozenset({404})) is Verdict.OK
    assert verdict_of(200, False, frozenset({404})) is Verdict.FAILED


def test_a_ping_sends_head_without_a_body(host: str, seen: list[dict[str, Any]]) -> None:
    assert ping(item('outgoing_rest', host=host, url_path='/ok')).verdict is Verdict.OK
    assert [(one['method'], one['path'], one['body']) for one in seen] == [('HEAD', '/ok', b'')]
    assert seen[0]['headers']['Content-Type'] == 'text/plain'
    assert len(seen[0]['headers']['X-Zato-CID']) == 24


def test_the_method_of_the_definition_is_sent(host: str, seen: list[dict[str, Any]]) -> None:
    ping(item('outgoing_rest', host=host, url_path='/ok', ping_method='post', data_format='json'))
    assert (seen[0]['method'], seen[0]['headers']['Content-Type']) == ('POST', 'application/json')


def test_redirects_are_shown_and_not_followed(host: str, seen: list[dict[str, Any]]) -> None:
    pong = ping(item('outgoing_rest', host=host, url_path='/redirect'))
    assert pong.verdict is Verdict.OK
    assert pong.facts['location'] == 'https://user:******@new.example.com/there?token=******'
    assert len(seen) == 1


@pytest.mark.parametrize(
    ('path', 'asked'),
    [
        ('/users/{user_id}/details', '/users/details'),
        ('/users/{user_id}', '/users'),
        ('/{_zato_path}', '/'),
        ('/report-{year}.csv', '/report-.csv'),
        ('/users?id={user_id}', '/users?id='),
    ],
)
def test_placeholders_are_left_out_with_a_note(host: str, seen: list[dict[str, Any]], path: str, asked: str) -> None:
    pong = ping(item('outgoing_rest', host=host, url_path=path))
    assert seen[0]['path'] == asked
    assert '(asked without {' in pong.text


def test_basic_auth_is_sent_in_utf_8(host: str, seen: list[dict[str, Any]]) -> None:
    login = item('security', type='basic_auth', username='zażółć', password=Secret('gęślą:jaźń'))
    login.values['name'] = 'login'
    ping(item('outgoing_rest', host=host, url_path='/ok', security='login'), login)
    assert seen[0]['headers']['Authorization'] == f'Basic {b64encode("zażółć:gęślą:jaźń".encode()).decode()}'


def test_a_user_in_the_host_does_not_take_the_place_of_the_definition(host: str, seen: list[dict[str, Any]]) -> None:
    login = item('security', type='apikey', header='X-Custom-Key', password=Secret('s3cret'))
    login.values['name'] = 'login'
    at = host.replace('://', '://somebody:else@')
    pong = ping(item('outgoing_rest', host=at, url_path='/key', security='login'), login)
    assert pong.verdict is Verdict.OK
    assert seen[0]['headers']['X-Custom-Key'] == 's3cret'


def test_a_static_token_goes_into_its_header(host: str, seen: list[dict[str, Any]]) -> None:
    token = item(
        'security', type='bearer_token', is_static_token=True, static_prefix='Bearer', password=Secret('t0ken')
    )
    token.values['name'] = 'login'
    assert ping(item('outgoing_rest', host=host, url_path='/bearer', security='login'), token).verdict is Verdict.OK


@pytest.mark.parametrize('form', ['json', 'form'])
def test_a_token_is_fetched_first(host: str, seen: list[dict[str, Any]], form: str) -> None:
    token = item(
        'security',
        type='bearer_token',
        username='app',
        password=Secret('s3cret'),
        auth_endpoint=f'{host}/token',
        data_format=form,
        scopes=['read', 'write'],
        extra_fields=['audience=crm'],
    )
    token.values['name'] = 'login'
    assert ping(item('outgoing_rest', host=host, url_path='/bearer', security='login'), token).verdict is Verdict.OK
    assert [one['path'] for one in seen] == ['/token', '/bearer']
    wanted = {
        'json': b'{"client_id": "app", "client_secret": "s3cret", "grant_type": "client_credentials", '
        b'"scope": "read write", "audience": "crm"}',
        'form': b'client_id=app&client_secret=s3cret&grant_type=client_credentials&scope=read+write&audience=crm',
    }
    assert seen[0]['body'] == wanted[form]


def test_soap_says_its_action(host: str, seen: list[dict[str, Any]]) -> None:
    ping(item('outgoing_soap', host=host, url_path='/ok', soap_action='urn:get', soap_version='1.1'))
    ping(item('outgoing_soap', host=host, url_path='/ok', soap_action='urn:get', soap_version='1.2'))
    assert seen[0]['headers']['SOAPAction'] == 'urn:get'
    assert seen[0]['headers']['Content-Type'] == 'text/xml; charset=utf-8'
    assert 'SOAPAction' not in seen[1]['headers']
    assert seen[1]['headers']['Content-Type'] == 'application/soap+xml; charset=utf-8; action="urn:get"'


def test_a_client_certificate_is_shown(tmp_path: Path, trusted: None) -> None:
    client = authority().issue_cert('client@example.com')
    client.cert_chain_pems[0].write_to_path(str(tmp_path / 'client.pem'))
    client.private_key_pem.write_to_path(str(tmp_path / 'client.key'))
    context = secure(authority().issue_cert('127.0.0.1'))
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    paths = {'tls_client_cert': str(tmp_path / 'client.pem'), 'tls_client_key': str(tmp_path / 'client.key')}
    with http_server(context) as server:
        host = f'https://{address_of(server)}'
        one = item('outgoing_soap', host=host, url_path='/ok', **paths)
        pong = ping(one)
        assert (pong.verdict, pong.facts['status']) == (Verdict.OK, 200)
        assert pong.facts['certificate_days'] > 0
        without = ping(item('outgoing_soap', host=host, url_path='/ok'))
        assert without.failure == 'tls'
        assert without.hint == 'does it want a client certificate, or another version of TLS?'
        wrong = ping(item('outgoing_soap', host=host, url_path='/ok', **{**paths, 'tls_client_cert': '/none.pem'}))
        assert wrong.sentence == "the client certificate can't be read: no such file or directory; tls_client_cert"


@pytest.mark.filterwarnings('ignore::urllib3.exceptions.InsecureRequestWarning')
def test_a_definition_has_the_certificate_that_calls_show(tmp_path: Path) -> None:
    client = authority().issue_cert('client@example.com')
    chain, key = client.cert_chain_pems[0].bytes().decode(), client.private_key_pem.bytes().decode()
    for name, text in (('client.pem', chain), ('client.key', key)):
        (tmp_path / name).write_text(text)
    authority().cert_pem.write_to_path(str(tmp_path / 'ca.pem'))
    context = secure(authority().issue_cert('127.0.0.1'))
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    paths = {name: str(tmp_path / file) for name, file in (('cert_path', 'client.pem'), ('key_path', 'client.key'))}
    trusted = {'ca_certs_path': str(tmp_path / 'ca.pem')}
    with http_server(context) as server:
        host = f'https://{address_of(server)}'

        def asked(generation: str, type_: str, **values: Any) -> Pong:
            login = item('security', type=type_, **values)
            login.values['name'] = 'shop'
            more = {} if generation == '4.1' else {'tls_verify': False}
            one = item('outgoing_rest', host=host, url_path='/ok', security='shop', **more)
            return ping(one, login)

        assert asked('4.1', 'mtls', **paths, **trusted).facts['status'] == 200
        # Who trusts nobody else does not trust this authority, and who shows nothing is refused.
        assert asked('4.1', 'mtls', **paths).failure == 'tls-ca'
        assert asked('4.1', 'mtls', **trusted).failure == 'tls'
        lost = asked('4.1', 'mtls', **{**paths, 'cert_path': '/none.pem'}, **trusted)
        assert lost.sentence == "the client certificate can't be read: no such file or directory; cert_path"
        lost = asked('4.1', 'mtls', **paths, ca_certs_path='/none.pem')
        assert lost.sentence == "the CA certificate can't be used: no such file or directory; ca_certs_path names it"
        shown = asked('3.2', 'tls_key_cert', auth_data=Secret(key + chain))
        assert shown.facts.get('status') == 200, shown.sentence
        wrong = asked('3.2', 'tls_key_cert', auth_data=Secret('s3cret'))
        assert wrong.sentence.startswith("the client certificate can't be read: ")
        assert 's3cret' not in repr(wrong)


def test_a_secret_that_no_header_can_have_is_named_and_not_shown(host: str) -> None:
    login = item('security', type='apikey', header='X-Custom-Key', password=Secret('s3cret\nX-Other: 1', '${PAY_KEY}'))
    login.values['name'] = 'login'
    pong = ping(item('outgoing_rest', host=host, url_path='/ok', security='login'), login)
    assert pong.text == "the key of 'login' (${PAY_KEY}) can't be sent in a header"
    assert 's3cret' not in repr(pong)


@pytest.mark.parametrize(('password', 'verdict'), [('s3cret', 'ok'), ('wrong', 'FAILED')])
def test_an_ntlm_login_is_exchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, verdict: str
) -> None:
    spnego = pytest.importorskip('spnego', reason='no NTLM here: pip install requests-ntlm')
    users = tmp_path / 'users'
    users.write_text('DOMAIN:zato:s3cret\n')
    monkeypatch.setenv('NTLM_USER_FILE', str(users))

    class Protected(Handler):
        exchange: Any = None

        def on_ok(self, rest: str, body: bytes) -> None:
            word, _, token = self.headers.get('Authorization', '').partition(' ')
            if word != 'NTLM':
                return self.reply(401, headers={'WWW-Authenticate': 'NTLM'})
            # One exchange a connection, as NTLM has it.
            self.exchange = self.exchange or spnego.server(protocol='ntlm')
            try:
                answer = self.exchange.step(b64decode(token))
            except spnego.exceptions.SpnegoError:
                return self.reply(401)
            if self.exchange.complete:
                return self.reply(200)
            return self.reply(401, headers={'WWW-Authenticate': f'NTLM {b64encode(answer).decode()}'})

    login = item('security', type='ntlm', username='DOMAIN\\zato', password=Secret(password, '${NTLM_PASSWORD}'))
    login.values['name'] = 'login'
    with http_server(None, Protected) as server:
        one = item('outgoing_rest', host=f'http://{address_of(server)}', url_path='/ok', security='login')
        pong = ping(one, login)
    assert pong.verdict == verdict
    if verdict == 'FAILED':
        assert pong.sentence.endswith(
            "user 'DOMAIN\\zato' refused; is the password of 'login' (${NTLM_PASSWORD}) right?"
        )


def test_cookies_of_one_connection_are_not_sent_by_another(host: str, seen: list[dict[str, Any]]) -> None:
    ping(item('outgoing_rest', host=host, url_path='/cookie'))
    ping(item('outgoing_rest', host=host, url_path='/ok'))
    assert 'Cookie' not in seen[1]['headers']


def test_a_session_keeps_no_cookies(host: str) -> None:
    session = http.new_session(tls.BLIND)
    with http.send(session, Attempt(5.0), 'GET', f'{host}/cookie') as response:
        assert 'session=1' in response.headers['Set-Cookie']
    assert not list(session.cookies)


def test_no_login_of_the_environment_is_sent(
    host: str, seen: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'netrc').write_text('default login me password s3cret\n')
    monkeypatch.setenv('NETRC', str(tmp_path / 'netrc'))
    ping(item('outgoing_rest', host=host, url_path='/ok'))
    assert 'Authorization' not in seen[0]['headers']


@pytest.mark.parametrize(
    ('url', 'shown'),
    [
        ('https://user:s3cret@crm.example.com/x', 'https://user:******@crm.example.com/x'),
        ('https://crm.example.com/x?api_key=s3cret&page=2', 'https://crm.example.com/x?api_key=******&page=2'),
        ('https://crm.example.com/\x1b[31mx', 'https://crm.example.com/ [31mx'),
    ],
)
def test_urls_are_shown_without_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_each_protocol_of_a_kind_has_what_connects_by_it() -> None:
    # What is not asked over HTTP has a client, or adds it to CONNECTORS; docs/contributing.md tells the rest.
    protocols = {kind.protocol for kind in KINDS if kind.role != CHANNEL and not kind.asked} - {''}
    clients = {name for name, entry in CLIENTS.items() if entry.otherwise is None}
    asked = {kind.protocol for kind in KINDS if kind.role != CHANNEL and kind.asked}
    assert protocols == CONNECTORS.keys() | clients - asked


def test_a_kind_says_how_it_is_asked(host: str, seen: list[dict[str, Any]]) -> None:
    jira = item('jira', address=f'{host}/basic/', username='zato', secret=Secret('s3cret'))
    assert ping(jira).verdict is Verdict.OK
    assert ping(item('outgoing_fhir', address=f'{host}/ok/r4')).verdict is Verdict.OK
    assert [(one['method'], one['path']) for one in seen] == [
        ('GET', '/basic/rest/api/2/myself'),
        ('GET', '/ok/r4/metadata'),
    ]


def test_a_refused_login_names_the_secret_of_the_connection_itself(host: str) -> None:
    pong = ping(item('jira', address=f'{host}/basic', username='zato', secret=Secret('wr0ng')))
    assert (pong.verdict, pong.failure) == (Verdict.FAILED, 'login')
    assert "the password of 'CRM'" in pong.sentence
    assert 'wr0ng' not in pong.sentence


def test_certificates_are_verified_with_the_authority_that_a_connection_names() -> None:
    pem = authority().cert_pem.bytes().decode()
    ca = Item(SPELLINGS['tls_ca_cert'][0], {'name': 'Our CA', 'value': pem})
    with http_server(secure(authority().issue_cert('127.0.0.1'))) as server:
        host = f'https://{address_of(server)}'
        called = item('outgoing_rest', host=host, url_path='/ok', sec_tls_ca_cert='Our CA')
        assert ping(called, ca).verdict is Verdict.OK
        assert ping(item('outgoing_rest', host=host, url_path='/ok')).failure == 'tls-ca'
        assert ping(called).failure == 'no-definition'


def test_an_authority_that_has_no_certificate_is_blamed_where_it_is_named() -> None:
    for text in ('no certificate', 'ÄÖÜ', '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----'):
        ca = Item(SPELLINGS['tls_ca_cert'][0], {'name': 'Bad', 'value': text})
        pong = ping(item('outgoing_rest', host='https://127.0.0.1:1', url_path='/', sec_tls_ca_cert='Bad'), ca)
        assert pong.verdict is Verdict.FAILED
        assert pong.failure == 'ca-certificate'
        assert 'sec_tls_ca_cert names it' in pong.sentence


def test_a_hint_names_no_field_that_a_kind_lacks() -> None:
    with http_server(secure(authority().issue_cert('127.0.0.1'))) as server:
        url = f'https://{address_of(server)}'
        assert 'tls_verify: false' in ping(item('outgoing_rest', host=url, url_path='/ok')).hint
        pong = ping(item('jira', address=url, username='zato', secret=Secret('s3cret')))
        assert (pong.failure, 'tls_verify' in pong.sentence) == ('tls-ca', False)
