"""LDAP: pings, and what services search, against OpenLDAP."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.files import slapd
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from zatools.connections.clients import client_of
from zatools.connections.clients.ldap import Ldap
from zatools.connections.pong import Verdict

ADMIN = {'username': 'cn=admin,dc=example', 'secret': PASSWORD}


@pytest.fixture(scope='module')
def directory() -> Iterator[tuple[Path, int, int]]:
    with tempfile.TemporaryDirectory() as name, slapd(Path(name)) as (port, secure):
        yield Path(name), port, secure


def at(port: int, **values: Any) -> dict[str, Any]:
    return {'server_list': [f'127.0.0.1:{port}'], **ADMIN, **values}


def test_a_ping_binds(directory: tuple[Path, int, int]) -> None:
    _, port, _ = directory
    assert pinged('ldap', **at(port)).text.startswith('LDAP, ')
    second = at(port, server_list=[f'127.0.0.1:{free_port()}', f'127.0.0.1:{port}'])
    assert pinged('ldap', '4.1', **second).verdict is Verdict.OK
    wrong = pinged('ldap', **at(port, secret='wrong'))
    assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user 'cn=admin,dc=example'")


def test_tls_verifies_unless_it_is_told_not_to(directory: tuple[Path, int, int]) -> None:
    folder, port, secure = directory
    ca = str(folder / 'ca.pem')
    assert pinged('ldap', **at(secure, is_tls_enabled=True, tls_ca_certs_file=ca)).verdict is Verdict.OK
    assert pinged('ldap', **at(secure, use_tls=True)).failure == 'tls-ca'
    assert pinged('ldap', **at(secure, is_tls_enabled=True, tls_validate='CERT_NONE')).verdict is Verdict.OK
    begun = at(port, is_tls_enabled=True, tls_ca_certs_file=ca, auto_bind='TLS_BEFORE_BIND')
    assert pinged('ldap', **begun).verdict is Verdict.OK
    assert pinged('ldap', **at(port, use_tls=True)).failure in ('client-tls-none', 'reset')


def test_nobody_and_others_are_told_as_in_other_pings() -> None:
    assert pinged('ldap', **at(free_port())).failure == 'refused'
    with listening(deaf) as where:
        pong = pinged('ldap', seconds=2, **at(int(where.rpartition(':')[2])))
        assert (pong.failure, (pong.took or 9) < 3) == ('read-timeout', True)
    assert pinged('ldap', **at(1, sasl_mechanism='GSSAPI')).text == "pings and services can't log in by GSSAPI"


def test_services_search_and_check_credentials(directory: tuple[Path, int, int]) -> None:
    _, port, _ = directory
    conn = Ldap(client_of(item('ldap', **at(port)))).conn
    with conn.get() as client:
        client.search('dc=example', '(cn=ada)', attributes=['sn'])
        assert [str(entry.sn) for entry in client.entries] == ['Lovelace']
    assert conn.check_credentials('cn=ada,dc=example', 'lovelace') is True
    for secret in ('wrong', ''):
        assert conn.check_credentials('cn=ada,dc=example', secret, raise_on_error=False) is False
    with pytest.raises(ConnectionError, match="^'Shop': it does not let 'cn=ada,dc=example' in$"):
        conn.check_credentials('cn=ada,dc=example', 'wrong')
    assert conn.ping().startswith('LDAP, ')
