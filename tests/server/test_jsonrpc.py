"""JSON-RPC channels of 3.2, called by a real client."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Local, server, write

SERVICES = """
from zato.server.service import Service


class Add(Service):
    name = 'math.add'

    def handle(self):
        self.logger.info('adds %s by %s', self.request.payload, self.channel.type)
        self.response.payload = {'sum': sum(self.request.payload)}


class Say(Service):
    name = 'say'

    def handle(self):
        self.response.payload = f'said {self.request.payload}'


class Fail(Service):
    name = 'fail'

    def handle(self):
        raise SystemExit('a secret reason')


class Wants(Service):
    name = 'wants'
    input = 'city'

    def handle(self):
        self.response.payload = self.request.input.city


class Hidden(Service):
    name = 'hidden'

    def handle(self):
        self.response.payload = 'seen'
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw-of-ours}
json_rpc:
  - {name: rpc, url_path: /rpc, service_whitelist: [math.add, say, fail, gone, wants]}
  - {name: guarded, url_path: /guarded, security: api, service_whitelist: [say]}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('rpc'), {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS})
    with server(folder, '--file', 'd.yaml') as running:
        yield running


def rpc(local: Local, content: Any, path: str = '/rpc', user: str = '') -> Any:
    data = content if isinstance(content, (bytes, str)) else json.dumps(content)
    answer = local.call(path, user=user, data=data)
    assert answer.status_code == 200
    assert answer.headers['Content-Type'] == 'application/json'
    return answer.json()


def call(method: Any, params: Any = None, **more: Any) -> dict[str, Any]:
    return {'jsonrpc': '2.0', 'method': method, 'params': params, 'id': 1, **more}


def test_a_method_is_a_service(local: Local) -> None:
    assert rpc(local, call('math.add', [1, 2])) == {'jsonrpc': '2.0', 'id': 1, 'result': {'sum': 3}}
    local.wait_for('adds [1, 2] by json-rpc')
    assert rpc(local, call('say', 'hi', id='x')) == {'jsonrpc': '2.0', 'id': 'x', 'result': 'said hi'}


def test_many_calls_have_many_answers(local: Local) -> None:
    found = rpc(local, [call('say', 'a', id=7), call('nothing', id=8), call('say', 'b', id=9)])
    assert [one['id'] for one in found] == [7, 8, 9]
    assert [one.get('result') for one in found] == ['said a', None, 'said b']
    assert rpc(local, []) == []


@pytest.mark.parametrize(('method', 'why'), [('wants', '400 Element missing: city'), ('gone', "no service 'gone' in ")])
def test_a_call_whose_service_does_not_run_is_one_line_of_the_log(local: Local, method: str, why: str) -> None:
    cid = rpc(local, call(method, {}))['error']['data']['ctx']['cid']
    local.wait_for(f'(CID {cid})')
    line = next(number for number, line in enumerate(local.lines) if cid in line)
    assert local.lines[line].startswith(f"ERROR - JSON-RPC channel 'rpc': service '{method}': {why}")
    rpc(local, call('math.add', [line]))
    local.wait_for(f'adds [{line}]')
    assert 'adds' in local.lines[line + 1]


def test_a_call_without_an_id_is_answered_as_the_platform_answers_it(local: Local) -> None:
    asked = call('say', 'a')
    del asked['id']
    assert rpc(local, asked)['id'] == -123456789


@pytest.mark.parametrize(
    ('asked', 'id_', 'code', 'text'),
    [
        (call('say', jsonrpc='1.0'), 1, -32600, 'Unsupported JSON-RPC version `1.0` in `{'),
        ({'method': 'say', 'id': 2}, 2, -32600, 'Unsupported JSON-RPC version `None` in `{'),
        (call('hidden'), 1, -32601, 'Method not supported `hidden` in `{'),
        (call(['say']), 1, -32601, 'Method not supported'),
        (call('fail'), 1, -32000, 'Message could not be handled'),
        (call('gone'), 1, -32000, 'Message could not be handled'),
        ('no json', None, -32603, 'Message could not be handled'),
        ('', None, -32603, 'Message could not be handled'),
        ('[' * 50_000, None, -32603, 'Message could not be handled'),
        ('3', None, -32603, 'Message could not be handled'),
        ([1] * 1001, None, -32600, 'More than 1000 calls'),
    ],
)  # fmt: skip
def test_errors_have_codes_and_say_no_more_than_they_should(
    local: Local, asked: Any, id_: Any, code: int, text: str
) -> None:
    found = rpc(local, asked)
    assert (found['id'], found['error']['code']) == (id_, code)
    assert found['error']['message'].startswith(text)
    assert len(found['error']['data']['ctx']['cid']) == 24
    assert 'secret reason' not in json.dumps(found)


def test_only_who_may_calls_methods(local: Local) -> None:
    assert rpc(local, call('say', 'x'), '/guarded', 'api:pw-of-ours')['result'] == 'said x'
    assert local.call('/guarded', user='', json=call('say', 'x')).status_code == 401
    assert local.call('/rpc', 'GET', user='').status_code == 404


def test_a_method_that_no_file_has_is_told(local: Local) -> None:
    assert "json_rpc 'rpc': no service 'gone' in" in local.log
    assert 'not served here' not in local.log
    assert 'pub.zato' not in local.log


def test_4_1_has_none(tmp_path: Path) -> None:
    files = {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS}
    from tests.server.running import start

    process = start(write(tmp_path, files), '.', '--port', '0', '--file', 'd.yaml', '--generation', '4.1')
    _, text = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "json_rpc 'rpc'" in text


def test_compressed_requests_are_read(local: Local) -> None:
    body, headers = gzip.compress(json.dumps(call('say', 'hi')).encode()), {'Content-Encoding': 'gzip'}
    assert local.call('/rpc', user='', data=body, headers=headers).json()['result'] == 'said hi'
    assert local.call('/rpc', user='', data=b'no gzip', headers=headers).status_code == 400
