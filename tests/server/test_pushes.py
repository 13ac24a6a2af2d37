"""What services send to clients of WebSocket channels by themselves: requests, broadcasts, messages of topics."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websocket import WebSocket, create_connection

from tests.ports import free_port
from tests.server.running import Local, server, until, write

SERVICES = """
from zato.server.service import Service


class Channel(Service):
    name = 'channel'

    def handle(self):
        asked = self.request.payload
        one = self.environ['web_socket']
        if asked == 'ask me':
            self.response.payload = {'you said': one.invoke({'who': 'are you'})}
        elif asked == 'my id':
            self.response.payload = one.pub_client_id
        elif asked.get('subscribe'):
            self.response.payload = self.pubsub.subscribe(asked['subscribe'], use_current_wsx=True, service=self)
        elif asked.get('resume'):
            self.pubsub.resume_wsx_subscription(asked['resume'], self)


class Push(Service):
    name = 'push'

    def handle(self):
        asked = self.request.payload
        channel = self.wsx.channel[asked.get('channel', 'orders')]
        what = asked['what']
        if what == 'broadcast':
            channel.broadcast(asked['data'])
        elif what == 'send':
            channel.send(asked['data'], **asked['whose'])
        elif what == 'invoke':
            answer = channel.invoke(asked['data'], timeout=asked['timeout'], **asked['whose'])
            self.response.payload = {'answer': answer}
        elif what == 'by id':
            self.response.payload = {'answer': self.wsx.invoke(self.cid, asked['id'], asked['data'], 3)}
        elif what == 'count':
            self.response.payload = {'answer': len(channel.clients)}
        elif what == 'publish':
            self.response.payload = {'answer': self.pubsub.publish(asked['topic'], asked['data'])}
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: push, service: push, url_path: /push, security: api, data_format: json}
web_socket:
  - {name: orders, address: 'ws://0.0.0.0:%(port)d/orders', service: channel, ping_interval: 0}
  - {name: closed, address: 'ws://0.0.0.0:%(port)d/closed', service: channel}
  - {name: asleep, address: 'ws://0.0.0.0:%(port)d/asleep', service: channel, is_active: false}
pubsub_topic:
  - {name: /orders/new}
  - {name: /stock}
pubsub_endpoint:
  - {name: shop, endpoint_type: wsx, ws_channel_name: orders, topic_patterns: 'sub=/orders/*'}
