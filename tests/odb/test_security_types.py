"""Security definitions of the rarer types, as rows have them; quota tiers that definitions and groups name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Layout, copy_real
from tests.odb.test_rows import opaque, put
from tests.odb.test_tokens import exported
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice


def pem() -> tuple[str, str]:
    """Returns a private key with its certificate, and the certificate alone."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    names = [
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, 'Example'),
        x509.NameAttribute(x509.NameOID.COMMON_NAME, 'client-1'),
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name(names))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    shown = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return own + shown, shown


def secret(layout: Layout, name: str, field: str) -> str:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        return str(odb.loaded.state['security', name].values[field].reveal())


def test_a_key_with_its_certificate_is_sealed_whole_and_told_of(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    text, _ = pem()
    lines = ''.join(f'      {line}\n' for line in text.splitlines())
    content = f'security:\n  - name: client\n    type: tls_key_cert\n    auth_data: |\n{lines}'
    content += '  - {name: vault, type: vault_connection, url: "https://vault:8200", tls_key_cert: client}\n'
    put(layout, tmp_path, content)
    ((auth_data, info),) = layout.execute('select auth_data, info from sec_tls_key_cert')
    assert auth_data.startswith(b'zato.secf.')
    assert info == b'RSA; 2048 bits; CN=client-1; O=Example'
    assert secret(layout, 'client', 'auth_data') == text
    assert layout.execute('select username from sec_base where sec_type = "tls_key_cert"') == [('client',)]
    used = layout.execute(
        'select name from sec_base b join sec_vault_conn v on v.tls_key_cert_id = b.id where v.id != b.id'
    )
    assert used == [('client',)]
    assert 'Nothing to do' in put(layout, tmp_path, content).text
    assert 'tls_key_cert: client' in exported(layout)
    assert 'PRIVATE' not in exported(layout)


def test_what_is_no_certificate_says_nothing_of_itself(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, tmp_path, 'security:\n  - {name: client, type: tls_key_cert, auth_data: not a PEM text}\n')
    assert layout.execute('select info from sec_tls_key_cert') == [(b'',)]


@pytest.mark.parametrize('type_', ['mtls', 'spnego'])
def test_41_finds_its_definitions_by_a_user_name_that_is_their_name(type_: str, tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, f'security:\n  - {{name: one, type: {type_}}}\n')
    assert layout.execute(f"select username from sec_base where sec_type = '{type_}'") == [('one',)]


def test_channels_with_definitions_that_let_anybody_or_nobody_in_are_warned_of(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    channel = 'service: my.service, data_format: json'
    text = put(
        layout,
        tmp_path,
        'security:\n  - {name: any, type: mtls}\n  - {name: one, type: mtls, client_cert_subject_dn: CN=one}\n'
        '  - {name: exchange, type: spnego}\n'
        'channel_rest:\n'
        f'  - {{name: a, url_path: /a, {channel}, security: any}}\n'
        f'  - {{name: b, url_path: /b, {channel}, security: one}}\n'
        f'  - {{name: c, url_path: /c, {channel}, security: exchange}}\n',
    ).text
    assert "channel_rest 'a': 'any' takes any certificate that the proxy verified" in text
    assert "channel_rest 'b'" not in text
    assert "channel_rest 'c': 'exchange' is spnego, which does not protect a channel" in text


def test_definitions_and_groups_hold_the_ids_of_their_tiers(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    content = (
        'quota_tier:\n  - {name: gold, description: Many}\n'
        'security:\n  - {name: api, type: basic_auth, username: api, password: abc, quota_tier: gold}\n'
        'groups:\n  - {name: Partners, members: [api], quota_tier: gold}\n'
    )
    put(layout, tmp_path, content)
    ((id_, body),) = layout.execute("select id, opaque1 from generic_object where type_ = 'zato-quota-tier'")
    assert body == r'"{\"description\": \"Many\", \"rules\": []}"'
    assert [opaque(layout, *key)['quota_tier'] for key in (('security', 'api'), ('groups', 'Partners'))] == [id_, id_]
    assert exported(layout).count('quota_tier: gold') == 2
    assert 'Nothing to do' in put(layout, tmp_path, content).text
