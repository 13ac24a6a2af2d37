"""Measures `apitest run` against a bare loop of requests, as whole processes: `python -m tests.bench.apitest`.

1,000 scenarios in ten files, one request and five checks each, against a local nginx. The floor F is a process that
makes the same calls over one `requests.Session` and checks the same. Python's own server sends headers and body apart:
one scenario with 100 calls to it, which wait for no delayed acknowledgement.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START = [sys.executable, '-c', 'import sys; sys.argv[0] = "apitest"\nfrom zatools.cli.apitest import main; main()']
BODY = '{"user_name": "my.user", "user_type": "RGV", "account_no": 123456, "account_balance": "357.9"}'
BARS = {'apitest run': 1.5, 'apitest run --jobs 2': 1.1}
SECONDS = {
    'apitest --help': 0.2, 'apitest run, one scenario': 0.45, "apitest run, Python's server": 1.5,
    '10,000 rows of a file, no calls': 2.5,
}  # fmt: skip
MEGABYTES = 80
#: Those of one process, whatever it runs.
LIMITS = {'10,000 rows of a file, no calls': 80, '5,000 scenarios of a file': 150, 'the same, with all reports': 150}
FLOOR = """
import sys, requests
session = requests.Session()
for number in range(int(sys.argv[2])):
    answer = session.get(sys.argv[1] + '/api/v1/user', json={'user_name': 'my.user'})
    content = answer.json()
    assert answer.status_code == 200
    assert content['user_name'] == 'my.user' and content['user_type'] == 'RGV'
    assert content['account_no'] == 123456
    assert answer.headers['X-Zato-CID']
"""
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; keepalive_requests 100000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; add_header X-Zato-CID abc; return 200 '{body}'; }}
  }}
}}
"""
SCENARIO = """
  Scenario: Call {number}
    Given URL path "/api/v1/user"
    And format "JSON"
    And HTTP method "GET"
    And request is "{{}}"
    And path "/user_name" in request is "my.user"
    When the URL is invoked
    Then status is "200"
    And path "/user_name" is "my.user"
    And path "/user_type" is "RGV"
    And path "/account_no" is an integer "123456"
    And header "X-Zato-CID" is not empty
"""


def write_suite(folder: Path, port: int, count: int, files: int = 10) -> None:
    """Writes a project of so many scenarios in so many files."""
    folder.mkdir(parents=True)
    for file in range(files):
        numbers = range(file * count // files, (file + 1) * count // files)
        scenarios = ''.join(SCENARIO.format(number=number) for number in numbers)
        start = f'Feature: Users {file}\n\n  Background:\n    Given address "http://127.0.0.1:{port}"\n'
        (folder / f'users{file:02}.feature').write_text(start + scenarios)


def write_calls(folder: Path, port: int, count: int = 100) -> None:
    """Writes a scenario with so many calls."""
    folder.mkdir(parents=True)
    calls = '    When the URL is invoked\n    Then status is "200"\n' * count
    start = f'Feature: Calls\n\n  Scenario: Calls\n    Given address "http://127.0.0.1:{port}"\n'
    (folder / 'calls.feature').write_text(start + calls)


def write_rows(folder: Path, count: int = 10_000) -> None:
    """Writes an outline with so many rows in a file."""
    folder.mkdir(parents=True)
    (folder / 'users.csv').write_text('name,age\n' + ''.join(f'user{row},{row}\n' for row in range(count)))
    steps = 'Given I store "<name>/<age>" under "a"\n    Then variable "#a" is a string "<name>/<age>"\n'
    outline = f'  Scenario Outline: A user\n    {steps}\n    Examples: from "users.csv"\n'
    (folder / 'rows.feature').write_text(f'Feature: Rows\n\n{outline}')


class Apart(BaseHTTPRequestHandler):
    """Answers as Python's own server does: headers, then the body."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Answers."""
        self.send_response(200)
        self.send_header('Content-Length', str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY.encode())


@contextmanager
def apart() -> Iterator[int]:
    """Runs Python's own server; yields its port."""
    server = ThreadingHTTPServer(('127.0.0.1', 0), Apart)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()


def _run(command: list[str], folder: Path) -> tuple[float, int]:
    # An installed program has its bytecode.
    environ = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
    environ |= {'PYTHONPATH': str(ROOT), 'NO_COLOR': '1'}
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            out.seek(0)
            raise SystemExit(f'{command}: exit {process.returncode}\n{out.read().decode()[-3000:]}')
    return took, usage.ru_maxrss


def measure(folder: Path, port: int, count: int, runs: int) -> dict[str, tuple[float, int]]:
    """Returns the median seconds and the most kilobytes of each command, run in turn."""
    commands = {
        'floor': [sys.executable, '-c', FLOOR, f'http://127.0.0.1:{port}', str(count)],
        'apitest run': [*START, 'run', 'features'],
        'apitest run --jobs 2': [*START, 'run', 'features', '--jobs', '2'],
        'apitest --help': [*START, '--help'],
        'apitest run, one scenario': [*START, 'run', 'one'],
        "apitest run, Python's server": [*START, 'run', 'calls'],
    }
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(_run(command, folder))
    return {name: (median(took for took, _ in rows), max(size for _, size in rows)) for name, rows in found.items()}


def measure_big(folder: Path) -> dict[str, tuple[float, int]]:
    """Returns seconds and kilobytes of runs of much, each once."""
    commands = {
        '10,000 rows of a file, no calls': [*START, 'run', 'rows'],
        '5,000 scenarios of a file': [*START, 'run', 'big'],
        'the same, with all reports': [*START, 'run', 'big', '--report', 'out'],
    }
    return {name: _run(command, folder) for name, command in commands.items()}


def report(found: dict[str, tuple[float, int]]) -> bool:
    """Prints the figures beside their bars; tells whether all are kept."""
    floor, kept = found['floor'][0], True
    print(f'{"floor":28} {floor:6.2f} s')
    for name, (took, size) in found.items():
        ratio, bar, limit = took / floor, BARS.get(name), SECONDS.get(name)
        is_kept = (bar is None or ratio <= bar) and (limit is None or took <= limit)
        most = LIMITS.get(name, MEGABYTES if bar else None)
        is_kept = is_kept and (most is None or size <= most * 1024)
        kept = kept and is_kept
        bound = f'{ratio:5.2f} F (bar {bar})' if bar else f'(bar {limit} s)' if limit else ''
        print(f'{name:28} {took:6.2f} s {bound:20} {size / 1024:6.1f} MB  {"" if is_kept else "OVER"}')
    return kept


def main() -> None:
    """Runs the benchmark; exit 1 where a bar is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--runs', type=int, default=5)
    chosen = parser.parse_args()
    nginx = shutil.which('nginx', path=f'{os.environ["PATH"]}:/usr/sbin')
    if nginx is None:
        raise SystemExit('nginx is not installed')
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / 'nginx.conf').write_text(NGINX.format(folder=folder, port=port, body=BODY))
        write_suite(folder / 'features', port, chosen.count)
        write_suite(folder / 'one', port, 1, 1)
        write_suite(folder / 'big', port, 5_000, 1)
        write_rows(folder / 'rows')
        server = subprocess.Popen([nginx, '-c', str(folder / 'nginx.conf'), '-p', name], stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            with apart() as other:
                write_calls(folder / 'calls', other)
                found = measure(folder, port, chosen.count, chosen.runs)
                is_kept = report(found | measure_big(folder))
        finally:
            server.terminate()
            server.wait()
    raise SystemExit(not is_kept)


if __name__ == '__main__':
    main()
