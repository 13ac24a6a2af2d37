"""The guide: each of its examples is run, against a real database, broker, Redis and so on, and the mock of a Kafka."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pika
import pytest
import redis
import sqlalchemy as sa

from features.systems.kafka import KafkaCluster
from features.systems.talking import GraphqlServer, WebSocketServer
from tests.apitest.playing import play, said
from tests.apitest.test_guide import GUIDE, blocks
from tests.peers.broker import BROKER, vhost
from tests.peers.web import Handler, address_of, http_server

REDIS = 'redis://127.0.0.1:6379/5'
CALLED = """Given system "Api" answers anything with {}
And I store address of system "Api" under "api"
And address "#api"
"""
ORDER = {
    'id': 7, 'state': 'open', 'email': 'ada@example.com', 'boss': None, 'token': '0af', 'items': [{'price': 2, 'n': 1}],
}  # fmt: skip
USERS = {
    'users': [{'name': 'Ada', 'role': 'admin', 'price': 1}, {'name': 'Eve', 'role': 'guest', 'price': 2}],
    'tags': ['a', 'b'],
    'more': {'price': 3},
}
ANSWER = {'state': 'done', 'name': 'Ada'}
FULL = (
    'status "201" and header "Vary" "Accept" and header "Vary" "Origin" '
    f'and header "Set-Cookie" "session=0123abcd; HttpOnly; SameSite=Lax" and JSON "{json.dumps(ANSWER)}"'
)
OK = 'status "200"'
INVOKED = 'When the URL is invoked\n'


def answering(document: object) -> str:
    """Returns the steps that call a system which answers so."""
    return CALLED.format(f'JSON "{json.dumps(document)}"') + INVOKED


#: What stands before an example, by a piece of it.
BEFORE = {
    'queue "audit"': 'Given address "$API"\n',
    'topic "orders"': 'Given address "$API"\n',
    'GET /api/v1/user': CALLED.format('JSON "{}"'),
    'response has shape': answering(ORDER),
    'has an item with': answering(USERS),
    'database "orders"': 'Given I store "1" under "id"\n',
    'GraphQL query': 'Given I store "1" under "id"\nAnd address "$GRAPHQL"\n',
    'Digest Auth': CALLED.format(FULL) + 'And HTTP method "POST"\nAnd format "FORM"\n',
    'WebSocket "prices"': '',
}


class Notifying(Handler):
    """An API that tells others of each call: by AMQP, Redis and Kafka."""

    broker = ''
    kafka: KafkaCluster

    def on_ok(self, rest: str, body: bytes) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self.broker))
        text = json.dumps({'user': 'my.user'}).encode()
        properties = pika.BasicProperties('application/json', headers={'x-kind': 'new'})
        connection.channel().basic_publish('/tutorial', 'api', text, properties)
        connection.close()
        with redis.Redis.from_url(REDIS) as client:
            client.set('user:1', 'Ada')
            client.rpush('jobs', text)
            client.publish('events', 'of my.user')
        self.kafka.publish('orders', text, '7', [('x-kind', b'new')])
        self.reply(200)


@pytest.fixture(scope='module')
def known(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that the examples run in."""
    listens = False
    with suppress(OSError), socket.create_connection(('127.0.0.1', 6379), 2):
        listens = True
    if not listens and not os.environ.get('CI'):
        pytest.skip('no Redis at 127.0.0.1:6379')
    orders = f'sqlite:///{tmp_path_factory.mktemp("guide")}/orders.db'
    with sa.create_engine(orders).begin() as connection:
        connection.execute(sa.text('create table orders (id integer, status text)'))
    graphql, prices, kafka = GraphqlServer(), WebSocketServer(), KafkaCluster()
    with ExitStack() as stack:
        broker = f'amqp://guest:guest@{BROKER}/{stack.enter_context(vhost(f"-guide-{worker_id}"))}'
        channel = stack.enter_context(pika.BlockingConnection(pika.URLParameters(broker))).channel()
        channel.exchange_declare('/tutorial')
        api = stack.enter_context(http_server(handler=type('Api', (Notifying,), {'broker': broker, 'kafka': kafka})))
        client = stack.enter_context(redis.Redis.from_url(REDIS))
        stack.callback(client.flushdb)
        stack.callback(graphql.stop)
        stack.callback(prices.stop)
        stack.callback(kafka.stop)
        yield {
            'ORDERS_DB': orders, 'BROKER': broker, 'REDIS': REDIS, 'KAFKA': kafka.address, 'API_PASSWORD': 'pw',
            'GRAPHQL': graphql.address,
            'API': f'http://{address_of(api)}', 'PRICES': prices.address.replace('ws:', 'http:'),
        }  # fmt: skip


def indented(text: str) -> str:
    return re.sub(r'^(?=.)', '    ', text, flags=re.MULTILINE)


@pytest.mark.parametrize('block', blocks(), ids=lambda block: block.splitlines()[0])
def test_the_example_passes(block: str, known: dict[str, str], tmp_path: Path) -> None:
    before, *_ = [text for piece, text in BEFORE.items() if piece in block]
    (tmp_path / 'user.graphql').write_text('{ user(id: 1) { name } }')
    (tmp_path / 'form' / 'request').mkdir(parents=True)
    (tmp_path / 'form' / 'request' / 'me.png').write_bytes(b'\x89PNG')
    environ = known
    if 'WebSocket' in block:
        environ = {**known, 'API': known['PRICES']}
    result = play(tmp_path, f'Feature: Guide\n\n  Scenario: Of the page\n{indented(before + block)}\n', environ)
    assert said(result) == []
    assert [item.status for item in result.scenarios] == ['passed']


def test_the_rows_of_the_page_are_scenarios(tmp_path: Path) -> None:
    match = re.search(r'    Scenario Outline: A user\n(.*?)\n\n[^ ]', GUIDE, re.DOTALL)
    assert match
    (tmp_path / 'users.csv').write_text('name,age\nAda,36\nBob,7\n')
    (tmp_path / 'users.yaml').write_text('- {name: Ada, age: 36, role: admin}\n- {name: Eve, age: 7, role: guest}\n')
    outline = (
        match[0]
        .rsplit('\n\n', 1)[0]
        .replace('      Given request', f'{indented(CALLED.format(OK))}      Given request', 1)
    )
    result = play(tmp_path, f'Feature: Rows\n\n{outline}\n')
    assert said(result) == []
    names = [item.name.rpartition('@')[2] for item in result.scenarios]
    assert names == ['1.1 users.csv', '1.2 users.csv', '2.1 users.yaml']
