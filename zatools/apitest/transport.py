"""Calls over one pooled session a feature: its time limit, TLS, proxies of the environment, cookies."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zatools.apitest.failures import CallFailed, StepBroken

if TYPE_CHECKING:
    import requests

    from zatools.apitest.bunch import Bunch


class OutOfTimeError(Exception):
    """The exchange took longer than it may."""


class Transport:
    """The session of a feature; what the environment says about a host is looked up once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._session: requests.Session | None = None
        self._surroundings: dict[str, tuple[dict[str, str], Any]] = {}

    @property
    def session(self) -> requests.Session:
        """The session, made at the first call."""
        if self._session is None:
            import requests

            self._session = requests.Session()
            self._session.trust_env = False
            # These are set by steps alone.
            self._session.headers.clear()
            self._session.headers.update({'Accept-Encoding': 'gzip, deflate', 'Accept': '*/*'})
        return self._session

    def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _around(self, url: str) -> tuple[dict[str, str], Any]:
        # Proxies and netrc: requests itself would look them up at each call.
        parts = urlsplit(url)
        key = f'{parts.scheme}://{parts.netloc}'
        if key not in self._surroundings:
            from requests.utils import get_environ_proxies, get_netrc_auth

            self._surroundings[key] = (get_environ_proxies(url, no_proxy=None), get_netrc_auth(url))
        return self._surroundings[key]

    def send(self, http: Bunch, request: dict[str, Any]) -> tuple[requests.Response, float]:
        """Sends a request; returns the answer and the seconds it took."""
        import requests

        session, url = self.session, request['url']
        if not http.keeps_cookies:
            session.cookies.clear()
        try:
            proxies, login = self._around(url)
            request = {**request, 'auth': request.get('auth') or login}
            prepared = session.prepare_request(requests.Request(**request))
        except (requests.RequestException, UnicodeError, ValueError) as error:
            raise _unsendable(error, url) from None
        start = time.perf_counter()
        try:
            with _limited(http.timeout):
                answer = session.send(
                    prepared,
                    timeout=http.timeout,
                    allow_redirects=http.follow,
                    verify=self._verify(http),
                    cert=http.certificate,
                    proxies=proxies,
                )
        except (requests.RequestException, OutOfTimeError, OSError, UnicodeError) as error:
            raise unanswered(error, url, http.timeout, time.perf_counter() - start) from None
        return answer, time.perf_counter() - start

    def _verify(self, http: Bunch) -> Any:
        if not http.verify:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            return False
        return http.ca_bundle or self._environ.get('REQUESTS_CA_BUNDLE') or self._environ.get('CURL_CA_BUNDLE') or True


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    # A timeout of requests is for each read; a server that trickles would hold us for ever.
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def peer(url: str) -> str:
    """Returns host and port of a URL."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == 'https' else 80)
    except ValueError:
        return parts.netloc
    return f'{parts.hostname}:{port}'


def _unsendable(error: Exception, url: str) -> StepBroken:
    import requests

    if isinstance(error, (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
        return StepBroken(f"'{url}' is no address", hint='an address starts with http:// or https://')
    if isinstance(error, requests.exceptions.InvalidURL):
        return StepBroken(f"'{url}' is no URL")
    if isinstance(error, UnicodeError):
        return StepBroken('a header or a login has characters that HTTP has no room for')
    return StepBroken(f"the request can't be sent: {str(error).partition(':')[0]}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[Any] = [error]
    while pending:
        current = pending.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            more = [getattr(current, 'reason', None), current.__cause__, current.__context__, *current.args]
            pending.extend(more)


def unanswered(error: BaseException, url: str, timeout: float, seconds: float) -> CallFailed:
    """Returns the sentence for a call that got no answer."""
    import ssl

    where, causes = peer(url), list(_causes(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(ssl.SSLError):
        return _untrusted(next(cause for cause in causes if isinstance(cause, ssl.SSLError)), where)
    if has(OutOfTimeError, TimeoutError):
        hint = f'is it slow? Given timeout is "{timeout * 2:g}" seconds'
        return CallFailed(f'no answer from {where} within {timeout:g} s', kind='timeout', peer=where, hint=hint)
    if has(ConnectionRefusedError):
        text = f'{where} refused the connection in {seconds * 1000:.0f} ms: nothing listens there'
        return CallFailed(text, kind='connection', peer=where, hint='is the server running, and on this port?')
    if has(socket.gaierror):
        host = where.rpartition(':')[0]
        text = f"there is no host '{host}': its name can't be resolved"
        return CallFailed(text, kind='connection', peer=where, hint='is it spelled right, and are you on its network?')
    return CallFailed(_why(error, where), kind='connection', peer=where)


def _why(error: BaseException, where: str) -> str:
    import requests

    if isinstance(error, requests.exceptions.TooManyRedirects):
        return f'{where} redirects without end (30 times)'
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return f"{where} sent a body that can't be unpacked (its Content-Encoding is wrong)"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy of the environment can't be used to reach {where}"
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return f"{error.strerror or 'a file'}: {error.filename or 'the CA bundle or certificate'} can't be used"
    return f'{where} closed the connection without an answer'


def _untrusted(error: BaseException, where: str) -> CallFailed:
    reason = getattr(error, 'verify_message', '') or getattr(error, 'reason', '') or 'no TLS there'
    reason = str(reason).replace('_', ' ').lower()
    hint = 'Given CA bundle "ca.pem", or, where that is no risk: Given TLS certificates are not verified'
    if 'wrong version' in reason or 'record layer' in reason:
        hint = 'does it speak plain http?'
    return CallFailed(f'TLS with {where} failed: {reason}', kind='tls', peer=where, hint=hint)
