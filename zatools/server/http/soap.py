"""SOAP channels: which of them a request is for, and 4.1's envelopes, whose messages services get and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from zatools.connections.clients.envelopes import (
    ADDRESSING,
    NAMESPACES,
    WSSE,
    Envelope,
    SOAPMessage,
    VersionError,
    envelope_of,
    fault,
    local,
    message,
    written,
)
from zatools.connections.pong import printable
from zatools.server.api.exceptions import HTTPException
from zatools.server.api.supported import About
from zatools.server.http.answers import SOAP_TYPES, Answer
from zatools.server.http.formats import plain

#: By version the codes of faults of the client and of the server, and the status of the client's.
CODES = {'1.1': ('Client', 'Server', 500), '1.2': ('Sender', 'Receiver', 400)}
#: What a caller is told of what a service raises.
UNTOLD = 'An error has occurred'
#: What a service answers: its payload, its status and headers.
Given = tuple[Any, int, Mapping[str, str]]


class Asked(NamedTuple):
    """What a request asks for: its envelope, the name of the operation, its headers of WS-Addressing by name."""

    envelope: Envelope
    operation: str
    addressing: Mapping[str, str]


class FaultError(Exception):
    """A request that is refused before its service is called: a code and a reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def answer(
    raw: bytes, action: str, security: Any, tell: Callable[[BaseException], None], call: Callable[..., Given]
) -> Answer:
    """Returns the answer to an envelope: what `call` gives for its message, or a fault; `tell` is told of errors.

    `security` is what its header of WS-Security said.
    """
    version = '1.1'
    try:
        asked = _asked(raw)
        version = asked.envelope.version
        payload, status, headers = call(*_message(asked, action, security))
        body = _written(asked, payload)
        return Answer(status, body, SOAP_TYPES[version], headers)
    except FaultError as error:
        return _fault(version, error.code, str(error))
    except HTTPException as error:
        return _fault(version, _code(version, 0 if error.status < 500 else 1), error.details)
    # Any exception at all: a service that calls sys.exit() ends its own call only.
    except BaseException as error:
        tell(error)
        return _fault(version, _code(version, 1), UNTOLD)


def _code(version: str, who: int) -> str:
    return str(CODES[version][who])


def _fault(version: str, code: str, reason: str) -> Answer:
    status = 500
    if code == CODES[version][0]:
        status = int(CODES[version][2])
    return Answer(status, fault(version, code, printable(reason)), SOAP_TYPES[version])


def _asked(raw: bytes) -> Asked:
    try:
        envelope = envelope_of(raw)
    except VersionError as error:
        raise FaultError('VersionMismatch', str(error)) from None
    except ValueError as error:
        raise FaultError('Client', f'The request is {error}') from None
    namespace, addressing = NAMESPACES[envelope.version], {}
    for header in envelope.headers:
        owner = header.tag.rpartition('}')[0][1:]
        if owner == ADDRESSING:
            addressing[local(header)] = ''.join(header.itertext()).strip()
        elif header.get(f'{{{namespace}}}mustUnderstand') in ('1', 'true') and owner != WSSE:
            raise FaultError('MustUnderstand', f'The header {local(header)} is not understood')
    if envelope.first is None:
        raise FaultError(_code(envelope.version, 0), 'The body of the envelope is empty')
    return Asked(envelope, local(envelope.first), addressing)


def _message(asked: Asked, action: str, security: Any) -> tuple[SOAPMessage, About]:
    envelope = asked.envelope
    found = message(envelope.first)
    if not isinstance(found, SOAPMessage):
        found = SOAPMessage({} if found in ('', None) else {asked.operation: found})
    about = About(
        'self.request.soap',
        {
            'soap_version': envelope.version,
            'soap_action': action or asked.addressing.get('Action', ''),
            'operation': asked.operation,
            'addressing': dict(asked.addressing),
            'security': security,
            'attachments': [],
            'envelope': envelope.raw,
            'payload': found,
        },
    )
    return found, about


def _written(asked: Asked, payload: Any) -> bytes:
    if hasattr(payload, 'to_dict'):
        payload = payload.to_dict()
    if isinstance(payload, (bytes, bytearray)):
        payload = bytes(payload).decode()
    if isinstance(payload, (list, tuple)):
        payload = {'item': payload}
    if not isinstance(payload, (dict, str, int, float, type(None))):
        payload = plain(payload)
    addressing: dict[str, str] = {}
    if about := asked.addressing.get('MessageID'):
        addressing = {'Action': f'{asked.addressing.get("Action", "")}Response', 'RelatesTo': about}
    operation = f'{asked.envelope.first.tag}Response'
    return written(asked.envelope.version, operation, '' if payload is None else payload, addressing)


def action_of(environ: Mapping[str, Any]) -> str:
    """Returns the action of a request: that of its header, or of 1.2's content type."""
    named = str(environ.get('HTTP_SOAPACTION', ''))
    for part in str(environ.get('CONTENT_TYPE', '')).split(';')[1:]:
        name, _, value = part.strip().partition('=')
        if name.lower() == 'action':
            named = named or value
    return named.strip().strip('"')
