"""The local server as the peer of our own tools: `--via-server`, and the tutorial's own call."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.peers.broker import vhost
from tests.server.running import PASSWORD, Local, server, write, zato
from tests.server.test_amqp import channel_of

TUTORIAL = ROOT / 'samples' / 'tutorial'
ENVIRON = {'SECURITY_API_PASSWORD': 'pw', 'DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD': 'guest'}
ANSWER = '{"user_name": "my.user", "user_type": "RGV", "account_no": "123456", "account_balance": "357.9"}'


@pytest.fixture
def systems() -> Iterator[tuple[str, str]]:
    command = [sys.executable, str(TUTORIAL / 'systems' / 'systems.py')]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = [process.stdout.readline().split()[1] for _ in range(2)]
        yield found[0], found[1]
        process.terminate()


def project(folder: Path, systems: tuple[str, str], vhost: str = 'tutorial') -> Path:
    """Copies the tutorial to a folder, with the addresses of this machine."""
    shutil.copytree(TUTORIAL, folder, dirs_exist_ok=True)
    text = (folder / 'definitions.yaml').read_text()
    for old, new in (
        ('https://crm.example.com', systems[0]),
        ('https://payments.example.com', systems[1]),
        ('mq.example.com', '127.0.0.1'),
        ('vhost: tutorial', f'vhost: {vhost}'),
        ('username: tutorial', 'username: guest'),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / 'definitions.yaml').write_text(text)
    return folder


@pytest.fixture
def local(tmp_path: Path, systems: tuple[str, str]) -> Iterator[Local]:
    folder = project(tmp_path / 'p', systems)
    (folder / 'user-conf' / 'tutorial.conf').unlink()
    with server(folder, '--file', 'definitions.yaml', environ=ENVIRON) as found:
        yield found


def test_the_tutorials_service_answers_and_logs_as_the_tutorial_prints(local: Local) -> None:
    found = local.call('/api/v1/user', data='{"user_name": "my.user"}')
    assert (found.status_code, found.text) == (200, ANSWER)
    local.wait_for('INFO - Invoking CRM; u=my.user\nINFO - Invoking Payments; u=my.user, a=123456')
    assert 'Notifying' not in local.log


def test_with_its_configuration_fraud_detection_receives_the_message(tmp_path: Path, systems: tuple[str, str]) -> None:
    with vhost() as name, channel_of(name) as channel:
        channel.exchange_declare('/tutorial')
        channel.queue_declare('fraud')
        channel.queue_bind('fraud', '/tutorial', 'api')
        folder = project(tmp_path / 'p', systems, name)
        conf = folder / 'user-conf' / 'tutorial.conf'
        with server(folder, '--file', 'definitions.yaml', environ=ENVIRON) as local:
            found = local.call('/api/v1/user', 'GET', data='{"user_name": "my.user"}')
            assert (found.status_code, found.text) == (200, ANSWER), local.log
            assert channel.basic_get('fraud', auto_ack=True)[2] == b'User `my.user` accessed `123456`'
            local.wait_for('INFO - Notifying Fraud detection; u=my.user')
            write(folder, {'user-conf/tutorial.conf': '[notify_fraud]\nRGV = False\n'})
            local.wait_for('INFO - User configuration read: tutorial')
            assert local.call('/api/v1/user', data='{"user_name": "my.user"}').status_code == 200
            assert channel.basic_get('fraud', auto_ack=True) == (None, None, None)
            done = zato(
                folder,
                *('publish', 'Fraud Detection Connection', '--exchange', '/tutorial', '--routing-key', 'api'),
                *('--via-server', '--server-url', local.url),
            )
            assert done.returncode == 0, done.stderr
            assert 'Accepted by ' in done.stdout
            assert channel.basic_get('fraud', auto_ack=True)[2] == b'Hello from Zato!'
        assert conf.exists()


def test_zato_ping_via_server(local: Local) -> None:
    done = zato(local.folder, 'ping', 'outconn', '--all', '--type', 'rest', '--via-server', '--server-url', local.url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith('ok       CRM       HEAD http://127.0.0.1:')
    assert lines[1].startswith('ok       Payments  HEAD http://127.0.0.1:')
    assert lines[2].startswith('2 ok in ')


def test_zato_ping_via_server_of_what_is_down(tmp_path: Path) -> None:
    text = 'outgoing_rest:\n  - {name: CRM, host: "http://127.0.0.1:9", url_path: /}\n'
    with server(write(tmp_path, {'d.yaml': text, 'services/a.py': ''}), '--file', 'd.yaml') as local:
        done = zato(tmp_path, 'ping', 'outconn', 'CRM', '--via-server', '--server-url', local.url)
    assert done.returncode == 1
    assert 'says: refused in' in done.stdout


@pytest.mark.parametrize('password', ['wrong', ''])
def test_tools_without_the_password_are_refused(local: Local, password: str) -> None:
    for path in ('/zato/admin/invoke',):
        found = local.call(path, user=f'admin.invoke:{password}', data='{"name": "zato.ping"}')
        assert found.status_code == 401
        assert found.headers['WWW-Authenticate'] == 'Basic realm="zato"'


def test_any_service_can_be_invoked_through_the_door(local: Local) -> None:
    from zatools.connections.invoke import invoke
    from zatools.secret import Secret

    found = invoke(
        local.url, 'admin.invoke', Secret(PASSWORD), 'api.user.get-details', {'user_name': 'my.user'}, generation='3.2'
    )
    assert found['account_balance'] == '357.9'


def test_a_broken_envelope_is_an_error_and_the_door_of_another_generation_is_not_there(local: Local) -> None:
    user = f'admin.invoke:{PASSWORD}'
    for body in ('', '[]', '{"name": 1}', '{"name": "absent"}', '{"name": "zato.ping", "payload": "?"}'):
        assert local.call('/zato/admin/invoke', user=user, data=body).status_code == 500
    assert local.call('/zato/api/invoke/zato.ping', user=user).status_code == 404
