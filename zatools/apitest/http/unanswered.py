"""Errors of calls without an answer: the reason is the host, its TLS, the proxy, or a certificate file of ours."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zatools.apitest.failures import CallFailed, StepBroken
from zatools.apitest.project.files import shown
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.time_limit import OutOfTimeError
from zatools.secret import without_password

TRUST = 'Given CA bundle "ca.pem", or, where that is no risk: Given TLS certificates are not verified'
#: Errors of OpenSSL about the server, as regular expressions, our sentences about them, and hints.
TLS = (
    ('certificate has expired', 'its certificate has expired', 'renew it; to go on without: {unverified}'),
    ('not yet valid', 'its certificate is not valid yet', "is this machine's clock right?"),
    ('mismatch', "its certificate is made out to other names than '{host}'",
     'call it by one of those; to go on without: {unverified}'),
    ('self.signed certificate$', 'it has signed its certificate itself', TRUST),
    ('local issuer|self.signed', 'its certificate is signed by an authority that is not trusted here', TRUST),
    ('certificate required|handshake failure', 'it wants a certificate of the client',
     'Given client certificate "cert.pem" "key.pem"'),
    ('eof occurred|unexpected eof', 'it ended the connection without a word', '{certificate}'),
    ('wrong version|record layer|http request', 'it does not speak TLS there', 'does it speak plain http?'),
)  # fmt: skip
#: A server that misses the certificate of its client may just end the connection.
NO_CERTIFICATE = 'does it want a certificate of the client? Given client certificate "cert.pem" "key.pem"'
UNVERIFIED = 'Given TLS certificates are not verified'
#: Errors of OpenSSL about certificate files of ours.
OWN_FILES = re.compile('no.certificate.or.crl|pem.lib|no.start.line|key.values.mismatch|bad.base64', re.IGNORECASE)
GAVE_UP = 'did the server, or a proxy before it, give up?'
#: Errors of the system about hosts that no route leads to.
UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})


@dataclass(frozen=True)
class Tried:
    """A call that was tried: `first` is the URL of the step, `url` where redirects have led."""

    url: str
    timeout: float
    seconds: float
    proxy: str = ''
    authorities: Any = True
    certificate: tuple[str, str] | None = None
    max_body: int = 0
    first: str = ''

    @property
    def peer(self) -> str:
        """Host and port of the URL."""
        return peer(self.url)


def peer(url: str) -> str:
    """Returns host and port of a URL."""
    default = 80
    if url.startswith('https:'):
        default = 443
    try:
        parts = urlsplit(url)
        return f'{parts.hostname}:{parts.port or default}'
    except ValueError:
        # The port is no number, or a bracket is not closed.
        return url.partition('//')[2].partition('/')[0].rpartition('@')[2]


def unsendable(error: Exception, url: str) -> StepBroken:
    """Returns the error of a request that can't be sent."""
    import requests

    if isinstance(error, (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
        return StepBroken(f"'{url}' is no address", hint='an address starts with http:// or https://')
    if isinstance(error, requests.exceptions.InvalidURL):
        return StepBroken(f"'{url}' is no URL")
    if isinstance(error, UnicodeError):
        return StepBroken('a header or a login has characters that HTTP does not allow')
    return StepBroken(f"the request can't be sent: {str(error).partition(':')[0]}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    # requests and urllib3 wrap the errors of the system several times, each in its own way.
    seen: set[int] = set()
    pending: list[Any] = [error]
    while pending:
        current = pending.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            more = [getattr(current, 'reason', None), current.__cause__, current.__context__, *current.args]
            pending.extend(more)


def unanswered(error: BaseException, tried: Tried) -> StepBroken:
    """Returns the error of a call that got no answer."""
    problem = _unanswered(error, tried)
    is_elsewhere = not isinstance(problem, CallFailed) or peer(tried.first) != tried.peer
    if tried.first not in ('', tried.url) and is_elsewhere:
        problem.text += f' ({peer(tried.first)} redirects to it)'
    return problem


def _unanswered(error: BaseException, tried: Tried) -> StepBroken:
    import ssl

    import requests

    from zatools.apitest.http.session import TooBigError

    causes = list(_causes(error))
    if isinstance(error, TooBigError):
        return _too_big(tried)
    if _is_of_address(error):
        target = without_password(tried.url.partition('?')[0])[:200]
        return StepBroken(f"'{target}' is no address that can be called")
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return _by_proxy(causes, tried)
    tls_error = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls_error is not None:
        return _tls(tls_error, tried)
    return _by_socket(causes, tried) or _by_protocol(error, causes, tried)


def _is_of_address(error: BaseException) -> bool:
    import requests

    if isinstance(error, (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)):
        return True
    # Where redirects lead may be what only a part of requests or urllib3 finds out, each with an error of its own.
    return isinstance(error, ValueError) and not isinstance(error, requests.RequestException)


def _too_big(tried: Tried) -> CallFailed:
    text = f'the answer of {tried.peer} is bigger than {tried.max_body:,} bytes; the rest was not read'
    return CallFailed(text, kind='size', peer=tried.peer, hint='to allow it: --max-body SIZE')


def _by_socket(causes: list[BaseException], tried: Tried) -> CallFailed | None:
    where = tried.peer

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(OutOfTimeError, TimeoutError):
        hint = f'is it slow? Given timeout is "{tried.timeout * 2:g}" seconds'
        return CallFailed(f'no answer from {where} within {tried.timeout:g} s', kind='timeout', peer=where, hint=hint)
    if has(ConnectionRefusedError):
        text = f'{where} refused the connection in {tried.seconds * 1000:.0f} ms: nothing listens there'
        return CallFailed(text, kind='connection', peer=where, hint='is the server running, and on this port?')
    if has(socket.gaierror):
        host = where.rpartition(':')[0]
        text = f"there is no host '{host}': its name can't be resolved"
        return CallFailed(text, kind='connection', peer=where, hint='is it spelled right, and are you on its network?')
    lost = next((cause for cause in causes if isinstance(cause, OSError) and cause.errno in UNREACHABLE), None)
    if lost is not None:
        text = f"{where} can't be reached: {str(lost.strerror).lower()}"
        return CallFailed(text, kind='connection', peer=where, hint='are you on its network?')
    return _by_cut_body(causes, where)


def _by_cut_body(causes: list[BaseException], where: str) -> CallFailed | None:
    from http.client import IncompleteRead

    from requests.exceptions import ChunkedEncodingError
    from urllib3.exceptions import IncompleteRead as OfUrllib3

    cut: Any = next((cause for cause in causes if isinstance(cause, (IncompleteRead, OfUrllib3))), None)
    if cut is None and not isinstance(causes[0], ChunkedEncodingError):
        return None
    if cut is None:
        return CallFailed(f'the answer of {where} was cut after a chunk', kind='connection', peer=where, hint=GAVE_UP)
    received = cut.partial
    if isinstance(received, bytes):
        received = len(received)
    text = f'the answer of {where} was cut after {received} bytes'
    if isinstance(cut.expected, int) and cut.expected:
        # `expected` counts the bytes that were still to come.
        text = f'the answer of {where} was cut after {received} of {received + cut.expected} bytes'
    return CallFailed(text, kind='connection', peer=where, hint=GAVE_UP)


def _by_protocol(error: BaseException, causes: list[BaseException], tried: Tried) -> CallFailed:
    from http.client import BadStatusLine, HTTPException, RemoteDisconnected

    import requests

    where, hint = tried.peer, ''
    lost = next((cause for cause in causes if isinstance(cause, RemoteDisconnected)), None)
    babble = next((cause for cause in causes if isinstance(cause, BadStatusLine)), None)
    refused = (HTTPException, requests.exceptions.InvalidHeader)
    headers = next((cause for cause in causes if isinstance(cause, refused)), None)
    if isinstance(error, requests.exceptions.TooManyRedirects):
        text = f'{where} redirects without end (30 times)'
    elif isinstance(error, requests.exceptions.ContentDecodingError):
        text = f"{where} sent a body that can't be unpacked (its Content-Encoding is wrong)"
    elif babble and not lost:
        text, hint = f'what {where} answers is no HTTP: {_excerpt(babble)}', 'is this the right port?'
    elif headers and not lost:
        text = f'headers that {where} answers with can not be read: {_excerpt(headers)}'
    elif tried.url.startswith('http:'):
        text, hint = f'{where} closed the connection without an answer', 'does it speak https there?'
    else:
        text, hint = f'{where} closed the connection without an answer', _certificate_hint(tried)
    return CallFailed(text, kind='connection', peer=where, hint=hint)


def _excerpt(error: BaseException) -> str:
    line, *_ = [*error.args, '']
    return repr(cut(str(line).strip('\'"').strip(), 80))


def _by_proxy(causes: list[BaseException], tried: Tried) -> CallFailed:
    words = ' '.join(str(cause) for cause in causes)
    reasons = ((socket.gaierror, "its name can't be resolved"), (ConnectionRefusedError, 'nothing listens there'))
    reason = next((text for kind, text in reasons if any(isinstance(cause, kind) for cause in causes)), '')
    if (tunnel := re.search(r'Tunnel connection failed: (\d+ [\w -]+)', words)) and not reason:
        reason = f'it answers {tunnel[1].strip()}'
    text = f'the proxy {without_password(tried.proxy)} gives no connection to {tried.peer}'
    if reason:
        text += f': {reason}'
    hint = f'is HTTP_PROXY / HTTPS_PROXY right? Past it: NO_PROXY={urlsplit(tried.url).hostname}'
    if 'Proxy Authentication Required' in words:
        hint = 'give its login in HTTP_PROXY / HTTPS_PROXY'
    return CallFailed(text, kind='connection', peer=tried.peer, hint=hint)


def _tls(error: BaseException, tried: Tried) -> StepBroken:
    reason = str(getattr(error, 'verify_message', '') or getattr(error, 'reason', '') or error).replace('_', ' ')
    if OWN_FILES.search(reason):
        return _own_file(reason, tried)
    for pattern, text, hint in TLS:
        if re.search(pattern, reason.rstrip('.'), re.IGNORECASE):
            sentence = text.replace('{host}', urlsplit(tried.url).hostname or '')
            hint = hint.replace('{unverified}', UNVERIFIED).replace('{certificate}', _certificate_hint(tried))
            return _untrusted(sentence, hint, tried)
    return _untrusted(re.sub(r' \(_ssl\.c:\d+\)|^\[\w+\] ', '', reason).lower(), TRUST, tried)


def _certificate_hint(tried: Tried) -> str:
    if tried.certificate:
        return ''
    return NO_CERTIFICATE


def _untrusted(text: str, hint: str, tried: Tried) -> CallFailed:
    return CallFailed(f'TLS with {tried.peer} failed: {text}', kind='tls', peer=tried.peer, hint=hint)


def _own_file(reason: str, tried: Tried) -> StepBroken:
    if re.search('no.certificate.or.crl', reason, re.IGNORECASE) and isinstance(tried.authorities, str):
        name = shown(Path(tried.authorities))
        return StepBroken(f"the CA bundle '{name}' holds no certificate", hint='it must be a PEM file')
    names = "' and '".join(shown(Path(name)) for name in tried.certificate or ())
    hint = 'both must be PEM files, and the key must be that of the certificate'
    return StepBroken(f"'{names}' are no certificate and its key", hint=hint)
