"""Channels that roles, messages, certificates and Vault guard, as clients meet them: zeep, and plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.peers.soap import NAMESPACE, SCHEMA, WSDL
from tests.ports import free_port
from tests.server.running import Local, server, write, zato
from tests.stores.standin_vault import CALLER, PASSWORD, USER, vault

SERVICES = """
from zato.server.service import Service


class Who(Service):
    name = 'who'

    def handle(self):
        self.response.payload = {'who': self.channel.security.name, 'type': self.channel.security.type}


class Other(Who):
    name = 'other'


class Price(Service):
    name = 'price'

    def handle(self):
        security = self.request.soap.security
        self.logger.info('%s: %s by %s', self.channel.security.type, security.username, security.mode)
        self.response.payload = {'price': ['2.50' for _ in [self.request.payload.item]]}


class Older(Service):
    name = 'older'

    def handle(self):
        self.response.payload = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            '<GetPriceResponse xmlns="urn:shop:prices"><price>1.10</price></GetPriceResponse></s:Body></s:Envelope>')
"""
OLDER = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
  - {name: key, type: apikey, header: X-Key, password: a-key}
  - {name: wss, type: wss, username: shop, password: s3cret-of-wss, reject_empty_nonce_creat: false,
     reject_stale_tokens: true, reject_expiry_limit: 60, nonce_freshness_time: 60}
  - {name: xpath, type: xpath, username: shop, password: s3cret-of-xpath, username_expr: //user, password_expr: //pin}
  - {name: half, type: xpath, username: shop, password: s3cret-of-xpath, username_expr: //user}
  - {name: tls, type: tls_channel_sec, value: commonname=shop}
  - {name: vault, type: vault_connection, url: '%s'}
  - {name: gone, type: vault_connection, url: 'http://127.0.0.1:%d', timeout: 1}
rbac_role:
  - {name: reader, parent: Root}
  - {name: editor, parent: reader}
rbac_client_role:
  - {client_def: 'sec_def:::basic_auth:::api', role: editor}
  - {client_def: 'sec_def:::apikey:::key', role: reader}
  - {client_def: 'sec_def:::xpath_sec:::xpath', role: editor}
rbac_role_permission:
  - {role: reader, permission: Read, service: who}
  - {role: editor, permission: Create, service: who}
channel_rest:
  - {name: ruled, service: who, url_path: /ruled, data_format: json, sec_use_rbac: true}
  - {name: messages, service: who, url_path: /messages, sec_use_rbac: true}
  - {name: own, service: who, url_path: /own, data_format: json, security: key, has_rbac: true}
  - {name: other, service: other, url_path: /other, data_format: json, sec_use_rbac: true}
  - {name: xpath, service: who, url_path: /xpath, security: xpath}
  - {name: half, service: who, url_path: /half, security: half, data_format: json}
  - {name: tls, service: who, url_path: /tls, security: tls, data_format: json}
  - {name: vault, service: who, url_path: /vault, security: vault, data_format: json}
  - {name: gone, service: who, url_path: /gone, security: gone, data_format: json}
channel_soap:
  - {name: soap, service: older, url_path: /soap, soap_action: 'urn:shop:prices#GetPrice', security: wss}
json_rpc:
  - {name: rpc, url_path: /rpc, service_whitelist: [who, other], sec_use_rbac: true}
"""
NEWER = """
security:
  - {name: text, type: wss, username: shop, password: s3cret-of-wss}
  - {name: digest, type: wss, username: shop, password: s3cret-of-wss, use_digest: true}
  - {name: saml, type: wss, username: shop, password: s3cret-of-wss, mode: saml}
  - {name: tls, type: mtls, client_cert_fingerprint: 'AB:CD'}
channel_soap:
  - {name: text, service: price, url_path: /text, security: text}
  - {name: digest, service: price, url_path: /digest, security: digest}
  - {name: saml, service: price, url_path: /saml, security: saml}
channel_rest:
  - {name: tls, service: who, url_path: /tls, security: tls, data_format: json}
"""


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with vault() as address:
        files = {'services/a.py': SERVICES, 'd.yaml': OLDER % (address, free_port())}
        with server(write(tmp_path_factory.mktemp('older'), files), '--file', 'd.yaml', '--verbose') as running:
            yield running
            assert 's3cret' not in running.log and PASSWORD not in running.log and CALLER not in running.log


