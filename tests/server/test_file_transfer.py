"""File transfer: local folders, and directories of a real FTP server by jobs (3.2) and schedules (4.1)."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.peers.files import PASSWORD, USER, ftp
from tests.server.running import Local, server, until, write, zato

SERVICES = """
import json
from zato.server.service import Service


class Take(Service):
    name = 'take'

    def handle(self):
        found = dict(self.request.payload)
        config = found.pop('config')
        found['data'] = list(found['data']) if found['has_data'] else None
        found['raw_data'] = repr(found['raw_data'])
        self.logger.info('took %s', json.dumps([found, self.channel.type, config['name']]))
        if 'fail' in found['file_name']:
            raise ValueError('it failed')


class Told(Service):
    name = 'told'

    def handle(self):
        self.logger.info('told of %s', [one.data['file_name'] for one in self.request.payload])


class Fetch(Service):
    name = 'fetch'

    def handle(self):
        item = self.request.payload
        self.logger.info('fetched %s %s %s %s', item.full_path, item.size, item.data, item.schedule_name)
        if b'fail' in item.data:
            raise ValueError('it failed')
"""
OLDER = """
pubsub_topic:
  - {name: /files, has_gd: true}
pubsub_endpoint:
  - {name: files, endpoint_type: service, service: told, topic_patterns: 'sub=/files'}
pubsub_subscription:
  - {endpoint_name: files, topic_list: [/files]}
outgoing_rest:
  - {name: Web, host: 'http://127.0.0.1:%(web)d', url_path: /file, data_format: json}
outconn_ftp:
  - {name: Shop, host: 127.0.0.1, port: %(port)d, user: %(user)s, password: %(password)s}
scheduler:
  - name: Look
    service: pub.zato.channel.file-transfer.handler
    job_type: interval_based
    start_date: '2099-01-01T00:00:00'
    days: 1
channel_file_transfer:
  - name: csv
    pickup_from_list: [in]
    service_list: [take]
    topic_list: [/files]
    outconn_rest_list: [Web]
    file_patterns: ['*.csv', '*.bin']
    is_case_sensitive: false
    move_processed_to: done
    should_parse_on_pickup: true
    parse_with: py:csv.reader
    binary_file_patterns: '*.bin'
  - {name: plain, pickup_from_list: [plain], service_list: [take], should_read_on_pickup: false}
  - {name: json, pickup_from_list: [json], service_list: [take], should_parse_on_pickup: true,
     parse_with: py:json.loads, should_delete_after_pickup: false}
  - {name: lost, pickup_from_list: [lost], service_list: [take, gone]}
  - {name: nowhere, service_list: [take]}
  - {name: remote, source_type: ftp, ftp_source: Shop, scheduler_job: Look, pickup_from_list: [/orders],
     service_list: [take], file_patterns: ['*.txt'], move_processed_to: /processed}
  - {name: jobless, source_type: ftp, ftp_source: Shop, pickup_from_list: [/x], service_list: [take]}
"""
NEWER = """
ftp:
  - name: Shop
    host: 127.0.0.1
    port: %(port)d
    username: %(user)s
    password: %(password)s
    schedules:
      - {name: orders, directory: /orders, service: fetch, run_every: 1, run_unit: hours, pattern: '*.txt',
         stability_delay: 0, start_date: '2099-01-01T00:00:00'}
      - {name: marked, directory: /marked, service: fetch, run_every: 1, run_unit: hours, ready_how: marker,
         should_claim: true, on_success: delete, start_date: '2099-01-01T00:00:00'}
      - {name: off, directory: /marked, service: fetch, run_every: 1, run_unit: seconds, is_active: false}
