"""How a server starts and ends, and what it says to wrong input."""

from __future__ import annotations

import re
import resource
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.running import server, start, start_cold, write
from zatools.server.http.serving import CONNECTIONS

SERVICE = """
import time
from zato.server.service import Service


class Nap(Service):
    name = 'nap'

    def handle(self):
        time.sleep(float(self.request.http.params.get('seconds', 0)))
        self.response.payload = {'done': True}
"""
CHANNEL = 'channel_rest:\n  - {name: nap, service: nap, url_path: /nap, data_format: json}\n'
FILES = {'services/nap.py': SERVICE, 'd.yaml': CHANNEL}


def refused(folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
    process = start(folder, *arguments, environ=environ)
    try:
        _, text = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, text


def test_it_says_what_it_serves_and_where(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml') as local:
        assert local.lines[0] == 'definitions of d.yaml, for Zato 3.2'
        assert local.lines[-1] == (
            f'up at {local.url}: 1 service, 1 channel. For development and tests; Ctrl-C stops it'
        )
        assert local.stop(signal.SIGINT) == 0
        local.wait_for('Stopped.')


def test_services_may_lie_in_the_folder_itself(tmp_path: Path) -> None:
    with server(write(tmp_path, {'nap.py': SERVICE, 'd.yaml': CHANNEL}), '--file', 'd.yaml') as local:
        assert local.call('/nap', user='').json() == {'done': True}


def test_a_server_directory_is_taken_as_it_lies(tmp_path: Path) -> None:
    files = {
        'pickup/incoming/services/nap.py': SERVICE,
        'config/repo/user-conf/rules.conf': 'a = 1\n',
        'd.yaml': CHANNEL,
    }
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        assert local.call('/nap', user='').json() == {'done': True}


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        code, text = refused(write(tmp_path, FILES), '.', '--file', 'd.yaml', '--port', port)
    assert code == 2
    assert f'port {port} of 127.0.0.1 is taken\nhint: choose another: --port 17011, or --port 0 for a free one' in text


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    code, text = refused(write(tmp_path, FILES), '.', '--file', 'd.yaml', '--port', '0', '--host', '203.0.113.1')
    assert code == 2
    assert "203.0.113.1:0 can't be listened on" in text


@pytest.mark.parametrize('host', ['nosuch.invalid', 'a b'])
def test_a_host_that_is_none(tmp_path: Path, host: str) -> None:
    code, text = refused(write(tmp_path, FILES), '.', '--file', 'd.yaml', '--host', host)
    expected = f"--host: there is no address '{host}'\nhint: give one of this machine: --host 127.0.0.1\n"
    assert (code, text[text.index('--host') :]) == (2, expected)


@pytest.mark.parametrize(('folder', 'reason'), [('nowhere', 'does not exist'), ('d.yaml', 'is no folder')])
def test_a_folder_that_is_none(tmp_path: Path, folder: str, reason: str) -> None:
    code, text = refused(write(tmp_path, FILES), folder, '--file', 'd.yaml')
    assert (code, text.splitlines()[0]) == (3, f'{folder} {reason}')


def test_an_odb_that_is_not_there(tmp_path: Path) -> None:
    code, text = refused(write(tmp_path, FILES), '.', '--odb', 'nothing.sqlite')
    assert code == 4
    assert 'there is no ODB at sqlite:///nothing.sqlite' in text


def test_a_channel_password_whose_variable_is_not_set(tmp_path: Path) -> None:
    text = 'security:\n  - {name: a, type: basic_auth, username: a, password: "${A_PASSWORD}"}\n' + CHANNEL.replace(
        'name: nap,', 'name: nap, security: a,'
    )
    code, found = refused(write(tmp_path, {**FILES, 'd.yaml': text}), '.', '--file', 'd.yaml')
    assert code == 3
    assert 'd.yaml:2:' in found
    assert 'A_PASSWORD' in found


def test_files_and_an_odb_contradict_each_other(tmp_path: Path) -> None:
    code, text = refused(write(tmp_path, FILES), '.', '--file', 'd.yaml', '--odb', 'a.sqlite')
    assert (code, text) == (2, '--file, or --odb and --server, not both\n')


def test_a_log_file_that_can_not_be_written(tmp_path: Path) -> None:
    code, text = refused(write(tmp_path, FILES), '.', '--file', 'd.yaml', '--log-file', 'no/folder/a.log')
    assert code == 2
    assert '--log-file no/folder/a.log: no such file or directory' in text


def test_two_services_of_one_name_are_both_named(tmp_path: Path) -> None:
    files = {**FILES, 'services/other.py': SERVICE}
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        name = tmp_path.name
        assert (
            f"{name}/services/other.py:6:1: service 'nap' is in {name}/services/nap.py:6 too: that one is used"
        ) in local.log
        assert local.call('/nap', user='').json() == {'done': True}


def test_a_file_that_ends_the_process_is_only_not_loaded(tmp_path: Path) -> None:
    files = {**FILES, 'services/bad.py': 'import sys\nsys.exit(3)\n'}
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        assert 'services/bad.py:2:1: SystemExit: 3: the file is not loaded' in local.log
        assert local.call('/nap', user='').json() == {'done': True}


def test_a_password_for_tools_is_made_and_printed_where_none_is_set(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', environ={'ZATO_SERVER_PASSWORD': ''}) as local:
        assert 'ZATO_SERVER_USER=admin.invoke ZATO_SERVER_PASSWORD=' in local.log


def test_each_request_is_logged_with_v(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', '-v') as local:
        cid = local.call('/nap', user='').headers['X-Zato-CID']
        local.wait_for(f'(CID {cid})')
        assert 'INFO - POST /nap 200, ' in local.log


def test_a_request_that_is_given_up_is_logged_as_it_was_answered(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', '-v', '--timeout', '500ms') as local:
        cid = local.call('/nap?seconds=1.5', user='').headers['X-Zato-CID']
        local.call('/nap?seconds=0.1', user='')
        local.wait_for('INFO - POST /nap 200, ')
        time.sleep(1.5)
        lines = [line for line in local.lines if 'POST /nap' in line and cid in line]
        assert len(lines) == 1
        assert re.fullmatch(rf'INFO - POST /nap 504, (?:[5-9]\d\d|[1-9]\d{{3,}}) ms \(CID {cid}\)', lines[0])


def test_texts_that_no_encoding_has_are_logged(tmp_path: Path) -> None:
    files = {**FILES, 'services/nap.py': SERVICE.replace('time.sleep', r"self.logger.info('a\udcffb'); time.sleep")}
    environ = {'PYTHONIOENCODING': 'utf-8:strict'}
    with server(write(tmp_path, files), '--file', 'd.yaml', '--log-file', 'x.log', environ=environ) as local:
        local.call('/nap', user='')
        local.wait_for(r'INFO - a\udcffb')
        assert 'Logging error' not in local.log
        assert r' - a\udcffb' in (tmp_path / 'x.log').read_text(encoding='utf-8')


def test_what_services_log_steers_no_terminal_and_no_pipeline(tmp_path: Path) -> None:
    text = r"self.logger.info('a\x1b]0;mine\x07\r\u202eb\n::add-mask::x\tc'); time.sleep"
    files = {**FILES, 'services/nap.py': SERVICE.replace('time.sleep', text)}
    with server(write(tmp_path, files), '--file', 'd.yaml', '--log-file', 'x.log') as local:
        local.call('/nap', user='')
        local.wait_for('add-mask')
        for shown in (local.log, (tmp_path / 'x.log').read_text(encoding='utf-8')):
            assert ' - a␛]0;mine␇␍\ufffdb\n:\\:add-mask::x\tc' in shown


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_what_is_running_is_finished_before_the_server_stops(tmp_path: Path, number: signal.Signals) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml') as local:
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(local.call('/nap?seconds=1.5', user='').status_code))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        started = time.monotonic()
        if number == signal.SIGHUP:
            # The terminal's, and its shell's.
            local.process.send_signal(number)
            time.sleep(0.2)
        assert local.stop(number) == 0
        assert time.monotonic() - started < 30
        for thread in threads:
            thread.join(10)
        assert statuses == [200] * 12


def test_a_client_that_sends_byte_by_byte_holds_up_nobody(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml') as local:
        host, _, port = local.url.removeprefix('http://').partition(':')
        slow = [socket.create_connection((host, int(port)), 10) for _ in range(100)]
        try:
            for client in slow:
                client.sendall(b'POST /nap HTTP/1.1\r\nContent-Le')
            started = time.monotonic()
            assert local.call('/nap', user='').json() == {'done': True}
            assert time.monotonic() - started < 20
        finally:
            for client in slow:
                client.close()


def test_connections_that_idle_hold_up_nobody_for_long(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * CONNECTIONS:
        pytest.skip('not enough open files')
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CONNECTIONS, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        local = stack.enter_context(server(write(tmp_path, FILES), '--file', 'd.yaml'))
        host, _, port = local.url.removeprefix('http://').partition(':')
        for _ in range(CONNECTIONS + 100):
            stack.enter_context(socket.create_connection((host, int(port)), 10))
        started = time.monotonic()
        assert local.call('/nap', user='').json() == {'done': True}
        assert time.monotonic() - started < 30


def test_a_service_that_never_returns_is_answered_for_and_its_place_is_told(tmp_path: Path) -> None:
    # Its place is told as seen from where the server was started.
    text = SERVICE.replace('time.sleep', "__import__('os').chdir('/'); time.sleep")
    with server(write(tmp_path, {**FILES, 'services/nap.py': text}), '--file', 'd.yaml', '--timeout', '500ms') as local:
        found = local.call('/nap?seconds=20', user='')
        assert (found.status_code, found.json()['details']) == (504, 'No response in 0.5 s')
        local.wait_for("service 'nap' has not returned in 0.5 s, it is at services/nap.py:10 (CID ")
        assert local.call('/nap', user='').json() == {'done': True}


def test_it_is_ready_and_small(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', begin=start_cold) as local:
        local.call('/nap', user='')
        status = Path(f'/proc/{local.process.pid}/status')
        if not status.exists():
            pytest.skip('no /proc on this system')
        line = next(line for line in status.read_text().splitlines() if line.startswith('VmRSS'))
        assert int(line.split()[1]) < 100_000
