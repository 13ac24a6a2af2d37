"""Security definitions of the rarer types: of clouds, certificates, Kerberos, Vault and SOAP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zatools.kinds.certificates import info_of
from zatools.kinds.fields import STATED_32, V32, V41
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.security import (  # fmt: skip
    CERTIFICATE_LOGIN,
    NOISE,
    PASSWORD,
    USERNAME,
    VAULT_LOGIN,
    WSS_LOGIN,
    XPATH_LOGIN,
    base,
    definition,
    exchange_doubts,
)
from zatools.kinds.traits import CHANNEL, ENDPOINT, OPENED, VAULT as PROTOCOL, VERIFIES, Asked, Doubt, Use

#: What 3.2's services write to `opaque1` where there is nothing to say, but for those of keys and users.
EMPTY = '"{}"'


def _name(values: Mapping[str, Any]) -> str:
    return str(values['name'])


def _nameless(type_: str, doc: str, row: Row, *fields: Field, nothing: str = 'null', **more: Any) -> Kind:
    # Nobody logs in with a user name; the column has the definition's own.
    rows = (base(type_, follows={'username': _name}, nothing=nothing), row)
    noise = {**NOISE, 'username': None, **more.pop('noise', {})}
    return definition(type_, doc, rows, *fields, **{'unique': (), 'noise': noise, **more})


def _mtls_doubts(use: Use) -> Iterator[Doubt]:
    is_any = not (use.values.get('client_cert_fingerprint') or use.values.get('client_cert_subject_dn'))
    if use.role == CHANNEL and is_any and use.is_user_wanted:
        text = f"'{use.name}' takes any certificate that the proxy verified"
        yield Doubt(use.field, text, 'give it client_cert_fingerprint or client_cert_subject_dn')


def _wss_doubts(use: Use) -> Iterator[Doubt]:
    if use.generation == '3.2' and use.role == CHANNEL and use.is_user_wanted:
        yield Doubt(use.field, f"'{use.name}' is WS-Security, which late versions of Zato 3.2 don't have")


def _child(table: str, **more: Any) -> Row:
    return Row(table, link='id', **more)


AWS = definition(
    'aws',
    'Access keys of AWS.',
    (base('aws'), _child('sec_aws')),
    Field('username', 'Access key.', required=True, example='AKIAEXAMPLE'),
    Field('password', 'Secret key; a variable in files.', secret=True),
    generations=V32,
    title='AWS keys',
    admin='zato.security.aws',
)
OPENSTACK = definition(
    'openstack',
    'Users of OpenStack.',
    (base('openstack'), _child('sec_openstack')),
    USERNAME,
    PASSWORD,
    generations=V32,
    title='OpenStack users',
)
XPATH = definition(
    'xpath',
    'User names and passwords that messages carry, found by XPath.',
    (base('xpath', nothing=EMPTY), _child('sec_xpath')),
    USERNAME,
    Field('username_expr', 'XPath of the user name.', required=True, example='//user'),
    Field('password_expr', 'XPath of the password.'),
    PASSWORD,
    generations=V32,
    aliases=('xpath', 'xpath_sec'),
    title='XPath definitions',
    login=XPATH_LOGIN,
)
TLS_KEY_CERT = _nameless(
    'tls_key_cert',
    'A private key and its certificate, for outgoing connections.',
    _child('sec_tls_key_cert', follows={'info': info_of}),
    Field(
        'auth_data',
        'PEM text of both, which servers read from `config/repo/tls/keys-certs`; a variable in files.',
        secret=True,
        may_be_empty=True,
        required=True,
        example='${KEY_AND_CERTIFICATE}',
    ),
    nothing=EMPTY,
    generations=V32,
    noise={'info': None},
    title='private keys with certificates',
    login=CERTIFICATE_LOGIN,
    admin='zato.security.tls.key-cert',
)
TLS_CHANNEL = _nameless(
    'tls_channel_sec',
    'What the certificates of clients must say.',
    _child('sec_tls_channel'),
    Field(
        'value',
        'What each of their fields must be, a line for each.',
        'bytes',
        required=True,
        example='commonname=client-1',
    ),
    nothing=EMPTY,
    generations=V32,
    title='client certificates',
    login=CERTIFICATE_LOGIN,
    admin='zato.security.tls.channel',
)


def _own_token(values: Mapping[str, Any]) -> str:
    # Whoever has no token may ask whether Vault is up, and nothing else.
    return '/v1/auth/token/lookup-self' if values.get('token') else '/v1/sys/health'


VAULT = _nameless(
    'vault_connection',
    'Connections to Vault, which says whether callers may come in.',
    _child('sec_vault_conn'),
    Field('url', 'Where Vault is.', required=True, example='http://localhost:8200', means=ENDPOINT),
    Field('token', 'Token of the connection itself; a variable in files.', secret=True, may_be_empty=True),
    Field('default_auth_method', 'How callers say who they are.', choices=('token', 'username-password', 'github')),
    Field('timeout', 'Seconds to wait for an answer.', 'integer', default=10, minimum=0, written=STATED_32),
    Field('allow_redirects', 'Whether redirects are followed.', 'boolean', True, written=STATED_32),
    Field(
        'tls_verify',
        'Whether the certificate of Vault is verified.',
        'boolean',
        True,
        kept=True,
        means=VERIFIES,
        written=STATED_32,
    ),
    Field(
        'service',
        'Service that is invoked instead.',
        column='service_id',
        ref='service',
        aliases=('service_name', 'service_id'),
    ),
    Field(
        'tls_key_cert',
        'Private key and certificate to call it with.',
        column='tls_key_cert_id',
        ref='security',
        aliases=('tls_key_cert_id',),
        accepts=Per(frozenset({'tls_key_cert'}), frozenset()),
    ),
    Field(
        'tls_ca_cert',
        'CA certificate to verify it with.',
        column='tls_ca_cert_id',
        ref='tls_ca_cert',
        aliases=('tls_ca_cert_id',),
    ),
    nothing=EMPTY,
    generations=V32,
    aliases=('vault_connection', 'vault_conn_sec'),
    # Servers store what the key says and fail at any other.
    stated=Per({'sec_type': 'vault_conn_sec'}, {}),
    noise={'sec_type': None},
    title='Vault connections',
    protocol=PROTOCOL,
    served=OPENED,
    asked=Asked(address='url', path=_own_token, named=('data', 'display_name')),
    login=VAULT_LOGIN,
    admin='zato.security.vault.connection',
)
WSS = definition(
    'wss',
    'WS-Security of SOAP messages.',
    (base('wss'), _child('sec_wss_def', generations=V32), _child('sec_wss', generations=V41)),
    USERNAME,
    PASSWORD,
    Field(
        'reject_empty_nonce_creat',
        'Whether messages need a nonce and a time.',
        'boolean',
        generations=V32,
        written=STATED_32,
    ),
    Field('reject_stale_tokens', 'Whether old messages are refused.', 'boolean', generations=V32, written=STATED_32),
    Field(
        'reject_expiry_limit', 'Seconds after which a message is old.', 'integer', 0, generations=V32, written=STATED_32
    ),
    Field(
        'nonce_freshness_time', 'Seconds that a nonce counts as used.', 'integer', 0, generations=V32, written=STATED_32
    ),
    Field('mode', 'What messages carry: username_token, x509 or saml.', generations=V41),
    Field('use_digest', 'Whether passwords go as digests.', 'boolean', generations=V41),
    Field('sign', 'Whether messages are signed.', 'boolean', generations=V41),
    Field('encrypt', 'Whether messages are encrypted.', 'boolean', generations=V41),
    Field('issuer', 'Issuer of SAML assertions.', generations=V41),
    Field('subject', 'Subject of SAML assertions.', generations=V41),
    Field('audience', 'Audience of SAML assertions.', generations=V41),
    Field('jwks_url', 'URL of the keys that sign tokens.', generations=V41),
    Field('claims', 'Claims that tokens must have, as name=value.', 'any', generations=V41),
    Field('signing_key', 'Path of the private key that signs.', generations=V41),
    Field('signing_certificate_chain', 'Path of its certificates.', generations=V41),
    Field('decryption_key', 'Path of the private key that decrypts.', generations=V41),
    Field('peer_certificate', "Path of the other side's certificate.", generations=V41),
    Field('trust_anchors', 'Path of the certificates that are trusted.', generations=V41),
    title='WS-Security definitions',
    use_doubts=_wss_doubts,
    login=WSS_LOGIN,
)
MTLS = _nameless(
    'mtls',
    'Certificates of clients: of callers, as the TLS proxy tells of them, or of our own calls.',
    _child('sec_mtls'),
    Field('cert_path', 'Path of the certificate that calls show.'),
    Field('key_path', 'Path of its private key.'),
    Field('ca_certs_path', 'Path of the CA certificates that the other side is verified with.'),
    Field('client_cert_fingerprint', "SHA-256 fingerprint of the caller's certificate."),
    Field('client_cert_subject_dn', 'Subject of it, where there is no fingerprint.'),
    generations=V41,
    title='client certificates',
    login=CERTIFICATE_LOGIN,
    use_doubts=_mtls_doubts,
)
SPNEGO = _nameless(
    'spnego',
    'SPNEGO (Kerberos), for outgoing connections.',
    _child('sec_spnego'),
    Field('principal', 'Who calls.'),
    Field('keytab_path', "Path of the principal's keys."),
    Field('target_spn', 'Who is called.'),
    Field('needs_delegation', 'Whether the other side may act as the caller.', 'boolean', False),
    generations=V41,
    title='SPNEGO',
    use_doubts=exchange_doubts('spnego'),
)
# A private key comes before the connection that may use it.
KINDS = (AWS, OPENSTACK, XPATH, TLS_KEY_CERT, TLS_CHANNEL, VAULT, WSS, MTLS, SPNEGO)
