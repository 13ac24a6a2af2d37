"""The local server as the peer of our own tools: `--via-server`, and the tutorial's own call."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.peers.broker import vhost
from tests.peers.web import address_of, http_server
from tests.server.running import PASSWORD, Local, environment, server, write, zato
from tests.server.test_amqp import channel_of
from tests.warmed import Process
from zatools.connections.pong import Attempt
from zatools.connections.server import RunningServer, asked
from zatools.errors import FailedError
from zatools.secret import Secret

TUTORIAL = ROOT / 'samples' / 'tutorial'
ENVIRON = {'SECURITY_API_PASSWORD': 'pw', 'DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD': 'guest'}
ANSWER = '{"user_name": "my.user", "user_type": "RGV", "account_no": "123456", "account_balance": "357.9"}'


@pytest.fixture
def systems() -> Iterator[tuple[str, str]]:
    command = ['zato', 'mock', 'definitions.yaml', 'features/mocks', '--quiet']
    with Process(command, TUTORIAL, environment(), (DEVNULL, PIPE, DEVNULL)) as process:
        assert process.stdout
        lines = takewhile(lambda line: 'ZATO_MOCK' not in line, process.stdout)
        found = dict(line.strip().split('  ', 1) for line in lines if '://' in line)
        yield found['CRM'].strip(), found['Payments'].strip()
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
    local.wait_for('INFO - Invoking Payments; u=my.user, a=123456')
    assert 'INFO - Invoking CRM; u=my.user\n' in local.log.partition('INFO - Invoking Payments')[0]
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


SERVICE = """
from zato.server.service import Service


class Greet(Service):
    name = 'greet'
    input = 'user_name'

    def handle(self):
        self.response.payload = {'greeting': f'Hello {self.request.input.user_name}'}
"""
REST = """
channel_rest:
  - {{name: greet, service: greet, url_path: /greet, data_format: json}}
outgoing_rest:
  - {{name: Ours, host: '{url}', url_path: /ok}}
  - {{name: Down, host: 'http://127.0.0.1:9', url_path: /}}
  - {{name: Off, host: '{url}', url_path: /ok, is_active: false}}
"""
AMQP = {
    '3.2': """
def_amqp:
  - {{name: Broker, host: 127.0.0.1, port: 5672, vhost: {vhost}, username: guest, password: guest}}
outconn_amqp:
  - {{name: Orders, def_name: Broker}}
""",
    '4.1': """
outgoing_amqp:
  - {{name: Orders, address: 'amqp://127.0.0.1:5672/{vhost}', username: guest, password: guest}}
