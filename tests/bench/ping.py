"""Measures pings as whole processes on loopback: `python -m tests.bench.ping`. Speed against nginx needs nginx.

Bars: 200 connections of which 10 are dead, 32 at once, within 1.3 times their timeout of 5 s; 1,000 live ones at
over 500 a second, over 250 with TLS; always below 100 MB.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.peers.sockets import deaf, listening, nobody
from tests.peers.web import authority

ROOT = Path(__file__).parents[2]
MEMORY = 100
NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 'ok'; }} }}
    server {{
        listen 127.0.0.1:{secure} ssl backlog=4096;
        ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        location / {{ return 200 'ok'; }}
    }}
}}
"""


class Measure(NamedTuple):
    """What a process took: seconds, those of the processor, megabytes at most, and its last line."""

    seconds: float
    processor: float
    megabytes: float
    summary: str


def _port(address: str) -> int:
    return int(address.rpartition(':')[2])


@contextmanager
def nginx(folder: Path) -> Iterator[tuple[int, int]]:
    """Runs nginx on two free ports: one without TLS, one with."""
    with nobody() as plain, nobody() as other:
        port, secure = _port(plain), _port(other)
    cert = authority().issue_cert('127.0.0.1')
    cert.private_key_pem.write_to_path(str(folder / 'key.pem'))
    for number, blob in enumerate(cert.cert_chain_pems):
        blob.write_to_path(str(folder / 'cert.pem'), append=number > 0)
    authority().cert_pem.write_to_path(str(folder / 'ca.pem'))
    (folder / 'nginx.conf').write_text(NGINX.format(folder=folder, port=port, secure=secure))
    with subprocess.Popen(
        ['nginx', '-p', str(folder), '-c', str(folder / 'nginx.conf')], stderr=subprocess.DEVNULL
    ) as process:
        time.sleep(0.5)
        try:
            yield port, secure
        finally:
            process.send_signal(signal.SIGQUIT)


def definitions(hosts: list[str]) -> str:
    """Returns YAML of one REST connection a host."""
    rows = ['outgoing_rest:']
    for number, host in enumerate(hosts):
        rows += [f'  - name: rest.{number:04}', f'    host: {host}', '    url_path: /ok', '    ping_method: GET']
    return '\n'.join(rows) + '\n'


def measure(folder: Path, hosts: list[str], *options: str) -> Measure:
    """Pings all hosts in a process of its own."""
    path = folder / 'bench.yaml'
    path.write_text(definitions(hosts))
    others = {name: value for name, value in os.environ.items() if not name.endswith(('_CA_BUNDLE', 'CERT_DIR'))}
    environ = {**others, 'PYTHONPATH': str(ROOT), 'SSL_CERT_FILE': str(folder / 'ca.pem')}
    command = [sys.executable, '-m', 'zatools', 'ping', 'outconn', '--all', '--file', str(path), *options]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    text = process.stdout.read() if process.stdout else ''
    _, _, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = 0
    return Measure(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text.splitlines()[-1])


def _say(name: str, found: Measure, bar: str, is_met: bool) -> bool:
    is_met = is_met and found.megabytes < MEMORY
    word = 'ok  ' if is_met else 'MISS'
    took = f'{found.seconds:5.2f} s {found.processor:5.2f} s CPU {found.megabytes:4.0f} MB'
    print(f'{word} {name:22} {took}  {bar}  ({found.summary})')
    return is_met


def dead(folder: Path) -> bool:
    """200 connections, 10 of them to somebody who never answers."""
    with ExitStack() as stack:
        silent = f'http://{stack.enter_context(listening(deaf))}'
        port, _ = stack.enter_context(nginx(folder))
        hosts = [silent if number % 20 == 19 else f'http://127.0.0.1:{port}' for number in range(200)]
        found = measure(folder, hosts, '--jobs', '32', '--timeout', '5')
    return _say('200, 10 of them dead', found, f'{found.seconds / 5:.2f} of the timeout, bar 1.3', found.seconds <= 6.5)


def seconds_in(summary: str) -> float:
    """Returns the time that the last line of a ping has: 1000 ok in 1.5 s."""
    value, unit = summary.rpartition(' in ')[2].split()
    return float(value) / (1000 if unit == 'ms' else 1)


def live(folder: Path, is_secure: bool) -> bool:
    """1,000 connections to nginx."""
    with nginx(folder) as ports:
        host = f'https://127.0.0.1:{ports[1]}' if is_secure else f'http://127.0.0.1:{ports[0]}'
        found = min(measure(folder, [host] * 1000) for _ in range(3))
    # What the start of the program and the reading of files take is no part of it.
    rate, bar = 1000 / seconds_in(found.summary), 250 if is_secure else 500
    is_met = rate > bar and found.summary.startswith('1000 ok')
    return _say(f'1,000 live{", TLS" if is_secure else ""}', found, f'{rate:.0f} a second, bar {bar}', is_met)


def main() -> None:
    """Measures, prints, and ends with 1 where a bar is missed."""
    if not shutil.which('nginx'):
        raise SystemExit('nginx is not there: apt-get install nginx-light')
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A worker of nginx that root starts runs as somebody else.
        folder.chmod(0o755)
        met = [dead(folder), live(folder, False), live(folder, True)]
    raise SystemExit(0 if all(met) else 1)


if __name__ == '__main__':
    main()
