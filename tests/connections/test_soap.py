"""SOAP as services call it: texts, a WSDL by zeep, messages; against a server that answers with envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import item
from tests.peers.soap import NAMESPACE, soap
from tests.ports import free_port
from zatools.connections.calls import CallFailedError
from zatools.connections.clients import envelopes, is_hidden, soap as module
from zatools.connections.clients.envelopes import SOAPFault
from zatools.connections.clients.soap import ShortSoap, Soap
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict
from zatools.server.http.wss import Nonces, by_token
from zatools.server.kept import Kept
from zatools.state import Item

Peer = tuple[str, list[tuple[str, dict[str, str], bytes]]]
READ = f'{{{NAMESPACE}}}GetPrice'


@pytest.fixture(scope='module')
def peer() -> Iterator[Peer]:
    with soap() as found:
        yield found


def made(peer: Peer, path: str, generation: str = '3.2', **values: Any) -> Soap:
    login = item('basic_auth', name='Login', username='zato', password='s3cret')
    wanted: Item = item('outgoing_soap', generation, host=peer[0], url_path=path, security='Login', **values)
    found: Any = connect(wanted, {('security', 'Login'): login}, generation=generation)
    return Soap(found, generation)


def test_a_text_is_sent_as_it_is_with_the_action_and_the_login(peer: Peer) -> None:
    conn = made(peer, '/prices', soap_action='urn:a').conn
    text = envelopes.written('1.1', READ, {'item': 'tea'}, {}).decode()
    found = conn.post('cid-1', text)
    path, headers, body = peer[1][-1]
    assert (found.status_code, '<price>2.50</price>' in found.data, body.decode()) == (200, True, text)
    assert (path, headers['SOAPAction'], headers['X-Zato-CID']) == ('/prices', 'urn:a', 'cid-1')
    assert headers['Authorization'].startswith('Basic ')
    assert conn.ping().startswith('404 Not Found, ')


def test_zeep_reads_the_wsdl_and_calls_the_host_of_the_definition(peer: Peer) -> None:
    from zeep.exceptions import Fault

    conn = made(peer, '/secured', serialization_type='suds').conn
    with conn.client() as client:
        assert client.service.GetPrice(item=['tea', 'milk']) == [Decimal('2.50'), Decimal('1.10')]
        path, headers, _ = peer[1][-1]
        assert (path, headers['SOAPAction']) == ('/prices', f'"{NAMESPACE}#GetPrice"')
        assert headers['Authorization'].startswith('Basic ')
        with pytest.raises(Fault, match='no such item'):
            client.service.GetPrice(item=['gold'])
    loaded = [path for path, _, _ in peer[1]].count('/secured')
    with conn.client() as again:
        assert again is client
    assert [path for path, _, _ in peer[1]].count('/secured') == loaded


def secured(peer: Peer, **values: Any) -> Soap:
    login = item('wss', '4.1', name='Login', username='zato', password='s3cret', **values)
    wanted: Item = item('outgoing_soap', '4.1', host=peer[0], url_path='/prices', security='Login')
    found: Any = connect(wanted, {('security', 'Login'): login}, generation='4.1')
    return Soap(found, '4.1')


@pytest.mark.parametrize('has_digest', [False, True])
def test_ws_security_is_in_the_envelope(peer: Peer, tmp_path: Path, has_digest: bool) -> None:
    conn = secured(peer, use_digest=has_digest)
    text = envelopes.written('1.2', READ, {'item': 'tea'}, {'Action': 'urn:a'}).decode()
    # A channel checks it, which zeep's own tokens are for in the tests of channels.
    kept = Kept(tmp_path / 'kept.sqlite')
    login = item('wss', '4.1', name='Login', username='zato', password='s3cret', use_digest=has_digest)
    is_let_in = by_token(login, '4.1', lambda: Nonces(kept))[0]
    for call in (lambda: conn.invoke('cid-1', READ, {'item': 'tea'}), lambda: conn.post('cid-1', text)):
        call()
        _, headers, body = peer[1][-1]
        assert 'Authorization' not in headers
        assert (b's3cret' in body) is not has_digest
        assert is_let_in({'wsgi.input': BytesIO(body)})
    kept.close()


def test_a_ping_has_no_message_for_ws_security(peer: Peer) -> None:
    login = item('wss', '4.1', name='Login', username='zato', password='s3cret')
    wanted: Item = item('outgoing_soap', '4.1', host=peer[0], url_path='/secured', security='Login')
    pong = connect(wanted, {('security', 'Login'): login}, generation='4.1').ping(Attempt(5.0))
    assert (pong.facts['status'], pong.verdict) == (401, Verdict.OK)


def test_ws_security_that_is_not_known_is_named(peer: Peer) -> None:
    with pytest.raises(CallFailedError, match="calls from here know no WS-Security of mode 'x509'"):
        secured(peer, mode='x509').invoke('cid-1', READ, {})
    with pytest.raises(CallFailedError, match='what is sent with WS-Security is an envelope: no XML') as refused:
        secured(peer).post('cid-1', 'tea')
    assert 's3cret' not in str(refused.value)


@pytest.mark.parametrize(
    ('path', 'why'),
    [
        ('/elsewhere', 'its WSDL imports http://localhost:9/prices.xsd, which is another host: that is not followed'),
        ('/file', 'its WSDL imports file:///etc/passwd, which is another host: that is not followed'),
        ('/nothing', '404 Not Found for http'),
        ('/entity', 'no WSDL at http'),
        ('/prices.xsd', 'no WSDL at http'),
    ],
)
def test_what_is_no_wsdl_or_leads_elsewhere_is_refused(peer: Peer, path: str, why: str) -> None:
    with pytest.raises(CallFailedError, match=why), made(peer, path, serialization_type='suds').client():
        pass


def test_nobody_there_is_told_as_in_pings() -> None:
    nobody = f'http://127.0.0.1:{free_port()}', []
    with (
        pytest.raises(CallFailedError, match="^'Shop': refused in "),
        made(nobody, '/', serialization_type='suds').client(),
    ):
        pass


def test_a_connection_has_the_calls_that_it_has_there(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CallFailedError, match="^'Shop' has no client"), made(peer, '/wsdl').client():
        pass
    suds = made(peer, '/wsdl', serialization_type='suds')
    with pytest.raises(CallFailedError, match='call client'):
        suds.post('cid', '<a/>')
    with pytest.raises(CallFailedError, match='has no invoke'):
        suds.invoke('cid', READ)
    with pytest.raises(AttributeError, match="did you mean 'client'"):
        suds.cliemt  # noqa: B018
    monkeypatch.setattr('zatools.connections.clients.find_spec', lambda name: None)
    monkeypatch.setattr('zatools.connections.clients.is_hidden', lambda name: False)
    with pytest.raises(CallFailedError, match='needs a package of its own: pip install zeep$'), suds.client():
        pass
    assert not is_hidden(module.CLIENTS['soap'].package)


@pytest.mark.parametrize('version', ['1.1', '1.2'])
def test_an_operation_is_invoked_with_a_message(peer: Peer, version: str) -> None:
    conn = made(peer, '/prices', '4.1', soap_version=version, use_ws_addressing=True, soap_action='urn:a')
    found = conn.invoke('cid', READ, {'item': ['tea', 'milk']})
    assert (found.price, found.to_dict()) == (['2.50', '1.10'], {'price': ['2.50', '1.10']})
    with pytest.raises(AttributeError, match="^the message has no 'prize'; did you mean 'price'?"):
        found.prize  # noqa: B018
    assert b'<wsa:Action>urn:a</wsa:Action>' in peer[1][-1][2]
    short = ShortSoap(conn._rest, '4.1')
    assert short.invoke(READ, {'item': 'tea'}) == {'price': '2.50'}
    with pytest.raises(SOAPFault, match="^Client: no such item: \\['gold'\\]$") as raised:
        short.invoke(READ, {'item': 'gold'})
    assert raised.value.detail.known == ['tea', 'milk']


def test_what_is_no_message_or_no_envelope_is_told(peer: Peer) -> None:
    with pytest.raises(CallFailedError, match="operation 'a b'"):
        made(peer, '/prices', '4.1').invoke('cid', 'a b')
    with pytest.raises(CallFailedError, match='a message is a dict, not int'):
        made(peer, '/prices', '4.1').invoke('cid', 'a', 1)
    with pytest.raises(CallFailedError, match="^'Shop': 200 OK, the answer is no SOAP envelope$"):
        made(peer, '/page', '4.1').invoke('cid', 'a')
    with pytest.raises(CallFailedError, match='calls from here know no use_mtom'):
        made(peer, '/prices', '4.1', use_mtom=True).invoke('cid', 'a')
    envelope = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'
    with pytest.raises(ValueError, match='XML with a DTD'):
        envelopes.read(b'<!DOCTYPE a [<!ENTITY b "bb">]>' + envelope)
    assert envelopes.read(envelope) == {}
