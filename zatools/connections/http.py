"""HTTP requests of connections. Only proxies and CAs are taken from the environment, and failures have names."""

from __future__ import annotations

import http.client
import logging
import os
import re
import ssl
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import DecodeError, LocationParseError, ProtocolError, ReadTimeoutError

from zatools import __version__
from zatools.connections import causes, tls
from zatools.connections.answers import InterimError, OnlyHttp2Error, Response
from zatools.connections.causes import Names
from zatools.connections.pong import Attempt
from zatools.connections.tls import Trust

# Definitions decide whether certificates are verified, and we report failures ourselves, without secrets.
urllib3.disable_warnings()
logging.getLogger('urllib3').setLevel(logging.CRITICAL + 1)

#: The current attempt of a thread. Connections write into it how far they are.
CURRENT: ContextVar[Attempt | None] = ContextVar('CURRENT', default=None)
#: A host with a port, whatever that is.
PORT = re.compile(r'(?:\[[^\]]{1,100}\]|[^:\[\]]{1,300}):([^:\]]{1,100})')
#: Connections that are kept open for services, where the definition says nothing.
POOL_SIZE = 20
#: Bytes of an answer that are read at once.
BLOCK = 64 * 1024
DEFAULT_PORTS = {'http': 80, 'https': 443}
HEADERS = {'User-Agent': f'zatools/{__version__}', 'Accept': '*/*', 'Accept-Encoding': 'identity'}
#: One jar that takes no cookies, for all requests: a jar for each would take 5 % of a request's time.
NO_COOKIES = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
#: What sending a request, or reading its answer, raises: urllib3's own errors pass through requests here and there.
ERRORS = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
#: What OpenSSL says where the other side knows no protocol of those that are offered, which is HTTP/1.1 alone.
NO_PROTOCOL = 'no application protocol'
#: No proxies, whatever the environment says.
DIRECT: Mapping[str, str] = {}
PROXIES = ('http_proxy', 'https_proxy', 'all_proxy')


def _connected(sock: Any) -> None:
    attempt = CURRENT.get()
    if attempt:
        if attempt.stage == 'look-up':
            attempt.stage = 'answer'
        attempt.facts.update(tls.facts_of(sock))


class _Plain(HTTPConnection):
    response_class = Response

    def connect(self) -> None:
        super().connect()
        _connected(self.sock)


