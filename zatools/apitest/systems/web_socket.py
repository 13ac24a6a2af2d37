"""WebSockets that steps speak through, by websocket-client."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.systems.message import Message
from zatools.apitest.values.excerpts import cut

#: Seconds until a server must have answered, of one look at what has come, and of a pause in which nothing comes.
WAIT, LOOK, PAUSE = 10, 1.0, 0.01
#: Bytes of a message, and messages and bytes that are kept.
LARGEST, KEPT, KEPT_BYTES = 16_000_000, 10_000, 64_000_000
#: Codes of a close frame without one, and of an end without a close frame (RFC 6455, 7.4.1).
NO_CODE, LOST = 1005, 1006
PORTS = {'ws': 80, 'wss': 443}
HINT = '"wss://host/path", or "/path" below the address of calls'
TRUST_HINT = 'Given CA bundle "ca.pem", or, where that is no risk: Given TLS certificates are not verified'
LOGIN_HINT = 'its login and headers are those that steps have set before: Given header "Authorization" "…"'


@dataclass(frozen=True)
class Handshake:
    """The request that opens a WebSocket; `tls` is what https has: trust (see Transport.trust) and certificate."""

    address: str
    headers: tuple[tuple[str, str], ...] = ()
    protocol: str = ''
    trust: bool | str = True
    certificate: Any = None


class _Bounded:
    """A socket that is read no longer than `until`, and no more than `left` bytes."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.until, self.left = time.monotonic() + WAIT, LARGEST

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def recv(self, size: int) -> bytes:
        """Returns what has come; raises TimeoutError where nothing comes in time."""
        wait = self.until - time.monotonic()
        if wait <= 0:
            raise TimeoutError
        self._plain.settimeout(wait)
        found = self._plain.recv(size)
        self.left -= len(found)
        if self.left < 0:
            raise StepBroken(f'a message of the WebSocket is larger than {LARGEST:,} bytes', at='queue')
        return found

    def send(self, content: bytes) -> int:
        """Sends what the network takes."""
        self._plain.settimeout(WAIT)
        return self._plain.send(content)


