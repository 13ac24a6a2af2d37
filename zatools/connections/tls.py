"""TLS as seen from this machine: whom it trusts, what it was shown, why it did not work."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

EXPIRED, EARLY = 10, 9
NAMES = frozenset({62, 64})
ISSUERS = frozenset({2, 18, 19, 20, 21})
CA_VARIABLES = ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE')


@lru_cache(32)
def context_for(is_verified: bool, cert: str = '', key: str = '') -> ssl.SSLContext:
    """Returns a context, one for all connections that need the same: to make one costs more than to connect.

    Raises OSError where the client certificate can't be read.
    """
    if not is_verified:
        return _with_certificate(_unverified(), cert, key)
    # SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's own.
    context = ssl.create_default_context()
    for name in CA_VARIABLES:
        bundle = os.environ.get(name)
        if bundle:
            context.load_verify_locations(**{'capath' if os.path.isdir(bundle) else 'cafile': bundle})
    if not context.cert_store_stats()['x509_ca'] and not os.environ.get('SSL_CERT_DIR'):
        # A machine without certificates of its own: those that came with requests.
        import certifi

        context.load_verify_locations(certifi.where())
    return _with_certificate(context, cert, key)


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _with_certificate(context: ssl.SSLContext, cert: str, key: str) -> ssl.SSLContext:
    if cert:
        # A passphrase would be asked for at the terminal, of all threads at once.
        context.load_cert_chain(cert, key or None, password=lambda: '')
    return context


def facts_of(sock: Any) -> dict[str, Any]:
    """Returns the version of TLS and the days until the certificate expires, of a connected socket."""
    if not isinstance(sock, ssl.SSLSocket):
        return {}
    is_verified = sock.context.verify_mode == ssl.CERT_REQUIRED
    found: dict[str, Any] = {'tls': sock.version(), 'is_verified': is_verified}
    shown: dict[str, Any] = sock.getpeercert() or {}
    if 'notAfter' in shown:
        until = ssl.cert_time_to_seconds(shown['notAfter'])
    else:
        until = _parsed(sock.getpeercert(True)).not_valid_after_utc.timestamp()
    found['certificate_days'] = int((until - datetime.now(UTC).timestamp()) // 86400)
    return found


def words_of(facts: Mapping[str, Any]) -> list[str]:
    """Returns what is shown of TLS: its version, and the days until the certificate expires."""
    if 'certificate_days' not in facts:
        return []
    days = facts['certificate_days']
    version = facts['tls'] if facts['is_verified'] else f'{facts["tls"]} not verified'
    return [version, f'certificate {days} day{"s" if days != 1 else ""}']


def _parsed(data: bytes | None) -> Any:
    # Slow to import, and only needed where nothing was verified.
    from cryptography import x509

    return x509.load_der_x509_certificate(data or b'')


def described(host: str, port: int, seconds: float) -> dict[str, str]:
    """Returns the names, issuer and end of a certificate that was not trusted; what can't be had is in words."""
    found = {'names': 'other names', 'issuer': 'unknown', 'expired': 'already'}
    try:
        with (
            socket.create_connection((host, port), min(seconds, 2.0)) as plain,
            context_for(False).wrap_socket(plain, server_hostname=host) as sock,
        ):
            parsed = _parsed(sock.getpeercert(True))
    except (OSError, ValueError):
        return found
    found['names'] = ', '.join(_names(parsed)[:3]) or 'no name'
    found['issuer'] = f"'{parsed.issuer.rfc4514_string()}'"
    found['expired'] = f'on {parsed.not_valid_after_utc:%Y-%m-%d}'
    return found


def _names(parsed: Any) -> list[str]:
    from cryptography import x509

    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in extension.value]


def name_of(error: ssl.SSLError) -> str:
    """Returns the failure that an error of TLS is."""
    code = getattr(error, 'verify_code', None)
    if code in NAMES:
        return 'tls-name'
    if code == EXPIRED:
        return 'tls-expired'
    if code == EARLY:
        return 'tls-early'
    if code in ISSUERS:
        return 'tls-ca'
    # What is no TLS record at all: the other side speaks something else.
    return 'tls-none' if error.reason in ('WRONG_VERSION_NUMBER', 'RECORD_LAYER_FAILURE', 'UNKNOWN_PROTOCOL') else 'tls'


def reason_of(error: ssl.SSLError) -> str:
    """Returns what OpenSSL calls the failure, in lower case."""
    return str(getattr(error, 'verify_message', '') or error.reason or 'unknown').replace('_', ' ').lower()
