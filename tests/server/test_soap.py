"""SOAP channels: 3.2's services get the envelope as it came, 4.1's its message; zeep is the client."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from tests.peers.soap import NAMESPACE, SCHEMA, WSDL
from tests.server.running import Local, server, write
from zatools.connections.clients.envelopes import ADDRESSING, NAMESPACES, fault, read, written

OLDER = """
from zato.server.service import Service


class Echo(Service):
    name = 'echo'

    def handle(self):
        if b'fail' in self.request.raw:
            raise ValueError('it failed')
        self.response.payload = self.request.payload
        self.response.headers['X-Type'] = type(self.request.payload).__name__


class Other(Service):
    name = 'other'

    def handle(self):
        self.response.payload = '<other/>'
"""
DEFINITIONS_OLDER = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_soap:
  - {name: echo, service: echo, url_path: /soap, soap_action: urn:echo, data_format: json}
  - {name: other, service: other, url_path: /soap, soap_action: urn:other, soap_version: '1.2'}
  - {name: closed, service: other, url_path: /closed, security: api}
"""
NEWER = """
from zato.common.exception import BadRequest
from zato.server.service import Service


class Price(Service):
    name = 'price'

    def handle(self):
        soap, asked = self.request.soap, self.request.payload
        if soap.operation == 'Tell':
            self.response.payload = {'told': {
                'version': soap.soap_version, 'action': soap.soap_action, 'id': soap.addressing.get('MessageID'),
                'type': self.channel.type, 'nested': asked.a.b, 'nothing': asked.nothing is None}}
            return
        items = asked.item if isinstance(asked.item, list) else [asked.item]
        if 'gold' in items:
            raise BadRequest(self.cid, 'no such item', needs_msg=True)
        if 'void' in items:
            raise KeyError('a secret reason')
        self.response.headers['X-Items'] = str(len(items))
        self.response.payload = {'price': [{'tea': '2.50'}.get(one, '1.10') for one in items]}


class Declared(Service):
    name = 'declared'
    input = 'item', '-count'
    output = 'item', '-count'

    def handle(self):
        self.response.payload.item = self.request.input.item.upper()
"""
DEFINITIONS_NEWER = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_soap:
  - {name: price, service: price, url_path: /prices, security: api}
  - {name: open, service: price, url_path: /open, soap_version: '1.2'}
  - {name: declared, service: declared, url_path: /declared}
channel_rest:
  - {name: rest, service: price, url_path: /rest}
