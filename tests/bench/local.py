"""Load on `zato server`, with wrk against it and systems of its own behind it: `python -m tests.bench.local`

Wants wrk and nginx, and a machine that does nothing else. Bars, at 64 connections for ten seconds: an echo channel with
Basic Auth over 2,500 requests a second and half of the bare WSGI server's, p99 under 0.2 s; a service that makes two
calls over 450 and 0.6 of a single-threaded loop of the same calls, p99 under 0.6 s; 0.8 of the rate of one connection;
250 where each call takes 50 ms; up within 1.5 s; below 100 MB.

Two workers are held against one by processor time: whoever makes the load, and nginx, take their part of the same two
cores, so that calls a second say too little. What a worker could do with a core to itself is the part of the time in
which it computed or waited for a core, by what a call costs. The bar is 1.6, for the two calls and for a service that
computes for 5 ms, where the load costs next to nothing: there calls a second count too, on a quiet machine.
`python -m tests.bench.local workers` measures that alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

from tests.conftest import ROOT
from tests.ports import free_port
from tests.server.running import server, write

SECONDS = 10
SERVICES = """
from zato.server.service import Service


class Echo(Service):
    name = 'echo'

    def handle(self):
        self.response.payload = self.request.payload


class Two(Service):
    name = 'two'
    crm, payments = 'CRM', 'Payments'

    def handle(self):
        first = self.out.rest[self.crm].conn.get(self.cid, {'UserName': 'my.user'}).data
        second = self.out.rest[self.payments].conn.post(self.cid, params={'USER': 'my.user'}).data
        self.response.payload = {**first, **second}


class Heavy(Service):
    name = 'heavy'

    def handle(self):
        total = 0
        for number in range(100_000):
            total += number * number
        self.response.payload = {'total': total}


class Slow(Two):
    name = 'slow'
    crm, payments = 'Slow CRM', 'Slow Payments'
"""
DEFINITIONS = """
security:
  - {{name: api, type: basic_auth, username: api, password: pw}}
channel_rest:
  - {{name: echo, service: echo, url_path: /echo, security: api, data_format: json}}
  - {{name: two, service: two, url_path: /two, security: api, data_format: json}}
  - {{name: heavy, service: heavy, url_path: /heavy, security: api, data_format: json}}
  - {{name: slow, service: slow, url_path: /slow, security: api, data_format: json}}
outgoing_rest:
  - {{name: CRM, host: '{quick}', url_path: /get-user, data_format: json, timeout: 10}}
  - {{name: Payments, host: '{quick}', url_path: /balance/get, data_format: json, timeout: 10}}
  - {{name: Slow CRM, host: '{slow}', url_path: /get-user, data_format: json, timeout: 10}}
  - {{name: Slow Payments, host: '{slow}', url_path: /balance/get, data_format: json, timeout: 10}}
"""
NGINX = """
worker_processes 1; pid FOLDER/pid; error_log FOLDER/errors; daemon off;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path FOLDER/b; proxy_temp_path FOLDER/p; fastcgi_temp_path FOLDER/f;
  uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
  server {
    listen 127.0.0.1:PORT; keepalive_requests 1000000; default_type application/json;
    location /get-user { return 200 '{"UserType": "RGV", "AccountNumber": "123456"}'; }
    location /balance/get { return 200 '{"ACC_BALANCE": "357.9"}'; }
  }
}
"""
#: A system that takes its time: 50 ms a request.
SLOW = """
import asyncio, sys

BODY = b'{"ACC_BALANCE": "357.9"}'
ANSWER = b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(BODY), BODY)


class System(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if data.endswith(b'\\r\\n\\r\\n'):
            asyncio.get_running_loop().call_later(0.05, self.transport.write, ANSWER)


async def main():
    await (await asyncio.get_running_loop().create_server(System, '127.0.0.1', int(sys.argv[1]))).serve_forever()


asyncio.run(main())
"""
#: What the WSGI server can do at most: the same body, and nothing else.
BARE = """
import sys
from waitress import serve
from zatools.server.api.outgoing import THREADS
from zatools.server.http.serving import CONNECTIONS, pin


def app(environ, start_response):
    body = environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]