"""


class Browser:
    """A client: what it gets by itself, and what it answers."""

    def __init__(self, url: str, name: str = 'shop', client_id: str = 'c.1') -> None:
        # Its own check of UTF-8 takes a second for a megabyte.
        self._socket: WebSocket = create_connection(url, timeout=10, skip_utf8_validation=True)
        self.asked: list[Any] = []
        found = self.say({'action': 'create-session', 'client_id': client_id, 'client_name': name})
        self.token = found['data']['token']

    def say(self, meta: dict[str, Any], data: Any = '') -> Any:
        self._socket.send(json.dumps({'meta': {'id': 'my.id', **meta}, 'data': data}))
        while (found := self._read())['meta'].get('in_reply_to') != 'my.id':
            self.asked.append(found)
        return found

    def call(self, data: Any) -> Any:
        return self.say({'action': 'invoke-service', 'token': self.token}, data)

    def _read(self) -> Any:
        return json.loads(self._socket.recv())

    def gets(self) -> Any:
        """Returns the next message that the server sends by itself."""
        return self.asked.pop(0) if self.asked else self._read()

    def answer(self, message: Any, data: Any, **meta: Any) -> None:
        self._socket.send(json.dumps({'meta': {'in_reply_to': message['meta']['id'], **meta}, 'data': data}))

    def leave(self) -> None:
        self._socket.close()


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS % {'port': free_port()}}
    with server(write(tmp_path_factory.mktemp('push'), files), '--file', 'd.yaml') as running:
        yield running


@pytest.fixture
def url(local: Local) -> Iterator[str]:
    found = re.search(r"WebSocket channel 'orders' at (ws://\S+)", local.log)
    assert found, local.log
    yield found[1]
    for one in OPEN:
        one.leave()
    OPEN.clear()
    until(lambda: push(local, what='count')['answer'] == 0)


OPEN: list[Browser] = []


def browser(url: str, name: str = 'shop', client_id: str = 'c.1') -> Browser:
    OPEN.append(Browser(url, name, client_id))
    return OPEN[-1]


def push(local: Local, status: int = 200, **asked: Any) -> Any:
    found = local.call('/push', json=asked)
    assert found.status_code == status, found.text
    return found.json() if found.text else {}


def test_a_broadcast_reaches_all_clients_of_a_channel_in_order(local: Local, url: str) -> None:
    first, second, other = browser(url), browser(url), browser(url.replace('/orders', '/closed'))
    for data in ({'n': 1}, 'two', [3]):
        push(local, what='broadcast', data=data)
    for one in (first, second):
        found = [one.gets() for _ in range(3)]
        assert [message['data'] for message in found] == [{'n': 1}, 'two', [3]]
        assert {message['meta']['msg_type'] for message in found} == {'zwsx.rqc'}
        assert len({message['meta']['id'] for message in found}) == 3
        one.answer(found[0], 'thanks')
        assert one.call('my id')['data'].startswith('ws.')
    assert other.call('my id')['meta']['status'] == 200
    assert other.asked == []


@pytest.mark.parametrize('whose', [{'client_id': 'c.7'}, {'client_name': 'till'}])
def test_a_client_is_asked_and_its_answer_is_returned(local: Local, url: str, whose: dict[str, str]) -> None:
    browser(url)
    one = browser(url, 'till', 'c.7')
    found: list[Any] = []
    asking = threading.Thread(
        target=lambda: found.append(push(local, what='invoke', data='price?', timeout=5, whose=whose))
    )
    asking.start()
    message = one.gets()
    assert message['data'] == 'price?'
    one.answer(message, {'price': 7}, token=one.token)
    asking.join(10)
    assert found == [{'answer': {'price': 7}}]


def test_a_service_asks_its_own_caller_and_a_client_by_its_id(local: Local, url: str) -> None:
    one, other = browser(url), browser(url)
    answered = threading.Thread(target=lambda: one.answer(one.gets(), 'Lyon'))
    one._socket.send(
        json.dumps({'meta': {'action': 'invoke-service', 'id': 'c', 'token': one.token}, 'data': 'ask me'})
    )
    answered.start()
    answered.join(10)
    assert one._read()['data'] == {'you said': 'Lyon'}
    wanted = other.call('my id')['data']
    answered = threading.Thread(target=lambda: other.answer(other.gets(), 2))
    answered.start()
    assert push(local, what='by id', id=wanted, data=1) == {'answer': 2}
    answered.join(10)


def test_who_has_a_token_is_found_at_once(local: Local, url: str) -> None:
    for number in range(20):
        one = browser(url, client_id=f'at-once.{number}')
        push(local, what='send', data=number, whose={'client_id': f'at-once.{number}'})
        assert one.gets()['data'] == number
        one.leave()


def test_what_can_not_be_sent_is_told(local: Local, url: str) -> None:
    one = browser(url)
    late = push(local, 500, what='invoke', data='x', timeout=0.1, whose={'client_id': 'c.1'})
    assert 'the client has not answered in 0.1 s' in str(late)
    message = one.gets()
    one.answer(message, 'late')
    assert one.call('my id')['meta']['status'] == 200
    for asked, text in (
        ({'what': 'send', 'data': 1, 'whose': {'client_id': 'c.2'}}, "no client with client_id 'c.2' is logged in"),
        ({'what': 'send', 'data': 1, 'whose': {'name': 'c.2'}}, 'is found by one of: pub_client_id, client_id'),
        ({'what': 'by id', 'data': 1, 'id': 'ws.1'}, "no WebSocket client 'ws.1' is logged in"),
        ({'what': 'count', 'channel': 'order'}, "no WebSocket channel 'order'; did you mean 'orders'?"),
        ({'what': 'count', 'channel': 'asleep'}, "WebSocket channel 'asleep' is not active"),
    ):
        assert text in str(push(local, 500, **asked)).replace('\\', ''), asked


def test_who_leaves_while_it_is_asked_ends_the_call_at_once(local: Local, url: str) -> None:
    one = browser(url, client_id='c.9')
    leaving = threading.Thread(target=lambda: (one.gets(), one._socket.shutdown()))
    leaving.start()
    found = push(local, 500, what='invoke', data='x', timeout=30, whose={'client_id': 'c.9'})
    leaving.join(10)
    assert 'the client is gone' in str(found)


def test_who_reads_nothing_is_cut_off_and_holds_up_nobody(local: Local, url: str) -> None:
    stuck, quick = browser(url), browser(url)
    received: list[int] = []
    reading = threading.Thread(target=lambda: [received.append(len(quick.gets()['data'])) for _ in range(24)])
    reading.start()
    for _ in range(24):
        push(local, what='broadcast', data='x' * 500_000)
    reading.join(60)
    assert received == [500_000] * 24
    until(lambda: push(local, what='count')['answer'] == 1, lambda: local.log)
    assert quick.call('my id')['meta']['status'] == 200
    stuck._socket.shutdown()


def test_messages_of_topics_go_to_clients_until_they_leave_and_wait_then(local: Local, url: str) -> None:
    one = browser(url)
    key = one.call({'subscribe': '/orders/new'})['data']
    assert key.startswith('zpsk.wsx.')
    assert one.call({'subscribe': '/orders/new'})['data'] == key
    msg_id = push(local, what='publish', topic='/orders/new', data={'id': 1})['answer']
    message = one.gets()
    assert message['meta']['msg_type'] == 'zwsx.psrq'
    [found] = message['data']
    assert (found['data'], found['topic_name'], found['msg_id']) == ({'id': 1}, '/orders/new', msg_id)
    assert 'sub_key' not in found
    one.answer(message, '')
    push(local, what='publish', topic='/orders/new', data='second')
    second = one.gets()
    assert [each['data'] for each in second['data']] == ['second']
    # It leaves without an answer: the message is not taken.
    one.leave()
    until(lambda: push(local, what='count')['answer'] == 0)
    push(local, what='publish', topic='/orders/new', data='third')
    again = browser(url)
    assert again.call({'resume': key})['meta']['status'] == 200
    waited = again.gets()
    assert [each['data'] for each in waited['data']] == ['second', 'third']
    again.answer(waited, '', token=again.token)
    assert 'refused message' not in local.log


@pytest.mark.parametrize(
    ('path', 'asked', 'text'),
    [
        ('/orders', {'subscribe': '/stock'}, "endpoint 'shop' may not subscribe to topic '/stock'"),
        ('/orders', {'subscribe': '/nowhere'}, "there is no topic '/nowhere'"),
        ('/closed', {'subscribe': '/stock'}, "no pub/sub endpoint has WebSocket channel 'closed'"),
        ('/orders', {'resume': 'zpsk.wsx.1'}, 'there is no such subscription of this WebSocket channel'),
    ],
)
def test_who_may_not_subscribe_is_refused(local: Local, url: str, path: str, asked: Any, text: str) -> None:
    found = browser(url.replace('/orders', path)).call(asked)
    assert (found['meta']['status'], found['meta']['error_message']) == (403, text)