@pytest.fixture(scope='module')
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': NEWER}
    folder = write(tmp_path_factory.mktemp('newer'), files)
    with server(folder, '--file', 'd.yaml', '--generation', '4.1') as running:
        yield running
        assert 's3cret' not in running.log


def get_price(url: str, folder: Path, **security: Any) -> Any:
    """Calls GetPrice by zeep, whose own header of WS-Security logs it in."""
    from zeep import Client
    from zeep.transports import Transport
    from zeep.wsse.username import UsernameToken

    (folder / 'prices.xsd').write_text(SCHEMA)
    (folder / 'a.wsdl').write_text(WSDL % 'prices.xsd')
    with requests.Session() as session:
        session.trust_env = False
        token = UsernameToken('shop', **{'password': 's3cret-of-wss', **security})
        client = Client(str(folder / 'a.wsdl'), transport=Transport(session=session), wsse=token)
        return client.create_service(f'{{{NAMESPACE}}}Binding', url).GetPrice(item=['tea'])


def status_of(url: str, folder: Path, **security: Any) -> int:
    from zeep.exceptions import TransportError

    with pytest.raises(TransportError) as refused:
        get_price(url, folder, **security)
    return int(refused.value.status_code)


def test_zeep_logs_in_by_ws_security_at_3_2(older: Local, tmp_path: Path) -> None:
    url = f'{older.url}/soap'
    assert get_price(url, tmp_path) == [Decimal('1.10')]
    assert status_of(url, tmp_path, password='wrong') == 401
    assert status_of(url, tmp_path, use_digest=True) == 401
    assert older.call('/soap', data=b'<a/>', headers={'SOAPAction': f'{NAMESPACE}#GetPrice'}).status_code == 401


def test_zeep_logs_in_by_ws_security_at_4_1(newer: Local, tmp_path: Path) -> None:
    assert get_price(f'{newer.url}/text', tmp_path) == [Decimal('2.50')]
    newer.wait_for('wss: shop by username_token')
    assert status_of(f'{newer.url}/text', tmp_path, password='wrong') == 401
    assert status_of(f'{newer.url}/text', tmp_path, use_digest=True) == 401
    url = f'{newer.url}/digest'
    again = {'use_digest': True, 'nonce': 'a-nonce', 'zulu_timestamp': True}
    assert get_price(url, tmp_path, use_digest=True, zulu_timestamp=True) == [Decimal('2.50')]
    assert get_price(url, tmp_path, use_digest=True) == [Decimal('2.50')]
    assert get_price(url, tmp_path, **again) == [Decimal('2.50')]
    assert status_of(url, tmp_path, **again) == 401
    newer.wait_for("wss 'digest': a nonce came a second time: refused")
    assert status_of(url, tmp_path) == 401
    assert status_of(url, tmp_path, use_digest=True, password='wrong') == 401


def test_what_can_not_be_checked_lets_nobody_in_and_the_log_says_why(older: Local, newer: Local) -> None:
    assert newer.call('/saml', data=b'<a/>').status_code == 501
    newer.wait_for("wss 'saml': the local server knows no WS-Security of mode 'saml', but username_token; its ")
    assert older.call('/half', data=b'<a><user>shop</user></a>').json()['details'] == 'it has no password_expr'
    older.wait_for("xpath 'half': it has no password_expr; its channels answer 501")
    sent = {'X-Zato-Vault-Token': CALLER}
    found = older.call('/gone', headers=sent)
    assert (found.status_code, found.json()['details']) == (500, 'An error has occurred')
    older.wait_for("channel 'gone': 500, vault_connection 'gone': Vault can't be asked: ConnectionError (CID ")
    assert older.call('/gone').status_code == 401


