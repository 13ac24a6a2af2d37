"""Many callers at once: each gets its own answer, none is lost, and slow ones hold up nobody."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.peers.web import Handler, address_of, http_server
from tests.ports import free_port
from tests.server.running import server, write

CALLERS, CALLS = 64, 15
SERVICES = """
from zato.server.service import Service


class Both(Service):
    name = 'both'

    def handle(self):
        mine = self.request.payload['mine']
        first = self.out.rest['Echo'].conn.get(self.cid, {'mine': mine})
        second = self.out.rest['Echo'].conn.post(self.cid, {'mine': mine})
        self.response.payload = {'mine': mine, 'first': first.data['got'], 'second': second.data['got']}
        self.response.headers['X-Mine'] = mine
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: both, service: both, url_path: /both, security: api, data_format: json}
outgoing_rest:
  - {name: Echo, host: 'http://ADDRESS', url_path: /echo, data_format: json}
"""


class Echo(Handler):
    """Answers with what it was sent: the query of a GET, the body of a POST."""

    def do_GET(self) -> None:  # noqa: N802
        self.answer(self.path.partition('mine=')[2])

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.answer(json.loads(body)['mine'])

    def answer(self, mine: str) -> None:
        body = json.dumps({'got': mine}).encode()
        self.reply(200, body, {'Content-Type': 'application/json'})


def test_each_of_many_callers_gets_its_own_answer(tmp_path: Path) -> None:
    def call(caller: int) -> list[tuple[str, dict[str, str], str]]:
        found = []
        with requests.Session() as session:
            session.trust_env, session.auth = False, ('api', 'pw')
            for number in range(CALLS):
                mine = f'{caller}-{number}'
                response = session.post(f'{local.url}/both', json={'mine': mine}, timeout=60)
                found.append((mine, response.json(), response.headers.get('X-Mine', '')))
        return found

    with http_server(None, Echo) as system:
        definitions = DEFINITIONS.replace('ADDRESS', address_of(system))
        folder = write(tmp_path, {'services/a.py': SERVICES, 'd.yaml': definitions})
        with server(folder, '--file', 'd.yaml') as local, ThreadPoolExecutor(CALLERS) as callers:
            answers = [answer for found in callers.map(call, range(CALLERS)) for answer in found]
    assert len(answers) == CALLERS * CALLS
    for mine, body, header in answers:
        assert (body, header) == ({'mine': mine, 'first': mine, 'second': mine}, mine)


AT_ONCE = 200
ITSELF = """
from zato.server.service import Service


class Outer(Service):
    name = 'outer'

    def handle(self):
        self.sleep(0.3)
        found = self.out.rest['Self'].conn.post(self.cid, {'mine': self.request.payload['mine']})
        self.response.payload = found.data


class Inner(Service):
    name = 'inner'

    def handle(self):
        self.response.payload = {'mine': self.request.payload['mine']}
"""
TO_ITSELF = """
channel_rest:
  - {name: outer, service: outer, url_path: /outer, data_format: json}
  - {name: inner, service: inner, url_path: /inner, data_format: json}
outgoing_rest:
  - {name: Self, host: 'http://127.0.0.1:PORT', url_path: /inner, data_format: json}
"""


def test_services_that_call_their_own_server_do_not_wait_for_each_other(tmp_path: Path) -> None:
    def call(mine: int) -> tuple[int, int]:
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(f'{local.url}/outer', json={'mine': mine}, timeout=60)
            return response.status_code, response.json()['mine']

    port = str(free_port())
    folder = write(tmp_path, {'services/a.py': ITSELF, 'd.yaml': TO_ITSELF.replace('PORT', port)})
    # The last --port counts.
    with server(folder, '--file', 'd.yaml', '--port', port) as local, ThreadPoolExecutor(AT_ONCE) as callers:
        started = time.monotonic()
        answers = list(callers.map(call, range(AT_ONCE)))
        took = time.monotonic() - started
    assert answers == [(200, number) for number in range(AT_ONCE)]
    # Without further threads those that wait give up after 10 seconds.
    assert took < 9
    assert re.search(r'WARNING - all 40 threads are busy and \d+ requests wait: \d+ more take them', local.log)
