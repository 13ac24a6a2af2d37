"""ZeroMQ channels of 3.2: messages of a socket invoke a service."""

from __future__ import annotations

import logging
import threading
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zatools.connections.clients import is_hidden
from zatools.server.api.exceptions import HTTPException
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.channels.listening import address_of
from zatools.server.failing import log_failure
from zatools.server.http.formats import parsed
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Milliseconds between two looks at whether the channel is to stop; seconds that a message has to finish then.
LOOK, LAST = 100, 4.0
TYPES = ('PULL', 'SUB')
TCP = 'tcp://'


def place_of(item: Item, server: Runtime) -> str:
    """Returns what no other channel has: each has a socket of its own."""
    return item.name


def opened(server: Runtime, place: str, items: list[Item]) -> Socket:
    """Opens the socket of a channel. Raises OSError, ValueError, ImportError."""
    if is_hidden('zmq'):
        raise ImportError('a file of services is called zmq.py, as what ZeroMQ needs: rename it')
    if find_spec('zmq') is None:
        raise ImportError('it needs pyzmq: pip install pyzmq')
    return Socket(server, items[0])


class Socket:
    """A socket whose messages go to a service, one after the other, or each in a thread of its own."""

    def __init__(self, server: Runtime, item: Item) -> None:
        self._server, self._item = server, item
        self._is_stopping = threading.Event()
        self._socket = _made(item.values, server.parts.host)
        name = f'zeromq {item.name}'
        self._thread = threading.Thread(target=self._take, name=name, daemon=True)
        self._thread.start()
        address = self._socket.getsockopt_string(_zmq().LAST_ENDPOINT)
        log.info("ZeroMQ channel '%s' at %s", item.name, address)

    def _take(self) -> None:
        zmq = _zmq()
        is_many = self._item.values.get('pool_strategy') == 'unlimited'
        try:
            while not self._is_stopping.is_set():
                if not self._socket.poll(LOOK):
                    continue
                # Of a message of many parts the last is what is said; a topic comes first.
                data, cid = self._socket.recv_multipart(zmq.NOBLOCK)[-1], new_cid()
                if is_many:
                    what = f"ZeroMQ channel '{self._item.name}'"
                    self._server.background.start(what, cid, partial(self._call, data, cid))
                else:
                    self._call(data, cid)
        finally:
            self._socket.close(0)

    def _call(self, data: bytes, cid: str) -> None:
        name = str(self._item.values.get('service') or '')
        about = self._server.about('zmq', self._item)
        try:
            payload = parsed(data, about.data_format, cid, 'the message')
            self._server.call(self._server.deployed(name), Call(cid, payload, data, channel=about))
        except (HTTPException, NoServiceError) as error:
            log.error("ZeroMQ channel '%s': %s, the message is lost (CID %s)", self._item.name, error, cid)
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as error:
            log_failure(f"ZeroMQ channel '{self._item.name}': service '{name}'", error, cid)

    def stop(self) -> None:
        """Takes nothing more, and gives the address free."""
        self._is_stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join(LOOK / 1000 * 3)

    def close(self) -> None:
        """Stops, once the message that is being worked on is done."""
        self.stop()
        self._thread.join(LAST)


def _zmq() -> Any:
    import zmq

    return zmq


def _made(values: Any, host: str) -> Any:
    zmq = _zmq()
    if values.get('socket_type') not in TYPES or values.get('service_source') == 'mdp01':
        raise ValueError(f'of sockets {" and ".join(TYPES)} run here, MDP01 does not')
    found = zmq.Context.instance().socket(getattr(zmq, values['socket_type']))
    try:
        if values['socket_type'] == 'SUB':
            found.setsockopt(zmq.SUBSCRIBE, str(values.get('sub_key') or '').encode())
        address = str(values.get('address') or '')
        if values.get('socket_method') == 'bind':
            found.bind(_own(address, host))
        else:
            found.connect(address)
    except zmq.ZMQError as error:
        found.close(0)
        raise ValueError(f'{str(error).lower()}: {address}') from None
    return found


def _own(address: str, host: str) -> str:
    # What is to wait at all addresses of a machine waits at that of the server.
    if not address.startswith(TCP):
        return address
    where, port = address_of(address.removeprefix(TCP), host)
    if ':' in where:
        where = f'[{where}]'
    return f'{TCP}{where}:{port or "*"}'