def test_roles_say_who_may_use_a_service(older: Local) -> None:
    key = {'X-Key': 'a-key'}
    assert older.call('/ruled', 'GET', user='', headers=key).json() == {'who': 'key', 'type': 'apikey'}
    assert older.call('/ruled', 'GET').json() == {'who': 'api', 'type': 'basic_auth'}
    assert older.call('/ruled', 'POST').status_code == 200
    denied = older.call('/ruled', 'POST', user='', headers=key)
    assert (denied.status_code, denied.json()['details']) == (403, 'Forbidden')
    older.wait_for("channel 'ruled': 403, no role of 'key' has Create for 'who' (CID ")
    assert older.call('/ruled', 'OPTIONS').status_code == 403
    assert older.call('/ruled', 'GET', user='').status_code == 401
    assert older.call('/ruled', 'GET', user='api:wrong').status_code == 401
    # A role is enough, whatever the way to log in, that of a message, too.
    body = b'<a><user>shop</user><pin>s3cret-of-xpath</pin></a>'
    assert older.call('/messages', user='', data=body).json() == {'who': 'xpath', 'type': 'xpath'}
    assert older.call('/messages', user='', data=body[:-1]).status_code == 401
    assert older.call('/own', 'GET', headers=key).json()['who'] == 'key'
    assert older.call('/own', 'POST', headers=key).status_code == 403
    assert older.call('/own', 'GET').status_code == 401
    assert older.call('/other', 'GET').status_code == 403


def test_each_call_of_json_rpc_needs_a_role(older: Local) -> None:
    calls = [{'jsonrpc': '2.0', 'id': number, 'method': name} for number, name in enumerate(('who', 'other'))]
    told, refused = older.call('/rpc', json=calls).json()
    assert told['result'] == {'who': 'api', 'type': 'basic_auth'}
    assert refused['error']['code'] == -32403
    older.wait_for("channel 'rpc': no role of its caller may use 'other' (CID ")
    assert older.call('/rpc', user='', json=calls).status_code == 401
    found = older.call('/rpc', user='', headers={'X-Key': 'a-key'}, json=calls[0]).json()
    assert found['error']['code'] == -32403


def test_messages_certificates_and_vault_let_callers_in(older: Local, newer: Local) -> None:
    right = b'<a><user>shop</user><pin>s3cret-of-xpath</pin></a>'
    assert older.call('/xpath', data=right).json()['who'] == 'xpath'
    assert older.call('/xpath', data=right.replace(b'of', b'by')).status_code == 401
    assert older.call('/tls', headers={'X-Zato-TLS-CommonName': 'shop'}).json()['who'] == 'tls'
    assert older.call('/tls', headers={'X_Zato_TLS_CommonName': 'shop'}).status_code in (400, 401)
    assert older.call('/tls', headers={'X-Zato-TLS-CommonName': 'other'}).status_code == 401
    assert older.call('/vault', headers={'X-Zato-Vault-Token': CALLER}).json()['who'] == 'vault'
    by_user = {'X-Zato-Vault-Username': USER, 'X-Zato-Vault-Password': PASSWORD}
    assert older.call('/vault', headers=by_user).json()['type'] == 'vault_connection'
    assert older.call('/vault', headers={**by_user, 'X-Zato-Vault-Password': 'x'}).status_code == 401
    proven = {'X-Zato-SSL-Client-Verify': 'SUCCESS', 'X-Zato-SSL-Client-SHA256': 'abcd'}
    assert newer.call('/tls', headers=proven).json() == {'who': 'tls', 'type': 'mtls'}
    assert newer.call('/tls', headers={**proven, 'X-Zato-SSL-Client-SHA256': 'ab'}).status_code == 401
    assert newer.call('/tls').status_code == 401


def test_openapi_says_what_guards_channels(older: Local) -> None:
    import yaml
    from openapi_spec_validator import validate

    done = zato(older.folder, 'openapi', '.', '--file', 'd.yaml')
    found = yaml.safe_load(done.stdout)
    validate(found)
    # Whoever has a role may be who calls.
    assert found['paths']['/ruled']['post']['security'] == [{'api': []}, {'key': []}, {'xpath': []}]
    assert found['paths']['/own']['post']['security'] == [{'key': []}]
    assert found['components']['securitySchemes']['tls'] == {'type': 'mutualTLS'}
