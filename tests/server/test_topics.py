"""Topics of the local server: published to by services and clients, delivered, refused, kept through restarts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server.running import Local, server, until, write
from zatools.server.topics.subscribers import matches

SERVICES = """
import os
from zato.server.service import Model, Service, dataclass


class Takes(Service):
    name = 'takes'

    def handle(self):
        found = self.request.payload
        if isinstance(found, list):
            found = [(one.data, one.topic_name, one.priority, one.delivery_count) for one in found]
        if os.path.exists('refuse'):
            raise IOError('refused') if os.path.exists('refuse-io') else ValueError('refused')
        self.logger.info('takes %r %s', found, self.channel.type)


@dataclass(init=False)
class Order(Model):
    sku: str


class Modelled(Service):
    name = 'modelled'
    input = Order

    def handle(self):
        self.logger.info('modelled %s', self.request.input.sku)


class Code(Service):
    name = 'code'

    def handle(self):
        found = eval(self.request.raw, {'self': self, 'Takes': Takes})
        self.response.payload = {'found': getattr(found, 'msg_id', found)}
"""
LOGINS = [
    {'name': name, 'type': 'basic_auth', 'username': name, 'password': 'pw', 'realm': 'r'}
    for name in ('shop', 'desk', 'push', 'none')
]
CHANNELS = [{'name': 'code', 'service': 'code', 'url_path': '/code'}]
OLDER: dict[str, Any] = {
    'pubsub_topic': [
        {'name': '/orders', 'max_depth_non_gd': 3},
        {'name': '/other'},
        {'name': '/off', 'is_active': False},
    ],
    'pubsub_endpoint': [
        {'name': 'Shop', 'endpoint_type': 'rest', 'security': 'shop', 'topic_patterns': 'pub=/orders\npub=/o**'},
        {'name': 'Desk', 'endpoint_type': 'rest', 'security': 'desk', 'topic_patterns': 'sub=/*', 'role': 'sub-only'},
        {'name': 'Takes', 'endpoint_type': 'service', 'service': 'takes', 'topic_patterns': 'sub=/*'},
    ],
    'pubsub_subscription': [
        {'endpoint_name': 'Desk', 'topic_list': ['/orders'], 'delivery_method': 'pull'},
        {'endpoint_name': 'Takes', 'topic_list': ['/other'], 'wait_non_sock_err': 1, 'wait_sock_err': 1},
    ],
}
NEWER: dict[str, Any] = {
    'pubsub_topic': [{'name': 'Orders'}, {'name': 'off', 'is_active': False}],
    'pubsub_permission': [
        {'security': 'shop', 'pub': ['orders*', 'off']},
        {'security': 'desk', 'sub': ['orders']},
        {'security': 'push', 'sub': ['**']},
    ],
    'pubsub_subscription': [
        {'security': 'desk', 'delivery_type': 'pull', 'topic_list': ['Orders']},
        {'security': 'push', 'delivery_type': 'push', 'push_service': 'takes', 'topic_list': ['Orders']},
    ],
}


def project(folder: Path, definitions: dict[str, Any]) -> Path:
    text = yaml.safe_dump({'security': LOGINS, 'channel_rest': CHANNELS, **definitions})
    return write(folder, {'services/a.py': SERVICES, 'd.yaml': text})


@contextmanager
def running(folder: Path, generation: str) -> Iterator[Local]:
    with server(folder, '--file', 'd.yaml', '--generation', generation) as local:
        yield local


def code(local: Local, text: str) -> Any:
    answer = local.call('/code', user='', data=text)
    assert answer.status_code == 200, answer.text
    return answer.json()['found']


def test_3_2_publishes_subscribes_and_pulls(tmp_path: Path) -> None:
    folder = project(tmp_path, OLDER)
    with running(folder, '3.2') as local:
        assert not list(folder.glob('*.sqlite-*'))
        ids = code(local, "self.pubsub.publish('/other', data_list=['a', {'b': 1}], priority=7)")
        assert [one[:4] for one in ids] == ['zpsm', 'zpsm']
        local.wait_for("({'b': 1}, '/other', 7, 0)")
        code(local, "self.pubsub.publish(Takes, 'straight')")
        local.wait_for("takes [('straight', '/zato/s/to/takes', 5, 0)] invoke")
        publish = local.call('/zato/pubsub/topic/orders', user='shop:pw', json={'data': 'x', 'priority': 2})
        assert (publish.status_code, publish.json()['msg_id'][:4]) == (200, 'zpsm')
        local.call('/zato/pubsub/topic//orders', user='shop:pw', json={'data': {'y': 1}, 'correl_id': 'c'})
        found = local.call('/zato/pubsub/topic/orders', 'PATCH', user='desk:pw').json()
        assert [(one['data'], one['priority'], one['topic_name']) for one in found] == [
            ({'y': 1}, 5, '/orders'),
            ('x', 2, '/orders'),
        ]
        assert (found[0]['correl_id'], 'sub_key' in found[0]) == ('c', False)
        assert local.call('/zato/pubsub/topic/orders', 'PATCH', user='desk:pw').json() == []


def test_3_2_refuses_what_may_not_be(tmp_path: Path) -> None:
    with running(project(tmp_path, OLDER), '3.2') as local:
        for user, path, method, status in (
            ('', 'topic/orders', 'POST', 403),
            ('shop:wrong', 'topic/orders', 'POST', 403),
            ('none:pw', 'topic/orders', 'POST', 403),
            ('desk:pw', 'topic/orders', 'POST', 403),
            ('shop:pw', 'topic/nowhere', 'POST', 403),
            ('shop:pw', 'topic/off', 'POST', 403),
            ('shop:pw', 'topic/orders', 'PATCH', 403),
            ('desk:pw', 'topic/other', 'PATCH', 400),
            ('shop:pw', 'anything', 'POST', 404),
        ):
            answer = local.call(f'/zato/pubsub/{path}', method, user=user, json={'data': 1})
            assert answer.status_code == status, (user, path, answer.text)
        answer = local.call('/zato/pubsub/topic/orders', user='shop:pw', json={'dat': 1})
        assert (answer.status_code, answer.json()['details']) == (400, 'No data sent on input')
        answer = local.call('/zato/pubsub/topic/orders', user='shop:pw', json={'data': 1, 'priority': 10})
        assert (answer.status_code, answer.json()['details']) == (400, 'priority is from 1 to 9')
        for _ in range(3):
            assert local.call('/zato/pubsub/topic/orders', user='shop:pw', json={'data': 1}).status_code == 200
        answer = local.call('/zato/pubsub/topic/orders', user='shop:pw', json={'data': 1})
        assert (answer.status_code, 'max_depth_non_gd is 3' in answer.text) == (400, True)
        answer = local.call('/code', user='', data="self.pubsub.publish('/order', 1)")
        assert "there is no topic or service '/order'; did you mean '/orders'?" in answer.text


def test_3_2_clients_subscribe_by_themselves(tmp_path: Path) -> None:
    with running(project(tmp_path, OLDER), '3.2') as local:
        path = '/zato/pubsub/subscribe/topic/other'
        found = local.call(path, user='desk:pw').json()
        assert (found['sub_key'][:9], found['queue_depth']) == ('zpsk.api.', 0)
        assert local.call(path, user='desk:pw').json() == {}
        msg_id = code(local, "self.pubsub.publish('/other', 'one')")
        code(local, "self.pubsub.publish('/other', 'two')")
        assert local.call(f'/zato/pubsub/msg/{msg_id}', 'DELETE', user='desk:pw').json() == {}
        found = local.call('/zato/pubsub/topic/other', 'PATCH', user='desk:pw').json()
        assert [one['data'] for one in found] == ['two']
        assert local.call(path, 'DELETE', user='desk:pw').json() == {}
        assert local.call('/zato/pubsub/topic/other', 'PATCH', user='desk:pw').status_code == 400


@pytest.mark.parametrize(('name', 'marks'), [('ValueError', ['refuse']), ('OSError', ['refuse', 'refuse-io'])])
def test_what_is_refused_goes_round_and_outlives_the_server(tmp_path: Path, name: str, marks: list[str]) -> None:
    folder = project(tmp_path, OLDER)
    for mark in marks:
        (folder / mark).touch()
    with running(folder, '3.2') as local:
        code(local, "self.pubsub.publish('/other', 'one')")
        code(local, "self.pubsub.publish('/other', 'two')")
        until(lambda: local.log.count(f'{name}: refused') >= 2, lambda: local.log)
        assert 'takes' not in [line.split()[2] for line in local.lines if line.startswith('INFO - takes')]
        # The server is killed, as by a lack of power.
        local.stop(9)
    for mark in marks:
        (folder / mark).unlink()
    with running(folder, '3.2') as local:
        local.wait_for("'one', '/other', 5, ")
        local.wait_for("'two', '/other', 5, ")
        assert "('one', '/other', 5, 0)" not in local.log
        local.stop()
    with running(folder, '3.2') as local:
        assert code(local, "self.pubsub.publish('/other', 'three')")
        local.wait_for("[('three', '/other', 5, 0)]")
        assert "'one'" not in local.log


def test_4_1_publishes_subscribes_and_pulls(tmp_path: Path) -> None:
    folder = project(tmp_path, NEWER)
    with running(folder, '4.1') as local:
        for priority, data in ((2, {'a': 1}), (9, 'text'), ('bad', [1])):
            body = {'data': data, 'priority': priority, 'expiration': 0.5 if priority == 'bad' else 60}
            answer = local.call('/pubsub/topic/ORDERS', user='shop:pw', json=body).json()
            assert (answer['is_ok'], answer['status'], answer['msg_id'][:4]) == (True, '200 OK', 'zpsm')
        local.wait_for('takes \'{"a": 1}\' invoke')
        found = local.call('/pubsub/messages/get', user='desk:pw', json={'max_messages': 2}).json()
        assert [one['data'] for one in found['messages']] == ['text', [1]]
        assert found['messages'][0]['meta']['topic_name'] == 'orders'
        assert found['messages'][0]['meta']['correl_id']
        found = local.call('/pubsub/messages/get', user='desk:pw').json()
        assert (found['message_count'], found['messages'][0]['data']) == (1, {'a': 1})
        code(local, "self.pubsub.publish('modelled', {'sku': 'S1'})")
        local.wait_for('modelled S1')
        code(local, "self.publish('orders', sku='S2', priority=9)")
        local.wait_for('takes \'{"sku": "S2"}\' invoke')
        assert code(local, "self.pubsub.subscribe('mine', 'key')") == 'key'
        code(local, "self.publish('mine', 'left')")
        for _ in range(2):
            # It stays there.
            assert code(local, "[one['data'] for one in self.pubsub.get_messages('key')]") == ['left']
        answer = local.call('/code', user='', data="self.pubsub.publish('orders', 1, color=2)")
        assert "self.pubsub.publish has no 'color'" in answer.text


@pytest.mark.parametrize(
    ('user', 'path', 'status', 'details'),
    [
        ('', 'topic/orders', 401, 'Authentication required'),
        ('shop:no', 'topic/orders', 401, 'Invalid credentials'),
        ('desk:pw', 'topic/orders', 401, 'Permission denied'),
        ('shop:pw', 'topic/other', 401, 'Permission denied'),
        ('shop:pw', 'topic/off', 403, 'Topic off is inactive'),
        ('shop:pw', 'topic/orders', 400, "Invalid input: 'data' element missing"),
        ('shop:pw', 'messages/get', 401, 'No subscription found for user'),
    ],
)
def test_4_1_refuses_what_may_not_be(newer: Local, user: str, path: str, status: int, details: str) -> None:
    answer = newer.call(f'/pubsub/{path}', user=user, json={})
    found = answer.json()
    assert (answer.status_code, found['is_ok'], found['details']) == (status, False, details)
    assert found['status'].startswith(str(status))


@pytest.fixture(scope='module')
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(project(tmp_path_factory.mktemp('topics'), NEWER), '4.1') as local:
        yield local


class Receiver(BaseHTTPRequestHandler):
    """Takes what is pushed, and refuses the first of it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers['Content-Length']))
        got = self.server.got  # type: ignore[attr-defined]
        got.append((json.loads(body), self.headers.get('Authorization')))
        self.send_response(503 if len(got) == 1 else 200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_messages_are_pushed_to_rest_connections(tmp_path: Path, generation: str) -> None:
    with ThreadingHTTPServer(('127.0.0.1', 0), Receiver) as found:
        found.got = []  # type: ignore[attr-defined]
        threading.Thread(target=found.serve_forever, daemon=True).start()
        host = f'http://127.0.0.1:{found.server_port}'
        definitions = {
            'outgoing_rest': [
                {'name': 'Hook', 'host': host, 'url_path': '/', 'data_format': 'json', 'security': 'push'}
            ],
            'pubsub_topic': [{'name': 'news'}],
        }
        subscription: dict[str, Any] = {'security': 'push', 'delivery_type': 'push', 'push_rest_endpoint': 'Hook'}
        if generation == '3.2':
            definitions['pubsub_endpoint'] = [{'name': 'E', 'endpoint_type': 'rest', 'topic_patterns': 'sub=**'}]
            subscription = {'endpoint_name': 'E', 'rest_connection': 'Hook', 'wait_sock_err': 1}
        definitions['pubsub_subscription'] = [{**subscription, 'topic_list': ['news']}]
        with running(project(tmp_path, definitions), generation) as local:
            code(local, "self.pubsub.publish('news', {'a': 1})")
            until(lambda: len(found.got) == 2, lambda: local.log)  # type: ignore[attr-defined]
            assert 'it answers 503' in local.log
        found.shutdown()
        body, login = found.got[1]  # type: ignore[attr-defined]
        if generation == '3.2':
            assert (body[0]['data'], body[0]['delivery_count'], bool(login)) == ({'a': 1}, 1, True)
        else:
            # 4.1 sends it without the security of the connection.
            assert (body['data'], body['topic_name'], login) == ('{"a": 1}', 'news', None)


@pytest.mark.parametrize(
    ('generation', 'topic', 'pattern', 'expected'),
    [
        ('3.2', '/a/b', '/a/*', True),
        ('3.2', '/a/b/c', '/a/*', False),
        ('3.2', '/a/b/c', '/a/**', True),
        ('3.2', '/a', '/b', False),
        ('3.2', '/a.b', '/a?b', False),
        ('4.1', 'orders.new', 'Orders.*', True),
        ('4.1', 'orders.new.eu', 'orders.*', False),
        ('4.1', 'orders.new.eu', 'orders.**', True),
        ('4.1', 'orders', 'orders.**', True),
        ('4.1', 'orders-new.x', 'orders.new.*', True),
        ('4.1', 'orders-new', 'orders.new', False),
        ('4.1', '', '**', True),
        ('4.1', 'a' * 200, '*a' * 190 + 'b', False),
    ],
)
def test_patterns_of_topics(generation: str, topic: str, pattern: str, expected: bool) -> None:
    assert matches(topic, [pattern], generation) is expected
