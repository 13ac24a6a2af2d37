"""What services start beside themselves, lock, encrypt, and read as models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.running import Local, server, write

SERVICES = """
from zato.common.typing_ import list_, optional, intnone, strlist
from zato.distlock import LockTimeout
from zato.server.service import Model, Service, dataclass


class Works(Service):
    name = 'works'

    def handle(self):
        if self.request.payload == 'fail':
            raise ValueError('it failed')
        self.response.payload = {'worked': self.request.payload, 'type': self.channel.type}


class Told(Service):
    name = 'told'

    def handle(self):
        self.logger.info('told of %s', self.request.payload)


class Starts(Service):
    name = 'starts'

    def handle(self):
        self.invoke_async('works', self.request.payload, callback=Told)


class Unknown(Service):
    name = 'unknown'

    def handle(self):
        self.response.payload = {'cid': self.invoke_async('wroks')}


class Locks(Service):
    name = 'locks'

    def handle(self):
        with self.lock('one'):
            try:
                with self.lock('one', block=0.1):
                    self.response.payload = 'twice'
            except LockTimeout as error:
                self.response.payload = str(error)
        with self.lock('one', ttl=0.05):
            with self.lock('one', block=2):
                self.response.payload += '; after its time it is free'


class Crypts(Service):
    name = 'crypts'

    def handle(self):
        token = self.crypto.encrypt('a', needs_str=True)
        hashed = self.crypto.hash_secret('b')
        found = [self.crypto.decrypt(token), self.crypto.verify_hash('b', hashed), self.crypto.verify_hash('c', hashed)]
        self.response.payload = [*found, self.crypto.verify_hash('b', 'no hash')]


@dataclass(init=False)
class Item(Model):
    sku: str
    count: intnone


@dataclass(init=False)
class Order(Model):
    order_id: int
    items: list_[Item]
    tags: optional[strlist]
    note: str = 'none'


class Orders(Service):
    name = 'orders'
    input = Order
    output = Order

    def handle(self):
        self.response.payload = self.request.input
"""
NAMES = ('starts', 'unknown', 'locks', 'crypts', 'orders')
DEFINITIONS = 'channel_rest:\n' + ''.join(
    f'  - {{name: {name}, service: {name}, url_path: /{name}, data_format: json}}\n' for name in NAMES
)


@pytest.fixture(scope='module', params=['3.2', '4.1'])
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('beside'), {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS})
    with server(folder, '--file', 'd.yaml', '--generation', request.param) as found:
        found.folder = request.param
        yield found


def test_a_service_is_started_and_another_one_told(local: Local) -> None:
    assert local.call('/starts', user='', json='x').status_code == 200
    local.wait_for("told of {'worked': 'x', 'type': 'invoke-async'}")


def test_what_fails_beside_is_in_the_log_alone(local: Local) -> None:
    assert local.call('/starts', user='', json='fail').status_code == 200
    local.wait_for("service 'works' failed (CID")
    local.wait_for('ValueError: it failed')


def test_an_unknown_one_is_told_at_once_on_3_2_only(local: Local) -> None:
    answer = local.call('/unknown', user='')
    assert answer.status_code == {'3.2': 500, '4.1': 200}[str(local.folder)]
    local.wait_for("no service 'wroks' in")


def test_locks_are_held_by_one_and_not_beyond_their_time(local: Local) -> None:
    assert local.call('/locks', user='').text == "lock 'one' was not free within 0.1 s; after its time it is free"


def test_secrets_are_encrypted_and_hashed(local: Local) -> None:
    assert local.call('/crypts', user='').json() == ['a', True, False, False]


@pytest.mark.parametrize(
    ('sent', 'status', 'expected'),
    [
        (
            {'order_id': '7', 'items': [{'sku': 'a', 'count': '2'}, {'sku': 'b'}], 'more': 1},
            200,
            {'order_id': 7, 'items': [{'sku': 'a', 'count': 2}, {'sku': 'b', 'count': 0}], 'tags': [], 'note': 'none'},
        ),
        ({'items': []}, 400, 'Element missing: /order_id'),
        ({'order_id': 1, 'items': [{'sku': 'a'}, {}]}, 400, 'Element missing: /items[1]/sku'),
        ({'order_id': 1, 'items': {'sku': 'a'}}, 400, 'Element is not a list: /items'),
        ([1], 400, 'Order wants an object'),
    ],
)
def test_models_are_read_and_what_is_wrong_has_its_path(local: Local, sent: Any, status: int, expected: Any) -> None:
    answer = local.call('/orders', user='', json=sent)
    assert answer.status_code == status, answer.text
    found = answer.json()
    if status == 400:
        found = found['details']
    assert found == expected


def test_a_value_of_a_wrong_type_is_named(local: Local) -> None:
    answer = local.call('/orders', user='', json={'order_id': 'abc', 'items': []})
    assert answer.status_code == 500
    assert "Value `'abc'` of field order_id could not be parsed" in answer.json()['details'][0]
