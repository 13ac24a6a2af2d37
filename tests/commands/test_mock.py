"""`zato mock`: systems that are played by rules, called as servers, brokers' clients and browsers call them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import pika
import pytest
import requests

from tests.conftest import needs
from tests.ports import free_port
from tests.server.running import environment, zato
from tests.warmed import Process

DEFINITIONS = """
outgoing_rest:

  - name: CRM
    host: https://crm.example.com
    url_path: /get-user

  - name: Payments "new"
    host: https://payments.example.com
    url_path: /balance/get

outgoing_soap:

  - name: Bank
    host: https://bank.example.com
    url_path: /soap

def_amqp:

  - name: Fraud
    host: amqps://mq.example.com
    port: 5671
    vhost: tutorial
    username: tutorial

outconn_amqp:

  - name: Fraud Detection
    def_name: Fraud

  - name: Audit
    def_name: Fraud
"""
ANSWERS = """
Feature: What they answer

  Scenario: CRM
    Given CRM answers GET "/get-user" when path "/UserName" is "my.user" with JSON "{"UserType": "RGV"}"
    And CRM answers POST "/get-user" when header "X-Key" is "$CRM_KEY" with status "201" and header "Location" "/1"
    And Bank answers SOAP "GetBalance" with file "balance.xml"
    And CRM answers GET "/slow" with text "at last" after "60s"
