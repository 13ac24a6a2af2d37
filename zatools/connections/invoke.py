"""Invokes services of a running server, through the door and in the envelope of its generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from zatools.connections.envelope import (
    LoginRefusedError,
    NoServerError,
    RefusedByServerError,
    answer_of,
    headers_of,
    request_of,
)
from zatools.errors import FailedError
from zatools.secret import Secret

#: Seconds to wait for a connection.
CONNECT = 10.0


def invoke(
    address: str,
    user: str,
    password: Secret,
    service: str,
    payload: Mapping[str, Any],
    *,
    generation: str,
    timeout: float = 120,
    ca_file: str = '',
) -> Any:
    """Returns what a service answers, None for nothing; FailedError where it doesn't, or after `timeout` seconds."""
    path, body = request_of(generation, service, payload)
    response = _post(address + path, address, headers_of(user, password), body, timeout, ca_file)
    try:
        return answer_of(generation, response.status_code, response.headers, response.content, password)
    except LoginRefusedError:
        raise FailedError(f"{address} refuses the password of '{user}'") from None
    except NoServerError:
        text = f'what answers at {address} is no Zato server (HTTP {response.status_code})'
        raise FailedError(text) from None
    except RefusedByServerError as error:
        raise FailedError(f'{service}: {error}') from None


def _post(
    url: str, address: str, headers: dict[str, str], body: bytes, timeout: float, ca_file: str
) -> requests.Response:
    with requests.Session() as session:
        # A server of one's own is not asked through proxies, nor with a login of .netrc.
        session.trust_env = False
        try:
            return session.post(
                url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT, timeout), timeout),
                verify=ca_file or True,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError:
            raise FailedError(
                f'the TLS certificate of {address} can not be verified', 'REQUESTS_CA_BUNDLE names a file of CAs'
            ) from None
        except requests.exceptions.ReadTimeout:
            raise FailedError(
                f'{address} has not answered within {timeout:g} s', 'it may still be at it: see its log'
            ) from None
        except (requests.exceptions.RequestException, OSError, UnicodeError):
            raise FailedError(f'no server answers at {address}', 'is it running, and is that its address?') from None