pin()
serve(app, host='127.0.0.1', port=int(sys.argv[1]), threads=THREADS, connection_limit=CONNECTIONS, _quiet=True)
"""
POST = """
wrk.method = 'POST'; wrk.body = '{"user_name": "my.user"}'; wrk.headers['Authorization'] = 'Basic YXBpOnB3'
"""
FOUND = re.compile(
    r'(?P<calls>\d+) requests in|99%\s+(?P<p99>[\d.]+)(?P<unit>us|ms|s)|Requests/sec:\s+(?P<rate>[\d.]+)'
)
UNITS = {'us': 1e-6, 'ms': 1e-3, 's': 1.0}


class Load(NamedTuple):
    """What wrk says: requests a second, the time of all but a hundredth of them in seconds, and what went wrong."""

    rate: float
    p99: float
    trouble: str
    calls: int = 0


class Work(NamedTuple):
    """What workers did: calls, and of each worker the seconds that it computed, and those that it wanted to."""

    rate: float
    calls: int
    seconds: tuple[float, ...]
    wanted: tuple[float, ...]

    @property
    def cost(self) -> float:
        """Milliseconds of processors that a call takes."""
        return sum(self.seconds) / self.calls * 1000

    @property
    def possible(self) -> float:
        """Calls a second, if each worker had a core to itself."""
        took = self.calls / self.rate
        cores = sum(min(1.0, one / took) for one in self.wanted)
        return cores / self.cost * 1000


@contextmanager
def running(*command: str) -> Iterator[None]:
    """Runs a process for as long as it is needed."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        time.sleep(1)
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[None]:
    """Runs nginx with the answers of CRM and Payments."""
    write(folder, {'nginx.conf': NGINX.replace('FOLDER', str(folder)).replace('PORT', str(port))})
    with running('nginx', '-c', str(folder / 'nginx.conf')):
        yield


def measure(url: str, connections: int, folder: Path, seconds: int = SECONDS) -> Load:
    """Loads a URL for some seconds."""
    command = ['wrk', '-t1', f'-c{connections}', f'-d{seconds}', '-s', 'post.lua', '--latency', url]
    text = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout
    values: dict[str, str] = {}
    for match in FOUND.finditer(text):
        values.update({name: value for name, value in match.groupdict().items() if value})
    trouble = '; '.join(re.findall(r'(Non-2xx.*|Socket errors.*)', text))
    return Load(float(values['rate']), float(values['p99']) * UNITS[values['unit']], trouble, int(values['calls']))


def loop(port: int) -> float:
    """Returns how often a second one thread makes the two calls, with a session of requests."""
    until, count = time.perf_counter() + 3, 0
    with requests.Session() as session:
        session.trust_env = False
        while time.perf_counter() < until:
            session.get(f'http://127.0.0.1:{port}/get-user', params={'UserName': 'my.user'}).json()
            session.post(f'http://127.0.0.1:{port}/balance/get', params={'USER': 'my.user'}).json()
            count += 1
    return count / 3


def bare(folder: Path) -> float:
    """Returns what the WSGI server does without us."""
    port = free_port()
    with running(sys.executable, '-c', BARE, str(port)):
        return measure(f'http://127.0.0.1:{port}/', 64, folder).rate


def say(name: str, value: float, bar: float, is_met: bool, more: str = '') -> bool:
    """Prints a figure beside its bar."""
    print(f'{"ok  " if is_met else "MISS"} {name:44} {value:8.2f}  (bar {bar:g}){f"  {more}" if more else ""}')
    return is_met


def over(name: str, value: float, bar: float, more: str = '') -> bool:
    """Judges a figure that must be over its bar."""
    return say(name, value, bar, value >= bar, more)


def under(name: str, value: float, bar: float) -> bool:
    """Judges a figure that must be under its bar."""
    return say(name, value, bar, value <= bar)


