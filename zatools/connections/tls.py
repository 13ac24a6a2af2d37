"""TLS: whom this machine trusts, what certificate it was shown, why a connection failed."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from zatools.secret import Secret

EXPIRED, EARLY = 10, 9
NAMES = frozenset({62, 64})
ISSUERS = frozenset({2, 18, 19, 20, 21})
CA_VARIABLES = ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE')


class Trust(NamedTuple):
    """Whether the other side is verified, the files of a client certificate and its key, CA certificates in PEM.

    `pem` has both the key and the certificate, where no file has them.
    """

    is_verified: bool = True
    cert: str = ''
    key: str = ''
    authority: str = ''
    pem: Secret | None = None


class AuthorityError(Exception):
    """The certificates of an authority can't be read."""


def unusable(error: AuthorityError | OSError) -> str:
    """Returns what is wrong with a file of TLS, in words for services."""
    if isinstance(error, AuthorityError):
        return f"its CA certificate can't be used: {error}"
    return f"its client certificate can't be read: {(error.strerror or 'no certificate and key in PEM').lower()}"


#: Whom this machine trusts.
VERIFIED = Trust()
#: Nobody is verified.
BLIND = Trust(False)


@lru_cache(32)
def context_for(trust: Trust) -> ssl.SSLContext:
    """Returns a context that connections with the same settings share: a new one costs more than to connect.

    Raises OSError where the client certificate can't be read, AuthorityError where those of the authority can't.
    """
    if not trust.is_verified:
        return _with_certificate(_unverified(), trust)
    # SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's own.
    context = ssl.create_default_context()
    for name in CA_VARIABLES:
        bundle = os.environ.get(name)
        if bundle:
            _load_cas(context, bundle)
    if not context.cert_store_stats()['x509_ca'] and not os.environ.get('SSL_CERT_DIR'):
        # The machine has no certificates of its own, so those that came with requests are used.
        import certifi

        context.load_verify_locations(certifi.where())
    if trust.authority:
        _trust(context, trust.authority)
    return _with_certificate(context, trust)


def _trust(context: ssl.SSLContext, authority: str) -> None:
    try:
        context.load_verify_locations(cadata=authority)
    except (ssl.SSLError, TypeError):
        # What is no ASCII is a TypeError.
        raise AuthorityError('it has no certificate in PEM') from None


def _load_cas(context: ssl.SSLContext, path: str) -> None:
    if os.path.isdir(path):
        context.load_verify_locations(capath=path)
    else:
        context.load_verify_locations(cafile=path)


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _with_certificate(context: ssl.SSLContext, trust: Trust) -> ssl.SSLContext:
    if trust.cert:
        # Without a password given, OpenSSL would ask for a passphrase at the terminal, in all threads at once.
        context.load_cert_chain(trust.cert, trust.key or None, password=lambda: '')
    if trust.pem:
        # OpenSSL reads files alone; nobody else may read this one.
        with NamedTemporaryFile('w', suffix='.pem') as file:
            file.write(trust.pem.reveal())
            file.flush()
            context.load_cert_chain(file.name, password=lambda: '')
    return context


def facts_of(sock: Any) -> dict[str, Any]:
    """Returns a socket's version of TLS, and the days until the certificate of the other side expires."""
    if not isinstance(sock, ssl.SSLSocket):
        return {}
    is_verified = sock.context.verify_mode == ssl.CERT_REQUIRED
    facts: dict[str, Any] = {'tls': sock.version(), 'is_verified': is_verified}
    shown: dict[str, Any] = sock.getpeercert() or {}
    if 'notAfter' in shown:
        until = ssl.cert_time_to_seconds(shown['notAfter'])
    else:
        until = _parsed(sock.getpeercert(True)).not_valid_after_utc.timestamp()
    facts['certificate_days'] = int((until - datetime.now(UTC).timestamp()) // 86400)
    return facts


def words_of(facts: Mapping[str, Any]) -> list[str]:
    """Returns the words about TLS for users: its version, and the days until the certificate expires."""
    if 'certificate_days' not in facts:
        return []
    days = facts['certificate_days']
    version = facts['tls']
    if not facts['is_verified']:
        version = f'{version} not verified'
    unit = 'days'
    if days == 1:
        unit = 'day'
    return [version, f'certificate {days} {unit}']


def _parsed(data: bytes | None) -> Any:
    # Imported here because it is slow, and needed only where nothing was verified.
    from cryptography import x509

    return x509.load_der_x509_certificate(data or b'')


def described(host: str, port: int, seconds: float) -> dict[str, str]:
    """Returns the names, issuer and end of a certificate that was not trusted, with words for what is not known."""
    words = {'names': 'other names', 'issuer': 'unknown', 'expired': 'already'}
    try:
        with (
            socket.create_connection((host, port), min(seconds, 2.0)) as plain,
            context_for(BLIND).wrap_socket(plain, server_hostname=host) as sock,
        ):
            parsed = _parsed(sock.getpeercert(True))
    except (OSError, ValueError):
        return words
    words['names'] = ', '.join(_names(parsed)[:3]) or 'no name'
    words['issuer'] = f"'{parsed.issuer.rfc4514_string()}'"
    words['expired'] = f'on {parsed.not_valid_after_utc:%Y-%m-%d}'
    return words


def is_http2_only(host: str, port: int, seconds: float) -> bool:
    """Tells whether a server picks HTTP/2, and does not pick HTTP/1.1 when that alone is offered."""
    return _picks('h2', host, port, seconds) and not _picks('http/1.1', host, port, seconds)


def _picks(protocol: str, host: str, port: int, seconds: float) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent: what it picks is all that is wanted.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    try:
        with (
            socket.create_connection((host, port), min(seconds, 2.0)) as plain,
            context.wrap_socket(plain, server_hostname=host) as sock,
        ):
            return sock.selected_alpn_protocol() == protocol
    except (OSError, ValueError):
        return False


def _names(parsed: Any) -> list[str]:
    from cryptography import x509

    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in extension.value]


def name_of(error: ssl.SSLError) -> str:
    """Returns the name of the failure for an error of TLS."""
    code = getattr(error, 'verify_code', None)
    if code in NAMES:
        return 'tls-name'
    if code == EXPIRED:
        return 'tls-expired'
    if code == EARLY:
        return 'tls-early'
    if code in ISSUERS:
        return 'tls-ca'
    # The answer was no TLS record at all, so the other side speaks another protocol.
    # ldap3 has errors of TLS that lack it.
    if getattr(error, 'reason', '') in ('WRONG_VERSION_NUMBER', 'RECORD_LAYER_FAILURE', 'UNKNOWN_PROTOCOL'):
        return 'tls-none'
    return 'tls'


def reason_of(error: ssl.SSLError) -> str:
    """Returns what OpenSSL calls the failure, in lower case."""
    return (
        str(getattr(error, 'verify_message', '') or getattr(error, 'reason', '') or 'unknown').replace('_', ' ').lower()
    )
