"""Measures first imports into PostgreSQL and MariaDB: `python -m tests.bench.servers`.

The bar is SQLite's time plus 1.3 times a raw insert of the same rows by the driver, all of one run.
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

from tests.bench.run import KEY, definitions
from tests.databases import SERVERS, Layout, drop_database, engine_of, make_database, make_own

NAME = 'zatools_bench'
#: What the definitions of the benchmark fill, children last.
TABLES = ('service', 'sec_base', 'sec_basic_auth', 'http_soap', 'conn_def_amqp', 'out_amqp')


def _import(url: str, folder: str) -> float:
    command = [sys.executable, '-m', 'zatools', 'enmasse', 'import', 'f.yaml', '--odb', url]
    environ = {**os.environ, 'ZATO_SECRET_KEY': KEY, 'CI': '', 'PYTHONPATH': str(Path(__file__).parents[2])}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    return time.perf_counter() - start


def _raw(layout: Layout) -> float:
    # The same rows, by the driver alone, into tables emptied before.
    engine = engine_of(layout.url)
    with engine.connect() as connection:
        rows = {}
        for name in TABLES:
            result = connection.exec_driver_sql(f'select * from {name}')
            rows[name] = list(result.keys()), [tuple(row) for row in result]
        for name in reversed(TABLES):
            connection.exec_driver_sql(f'delete from {name}')
        connection.commit()
        cursor = connection.connection.cursor()
        start = time.perf_counter()
        for name, (columns, values) in rows.items():
            marks = ', '.join(['%s'] * len(columns))
            cursor.executemany(f'insert into {name} ({", ".join(columns)}) values ({marks})', values)
        connection.connection.commit()
        took = time.perf_counter() - start
    engine.dispose()
    return took


def measure(database: str, count: int) -> dict[str, float]:
    """Returns seconds of one round: SQLite's import, the server's first and second, the raw insert."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'f.yaml').write_text(definitions(count))
        url = make_database(database, NAME)
        make_own('3.2', url)
        return {
            'sqlite': _import('sqlite:///a.sqlite', folder),
            'first import': _import(url, folder),
            'second import': _import(url, folder),
            'raw': _raw(Layout('', '3.2', url, url)),
        }


def main() -> None:
    """Prints the medians for each server, and the bar."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=10_000)
    parser.add_argument('--runs', type=int, default=5)
    options = parser.parse_args()
    for database in SERVERS:
        rounds = [measure(database, options.count) for _ in range(options.runs)]
        drop_database(database, NAME)
        found = {name: median(row[name] for row in rounds) for name in rounds[0]}
        bar = found['sqlite'] + 1.3 * found['raw']
        print(f'{database:10} ' + '  '.join(f'{name} {took:.3f} s' for name, took in found.items()))
        print(f'{"":10} first import / bar {found["first import"] / bar:.2f}  (bar {bar:.3f} s)')


if __name__ == '__main__':
    main()
