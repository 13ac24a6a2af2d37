"""`zato demo`: the whole tour, and what it leaves behind, which is nothing."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pika
import pytest

from tests.conftest import ROOT, Console, needs
from tests.peers.broker import manage, need_broker, need_management, vhost
from tests.peers.sockets import nobody
from tests.server.running import environment, heeding, zato
from tests.server.test_amqp import channel_of
from zatools.commands import demo
from zatools.demo import stage
from zatools.errors import Exit, FailedError, RefusedError, UsageError

ANSWER = '{"user_name": "my.user", "user_type": "RGV", "account_no": "123456", "account_balance": "357.9"}'
STEPS = [
    ' 1  zato enmasse validate definitions.yaml      6 objects, no problems',
    ' 2  zato enmasse import definitions.yaml        Created 6.',
    ' 3  cp more/fraud.py services/ && zato enmasse import more/fraud.yaml',
    f'{"":47} Created 4. A job, and a topic that it publishes to',
    ' 4  zato server . --port N                      up: 3 services, 1 channel, 1 job',
    ' 5  zato ping outconn --all                     ok CRM HEAD http://127.0.0.1:N/get-user 200 OK, N ms',
    '                                                ok Payments HEAD http://127.0.0.1:N/balance/get 200 OK, N ms',
    f'{"":47} ok Fraud Detection Connection amqp://127.0.0.1:N/tutorial zato mock, N ms',
    ' 6  curl -u api:$API_PASSWORD http://127.0.0.1:N/api/v1/user -d \'{"user_name": "my.user"}\'',
    f'                                                {ANSWER}',
    f'{"":47} Fraud detection received: User `my.user` accessed `123456`',
    " 7  zato job run 'Fraud report'                 Published to /fraud/reports",
    f'{"":47} Fraud desk received: No fraud in the last hour',
    " 8  zato enmasse diff changed.yaml              ~ 'CRM'                                          changed.yaml:N",
    '                                                timeout    10  ->  30',
    ' 9  apitest run features/                       6 scenarios passed 6 requests, N s, seed N',
]


def shown(text: str) -> list[str]:
    text = re.sub(r'(--port |127\.0\.0\.1:|changed\.yaml:)\d+', r'\1N', text)
    text = re.sub(r'[\d.]+ s, seed \d+', 'N s, seed N', text)
    return re.sub(r'\d+ ms', 'N ms', re.sub(r'--port N +', '--port N                      ', text)).splitlines()


def test_it_is_green_with_systems_and_a_broker_that_are_played(tmp_path: Path) -> None:
    console = Console({**os.environ, 'CI': 'true'})
    assert demo.demo(console.world, str(tmp_path / 'mine')) is Exit.OK, console.text
    lines = shown(console.out.getvalue())
    assert lines[: len(STEPS)] == STEPS
    assert lines[-1] == 'Play with it: zato demo my-demo --keep    Your own project: zato new my-project'
    assert lines[-2].startswith('All passed in ')
    assert (tmp_path / 'mine' / 'definitions.yaml').exists()


def test_with_a_broker_fraud_detection_receives_the_message(tmp_path: Path) -> None:
    (tmp_path / 'tmp').mkdir()
    environ = {'TMPDIR': str(tmp_path / 'tmp')}
    with vhost() as name, channel_of(name) as channel:
        done = zato(tmp_path, 'demo', '--amqp', f'amqp://guest:guest@127.0.0.1:5672/{name}', environ=environ)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match='no exchange'):
            channel.exchange_declare('/tutorial', passive=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Fraud detection received: User `my.user` accessed `123456`' in done.stdout
    assert 'apitest run features/tutorial.feature       1 scenario passed' in done.stdout
    assert 'Created 6.' in done.stdout
    assert list((tmp_path / 'tmp').iterdir()) == []


@needs('curl')
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_no_process_and_no_folder(tmp_path: Path, number: int) -> None:
    (tmp_path / 'tmp').mkdir()
    process = subprocess.Popen(
        [sys.executable, '-m', 'zatools', 'demo', '--keep'],
        cwd=tmp_path,
        env=environment({'TMPDIR': str(tmp_path / 'tmp')}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=heeding,
    )
    try:
        assert process.stdout
        line = ''
        for line in process.stdout:
            if line.startswith('It goes on until Ctrl-C:'):
                break
        assert f" -d '{demo.BODY}'" in line
        login, url = line.split()[7], line.split()[8]
        command = ['curl', '-s', '-u', login, url, '-d', demo.BODY]
        assert subprocess.run(command, capture_output=True, text=True, timeout=30).stdout == ANSWER
        process.send_signal(number)
        assert process.wait(20) == 0
        process.stdout.close()
        assert list((tmp_path / 'tmp').iterdir()) == []
        assert subprocess.run(command, capture_output=True, timeout=30).returncode == 7
    finally:
        process.terminate()
        process.wait(20)


def ended(child: int, seconds: float) -> bool:
    """Waits for a process, which is killed if it goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def test_a_terminal_that_is_closed_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / 'tmp').mkdir()
    # The terminal is that of a session's first process: here the demo's.
    child, terminal = pty.fork()
    if not child:
        heeding()
        environ = environment({'TMPDIR': str(tmp_path / 'tmp')})
        os.execve(sys.executable, [sys.executable, '-m', 'zatools', 'demo', '--keep'], environ)
    text = b''
    while b'It goes on until Ctrl-C' not in text:
        text += os.read(terminal, 1000)
    assert len(left_running(f'TMPDIR={tmp_path}')) == 3
    os.close(terminal)
    assert ended(child, 20)
    assert list((tmp_path / 'tmp').iterdir()) == []
    assert left_running(f'TMPDIR={tmp_path}') == []


