"""Certificates of clients, as the TLS proxy in front of a server tells of them in headers."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from zatools.connections.pong import printable
from zatools.server.http.guards import Check, Denied, Environ, UncheckedError
from zatools.state import Item

log = logging.getLogger('zatools.server')
#: The variable with the addresses of proxies that are believed, besides this machine itself.
VARIABLE = 'ZATO_TLS_PROXIES'
#: How WSGI names the headers of 4.1's proxies, and those of 3.2's, before the name of a field.
OF_41, OF_32 = 'HTTP_X_ZATO_SSL_CLIENT_', 'HTTP_X_ZATO_TLS_'
VERIFY, FINGERPRINT, SUBJECT = f'{OF_41}VERIFY', f'{OF_41}SHA256', f'{OF_41}SUBJECT_DN'
VERIFIED = 'SUCCESS'

Proxies = Callable[[str], bool]


def proxies_of(text: str) -> Proxies:
    """Returns what tells whether an address is that of a proxy; `text` has addresses and networks, with commas."""
    networks: list[IPv4Network | IPv6Network] = []
    for part in filter(None, map(str.strip, text.split(','))):
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError:
            log.error('%s: %s is no address and no network', VARIABLE, printable(part, 60))

    def is_proxy(address: str) -> bool:
        try:
            found = ip_address(address.partition('%')[0])
        except ValueError:
            return False
        found = getattr(found, 'ipv4_mapped', None) or found
        return found.is_loopback or any(found in one for one in networks)

    return is_proxy


def made_32(login: Item, proxies: Proxies) -> tuple[Check, Denied]:
    """Returns what tells whether a certificate has all fields that a definition of 3.2 names, and the answer if not."""
    wanted = dict(_fields(login))
    if not wanted:
        raise UncheckedError('its value names no field of certificates, as in commonname=client-1')

    def check(environ: Environ) -> bool:
        return all(_is(environ, name, value) for name, value in wanted.items())

    return _told(login, tuple(wanted), check, proxies), Denied(401, 'Unauthorized')


def _fields(login: Item) -> list[tuple[str, str]]:
    given = login.values.get('value') or ''
    lines = given.decode('utf-8', 'replace') if isinstance(given, bytes) else str(given)
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, _, value = (part.strip() for part in line.partition('='))
        if not name or not value:
            raise UncheckedError('each line of its value is NAME=VALUE')
        found.append((OF_32 + re.sub(r'\W', '_', name).upper(), value))
    return found


def made_41(login: Item, proxies: Proxies) -> tuple[Check, Denied]:
    """Returns what tells whether a certificate is the one of a definition of 4.1, and the answer if not."""
    fingerprint = _bare(str(login.values.get('client_cert_fingerprint') or ''))
    subject = str(login.values.get('client_cert_subject_dn') or '')

    def check(environ: Environ) -> bool:
        if environ.get(VERIFY) != VERIFIED:
            return False
        if fingerprint:
            return hmac.compare_digest(_bare(str(environ.get(FINGERPRINT, ''))).encode(), fingerprint.encode())
        return not subject or _is(environ, SUBJECT, subject)

    return _told(login, (VERIFY,), check, proxies), Denied(401, '401 Unauthorized')


def _bare(fingerprint: str) -> str:
    return fingerprint.replace(':', '').strip().lower()


def _is(environ: Environ, name: str, value: str) -> bool:
    # Headers arrive as latin-1.
    found = str(environ.get(name, '')).encode('latin-1', 'replace')
    return hmac.compare_digest(found, value.encode())


def _told(login: Item, names: tuple[str, ...], check: Check, proxies: Proxies) -> Check:
    # Anybody can send such headers: they count only from where the proxy is.
    said: list[str] = []

    def asked(environ: Environ) -> bool:
        if not any(name in environ for name in names):
            return False
        address = str(environ.get('REMOTE_ADDR', ''))
        if not proxies(address):
            if not said:
                said.append(address)
                text = '%s: headers about certificates from %s are not believed; %s names the proxies that are'
                log.warning(text, login, printable(address, 60), VARIABLE)
            return False
        return check(environ)

    return asked
