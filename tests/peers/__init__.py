"""Other sides to connect to, on real sockets of this machine: good ones, and one for each way to fail."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme

from features.systems.talking import GraphqlServer, WebSocketServer
from tests.peers.broker import blocking, frozen, need_broker, vhost
from tests.peers.sockets import babbling, deaf, full, listening, nobody, resetting, trickling
from tests.peers.web import Handler, address_of, authority, http_server, secure, stranger
from tests.peers.zato import stand_in


@contextmanager
def _web(name: str) -> Iterator[str]:
    day = timedelta(days=1)
    past = datetime.now(UTC) - 10 * day
    certs: dict[str, Callable[[], trustme.LeafCert]] = {
        'HTTPS': lambda: authority().issue_cert('localhost', '127.0.0.1', not_after=datetime.now(UTC) + 62.5 * day),
        'OTHER_NAME': lambda: authority().issue_cert('other.example.com'),
        'UNKNOWN_CA': lambda: stranger().issue_cert('localhost', '127.0.0.1'),
        'EXPIRED': lambda: authority().issue_cert('localhost', '127.0.0.1', not_before=past - 90 * day, not_after=past),
    }
    context = secure(certs[name]()) if name in certs else None
    handler = stand_in('3.2' if name == 'SERVER32' else '4.1') if name.startswith('SERVER') else Handler
    with http_server(context, handler) as server:
        yield address_of(server)


@contextmanager
def _before_broker(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    need_broker()
    with listening(serve) as address:
        yield address


@contextmanager
def _talking(server: Callable[[], Any]) -> Iterator[str]:
    running = server()
    yield running.address.rpartition('/')[2]
    running.stop()


PEERS: dict[str, Callable[[], Any]] = {
    **{name: lambda name=name: _web(name) for name in ('HTTP', 'HTTPS', 'OTHER_NAME', 'UNKNOWN_CA', 'EXPIRED')},
    **{name: lambda name=name: _web(name) for name in ('SERVER32', 'SERVER41')},
    'DEAF': lambda: listening(deaf),
    'RESET': lambda: listening(resetting),
    'TRICKLE': lambda: listening(trickling),
    'BABBLE': lambda: listening(babbling),
    'FULL': full,
    'NOBODY': nobody,
    'VHOST': vhost,
    'FROZEN': lambda: _before_broker(frozen()),
    'PRICES': lambda: _talking(WebSocketServer),
    'USERS': lambda: _talking(GraphqlServer),
    'BLOCKING': lambda: _before_broker(blocking()),
}
TIMES = re.compile(r'\b\d+(?:\.\d+)? m?s\b')
DAYS = re.compile(r'certificate \d+ days')
DATE = re.compile(r'expired on \d{4}-\d\d-\d\d')


@contextmanager
def peers_in(text: str, folder: Path) -> Iterator[dict[str, str]]:
    """Starts each peer that a text names as $NAME or ${NAME}; yields where they are, and the CA to trust."""
    names = sorted(name for name in set(re.findall(r'\$\{?([A-Z0-9_]+)', text)) if name in PEERS)
    with ExitStack() as stack:
        found = {name: stack.enter_context(PEERS[name]()) for name in names}
        if found:
            authority().cert_pem.write_to_path(str(folder / 'ca.pem'))
            found['SSL_CERT_FILE'] = str(folder / 'ca.pem')
        yield found


def without_chance(text: str, peers: Mapping[str, str], has_times: bool) -> str:
    """Returns output without ports, times and dates."""
    for name, value in peers.items():
        if name == 'VHOST':
            text = text.replace(value, 'tutorial')
        elif ':' in value:
            text = text.replace(value, f'127.0.0.1:<{name.lower()}>').replace(
                f'localhost:{value.rpartition(":")[2]}', f'localhost:<{name.lower()}>'
            )
    if peers or has_times:
        text = TIMES.sub('<time>', text)
        text = DATE.sub('expired on <date>', DAYS.sub('certificate <n> days', text))
    # Columns are as wide as what stood in them.
    return re.sub(r'(?<=\S) {2,}', '  ', text) if peers else text