"""


@contextmanager
def mock(folder: Path, *options: str, **environ: str) -> Iterator[tuple[Process, dict[str, str]]]:
    """Runs `zato mock` in a folder; gives its process, and the addresses by name."""
    (folder / 'definitions.yaml').write_text(DEFINITIONS)
    (folder / 'mocks').mkdir(exist_ok=True)
    (folder / 'mocks' / 'answers.feature').write_text(ANSWERS)
    (folder / 'mocks' / 'balance.xml').write_text('<balance>42</balance>')
    command = ['zato', 'mock', 'definitions.yaml', 'mocks', *options]
    known = environment({'CRM_KEY': 'k3y-0f-cRm', **environ})
    with (folder / 'talk').open('w') as talk:
        process = Process(command, folder, known, (DEVNULL, PIPE, talk.fileno()))
    found = {}
    try:
        assert process.stdout
        for line in process.stdout:
            if 'ZATO_MOCK=' in line:
                found['control'] = line.rpartition('=')[2].strip()
                break
            name, _, address = line.strip().partition('  ')
            found[name] = address.strip()
        assert 'control' in found, (folder / 'talk').read_text()
        yield process, found
    finally:
        process.terminate()
        process.communicate(timeout=20)


def refusal(folder: Path, answers: str, *options: str) -> tuple[int, str]:
    """Runs a `zato mock` that does not start; returns its exit code and what it says."""
    (folder / 'definitions.yaml').write_text(DEFINITIONS)
    (folder / 'bad.feature').write_text(answers)
    done = zato(folder, 'mock', 'definitions.yaml', 'bad.feature', *options)
    return done.returncode, done.stderr


def test_each_connection_has_a_stand_in_that_answers_by_its_rules(tmp_path: Path) -> None:
    with mock(tmp_path) as (_, found):
        assert set(found) == {'CRM', 'Payments "new"', 'Bank', 'Fraud Detection', 'Audit', 'control'}
        assert found['Audit'] == found['Fraud Detection']
        answer = requests.get(f'{found["CRM"]}/get-user', params={'UserName': 'my.user'}, timeout=10)
        assert (answer.status_code, answer.json()) == (200, {'UserType': 'RGV'})
        answer = requests.post(f'{found["CRM"]}/get-user', headers={'X-Key': 'k3y-0f-cRm'}, timeout=10)
        assert (answer.status_code, answer.headers['Location'], answer.text) == (201, '/1', '')
        answer = requests.post(f'{found["Bank"]}/soap', headers={'SOAPAction': '"urn:bank/GetBalance"'}, timeout=10)
        assert (answer.text, answer.headers['Content-Type']) == ('<balance>42</balance>', 'text/xml; charset=utf-8')
        # Pings ask whether it is up.
        assert requests.head(f'{found["CRM"]}/any', timeout=10).status_code == 200


def test_what_no_rule_answers_is_told_with_the_nearest_rule_and_without_secrets(tmp_path: Path) -> None:
    with mock(tmp_path) as (_, found):
        answer = requests.post(f'{found["CRM"]}/get-user', headers={'X-Key': 'an0ther-k3y'}, timeout=10)
        assert answer.status_code == 501
        assert answer.json()['error'] == 'no rule of CRM answers POST /get-user'
        assert answer.json()['place'] == 'mocks/answers.feature:6'
        assert answer.json()['why not'] == ['when header "X-Key" is "$CRM_KEY": it is ******']
        text = answer.text
    text += (tmp_path / 'talk').read_text()
    assert 'CRM  POST /get-user  501' in text
    assert 'k3y-0f-cRm' not in text
    assert 'an0ther-k3y' not in text


def test_the_overlay_points_definitions_there(tmp_path: Path) -> None:
    with mock(tmp_path, '--write-overlay', 'mock.yaml', '--quiet') as (_, found):
        command = ['ping', 'outconn', '--all', '--file', 'definitions.yaml', '--overlay', 'mock.yaml']
        done = zato(tmp_path, *command, '--type', 'rest,soap,amqp', '--json')
    pinged = {row['name']: row['verdict'] for row in json.loads(done.stdout)['connections']}
    assert pinged == dict.fromkeys(['CRM', 'Payments "new"', 'Bank', 'Fraud Detection', 'Audit'], 'ok'), done.stdout


def test_one_port_for_all(tmp_path: Path) -> None:
    port = free_port(5)
    with mock(tmp_path, '--port', str(port)) as (_, found):
        assert found['CRM'] == f'http://127.0.0.1:{port}/crm'
        assert found['Payments "new"'] == f'http://127.0.0.1:{port}/payments-new-'
        assert found['Fraud Detection'] == f'amqp://127.0.0.1:{port + 1}'
        assert requests.get(f'{found["CRM"]}/get-user?UserName=my.user', timeout=10).json() == {'UserType': 'RGV'}
        assert requests.get(f'http://127.0.0.1:{port}/nobody/x', timeout=10).status_code == 501
        code, text = refusal(tmp_path, 'Feature: None\n', '--port', str(port))
    assert (code, 'it is taken' in text) == (2, True), text


def test_messages_that_are_published_are_kept_with_all_that_they_have(tmp_path: Path) -> None:
    with mock(tmp_path) as (_, found):
        connection = pika.BlockingConnection(pika.URLParameters(f'{found["Fraud Detection"]}/tutorial?heartbeat=1'))
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(content_type='text/plain', headers={'a': 1})
        channel.basic_publish('/tutorial', 'api', b'hello' * 100_000, properties, mandatory=True)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match='a message has at most'):
            channel.basic_publish('/tutorial', 'api', b'x' * 5_000_000)
        # Longer than the client waits for a heartbeat.
        connection.sleep(2.5)
        connection.channel().basic_publish('', 'other', b'')
        connection.close()
        asked = {'headers': {'X-Zato-Mock': '1'}, 'json': {'system': 'Audit'}, 'timeout': 10}
        messages: Any = requests.post(f'{found["control"]}/messages', **asked).json()['result']
    assert [(len(one['text']), one['key']) for one in messages] == [(500_000, 'api'), (0, 'other')]
    assert messages[0]['headers'] == {'a': 1}
    assert messages[0]['properties'] == {'content_type': 'text/plain', 'exchange': '/tutorial'}


@pytest.mark.parametrize(
    'data',
    [
        b'GET / HTTP/1.1\r\n\r\n',
        b'AMQP\0\0\x09\x01' + b'\x01\0\0\xff\xff\xff\xff',
        b'AMQP\0\0\x09\x01' + b'\x01\0\0\0\0\0\x04\0\0\0\0\xce',
        b'AMQP\0\0\x09\x01' + bytes(range(256)) * 300,
        b'\xff' * 1000,
    ],
)
def test_who_does_not_speak_amqp_ends_its_own_connection_alone(tmp_path: Path, data: bytes) -> None:
    with mock(tmp_path) as (_, found):
        port = int(found['Audit'].rpartition(':')[2])
        with socket.create_connection(('127.0.0.1', port), 10) as client:
            client.sendall(data)
            with suppress(ConnectionResetError):
                while client.recv(1000):
                    pass
        with pika.BlockingConnection(pika.URLParameters(f'{found["Audit"]}/')) as connection:
            assert connection.is_open


@pytest.mark.parametrize(
    ('path', 'headers', 'body'),
    [
        ('/systems', {}, b''),
        ('/rules', {'X-Zato-Mock': '1'}, b'[' * 100_000),
        ('/rules', {'X-Zato-Mock': '1'}, b'{"system": "CRM", "clauses": 1}'),
        (
            '/rules',
            {'X-Zato-Mock': '1'},
            b'{"system": "CRM", "clauses": [["with", "text \\u0000", ["x"], 999999999, ""]]}',
        ),
        (
            '/rules',
            {'X-Zato-Mock': '1'},
            b'{"system": "CRM", "clauses": [["with", "file \\u0000", ["/etc/passwd"], 0, ""]]}',
        ),
        ('/rules', {'X-Zato-Mock': '1'}, b'{"system": "CRM", "clauses": [["with", "nothing", [], 0, ""]]}'),
        ('/nothing', {'X-Zato-Mock': '1'}, b'{"system": "CRM"}'),
        ('/calls', {'X-Zato-Mock': '1'}, b'[]'),
    ],
)
def test_a_request_that_is_none_of_a_feature_is_refused(
    tmp_path: Path, path: str, headers: dict[str, str], body: bytes
) -> None:
    with mock(tmp_path) as (_, found):
        answer = requests.post(f'{found["control"]}{path}', data=body, headers=headers, timeout=10)
        assert (answer.status_code, list(answer.json())) == (400, ['error'])
        assert 'root:' not in answer.text


def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with mock(tmp_path) as (_, found):
        answer = requests.post(f'{found["CRM"]}/get-user', data=b'x' * 5_000_000, timeout=30)
        assert answer.status_code == 413


@needs('curl')
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_end_waits_for_no_answer_and_leaves_no_port(tmp_path: Path, number: int) -> None:
    with mock(tmp_path) as (process, found):
        slow = subprocess.Popen(['curl', '-s', f'{found["CRM"]}/slow'], stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert time.monotonic() - start < 5
        slow.wait(10)
        for name in ('CRM', 'Audit', 'control'):
            port = int(re.findall(r':(\d+)', found[name])[0])
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(('127.0.0.1', port), 2)
    assert (tmp_path / 'talk').read_text().endswith('Stopped.\n')


@pytest.mark.parametrize(
    ('step', 'text'),
    [
        (
            'CRN answers GET "/x" with JSON "1"',
            "the definitions have no outgoing connection 'CRN'; did you mean 'CRM'?",
        ),
        ('CRM answers GET "/x" with JSON "{"', 'this is no JSON'),
        ('CRM answers GET "x" with JSON "1"', "'x' is no path of a URL"),
        ('CRM answers GET "/x" with status "99"', '99 is no status of an answer'),
        ('CRM answers GET "/x" wiht JSON "1"', 'is no clause of this step'),
        ('CRM answers GET "/x" with status "500", then with JSON "1"', 'nothing comes after an answer'),
        ('CRM answers GET "/x" with file "nothing.json"', "can't be read"),
        ('CRM answers GET "/x" with text "$NOTHING"', "there is no value '$NOTHING' here"),
        ('CRM answers GET "/x" with text "x" after "2h"', "'2h' is no time"),
        ('CRM answers GET "/x" with header "Content-Length" "1"', "header 'Content-Length' is the server's own"),
        ('the URL is invoked', 'here stand steps that say what a system answers'),
        ('CRM answers GET "/x" when path "/a" matches "("', 'this is no regular expression'),
    ],
)
def test_a_rule_that_is_wrong_is_told_with_its_place(tmp_path: Path, step: str, text: str) -> None:
    code, said = refusal(tmp_path, f'Feature: F\n  Scenario: S\n    Given {step}\n')
    assert code == 3, said
    assert 'bad.feature:3:' in said
    assert text in ' '.join(said.split()) or all(part in said for part in text.split('; ')), said