@pytest.mark.parametrize('further', [{}, {'no_proxy': 'example.com'}])
def test_a_proxy_is_not_asked_for_what_is_here(tmp_path: Path, further: dict[str, str]) -> None:
    with nobody() as address:
        names = ('HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy')
        done = zato(tmp_path, 'demo', environ={**dict.fromkeys(names, f'http://{address}'), **further})
    assert (done.returncode, 'All passed in ' in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ('known', 'upper', 'lower'),
    [
        ({}, '127.0.0.1,localhost', '127.0.0.1,localhost'),
        ({'NO_PROXY': 'a'}, 'a,127.0.0.1,localhost', 'a,127.0.0.1,localhost'),
        ({'NO_PROXY': 'a', 'no_proxy': 'b'}, 'a,127.0.0.1,localhost', 'b,127.0.0.1,localhost'),
        ({'no_proxy': '*'}, '*', '*'),
    ],
)
def test_what_no_proxy_is_asked_for_is_added_to_what_is_said(known: dict[str, str], upper: str, lower: str) -> None:
    found = stage.environment(Console(known).world, '')
    assert (found['NO_PROXY'], found['no_proxy']) == (upper, lower)


def left_running(mark: str) -> list[str]:
    """Returns the processes whose environment has a text in it."""
    found = []
    for path in Path('/proc').glob('[0-9]*'):
        with suppress(OSError):
            if mark.encode() in (path / 'environ').read_bytes():
                found.append((path / 'cmdline').read_bytes().replace(b'\0', b' ').decode())
    return found


@pytest.mark.parametrize(
    'moment', ['The tutorial, in', ' 1  zato', ' 2  zato', ' 3  cp', ' 4  zato', ' 5  zato', ' 8  zato']
)
def test_ctrl_c_at_any_moment_pressed_twice_leaves_nothing(tmp_path: Path, moment: str) -> None:
    if not Path('/proc/self/environ').exists():
        pytest.skip('no /proc on this system')
    (tmp_path / 'tmp').mkdir()
    process = subprocess.Popen(
        [sys.executable, '-m', 'zatools', 'demo'],
        cwd=tmp_path,
        env=environment({'TMPDIR': str(tmp_path / 'tmp')}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert any(line.startswith(moment) for line in process.stdout)
    for _ in range(2):
        # As a terminal does it: everything in the foreground gets it.
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.05)
    text = process.stdout.read()
    process.stdout.close()
    assert (process.wait(30), text.splitlines()[-1]) == (130, 'Interrupted: nothing was changed.')
    assert list((tmp_path / 'tmp').iterdir()) == []
    assert left_running(f'TMPDIR={tmp_path}') == []


def test_a_virtual_host_and_a_user_of_odd_names(tmp_path: Path) -> None:
    need_management()
    name, user = 'a "b": #${HOME} ünd/c', 'x: "y" #z'
    permissions = {'configure': '.*', 'write': '.*', 'read': '.*'}
    try:
        manage('PUT', f'/vhosts/{quote(name, "")}')
        manage('PUT', f'/users/{quote(user, "")}', {'password': 'p@ss:/word', 'tags': ''})
        manage('PUT', f'/permissions/{quote(name, "")}/{quote(user, "")}', permissions)
        login = f'{quote(user, "")}:{quote("p@ss:/word", "")}'
        done = zato(tmp_path, 'demo', '--amqp', f'amqp://{login}@127.0.0.1:5672/{quote(name, "")}')
    finally:
        manage('DELETE', f'/users/{quote(user, "")}')
        manage('DELETE', f'/vhosts/{quote(name, "")}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Fraud detection received: User `my.user` accessed `123456`' in done.stdout
    assert 'p@ss' not in done.stdout + done.stderr


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'mine').write_text('x')
    with pytest.raises(RefusedError, match='is not empty'):
        demo.demo(Console(os.environ).world, str(tmp_path))


@pytest.mark.parametrize(
    'address', ['nonsense', 'http://host', 'amqp://', 'amqp://host:port', 'amqp://host:0', 'amqp://host:99999']
)
def test_an_address_of_a_broker_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match='--amqp is no address of a broker'):
        demo.demo(Console(os.environ).world, '', address)


def test_a_broker_that_was_asked_for_and_refuses_is_a_failure_without_its_password() -> None:
    need_broker()
    with pytest.raises(FailedError) as caught:
        demo.demo(Console(os.environ).world, '', 'amqp://guest:wr0ng@127.0.0.1:5672')
    assert caught.value.text.startswith("--amqp: 127.0.0.1:5672 refused user 'guest'")
    assert 'wr0ng' not in caught.value.text


def test_the_samples_travel_in_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, '-m', 'build', '--wheel', '--no-isolation', '-o', str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    names = zipfile.ZipFile(next(tmp_path.glob('*.whl'))).namelist()
    for name in ('tutorial', 'new'):
        folder = ROOT / 'samples' / name
        files = [path for path in folder.rglob('*') if path.is_file() and '__pycache__' not in path.parts]
        assert len(files) > 5
        assert {f'zatools/samples/{name}/{path.relative_to(folder)}' for path in files} <= set(names)