""",
}


@pytest.fixture(params=[('3.2', 'files'), ('3.2', 'odb'), ('4.1', 'files'), ('4.1', 'odb')], ids='-'.join)
def each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Local]:
    """A server of each generation, on files and on an ODB, with a broker and a queue."""
    generation, source = request.param
    with http_server() as peer, vhost() as name, channel_of(name) as channel:
        channel.queue_declare('orders')
        text = (REST + AMQP[generation]).format(url=f'http://{address_of(peer)}', vhost=name)
        folder = write(tmp_path, {'services/greet.py': SERVICE, 'd.yaml': text})
        where = ['--file', 'd.yaml']
        if source == 'odb':
            where = ['--odb', 'odb.sqlite']
            assert zato(folder, 'odb', 'create', *where, '--layout', generation).returncode == 0
            assert zato(folder, 'enmasse', 'import', 'd.yaml', *where).returncode == 0
        with server(folder, *where) as found:
            assert f'{generation}' in found.lines[0]
            found.queue = channel  # type: ignore[attr-defined]
            found.generation = generation  # type: ignore[attr-defined]
            yield found


def ask(local: Local, *arguments: str) -> subprocess.CompletedProcess[str]:
    return zato(local.folder, *arguments, '--via-server', '--server-url', local.url)


def test_our_ping_asks_a_server_of_each_generation(each: Any) -> None:
    done = ask(each, 'ping', 'outconn', '--all', '--include-inactive')
    assert done.returncode == 1, done.stderr
    assert f'({each.generation})' in done.stderr
    lines = [re.sub(' +', ' ', line) for line in done.stdout.splitlines()]
    port = each.url.rpartition(':')[2]
    method = 'HEAD' if each.generation == '3.2' else 'GET'
    assert lines[0].startswith(f'FAILED Down {method} http://127.0.0.1:9/ 127.0.0.1:{port} says: refused in ')
    assert 'nothing listens on 127.0.0.1:9' in lines[0]
    assert re.fullmatch(rf'ok Off {method} \S+/ok 200, .* \(127.0.0.1:{port} itself says ok\)', lines[1])
    assert re.fullmatch(rf'ok Ours {method} \S+/ok 200, .* \(127.0.0.1:{port} itself says ok\)', lines[2])
    assert lines[3] == 'skipped Orders servers have no ping for AMQP; from this machine: leave out --via-server'


def test_our_publish_asks_a_server_of_each_generation(each: Any) -> None:
    done = ask(each, 'publish', 'Orders', '--exchange', '', '--routing-key', 'orders', '--message', 'an order')
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('Accepted by ' if each.generation == '3.2' else 'Published by ')
    assert each.queue.basic_get('orders', auto_ack=True)[2] == b'an order'
    done = ask(each, 'publish', 'Orders', '--exchange', 'absent', '--routing-key', 'orders')
    assert done.returncode == 1
    assert "no exchange 'absent'" in done.stderr
    done = ask(each, 'publish', 'Ordres', '--exchange', '', '--routing-key', 'orders')
    assert done.returncode == 3
    assert "did you mean 'Orders'?" in done.stderr


def asked_of(url: str, generation: str, service: str, payload: dict[str, Any]) -> Any:
    running = RunningServer(url, 'local', generation, 'admin.invoke', Secret(PASSWORD))
    return asked(running, service, payload, Attempt(30))


def test_services_are_invoked_through_the_door_of_each_generation(each: Any) -> None:
    def ask(name: str, payload: dict[str, Any]) -> Any:
        return asked_of(each.url, each.generation, name, payload)

    assert ask('greet', {'user_name': 'Ada'}) == {'greeting': 'Hello Ada'}
    with pytest.raises(FailedError, match='greet: .*Element missing: user_name'):
        ask('greet', {})
    with pytest.raises(FailedError, match="greeet: .*no service 'greeet' in .*did you mean 'greet'"):
        ask('greeet', {})
    with pytest.raises(FailedError, match="pong' is no service of the local server; did you mean 'zato.http-soap.ping"):
        ask('zato.http-soap.pong', {})


@pytest.mark.parametrize('password', ['wrong', ''])
def test_tools_without_the_password_are_refused(local: Local, password: str) -> None:
    for path in ('/zato/admin/invoke',):
        found = local.call(path, user=f'admin.invoke:{password}', data='{"name": "zato.ping"}')
        assert found.status_code == 401
        assert found.headers['WWW-Authenticate'] == 'Basic realm="zato"'


def test_any_service_can_be_invoked_through_the_door(local: Local) -> None:
    found = asked_of(local.url, '3.2', 'api.user.get-details', {'user_name': 'my.user'})
    assert found['account_balance'] == '357.9'


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_service_that_fails_behind_the_door_is_500_and_in_the_log(tmp_path: Path, generation: str) -> None:
    service = (
        'import sys\nfrom zato.server.service import Service\n\n\nclass A(Service):\n    name = "a"\n\n'
        '    def handle(self):\n        if self.request.payload:\n            sys.exit(3)\n        {}["x"]\n'
    )
    text = AMQP[generation].format(vhost='x').replace('name: Orders', 'name: Orders, is_active: false')
    with server(write(tmp_path, {'d.yaml': text, 'services/a.py': service}), '--file', 'd.yaml') as local:
        for payload, said in (({'a': 1}, 'SystemExit: 3'), ({}, "KeyError: 'x'")):
            with pytest.raises(FailedError, match=said):
                asked_of(local.url, generation, 'a', payload)
            local.wait_for(said)
        assert len([line for line in local.lines if line.startswith("ERROR - service 'a' failed (CID ")]) == 2


def test_a_broken_envelope_is_an_error_and_the_door_of_another_generation_is_not_there(local: Local) -> None:
    user = f'admin.invoke:{PASSWORD}'
    for body in ('', '[]', '{"name": 1}', '{"name": "absent"}', '{"name": "zato.ping", "payload": "?"}'):
        assert local.call('/zato/admin/invoke', user=user, data=body).status_code == 500
    assert local.call('/zato/api/invoke/zato.ping', user=user).status_code == 404
