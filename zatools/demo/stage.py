"""What the demo plays on: a copy of the tutorial, the systems around it, and its server."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import zatools
from zatools.demo.broker import broker_of
from zatools.demo.tour import PATIENCE, ZATO, Tour
from zatools.errors import FailedError
from zatools.processes import process
from zatools.state import State
from zatools.template import copied, sample
from zatools.world import World

if TYPE_CHECKING:
    from zatools.connections.mocked import MockInbox

PORT = 17010
FRAUD = 'Fraud Detection Connection'
LOG = 'server.log'
UP = re.compile(r'up at (http://[^\s:]+:\d+): ([\w ,]+)\.')
#: What no proxy is asked for.
NEAR = ('127.0.0.1', 'localhost')
WITHOUT = ('ZATO_ODB', 'ZATO_SECRET_KEY', 'ZATO_SERVER_USER', 'CI')


def environment(world: World, broker: str) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    known = {name: value for name, value in world.environ.items() if name not in WITHOUT}
    found = {**known, 'NO_COLOR': '1', 'API_PASSWORD': password, 'SECURITY_API_PASSWORD': password}
    found['ZATO_SERVER_PASSWORD'] = secrets.token_urlsafe(9)
    found['DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD'] = unquote(urlsplit(broker).password or 'guest')
    for one, other in (('NO_PROXY', 'no_proxy'), ('no_proxy', 'NO_PROXY')):
        hosts = known.get(one) or known.get(other, '')
        if hosts != '*':
            hosts = ','.join(filter(None, (hosts, *NEAR)))
        found[one] = hosts
    found['PYTHONPATH'] = _path(known)
    return found


def _path(environ: Mapping[str, str]) -> str:
    own = str(Path(zatools.__file__).parent.parent)
    return os.pathsep.join(filter(None, (own, environ.get('PYTHONPATH', ''))))


def mocked(played: Mapping[str, str]) -> MockInbox:
    from zatools.connections.mocked import MockInbox

    return MockInbox(played['ZATO_MOCK'], FRAUD)


@contextmanager
def folder_of(given: str, played: Mapping[str, str], state: State) -> Iterator[Path]:
    def make(folder: str) -> Path:
        hint = 'name a folder that is new or empty: zato demo my-demo'
        return copied(sample('tutorial'), folder, hint, lambda made: _prepare(made, played, state)).resolve()

    if given:
        yield make(given)
        return
    with tempfile.TemporaryDirectory(prefix='zato-demo-') as name:
        yield make(os.path.join(name, 'tutorial'))


def _prepare(folder: Path, played: Mapping[str, str], state: State) -> None:
    path = folder / 'definitions.yaml'
    text = path.read_text(encoding='utf-8')
    for old, name in (('https://crm.example.com', 'CRM'), ('https://payments.example.com', 'Payments')):
        text = text.replace(old, played[name])
    values = broker_of(state)
    for name, old in (('host', 'mq.example.com'), ('port', '5672'), ('vhost', 'tutorial'), ('username', 'tutorial')):
        text = text.replace(f'    {name}: {old}\n', f'    {name}: {_written(values[name])}\n')
    path.write_text(text, encoding='utf-8')


def _written(value: Any) -> str:
    # A text that YAML or variables would make something else of is quoted.
    text = str(value)
    if re.fullmatch(r'[\w./-]+', text):
        return text
    return json.dumps(text.replace('${', '$${'), ensure_ascii=False)


@contextmanager
def systems() -> Iterator[dict[str, str]]:
    # The addresses of the systems, by the names of their connections, and that for features.
    folder, found = sample('tutorial'), {}
    command = [*ZATO, 'mock', 'definitions.yaml', 'features/mocks', '--quiet']
    environ = {**os.environ, 'PYTHONPATH': _path(os.environ)}
    with process(command, folder, environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as started:
        assert started.stdout
        while 'ZATO_MOCK' not in found:
            line = started.stdout.readline()
            if not line:
                raise FailedError('zato mock, which plays CRM, Payments and Fraud detection, does not start')
            name, _, address = line.strip().partition('  ')
            if 'ZATO_MOCK=' in line:
                name, address = 'ZATO_MOCK', line.rpartition('=')[2]
            found[name] = address.strip()
        yield found


@contextmanager
def served(tour: Tour) -> Iterator[None]:
    with ExitStack() as stack:
        found = None
        if _is_free(PORT):
            found = stack.enter_context(_started(tour, PORT))
        if not found:
            # Another program has the port, or has just taken it.
            found = stack.enter_context(_started(tour, 0))
        if not found:
            raise FailedError(f'the server does not start: {log_of(tour).strip()}')
        tour.address, counts = found[1], found[2]
        tour.show(f'zato server . --port {urlsplit(tour.address).port}', f'up: {counts}')
        yield


@contextmanager
def _started(tour: Tour, port: int) -> Iterator[re.Match[str] | None]:
    command = [sys.executable, '-m', 'zatools', 'server', '.', '--port', str(port)]
    with (tour.folder / LOG).open('w') as file, process(command, tour.folder, tour.environ, stderr=file) as started:
        until = monotonic() + PATIENCE
        while not (found := UP.search(log_of(tour))) and started.poll() is None and monotonic() < until:
            sleep(0.03)
        yield found


def log_of(tour: Tour) -> str:
    return (tour.folder / LOG).read_text(encoding='utf-8', errors='replace')


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(('127.0.0.1', port)):
        return True
    return False
