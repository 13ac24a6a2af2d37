"""Measures imports and exports as whole processes, as ratios to a floor in one run: `python -m tests.bench.run`.

The floor F is a process that imports sqlalchemy and yaml and runs the C parser's events over the same file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

FLOOR = """
import sys, sqlalchemy, yaml
parser = yaml.CSafeLoader(open(sys.argv[1]).read())
while parser.get_event() is not None: pass
"""
KEY = 'rTwXh_oWqz0QeBjN8Kuv5h0rYxkq3v1HTe7sJ8sJmC4='
BARS = {'first import': 3.5, 'second import': 2.5, 'export': 2.2}


def definitions(count: int) -> str:
    """Returns YAML of `count` objects: 30 % security, 35 % channels, 30 % outgoing REST, 5 % AMQP."""
    security, channels, outgoing = count * 30 // 100, count * 35 // 100, count * 30 // 100
    amqp = count - security - channels - outgoing
    rows = ['security:']
    for number in range(security):
        rows += [
            f'  - name: user.{number}',
            '    type: basic_auth',
            f'    username: user-{number}',
            '    realm: partners',
            f'    password: pass-{number}',
        ]
    rows.append('channel_rest:')
    for number in range(channels):
        rows += [
            f'  - name: channel.{number}',
            '    service: my.service',
            f'    url_path: /api/v1/{number}/{{id}}',
            f'    security: user.{number % security}',
            '    data_format: json',
            '    method: GET',
        ]
    rows.append('outgoing_rest:')
    for number in range(outgoing):
        rows += [
            f'  - name: outgoing.{number}',
            f'    host: https://host-{number}.example.com',
            '    url_path: /get',
            f'    security: user.{number % security}',
            '    data_format: json',
            '    timeout: 30',
        ]
    rows += ['def_amqp:', '  - name: broker', '    host: mq.example.com', '    username: app', '    password: secret']
    rows.append('outconn_amqp:')
    for number in range(amqp - 1):
        rows += [f'  - name: amqp.{number}', '    def_name: broker', '    priority: 6']
    return '\n'.join(rows) + '\n'


class Figures(NamedTuple):
    """Of one process: seconds, seconds of processor time (steadier on a busy machine), peak memory in KiB."""

    took: float
    busy: float
    memory: int


def run(command: list[str], folder: str) -> Figures:
    """Runs a process to its end; returns what it took."""
    environ = {**os.environ, 'ZATO_SECRET_KEY': KEY, 'CI': '', 'PYTHONPATH': str(Path(__file__).parents[2])}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b''
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f'{command}: exit {process.returncode}\n{error.decode()}')
    return Figures(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def measure(count: int, runs: int) -> dict[str, Figures]:
    """Returns the medians, and the largest peak, by what was measured."""
    found: dict[str, list[Figures]] = {}
    zato = [sys.executable, '-m', 'zatools', 'enmasse']
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, 'f.yaml').write_text(definitions(count))
            for name, command in (
                ('F', [sys.executable, '-c', FLOOR, 'f.yaml']),
                ('first import', [*zato, 'import', 'f.yaml']),
                ('second import', [*zato, 'import', 'f.yaml']),
                ('export', [*zato, 'export', '-o', 'out.yaml']),
            ):
                found.setdefault(name, []).append(run(command, folder))
    return {
        name: Figures(
            median(row.took for row in rows), median(row.busy for row in rows), max(row.memory for row in rows)
        )
        for name, rows in found.items()
    }


def main() -> None:
    """Prints a table of ratios, and the bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=10_000)
    parser.add_argument('--runs', type=int, default=5)
    options = parser.parse_args()
    found = measure(options.count, options.runs)
    floor = found['F']
    print(f'{options.count} objects, median of {options.runs} runs')
    for name, (took, busy, memory) in found.items():
        bar = BARS.get(name)
        if options.count <= 100 and bar:
            bar = 1.8
        ratio, busy_ratio = took / floor.took, busy / floor.busy
        print(
            f'{name:14} {took:6.3f} s  {ratio:5.2f} F  (processor {busy:6.3f} s  {busy_ratio:5.2f} F)'
            f'  {memory / 1024:6.0f} MB   bar {bar or "":}'
        )


if __name__ == '__main__':
    main()
