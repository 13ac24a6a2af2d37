"""Ways to log in at channels that need more than a request and a definition: what a server keeps, or other objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from zatools.kinds.security import CERTIFICATE_LOGIN, SESSION_LOGIN, VAULT_LOGIN, WSS_LOGIN, XPATH_LOGIN
from zatools.server.http.guards import Check, Denied, Maker, once
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

Made = tuple[Check, Denied]


def ways_of(server: Runtime) -> Mapping[str, Maker]:
    """Returns what makes the checks of a server's definitions, by how they log in."""

    def maker(make: Callable[[Runtime, Item], Made]) -> Maker:
        def made(login: Item) -> Made:
            check, denied = make(server, login)
            return once(login.name, check), denied

        return made

    return {login: maker(make) for login, make in WAYS[server.generation].items()}


def _by_session(server: Runtime, login: Item) -> Made:
    return server.parts.sessions.made(login)


def _by_certificate(server: Runtime, login: Item) -> Made:
    from zatools.server.http import certificates

    proxies = certificates.proxies_of(server.config.environ.get(certificates.VARIABLE, ''))
    make = certificates.made_32 if server.generation == '3.2' else certificates.made_41
    return make(login, proxies)


def _by_token(server: Runtime, login: Item) -> Made:
    from zatools.server.http.wss import by_token

    return by_token(login, server.generation, lambda: server.parts.nonces)


def _by_xpath(server: Runtime, login: Item) -> Made:
    from zatools.server.http.messages import by_xpath

    return by_xpath(login, server.state)


def _by_vault(server: Runtime, login: Item) -> Made:
    from zatools.server.http.vaults import made

    return made(login, server.state)


#: What makes them, by generation and how a definition logs in.
WAYS: Mapping[str, Mapping[str, Callable[[Runtime, Item], Made]]] = {
    '3.2': {
        SESSION_LOGIN: _by_session,
        CERTIFICATE_LOGIN: _by_certificate,
        WSS_LOGIN: _by_token,
        XPATH_LOGIN: _by_xpath,
        VAULT_LOGIN: _by_vault,
    },
    '4.1': {CERTIFICATE_LOGIN: _by_certificate, WSS_LOGIN: _by_token},
}
