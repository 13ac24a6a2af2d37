"""SOAP as services call it: texts of XML, operations of a WSDL by zeep (3.2), operations and messages (4.1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from zatools.connections.calls import CallFailedError, RestCalls
from zatools.connections.clients import CLIENTS, envelopes
from zatools.connections.clients.peer import View
from zatools.connections.login import secret_of, unknown_of
from zatools.connections.pong import Attempt, printable, shown_url, spot
from zatools.connections.rest import RestConnection, headers_of
from zatools.errors import ZatoolsError
from zatools.kinds.security import WSS_LOGIN
from zatools.kinds.traits import SOAP

if TYPE_CHECKING:
    from requests import Response

#: Bytes of a WSDL or a schema; more are none.
LARGEST = 16 * 1024 * 1024
#: How 3.2 says that a connection has a WSDL.
SUDS = 'suds'
#: What a definition may ask for and calls from here do not do.
UNKNOWN = ('use_mtom', 'body_credentials', 'request_soap_headers')


class Soap(View):
    """`self.out.soap['CRM'].conn`."""

    called = 'self.out.soap[…].conn'

    def __init__(self, connection: RestConnection, generation: str) -> None:
        self._rest, self._generation = connection, generation
        self.name = connection.item.name
        self.config = {name: value for name, value in connection.item.values.items() if name != 'password'}
        self._calls = RestCalls(connection, connection.kept_session())
        self._making = threading.Lock()
        self._client: Any = None

    @property
    def conn(self) -> Soap:
        """The connection itself."""
        return self

    def post(self, cid: str, data: Any = '', params: Any = None, headers: Any = None, **kwargs: Any) -> Response:
        """Sends a text of XML and returns the response; its `data` is the text of the answer."""
        if self._generation == '3.2' and self._has_wsdl:
            raise CallFailedError(f"'{self.name}': its serialization_type is suds: call client(), as there")
        return self._calls.call('POST', cid, self._secured(data), params, headers, **kwargs)

    send = post

    @property
    def _has_wsdl(self) -> bool:
        return self.config.get('serialization_type') == SUDS

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a client whose `service` has the operations of the WSDL: a zeep Client. 3.2 only.

        Raises ConnectionError where there is no WSDL at the address, zeep's Fault for faults.
        """
        if not self._has_wsdl:
            place = spot(self._rest.item, 'serialization_type')
            text = f"'{self.name}' has no client(): it takes serialization_type suds, and the address of a WSDL"
            raise CallFailedError(f'{text}; {place}')
        with self._making:
            # Reading a WSDL takes longer than most calls.
            self._client = self._client or self._made()
        yield self._client

    def _made(self) -> Any:
        entry = CLIENTS[SOAP]
        if entry.lacked:
            raise CallFailedError(
                f"'{self.name}': SOAP by a WSDL needs a package of its own: pip install {entry.lacked}"
            )
        import zeep
        from zeep.exceptions import Error

        # Imports of a WSDL are loaded by us, from its own host alone.
        settings = zeep.Settings(forbid_external=False, forbid_dtd=True)
        try:
            found: Any = zeep.Client(  # type: ignore[no-untyped-call]
                self._rest.url, transport=_Transport(self._calls), settings=settings
            )
        except CallFailedError:
            raise
        except Error as error:
            raise self._no_wsdl(f'{type(error).__name__}: {printable(str(error))}') from None
        # zeep raises whatever Python does where a WSDL is not one.
        except Exception as error:
            raise self._no_wsdl(type(error).__name__) from None
        if not found.wsdl.services:
            raise self._no_wsdl('it has no service')
        return found

    def _no_wsdl(self, why: str) -> CallFailedError:
        return CallFailedError(f"'{self.name}': no WSDL at {shown_url(self._rest.url)}: {why}")

    def invoke(self, cid: str, operation: str, message: Any = None) -> Any:
        """Calls an operation with a message, and returns that of the answer. 4.1 only. Raises SOAPFault.

        An operation of a namespace is called `{namespace}name`.
        """
        if self._generation == '3.2':
            raise CallFailedError(
                f"'{self.name}' has no invoke() on Zato 3.2: there is post(), or client() with a WSDL"
            )
        for name in UNKNOWN:
            if self.config.get(name):
                raise CallFailedError(f"'{self.name}': calls from here know no {name}")
        version = str(self.config.get('soap_version') or '1.1')
        try:
            data = envelopes.written(version, operation, _mapping(message), self._addressing())
        except (ValueError, TypeError) as error:
            raise CallFailedError(f"'{self.name}': operation '{printable(str(operation))}': {error}") from None
        found = self._calls.call('POST', cid, self._secured(data))
        try:
            return envelopes.read(found.content)
        except ValueError as error:
            status = f'{found.status_code} {printable(found.reason or "")}'
            raise CallFailedError(f"'{self.name}': {status}, {error}") from None

    def _secured(self, data: Any) -> Any:
        # The same, with a header of WS-Security where the connection has a definition of it.
        login = self._rest.login
        if login is None or login.kind.login != WSS_LOGIN:
            return data
        if unknown := unknown_of(login):
            raise CallFailedError(f"'{self.name}': calls from here know no {unknown}")
        try:
            given = data.encode() if isinstance(data, str) else bytes(data)
            user, has_digest = str(login.values.get('username') or ''), bool(login.values.get('use_digest'))
            return envelopes.secured(given, user, secret_of(login), has_digest)
        except ZatoolsError as error:
            raise CallFailedError(f"'{self.name}': {error.text}") from None
        except (ValueError, TypeError) as error:
            raise CallFailedError(f"'{self.name}': what is sent with WS-Security is an envelope: {error}") from None

    def _addressing(self) -> dict[str, str]:
        if not self.config.get('use_ws_addressing'):
            return {}
        found = {
            'Action': self.config.get('wsa_action') or self.config.get('soap_action'),
            'To': self.config.get('wsa_to') or self._rest.url,
        }
        return {name: str(value) for name, value in found.items() if value}

    def ping(self, cid: str = '', **kwargs: Any) -> str:
        """Pings the connection and returns what came of it; raises ConnectionError where nobody answers."""
        pong = self._rest.ping(Attempt(self._rest.timeout))
        if 'status' not in pong.facts:
            raise ConnectionError(f"'{self.name}': {pong.sentence}")
        return pong.sentence

    def close(self) -> None:
        """Closes what is open."""
        self._calls.session.close()


