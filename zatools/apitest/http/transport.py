"""Calls over one session a feature: connections are pooled; limits, TLS, proxies and cookies are as steps set them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from zatools.apitest.failures import StepBroken
from zatools.apitest.http.unanswered import Tried, unanswered, unsendable
from zatools.apitest.secrets import Secrets
from zatools.apitest.values.time_limit import OutOfTimeError, limited

if TYPE_CHECKING:
    import requests

    from zatools.apitest.http.session import Session
    from zatools.apitest.values.bunch import Bunch


class Transport:
    """The session of a feature; proxies and .netrc are looked up once for each host."""

    def __init__(self, environ: Mapping[str, str], secrets: Secrets, max_body: int) -> None:
        self._environ, self._secrets, self._max_body = environ, secrets, max_body
        self._session: Session | None = None
        self._called = ''
        self._surroundings: dict[str, tuple[dict[str, str], tuple[str, str] | None]] = {}

    @property
    def session(self) -> Session:
        """The session, made at the first call."""
        if self._session is None:
            from zatools.apitest.http.session import Session

            self._session = Session(self._max_body, self._secrets.is_secret)
        return self._session

    def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def cookies(self) -> list[Any]:
        """Returns the cookies that answers have set."""
        if self._session is None:
            return []
        return list(self._session.cookies)

    def take_cookies(self, cookies: Sequence[Any]) -> None:
        """Adds cookies of another session."""
        for cookie in cookies:
            self.session.cookies.set_cookie(cookie)

    def _around(self, url: str) -> tuple[dict[str, str], tuple[str, str] | None]:
        # Returns proxies and the login of .netrc: requests would look them up at each call.
        # Scheme, host and port.
        key = '/'.join(url.split('/', 3)[:3])
        if key not in self._surroundings:
            from requests.utils import get_environ_proxies, get_netrc_auth

            self._surroundings[key] = (get_environ_proxies(url, no_proxy=None), get_netrc_auth(url))
        return self._surroundings[key]

    def login(self, url: str) -> tuple[str, str] | None:
        """Returns the login that .netrc has for a host."""
        with contextlib.suppress(ValueError):
            return self._around(url)[1]
        # This is no URL: sending will say so.
        return None

    def send(self, http: Bunch, request: dict[str, Any]) -> tuple[requests.Response, float]:
        """Sends a request; returns the answer and the seconds that it took."""
        import requests
        from requests.utils import select_proxy

        session, url = self.session, request['url']
        if not http.keeps_cookies:
            # Calls share no cookies unless a step says so: each can be repeated alone.
            session.cookies.clear()
        try:
            proxies, _ = self._around(url)
            # Hooks of a request take the place of the session's, which reads the body: they come along.
            hooks = {'response': [*session.hooks['response'], self._note]}
            prepared = session.prepared(request, hooks)
        except (requests.RequestException, UnicodeError, ValueError) as error:
            raise unsendable(error, url) from None
        verify, start, self._called = self.trust(http), time.perf_counter(), url
        try:
            # The timeout of requests is that of each read: a server that trickles would hold us for ever.
            with limited(http.timeout):
                answer = session.send(
                    prepared,
                    timeout=http.timeout,
                    allow_redirects=http.follow,
                    verify=verify,
                    cert=http.certificate,
                    proxies=proxies,
                )
        except (requests.RequestException, OutOfTimeError, OSError, ValueError) as error:
            took, proxy = time.perf_counter() - start, select_proxy(url, proxies) or ''
            tried = Tried(self._called, http.timeout, took, proxy, verify, http.certificate, self._max_body, url)
            raise unanswered(error, tried) from None
        return answer, time.perf_counter() - start

    def _note(self, answer: requests.Response, **_: Any) -> None:
        # Notes what is called next, for the error of a call that fails after a redirect.
        self._called = answer.url
        if answer.is_redirect:
            self._called = answer.headers['location']
            # A server may redirect to what is no address.
            with contextlib.suppress(ValueError):
                self._called = urljoin(answer.url, self._called)

    def trust(self, http: Bunch) -> Any:
        """Returns what certificates are verified by, as requests takes it: True, False, or a file or folder of CAs."""
        if not http.verify:
            # A step has said so: a warning at every call would be noise.
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            return False
        if http.ca_bundle:
            return http.ca_bundle
        for name in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
            if path := self._environ.get(name):
                if not os.path.exists(path):
                    raise StepBroken(f"{name} names '{path}', and there is no such file", hint=f'set or unset {name}')
                return path
        return True