class WebSocket:
    """An open WebSocket: what has come since then is kept, in the order in which it came."""

    def __init__(self, handshake: Handshake) -> None:
        self.shown = _shown(handshake.address)
        self._socket, self._client = _connected(handshake, self.shown)
        self._found: deque[Message] = deque()
        self._size = 0
        #: Code and reason of its end; None while it is open.
        self.ended: tuple[int, str] | None = None

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Says goodbye where it is open still, and closes the connection."""
        with suppress(Exception):
            if self.ended is None:
                self._client.send_close()
        self._socket.close()

    def send(self, text: str) -> None:
        """Sends a message; raises StepBroken where it is closed."""
        self._read()
        if self.ended:
            raise StepBroken(f'the WebSocket is closed: {self.ending}', at='queue')
        try:
            self._client.send(text)
        except Exception as error:
            raise self._broken(error) from None

    def leave(self) -> None:
        """Closes it, and waits until the server has closed it too."""
        self._read()
        if self.ended is None:
            with suppress(OSError):
                self._client.send_close()
        end = time.monotonic() + WAIT
        while self.ended is None:
            if time.monotonic() >= end:
                raise StepBroken(f'{self.shown} does not close within {WAIT} s', at='queue')
            self._read()

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code, reason = self.ended or (LOST, '')
        if code == LOST:
            return 'the connection was lost'
        return f'code {code} {reason}'.strip()

    def messages(self) -> list[Message]:
        """Returns the messages that have come."""
        self._read()
        return list(self._found)

    def _read(self) -> None:
        end = time.monotonic() + LOOK
        while self.ended is None and (now := time.monotonic()) < end:
            self._socket.until = now + PAUSE
            if not self._take():
                return

    def _take(self) -> bool:
        # Tells whether a whole frame was there; a part of one is kept by the client.
        import websocket

        try:
            kind, frame = self._client.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketConnectionClosedException, OSError):
            self.ended = (LOST, '')
            return True
        except (websocket.WebSocketException, ValueError) as error:
            raise self._broken(error) from None
        self._socket.left = LARGEST
        if kind == websocket.ABNF.OPCODE_CLOSE:
            self.ended = _end(frame.data)
        elif kind in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
            self._keep(bytes(frame.data), kind == websocket.ABNF.OPCODE_BINARY)
        return True

    def _keep(self, content: bytes, is_binary: bool) -> None:
        kind = 'text'
        if is_binary:
            kind = 'binary'
        self._found.append(Message(content.decode('utf-8', 'replace'), properties={'type': kind}))
        self._size += len(content)
        while self._size > KEPT_BYTES or len(self._found) > KEPT:
            self._size -= len(self._found.popleft().text)

    def _broken(self, error: Exception) -> StepBroken:
        return StepBroken(f'{self.shown}: {_reason(error)}', at='queue')


def _connected(handshake: Handshake, shown: str) -> tuple[_Bounded, Any]:
    try:
        import websocket
    except ImportError:
        hint = 'pip install websocket-client'
        raise StepBroken('the library websocket-client is not installed', at='address', hint=hint) from None
    plain = _opened(handshake, shown)
    client: Any = websocket.WebSocket(enable_multithread=False)
    headers = [f'{name}: {value}' for name, value in handshake.headers]
    options = {'header': headers, 'redirect_limit': 0, 'timeout': WAIT, 'suppress_origin': True}
    if handshake.protocol:
        options['subprotocols'] = [handshake.protocol]
    try:
        client.connect(handshake.address, socket=plain, **options)
    except websocket.WebSocketBadStatusException as error:
        raise _refused(error, shown) from None
    except StepBroken:
        plain.close()
        raise
    except (websocket.WebSocketException, OSError, ValueError, LookupError) as error:
        text = f'{shown} is no WebSocket: {_reason(error)}'
        if 'Redirect' in str(error):
            text = f'{shown} redirects elsewhere, and a WebSocket is not followed'
        raise StepBroken(text, at='address') from None
    plain.left = LARGEST
    return plain, client


def _refused(error: Any, shown: str) -> StepBroken:
    hint = ''
    if error.status_code in (401, 403):
        hint = LOGIN_HINT
    words = ' '.join(f'{error.status_code} {error.status_message or ""}'.split())
    body = (error.resp_body or b'').decode('utf-8', 'replace')
    detail = [cut(' '.join(body.split()), 200)]
    return StepBroken(f'{shown} answers {words}, and is no WebSocket', at='address', hint=hint,
                      detail=list(filter(None, detail)))  # fmt: skip


def _opened(handshake: Handshake, shown: str) -> _Bounded:
    parts = urlsplit(handshake.address)
    host, port = parts.hostname or '', parts.port or PORTS[parts.scheme]
    try:
        plain = socket.create_connection((host, port), WAIT)
    except (OSError, UnicodeError, OverflowError) as error:
        text = f'{shown} does not answer: {_reason(error)}'
        raise StepBroken(text, at='address', hint='is it up, and is this its port?') from None
    if parts.scheme == 'wss':
        try:
            plain = _context(handshake).wrap_socket(plain, server_hostname=host)
        except (OSError, ValueError) as error:
            plain.close()
            raise StepBroken(f'{shown}: TLS fails: {_reason(error)}', at='address', hint=TRUST_HINT) from None
    return _Bounded(plain)


def _context(handshake: Handshake) -> ssl.SSLContext:
    import os

    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    trusted = handshake.trust
    if trusted is True:
        trusted = DEFAULT_CA_BUNDLE_PATH
    if not trusted:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif os.path.isdir(trusted):
        context = ssl.create_default_context(capath=trusted)
    else:
        context = ssl.create_default_context(cafile=trusted)
    if handshake.certificate:
        certificate = handshake.certificate
        if isinstance(certificate, str):
            certificate = (certificate,)
        context.load_cert_chain(*certificate)
    return context


def checked_address(address: str) -> str:
    """Returns the address of a WebSocket; raises StepBroken for one that is none."""
    parts = urlsplit('')
    with suppress(ValueError):
        parts = urlsplit(address)
        # A port that is none is an error of its own.
        parts.port  # noqa: B018
        if parts.scheme in PORTS and parts.hostname and address.isprintable() and ' ' not in address:
            return address
    raise StepBroken('this is no address of a WebSocket', at='address', hint=HINT)


def _end(content: bytes) -> tuple[int, str]:
    if len(content) < 2:
        return NO_CODE, ''
    (code,) = struct.unpack('!H', content[:2])
    return code, cut(content[2:].decode('utf-8', 'replace'), 100)


def _reason(error: Exception) -> str:
    # OpenSSL's texts end with the line of its source.
    text = getattr(error, 'strerror', '') or str(error) or 'the time is over'
    return cut(' '.join(text.partition(' (_ssl.c')[0].split()), 200)


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return f'{parts.scheme}://{parts.hostname}:{parts.port or PORTS[parts.scheme]}{parts.path}'