def _mapping(message: Any) -> Mapping[str, Any]:
    if message is None:
        return {}
    if not isinstance(message, Mapping):
        raise TypeError(f'a message is a dict, not {type(message).__name__}')
    return message


class ShortSoap(View):
    """`self.soap['CRM']` of 4.1, whose calls need no CID."""

    called = 'self.soap[…]'

    def __init__(self, connection: RestConnection, generation: str) -> None:
        self._soap = Soap(connection, generation)

    def invoke(self, operation: str, message: Any = None) -> Any:
        """Calls an operation with a message, and returns that of the answer. Raises SOAPFault."""
        return self._soap.invoke(uuid4().hex[:24], operation, message)

    def ping(self) -> str:
        """Pings the connection and returns what came of it; raises ConnectionError where nobody answers."""
        return self._soap.ping()

    def close(self) -> None:
        """Closes what is open."""
        self._soap.close()


class _Transport:
    # What zeep sends goes the way of all calls of the connection: its login, its deadline, its TLS, its sentences.

    def __init__(self, calls: RestCalls) -> None:
        self._calls = calls
        self._origin = _origin(calls.connection.url)

    def load(self, url: Any) -> bytes:
        """Returns a WSDL, or what one imports, from the host of the definition alone."""
        url = str(url)
        if _origin(url) != self._origin:
            raise self._failed(f'its WSDL imports {shown_url(url)}, which is another host: that is not followed')
        response = self._calls.sent('GET', url, {'Accept': 'text/xml, application/xml, */*'})
        if not response.ok:
            raise self._failed(f'{response.status_code} {printable(response.reason or "")} for {shown_url(url)}')
        if len(response.content) > LARGEST:
            raise self._failed(f'what {shown_url(url)} answers is too long for a WSDL')
        return bytes(response.content)

    def post(self, address: str, message: Any, headers: Mapping[str, str]) -> Any:
        """Sends a message to the path that a WSDL names, at the host of the definition: WSDLs know their own names."""
        return self._calls.sent('POST', self._at_home(address), {**self._own(), **headers}, data=message)

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> Any:
        """Sends an envelope."""
        from zeep.wsdl.utils import etree_to_string

        return self.post(address, etree_to_string(envelope), headers)  # type: ignore[no-untyped-call]

    def get(self, address: str, params: Any, headers: Mapping[str, str]) -> Any:
        """Asks as bindings of HTTP do."""
        return self._calls.sent('GET', self._at_home(address), {**self._own(), **headers}, params=params)

    def _own(self) -> dict[str, str]:
        # The action and the content type are zeep's.
        return {name: value for name, value in headers_of(self._calls.connection.item).items() if name[:2] == 'X-'}

    def _at_home(self, address: str) -> str:
        parts = urlsplit(address)
        return urlunsplit((*self._origin, parts.path, parts.query, ''))

    def _failed(self, why: str) -> CallFailedError:
        return CallFailedError(f"'{self._calls.connection.item.name}': {why}")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