"""


@pytest.fixture(scope='module')
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp('shop')
    for name in ('orders', 'marked'):
        (folder / name).mkdir()
    with ftp(folder) as port:
        yield folder, port


class Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.seen.append((self.path, json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope='module')
def web() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(('127.0.0.1', 0), Web) as found:
        found.seen = []  # type: ignore[attr-defined]
        threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True).start()
        yield found
        found.shutdown()


def project(folder: Path, definitions: str, port: int, web: int = 9) -> Path:
    filled = definitions % {'port': port, 'web': web, 'user': USER, 'password': PASSWORD}
    return write(folder, {'services/a.py': SERVICES, 'd.yaml': filled})


@pytest.fixture(scope='module')
def local(
    tmp_path_factory: pytest.TempPathFactory, shop: tuple[Path, int], web: ThreadingHTTPServer
) -> Iterator[Local]:
    folder = project(tmp_path_factory.mktemp('older'), OLDER, shop[1], web.server_port)
    for name in ('in', 'plain', 'json', 'lost'):
        (folder / name).mkdir()
    with server(folder, '--file', 'd.yaml') as running:
        # The folders are watched a moment later.
        time.sleep(1)
        yield running


def took(text: str, name: str) -> Any:
    for line in text.splitlines():
        if 'took [' in line and f'"file_name": "{name}"' in line:
            return json.loads(line.partition('took ')[2])
    return None


def taken(local: Local, name: str) -> Any:
    until(lambda: took(local.log, name) is not None, lambda: local.log)
    return took(local.log, name)


def test_a_file_goes_to_services_topics_and_connections_and_is_moved(local: Local, web: Any) -> None:
    folder = local.folder
    (folder / 'in' / 'A.CSV').write_text('a,b\nc,ü')
    found, kind, name = taken(local, 'A.CSV')
    assert (kind, name) == ('file-transfer', 'csv')
    assert found.pop('ts_utc')[:2] == '20'
    assert found == {
        'full_path': str(folder / 'in' / 'A.CSV'), 'file_name': 'A.CSV', 'relative_dir': 'in',
        'base_dir': str(folder / 'in'), 'channel_name': 'csv', 'raw_data': repr('a,b\nc,ü'), 'has_raw_data': True,
        'data': [['a', 'b'], ['c', 'ü']], 'has_data': True, 'parse_error': None,
    }  # fmt: skip
    local.wait_for("told of ['A.CSV']")
    until(lambda: bool(web.seen))
    path, sent = web.seen[0]
    assert (path, sent['file_name'], sent['raw_data']) == ('/file', 'A.CSV', 'a,b\nc,ü')
    until(lambda: (folder / 'done' / 'A.CSV').exists())
    assert not (folder / 'in' / 'A.CSV').exists()
    # A name that is taken gets another; what is no text comes as bytes.
    (folder / 'in' / 'b.bin').write_bytes(b'\xff\x00')
    assert taken(local, 'b.bin')[0]['raw_data'] == repr(b'\xff\x00')
    (folder / 'in' / 'A.CSV').write_text('again')
    until(lambda: len(list((folder / 'done').glob('A.CSV*'))) == 2)


def test_files_that_are_not_meant_are_told_and_stay(local: Local) -> None:
    folder = local.folder
    (folder / 'secret.csv').write_text('secret,1')
    (folder / 'in' / 'link.csv').symlink_to(folder / 'secret.csv')
    os.mkfifo(folder / 'in' / 'pipe.csv')
    (folder / 'in' / 'a.txt').write_text('x')
    (folder / 'lost' / 'l.csv').write_text('x')
    local.wait_for("file transfer channel 'csv': a.txt is not as *.csv, *.bin")
    local.wait_for("file transfer channel 'lost': l.csv: no service 'gone', the file stays")
    assert (folder / 'lost' / 'l.csv').exists()
    assert took(local.log, 'link.csv') is took(local.log, 'pipe.csv') is None
    assert "channel_file_transfer 'lost': no service 'gone'" in local.log
    assert "channel_file_transfer 'nowhere' is not open: pickup_from_list names no directory" in local.log
    assert "channel_file_transfer 'jobless' is not open: it looks into directories of ftp, and names no" in local.log
    assert 'not served here' not in local.log


def test_reading_parsing_and_deleting_are_as_the_definition_wants(local: Local) -> None:
    folder = local.folder
    (folder / 'plain' / 'fail.txt').write_text('abc')
    assert taken(local, 'fail.txt')[0]['has_raw_data'] is False
    local.wait_for("service 'take' failed")
    until(lambda: not (folder / 'plain' / 'fail.txt').exists())
    (folder / 'json' / 'bad.json').write_text('{')
    assert taken(local, 'bad.json')[0]['parse_error'].startswith('JSONDecodeError: ')
    (folder / 'json' / 'good.json').write_text('[1]')
    assert taken(local, 'good.json')[0]['data'] == [1]
    assert (folder / 'json' / 'good.json').exists()


def test_a_file_that_is_being_written_is_taken_when_it_is_done(local: Local) -> None:
    with (local.folder / 'in' / 'slow.csv').open('w') as file:
        for number in range(6):
            file.write(f'{number},')
            file.flush()
            time.sleep(0.15)
    assert taken(local, 'slow.csv')[0]['raw_data'] == "'0,1,2,3,4,5,'"
    assert local.log.count('"file_name": "slow.csv"') == 1


def test_a_job_takes_files_of_an_ftp_server_once(local: Local, shop: tuple[Path, int]) -> None:
    folder = shop[0]
    (folder / 'orders' / 'o.txt').write_text('tea')
    (folder / 'orders' / 'o.csv').write_text('no')
    assert "file transfer channel 'remote' looks when job 'Look' runs" in local.log
    assert "job 'Look': no service" not in local.log
    done = zato(local.folder, 'job', 'run', 'Look', '--file', 'd.yaml')
    assert done.returncode == 0, done.stderr
    found, _, name = took(done.stderr, 'o.txt')
    assert (name, found['full_path'], found['raw_data']) == ('remote', '/orders/o.txt', "'tea'")
    assert (folder / 'processed' / 'o.txt').read_text() == 'tea'
    assert sorted(one.name for one in (folder / 'orders').iterdir()) == ['o.csv']
    assert PASSWORD not in local.log + done.stderr


def test_schedules_of_4_1_take_files_that_are_ready(tmp_path: Path, shop: tuple[Path, int]) -> None:
    folder, port = shop
    for name, text in {'a.txt': 'tea', 'b.txt': 'fail', 'c.csv': 'x'}.items():
        (folder / 'orders' / name).write_text(text)
    for name in ('m.txt', 'm.txt.done', 'unready.txt'):
        (folder / 'marked' / name).write_text('marked')
    project(tmp_path, NEWER, port)
    done = zato(tmp_path, 'job', 'run', 'ftp.Shop.orders', '--file', 'd.yaml')
    assert "fetched /orders/a.txt 3 b'tea' orders" in done.stderr
    assert "schedule 'orders': b.txt: service 'fetch' failed" in done.stderr
    assert (folder / 'orders' / 'processed' / 'a.txt').exists()
    assert (folder / 'orders' / 'b.txt').exists()
    done = zato(tmp_path, 'job', 'run', 'ftp.Shop.marked', '--file', 'd.yaml')
    assert "fetched /marked/m.txt 6 b'marked' marked" in done.stderr
    assert [one.name for one in (folder / 'marked').iterdir()] == ['unready.txt']
    listed = zato(tmp_path, 'job', 'list', '--file', 'd.yaml')
    assert 'ftp.Shop.orders' in listed.stdout
