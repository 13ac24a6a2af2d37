"""Odoo, with odoo-client-lib: a login for pings, and the connection that services get."""

from __future__ import annotations

import logging
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from zatools.connections import http
from zatools.connections.clients import peer
from zatools.connections.clients.peer import Conn, RefusedError
from zatools.connections.pong import Attempt, brief, printable

#: What Odoo says of a database that it has not, in small letters.
NO_DATABASE = ('database', 'does not exist')


class OdooError(Exception):
    """Odoo answered with an error."""


@dataclass(frozen=True)
class Peer(peer.Peer):
    """An Odoo."""

    word = 'Odoo'
    user = 'user'
    blamed = {'database': 'database', 'client-tls-none': 'protocol'}

    @property
    def url(self) -> str:
        """The URL of calls: that of JSON-RPC, or the one that paths of XML-RPC begin with."""
        protocol = self.about.text('protocol')
        # The last letter of xmlrpcs says what that of https does.
        secure = protocol.removeprefix('json').removeprefix('xml').removeprefix('rpc')
        return f'http{secure}://{self.where}/{protocol.removesuffix("s")}'

    @property
    def target(self) -> str:
        """URL and database."""
        return f'{self.url} {printable(self.about.text("database"))}'

    def open(self, seconds: float) -> Any:
        """Returns a connection that is logged in. Raises RefusedError, OdooError, requests' exceptions."""
        import odoolib

        # It logs what it sends, and sends the password each time.
        logging.getLogger('odoolib').setLevel(logging.WARNING)
        about = self.about
        names = about.text('database'), self.login, about.secret()
        connection = odoolib.main.Connection(_connector(self, seconds), *names)
        try:
            connection.check_login()
        except odoolib.tools.AuthenticationError:
            raise RefusedError('client-login') from None
        return connection

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks for the version."""
        found = client.get_service('common').version()
        version = ''
        if isinstance(found, dict):
            version = brief(found.get('server_version'))
        attempt.facts.update(product=self.word, version=version)
        return f'{self.word} {version}'.strip()

    def close(self, client: Any) -> None:
        """Does nothing: each call is one of HTTP."""

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what Odoo said."""
        if not isinstance(error, OdooError):
            name, reason = http.name_of(error)
            return name, {'reason': reason, 'issuer': 'unknown'}
        said = str(error)
        words = {'reason': printable(said), 'database': printable(self.about.text('database'))}
        if all(part in said.lower() for part in NO_DATABASE):
            return 'database', words
        return 'client-refused', words


def _connector(peer: Peer, seconds: float) -> Any:
    from odoolib.rpc import Connector

    class Connected(Connector):  # type: ignore[misc]
        """Calls by our own requests, which have a deadline, this machine's authorities and its proxies."""

        def send(self, service_name: str, method: str, *args: Any) -> Any:
            """Calls a method of a service."""
            return _sent(peer, seconds, service_name, method, args)

    return Connected()


def _sent(peer: Peer, seconds: float, service: str, method: str, args: tuple[Any, ...]) -> Any:
    if peer.about.text('protocol').startswith('xmlrpc'):
        body = xmlrpc.client.dumps(args, method, allow_none=True).encode()
        with _answer(peer, seconds, f'{peer.url}/{service}', 'text/xml', data=body) as found:
            return _from_xml(found.content)
    call = {'service': service, 'method': method, 'args': args}
    wanted = {'jsonrpc': '2.0', 'method': 'call', 'params': call, 'id': uuid4().hex}
    with _answer(peer, seconds, peer.url, 'application/json', json=wanted) as found:
        return _from_json(found)


def _answer(peer: Peer, seconds: float, url: str, kind: str, **body: Any) -> Any:
    response = http.send(http.session_for(), Attempt(seconds), 'POST', url, headers={'Content-Type': kind}, **body)
    if response.status_code != 200:
        response.close()
        raise OdooError(f'HTTP {response.status_code}')
    return response


def _from_xml(content: bytes) -> Any:
    try:
        return xmlrpc.client.loads(content)[0][0]
    except xmlrpc.client.Fault as fault:
        raise OdooError(str(fault.faultString).strip().rpartition('\n')[2]) from None
    # What is no XML-RPC is told by many exceptions.
    except Exception:
        raise RefusedError('client-protocol') from None


def _from_json(response: Any) -> Any:
    try:
        found = response.json()
        error = found.get('error')
        if not error:
            return found.get('result')
        said = error.get('data', {}).get('message') or error.get('message') or 'no reason is given'
    except (ValueError, AttributeError):
        raise RefusedError('client-protocol') from None
    raise OdooError(str(said).strip().rpartition('\n')[2])


class Odoo(Conn):
    """`self.out.odoo['ERP'].conn`."""

    called = 'self.out.odoo[…].conn'

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a connection of odoo-client-lib that is logged in. Raises ConnectionError."""
        attempt = Attempt(self._connection.timeout)
        try:
            client = self._connection.peer.open(self._connection.timeout)
        except Exception as error:
            raise self._told(error, attempt) from None
        yield client