def loaded(url: str, folder: Path, floor_of_two: float) -> list[bool]:
    """Loads all channels, and says what came of it."""
    loads = (('/echo', 64), ('/two', 64), ('/two', 1), ('/slow', 64))
    echo, two, one, slow = (measure(f'{url}{path}', count, folder) for path, count in loads)
    floor = bare(folder)
    return [
        over('echo, 64 connections, a second', echo.rate, 2500, echo.trouble),
        over(f'echo to the bare server ({floor:.0f})', echo.rate / floor, 0.5),
        under('echo, p99 in seconds', echo.p99, 0.2),
        over('two calls, 64 connections, a second', two.rate, 450, two.trouble),
        over(f'two calls to a loop of them ({floor_of_two:.0f})', two.rate / floor_of_two, 0.6),
        under('two calls, p99 in seconds', two.p99, 0.6),
        over(f'two calls, 64 connections to one ({one.rate:.0f})', two.rate / one.rate, 0.8),
        over('two calls of 50 ms, 64 connections, a second', slow.rate, 250, slow.trouble),
        not (echo.trouble or two.trouble or slow.trouble),
    ]


def computed(pid: int) -> dict[str, tuple[float, float]]:
    """Returns the seconds that a server's processes have computed, and waited for a core: its workers, or itself."""
    found = Path(f'/proc/{pid}/task/{pid}/children').read_text().split() or [str(pid)]
    seconds = {}
    for one in found:
        threads = [path.read_text().split() for path in Path(f'/proc/{one}/task').glob('*/schedstat')]
        seconds[one] = sum(int(line[0]) for line in threads) / 1e9, sum(int(line[1]) for line in threads) / 1e9
    return seconds


def worked(folder: Path, count: int, path: str, connections: int) -> Work:
    """Loads a channel of a server with so many workers."""
    with server(folder, '--file', 'd.yaml', '--workers', str(count)) as local:
        measure(f'{local.url}{path}', connections, folder, 2)
        before = computed(local.process.pid)
        load = measure(f'{local.url}{path}', connections, folder)
        after = computed(local.process.pid)
    # A call may take its time where others have the cores; one that fails is no call.
    assert 'Non-2xx' not in load.trouble, load.trouble
    seconds = tuple(after[pid][0] - before[pid][0] for pid in after)
    waited = tuple(after[pid][1] - before[pid][1] for pid in after)
    return Work(load.rate, load.calls, seconds, tuple(map(sum, zip(seconds, waited, strict=True))))


def compared(folder: Path, path: str, connections: int) -> bool:
    """Holds two workers against one, by what they compute."""
    one, two = (worked(folder, count, path, connections) for count in (1, 2))
    more = f'{one.cost:.2f} and {two.cost:.2f} ms a call, {one.rate:.0f} and {two.rate:.0f} calls a second'
    more += f' ({two.rate / one.rate:.2f})'
    return over(f'{path}: two workers to one', two.possible / one.possible, 1.6, more)


def main() -> None:
    """Measures, prints, and ends with 1 where a bar is missed."""
    for name in ('wrk', 'nginx'):
        if not shutil.which(name):
            raise SystemExit(f'{name} is not there: apt-get install wrk nginx-light')
    quick, slow = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name, running(sys.executable, '-c', SLOW, str(slow)):
        hosts = {'quick': f'http://127.0.0.1:{quick}', 'slow': f'http://127.0.0.1:{slow}'}
        files = {'services/load.py': SERVICES, 'd.yaml': DEFINITIONS.format(**hosts), 'post.lua': POST}
        folder = write(Path(name), files)
        with nginx(folder, quick):
            met = [compared(folder, '/two', 64), compared(folder, '/heavy', 8)]
            if sys.argv[1:] == ['workers']:
                raise SystemExit(0 if all(met) else 1)
            started = time.perf_counter()
            with server(folder, '--file', 'd.yaml') as local:
                ready = time.perf_counter() - started
                met += [under('ready, in seconds', ready, 1.5), *loaded(local.url, folder, loop(quick))]
                status = Path(f'/proc/{local.process.pid}/status').read_text()
            megabytes = int(re.findall(r'VmHWM:\s+(\d+)', status)[0]) / 1024
            met.append(under('memory, in MB', megabytes, 100))
    raise SystemExit(0 if all(met) else 1)


if __name__ == '__main__':
    main()