"""


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': OLDER, 'd.yaml': DEFINITIONS_OLDER}
    with server(write(tmp_path_factory.mktemp('older'), files), '--file', 'd.yaml') as running:
        yield running


@pytest.fixture(scope='module')
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': NEWER, 'd.yaml': DEFINITIONS_NEWER}
    folder = write(tmp_path_factory.mktemp('newer'), files)
    with server(folder, '--file', 'd.yaml', '--generation', '4.1') as running:
        yield running


def post(local: Local, path: str, data: bytes, user: str = '', **headers: str) -> requests.Response:
    return local.call(path, user=user, data=data, headers={'Content-Type': 'text/xml', **headers})


def envelope(message: Any, version: str = '1.1', operation: str = 'GetPrice', **addressing: str) -> bytes:
    return written(version, f'{{{NAMESPACE}}}{operation}', message, addressing)


def test_3_2_hands_over_bytes_and_sends_what_it_gets(older: Local) -> None:
    data = envelope({'item': 'tea'})
    found = post(older, '/soap', data, SOAPAction='"urn:echo"')
    assert (found.status_code, found.content, found.headers['X-Type']) == (200, data, 'bytes')
    assert found.headers['Content-Type'] == 'text/xml; charset=utf-8'
    # No XML at all is the service's business, too.
    assert post(older, '/soap', b'no xml', SOAPAction='urn:echo').content == b'no xml'
    other = older.call(
        '/soap', user='', data=data, headers={'Content-Type': 'application/soap+xml; action="urn:other"'}
    )
    assert (other.content, other.headers['Content-Type']) == (b'<other/>', 'application/soap+xml; charset=utf-8')
    failed = post(older, '/soap', b'fail', SOAPAction='urn:echo')
    assert (failed.status_code, failed.text) == (500, '["ValueError: it failed"]')
    assert post(older, '/closed', data).status_code == 401
    assert post(older, '/closed', data, 'api:pw').content == b'<other/>'


def test_3_2_tells_channels_apart_by_their_action(older: Local) -> None:
    assert post(older, '/soap', b'<a/>', SOAPAction='urn:eco').status_code == 404
    older.wait_for('POST /soap: 404, its channels want SOAPAction: urn:echo, urn:other (CID ')
    assert post(older, '/soap', b'<a/>').status_code == 404


def test_zeep_calls_a_channel(newer: Local, tmp_path: Path) -> None:
    from zeep import Client
    from zeep.exceptions import Fault
    from zeep.transports import Transport

    (tmp_path / 'prices.xsd').write_text(SCHEMA)
    (tmp_path / 'a.wsdl').write_text(WSDL % 'prices.xsd')
    session = requests.Session()
    session.trust_env, session.auth = False, ('api', 'pw')
    with session:
        client = Client(str(tmp_path / 'a.wsdl'), transport=Transport(session=session))
        service = client.create_service(f'{{{NAMESPACE}}}Binding', f'{newer.url}/prices')
        assert service.GetPrice(item=['tea', 'milk']) == [Decimal('2.50'), Decimal('1.10')]
        assert service.GetPrice(item=['tea']) == [Decimal('2.50')]
        with pytest.raises(Fault, match='no such item') as refused:
            service.GetPrice(item=['gold'])
        assert refused.value.code == 'soap:Client'
        with pytest.raises(Fault, match='An error has occurred') as failed:
            service.GetPrice(item=['void'])
        assert failed.value.code == 'soap:Server'
    assert post(newer, '/prices', envelope({'item': 'tea'})).status_code == 401
    newer.wait_for("KeyError: 'a secret reason'")


def test_versions_actions_and_addresses_reach_the_service_and_come_back(newer: Local) -> None:
    asked = envelope({'a': {'b': '1'}, 'nothing': None}, '1.2', 'Tell', Action='urn:tell')
    found = post(newer, '/open', asked, **{'Content-Type': 'application/soap+xml; action="urn:by-type"'})
    assert (found.status_code, found.headers['Content-Type']) == (200, 'application/soap+xml; charset=utf-8')
    told = read(found.content).told
    assert (told.version, told.action, told.type, told.nested, told.nothing) == (
        '1.2',
        'urn:by-type',
        'http-soap',
        '1',
        'true',
    )
    root = etree.fromstring(found.content)
    assert etree.QName(root).namespace == NAMESPACES['1.2']
    assert root.find(f'.//{{{NAMESPACE}}}TellResponse') is not None
    assert root.findtext(f'.//{{{ADDRESSING}}}RelatesTo') == told.id
    assert root.findtext(f'.//{{{ADDRESSING}}}Action') == 'urn:tellResponse'
    declared = post(newer, '/declared', envelope({'item': 'tea'}))
    assert read(declared.content) == {'item': 'TEA'}
    absent = post(newer, '/declared', envelope({'items': 'tea'}))
    assert (absent.status_code, b'Element missing: item' in absent.content) == (500, True)
    assert post(newer, '/prices', envelope({'item': 'tea'}), 'api:pw').headers['X-Items'] == '1'


BOMB = b'<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;&b;</a>'
STRICT = envelope({'item': 'tea'}).replace(
    b'<soap:Body>', b'<soap:Header><t soap:mustUnderstand="1"/></soap:Header><soap:Body>'
)


@pytest.mark.parametrize(
    ('data', 'status', 'code', 'reason'),
    [
        (b'', 500, 'Client', 'The request is no XML'),
        (b'garbage', 500, 'Client', 'The request is no XML'),
        (b'<a/>', 500, 'Client', 'The request is no SOAP envelope'),
        (BOMB, 500, 'Client', 'The request is XML with a DTD'),
        (b'<Envelope xmlns="urn:x"/>', 500, 'VersionMismatch', 'no envelope of SOAP 1.1 or 1.2'),
        (envelope({'item': 'gold'}, '1.2'), 400, 'Sender', 'no such item'),
        (envelope({'item': 'void'}, '1.2'), 500, 'Receiver', 'An error has occurred'),
        (STRICT, 500, 'MustUnderstand', 'The header t is not understood'),
        (fault('1.1', 'Client', 'x').replace(b'Fault', b'Odd'), 500, 'Server', 'An error has occurred'),
        (b'<s:Envelope xmlns:s="%s"><s:Body/></s:Envelope>' % NAMESPACES['1.1'].encode(), 500, 'Client', 'is empty'),
        (b'<a>' * 5000, 500, 'Client', 'The request is no XML'),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_can_not_be_answered_is_a_fault(newer: Local, data: bytes, status: int, code: str, reason: str) -> None:
    found = post(newer, '/open', data)
    assert found.status_code == status
    assert f'soap:{code}<' in found.text
    assert reason in found.text
    assert 'secret reason' not in found.text


def test_only_soap_has_envelopes(newer: Local) -> None:
    found = post(newer, '/rest', b'x')
    assert 'self.request.soap is not supported' in found.text
    assert 'not served here' not in newer.log
