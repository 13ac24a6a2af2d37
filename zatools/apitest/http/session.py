"""Sessions of calls: credentials stay with their host, bodies have a limit, answers are acknowledged at once."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from zatools.apitest.http.header_lines import lines_of

#: Bytes of a body that are unpacked at a time: a packed byte may give a thousand.
CHUNK = 16_384
#: The option of Linux for acknowledging packets at once.
AT_ONCE = getattr(socket, 'TCP_QUICKACK', None)


class TooBigError(requests.RequestException):
    """A body is bigger than it may be."""


class _Prompt:
    # A server that sends headers and body apart waits until the headers are acknowledged, which Linux delays by 40 ms.
    sock: Any

    def putheader(self, header: str | bytes, *values: Any) -> None:
        for value in values:
            for line in lines_of(value):
                super().putheader(header, line)  # type: ignore[misc]

    def getresponse(self) -> Any:
        if AT_ONCE is not None and hasattr(self.sock, 'setsockopt'):
            self.sock.setsockopt(socket.IPPROTO_TCP, AT_ONCE, 1)
        return super().getresponse()  # type: ignore[misc]


class _PromptConnection(_Prompt, HTTPConnection):
    pass


class _PromptTLSConnection(_Prompt, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _PromptConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _PromptTLSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Makes the pools whose connections acknowledge at once."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {'http': _Pool, 'https': _TLSPool}
        self._found: dict[Any, Any] = {}

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Returns the pool of a host; finding it takes long, and most calls go where the last one went."""
        key = ('/'.join(request.url.split('/', 3)[:3]), verify, cert, *(proxies or {}).items())
        pool = self._found.get(key)
        if pool is None or pool.pool is None:
            # One that has been closed since, to make room for others, has no connections.
            pool = self._found[key] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return pool


class _Prepared(requests.PreparedRequest):
    def prepare_cookies(self, cookies: Any) -> None:
        """Sets the header of the cookies, where there are some."""
        self._cookies = RequestsCookieJar()
        if cookies:
            super().prepare_cookies(cookies)


class Session(requests.Session):
    """A session that takes nothing from the environment; only steps set headers."""

    def __init__(self, max_body: int, is_secret: Callable[[str, str], bool]) -> None:
        super().__init__()
        self._max_body, self._is_secret = max_body, is_secret
        self.trust_env = False
        self.headers.clear()
        self.headers.update({'Accept-Encoding': 'gzip, deflate', 'Accept': '*/*'})
        self.hooks['response'] = [self.read_body]
        for prefix in ('http://', 'https://'):
            self.mount(prefix, _Adapter())

    def prepared(self, request: Mapping[str, Any], hooks: dict[str, Any]) -> requests.PreparedRequest:
        """Returns a request with the headers and cookies of the session; what requests would merge more is not set."""
        headers = CaseInsensitiveDict(self.headers)
        headers.update(request['headers'])
        cookies = request.get('cookies')
        if len(self.cookies):
            jar = RequestsCookieJar()
            jar.update(self.cookies)
            jar.update(cookies or {})
            cookies = jar
        result = _Prepared()
        result.prepare(
            method=request['method'],
            url=request['url'],
            headers=headers,
            files=request.get('files'),
            data=request.get('data'),
            params='',
            auth=request.get('auth'),
            cookies=cookies,
            hooks=hooks,
        )
        return result

    def rebuild_auth(self, prepared_request: Any, response: requests.Response) -> None:
        """Removes all credentials from a request that is redirected to another host, in headers of any name."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        leaves: Callable[[str, str], bool] = self.should_strip_auth
        if not leaves(str(response.request.url), str(prepared_request.url)):
            return
        for name, value in list(prepared_request.headers.items()):
            text = value.decode('utf-8', 'replace') if isinstance(value, bytes) else str(value)
            if self._is_secret(name, text):
                del prepared_request.headers[name]

    def read_body(self, answer: requests.Response, **options: Any) -> None:
        """Reads a body up to the limit."""
        # This hook reads all bodies, those of redirects too, before requests would read them whole.
        chunks, size = [], 0
        for chunk in answer.iter_content(CHUNK):
            size += len(chunk)
            if size > self._max_body:
                answer.close()
                raise TooBigError(request=answer.request, response=answer)
            chunks.append(chunk)
        answer._content = b''.join(chunks)


class DigestLogin(HTTPDigestAuth):
    """Digest Auth for one host; the answer after the challenge has the limit of all bodies."""

    def __init__(self, session: Any, username: str, password: str) -> None:
        super().__init__(username, password)
        self._session, self._host = session, ''

    def __call__(self, request: Any) -> Any:
        """Prepares a request."""
        self._host = urlsplit(request.url).netloc
        return super().__call__(request)  # type: ignore[no-untyped-call]

    def handle_401(self, r: Any, **kwargs: Any) -> Any:
        """Answers the challenge of the host that was called, and of no other that redirects lead to."""
        if urlsplit(r.url).netloc != self._host:
            return r
        answer = super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call]
        if answer is not r:
            self._session.read_body(answer)
        return answer
