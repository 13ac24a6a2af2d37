"""3.2's Vault definitions: Vault says who may use a channel, by what callers send in headers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from zatools.errors import ZatoolsError
from zatools.kinds.authorities import AUTHORITY
from zatools.secret import Secret
from zatools.server.http.guards import Check, Denied, Environ, UncheckedError
from zatools.state import Item, State

log = logging.getLogger('zatools.server')
PACKAGE = 'hvac'
NEEDED = 'Vault needs hvac: the extra vault, or pip install hvac'
#: The headers that callers log in with, as WSGI names them, by method.
HEADERS: Mapping[str, tuple[str, ...]] = {
    'token': ('HTTP_X_ZATO_VAULT_TOKEN',),
    'username-password': ('HTTP_X_ZATO_VAULT_USERNAME', 'HTTP_X_ZATO_VAULT_PASSWORD'),
    'github': ('HTTP_X_ZATO_VAULT_TOKEN_GITHUB',),
}
#: Users go into a path of Vault's: nothing that could lead elsewhere.
USER = re.compile(r'\w[\w.@+-]{0,199}')
LONGEST = 4096
#: Connections that are kept open, and seconds to wait where a definition says nothing.
CALLERS, PATIENCE = 8, 10
#: Makes a client of Vault that has a token, or none.
Client = Callable[[str], Any]


def made(login: Item, state: State) -> tuple[Check, Denied]:
    """Returns what tells whether Vault knows a caller, and the answer if not."""
    method = str(login.values.get('default_auth_method') or '')
    for name in ('service', 'tls_key_cert'):
        if login.values.get(name):
            raise UncheckedError(f'Vault with {name}: not supported by the local server')
    if method and method not in HEADERS:
        raise UncheckedError(f'Vault knows no {method}: default_auth_method is one of {", ".join(HEADERS)}')
    if find_spec(PACKAGE) is None:
        raise UncheckedError(NEEDED)
    methods = {method: HEADERS[method]} if method else HEADERS
    client, own = _clients(login, state), _token(login)

    def check(environ: Environ) -> bool:
        for name, headers in methods.items():
            given = [str(environ.get(header, '')) for header in headers]
            if all(given):
                return all(len(one) <= LONGEST for one in given) and _asked(login, name, given, client, own)
        return False

    return check, Denied(401, 'Unauthorized')


def _token(login: Item) -> str:
    given = login.values.get('token')
    try:
        return given.reveal() if isinstance(given, Secret) else ''
    except ZatoolsError:
        raise UncheckedError('its token is sealed, and there is no key') from None


def _clients(login: Item, state: State) -> Client:
    from zatools.connections import http
    from zatools.connections.tls import AuthorityError, Trust

    url = str(login.values.get('url') or '')
    wanted = str(login.values.get('tls_ca_cert') or '')
    authority = state.get((AUTHORITY.section, wanted))
    if wanted and authority is None:
        raise UncheckedError('its tls_ca_cert is not there')
    pem = str(authority.values.get('value') or '') if authority else ''
    try:
        http.where_of(url)
        trust = Trust(login.values.get('tls_verify', True) is not False, authority=pem)
        session = http.new_session(trust, size=CALLERS)
    except ValueError:
        raise UncheckedError('its url is none') from None
    except AuthorityError as error:
        raise UncheckedError(f'its tls_ca_cert: {error}') from None
    seconds = int(login.values.get('timeout') or PATIENCE)

    def client(token: str) -> Any:
        import hvac

        # A redirect could take the token to another host.
        return hvac.Client(url, token=token, timeout=seconds, allow_redirects=False, session=session)

    return client


def _asked(login: Item, method: str, given: list[str], client: Client, own: str) -> bool:
    from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, Unauthorized, VaultError
    from requests import RequestException

    try:
        return WAYS[method](given, client, own)
    except (Forbidden, InvalidPath, InvalidRequest, Unauthorized):
        return False
    # Of texts that Vault answers with nothing is known.
    except (VaultError, RequestException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UncheckedError(f"{login}: Vault can't be asked: {type(error).__name__}") from None


def _by_token(given: list[str], client: Client, own: str) -> bool:
    if own:
        found = client(own).auth.token.lookup(given[0])
    else:
        found = client(given[0]).auth.token.lookup_self()
    return bool(found['data'])


def _by_user(given: list[str], client: Client, own: str) -> bool:
    user, password = given
    if not USER.fullmatch(user):
        return False
    return _logged_in(client, client('').auth.userpass.login(user, password, use_token=False))


def _by_github(given: list[str], client: Client, own: str) -> bool:
    return _logged_in(client, client('').auth.github.login(given[0], use_token=False))


def _logged_in(client: Client, found: Any) -> bool:
    token = str(found['auth']['client_token'])
    # Vault would keep the token of each call until it ends by itself.
    with suppress(Exception):
        client(token).auth.token.revoke_self()
    return bool(token)


WAYS: Mapping[str, Callable[[list[str], Client, str], bool]] = {
    'token': _by_token,
    'username-password': _by_user,
    'github': _by_github,
}