class _Secure(HTTPSConnection):
    response_class = Response

    def connect(self) -> None:
        super().connect()
        _connected(self.sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Unkept:
    # Each request opens a connection of its own, since a ping has to show that opening one works.

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.close()


class _UnkeptPlainPool(_Unkept, _PlainPool):
    pass


class _UnkeptSecurePool(_Unkept, _SecurePool):
    pass


POOLS = {
    True: {'http': _PlainPool, 'https': _SecurePool},
    False: {'http': _UnkeptPlainPool, 'https': _UnkeptSecurePool},
}


class _Adapter(HTTPAdapter):
    # Its TLS context is shared, while requests itself would read the CA file for each connection.

    def __init__(self, context: ssl.SSLContext, is_kept: bool, size: int = 1) -> None:
        self._context, self._pools = context, POOLS[is_kept]
        # So many that no pool is thrown away while a thread uses it.
        super().__init__(pool_connections=100_000, pool_maxsize=size)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        pass


@lru_cache(32)
def session_for(trust: Trust = tls.VERIFIED) -> requests.Session:
    """Returns a session that connections with the same settings share: a new one costs a third of a ping.

    Raises OSError where the client certificate can't be read.
    """
    return new_session(trust, is_kept=False)


def new_session(trust: Trust = tls.VERIFIED, is_kept: bool = True, size: int = 1) -> requests.Session:
    """Returns a session without cookies; `is_kept` keeps up to `size` of its connections open.

    Raises OSError as `session_for` does.
    """
    session = requests.Session()
    # Requests are prepared without its cookies; what it kept of answers would only pile up.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.verify = trust.is_verified
    session.mount('https://', _Adapter(tls.context_for(trust), is_kept, size))
    session.mount('http://', _Adapter(tls.context_for(tls.BLIND), is_kept, size))
    return session


class ProxyKindError(requests.exceptions.ProxyError):
    """A proxy of the environment is none that can be used; the text says why."""


def proxies_for(url: str) -> dict[str, str]:
    """Returns the proxies of the environment that a URL goes through."""
    if not any(os.environ.get(name) or os.environ.get(name.upper()) for name in PROXIES):
        return {}
    proxies: dict[str, str] = dict(get_environ_proxies(url))
    return proxies


def proxy_for(url: str) -> str:
    """Returns the proxy of the environment that a URL goes through; '' for none."""
    return str(select_proxy(url, proxies_for(url)) or '')


def _check_proxy(url: str, proxies: Mapping[str, str]) -> None:
    # What requests makes of others sounds as if the URL itself were wrong.
    proxy = str(select_proxy(url, proxies) or '')
    if not proxy:
        return
    scheme, found, _ = proxy.partition('://')
    if found and scheme.lower() not in DEFAULT_PORTS:
        known = 'SOCKS proxies are not supported' if scheme.lower().startswith('socks') else 'its scheme is unknown'
        raise ProxyKindError(f'{known}, http:// is')
    try:
        where_of(proxy if found else f'http://{proxy}')
    except ValueError:
        raise ProxyKindError('it has no host, or a port that is none') from None


def read_whole(response: requests.Response, most: int, attempt: Attempt) -> bool:
    """Reads an answer, with its encoding undone; tells whether it has at most `most` bytes.

    Raises ERRORS: ReadTimeout where the attempt's deadline is over.
    """
    parts, size = [], 0
    # Whoever sends byte by byte would be waited for without end by a read of more than what is there.
    while size <= most and (part := response.raw.read1(BLOCK, decode_content=True)):
        parts.append(part)
        size += len(part)
        if attempt.took > attempt.timeout:
            response.close()
            raise requests.exceptions.ReadTimeout(TimeoutError())
    vars(response).update(_content=b''.join(parts), _content_consumed=True)
    return size <= most


def send(
    session: requests.Session,
    attempt: Attempt,
    method: str,
    url: str,
    proxies: Mapping[str, str] | None = None,
    **options: Any,
) -> requests.Response:
    """Sends a request within the attempt's deadline; the body is not read, redirects aren't followed.

    Proxies of the environment are used where no others are given; with none at all (`DIRECT`) it goes straight there.
    """
    CURRENT.set(attempt)
    headers = {**HEADERS, **options.pop('headers', {})}
    prepared = _prepared(method, url, headers, **options)
    if proxies is None:
        proxies = proxies_for(url)
    _check_proxy(url, proxies)
    return session.send(prepared, timeout=attempt.remaining, allow_redirects=False, stream=True, proxies=dict(proxies))


def _prepared(
    method: str,
    url: str,
    headers: Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    auth: Any = None,
    cookies: Any = None,
    **body: Any,
) -> requests.PreparedRequest:
    # These are the steps of Request.prepare, but for reading the URL, which takes a third of the time and is cached.
    prepared = requests.PreparedRequest()
    prepared.prepare_method(method)
    prepared.url = _read(url)
    if params:
        prepared.url = _with_query(prepared.url, params)
    prepared.prepare_headers(headers)
    prepared.prepare_cookies(cookies or NO_COOKIES)
    prepared.prepare_body(body.get('data'), body.get('files'), body.get('json'))
    if auth or '@' in url:
        prepared.prepare_auth(auth, url)
    return prepared


@lru_cache(1000)
def _read(url: str) -> str:
    reader = requests.PreparedRequest()
    reader.prepare_url(url, None)
    return str(reader.url)


def _with_query(url: str, params: Mapping[str, Any]) -> str:
    pairs: list[tuple[str, Any]] = []
    for name, given in params.items():
        values = [given]
        if isinstance(given, Iterable) and not isinstance(given, str | bytes):
            values = list(given)
        pairs.extend((name, value) for value in values if value is not None)
    query = urlencode(pairs)
    if not query:
        return url
    address, hash_sign, fragment = url.partition('#')
    joint = '?'
    if '?' in address:
        joint = '&'
    return f'{address}{joint}{query}{hash_sign}{fragment}'


def where_of(url: str) -> tuple[str, int]:
    """Returns the host and port of a URL. Raises ValueError where it has none."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError('no scheme or no host')
    port = parts.port
    if port == 0:
        raise ValueError('no port')
    return parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def bad_port(url: str) -> str:
    """Returns the port of a URL where that is none; '' where it is one, or something else is wrong."""
    scheme, _, rest = url.partition('://')
    host = re.split('[/?#]', rest, maxsplit=1)[0].rpartition('@')[2]
    found = PORT.fullmatch(host)
    if scheme not in DEFAULT_PORTS or not found or (found[1].isdecimal() and 0 < int(found[1]) < 65536):
        return ''
    return found[1]


#: Failures of HTTP by the exceptions of requests and urllib3; they come before those of all connections.
NAMES: Names = (
    (ProxyKindError, 'proxy-kind'),
    (requests.exceptions.ProxyError, 'proxy'),
    (InterimError, 'interim'),
    (OnlyHttp2Error, 'http2'),
    (requests.exceptions.ConnectTimeout, 'connect-timeout'),
    (ReadTimeoutError, 'read-timeout'),
    (http.client.RemoteDisconnected, 'reset'),
    (http.client.IncompleteRead, 'cut-off'),
    (DecodeError, 'encoding'),
    ((http.client.BadStatusLine, http.client.LineTooLong), 'not-http'),
    (requests.exceptions.InvalidHeader, 'header'),
    (LocationParseError, 'url'),
    ((requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema), 'url'),
)


def name_of(error: BaseException) -> tuple[str, str]:
    """Returns the name of an exception's failure, and the reason in words that can't hold a secret."""
    name, reason = causes.name_of(error, NAMES, ((UnicodeError, 'header'), (ProtocolError, 'not-http')))
    if name == 'proxy-kind':
        return name, str(error)
    if name == 'tls' and NO_PROTOCOL in reason:
        return 'http2', ''
    return name, reason


#: Failures in a few words, for sentences without room for more.
REASONS = {
    'dns': 'no such host',
    'look-up': 'its name could not be looked up',
    'refused': 'nothing listens there',
    'connect-timeout': 'no connection in time',
    'read-timeout': 'no answer in time',
    'reset': 'it closed the connection',
    'not-http': 'that is no HTTP',
    'cut-off': 'its answer breaks off',
    'encoding': "its answer has a Content-Encoding that can't be undone",
    'url': 'that is no URL',
    'tls-ca': 'its CA is not trusted',
    'tls-name': 'its certificate is for another name',
    'tls-expired': 'its certificate expired',
    'tls-early': 'its certificate is not valid yet',
    'tls-none': 'it does not speak TLS',
}


def reason_of(error: BaseException) -> str:
    """Returns why a server can't be reached, in a few words."""
    name, reason = name_of(error)
    return REASONS.get(name, reason or name)
