"""What services ask of themselves and of others, and that is told in a line each."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.web import address_of, http_server
from tests.server.running import Local, server, write

SERVICES = """
import gzip
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Order(Model):
    a: int


class Asked(Service):
    name = 'asked'

    def handle(self):
        self.response.payload = repr(eval(self.request.raw, {'self': self, 'Order': Order, 'Other': Other}))


class Other(Service):
    name = 'other'
    input = 'needed'

    def __init__(self):
        self.count = 7

    def total(self, more):
        return self.count + more, self.cid, self.server.name, self.request.input, self.channel.type

    def handle(self):
        raise ValueError('it is not called')


class Packed(Service):
    name = 'packed'

    def handle(self):
        self.response.content_encoding = 'gzip'
        self.response.payload = gzip.compress(b'Hello')


class Timed(Service):
    name = 'timed'

    def handle(self):
        self.sleep(0.02)
        self.response.payload = getattr(self, 'processing_time', 'none')

    def finalize_handle(self):
        took = self.processing_time_raw.total_seconds()
        is_same = self.handle_return_time - self.invocation_time == self.processing_time_raw
        self.logger.info('took %s, %s, %s', self.processing_time >= 20, took >= 0.02, is_same)
"""
DEFINITIONS = """
channel_rest:
  - {name: asked, service: asked, url_path: /asked}
  - {name: packed, service: packed, url_path: /packed}
  - {name: timed, service: timed, url_path: /timed}
outgoing_rest:
  - {name: Backend, host: 'HOST', url_path: /ok, data_format: json}
  - {name: Prices, host: 'HOST', url_path: /marked/application/json, data_format: json}
  - {name: Broken, host: 'HOST', url_path: /status/503, data_format: json}
"""


@pytest.fixture(scope='module', params=['3.2', '4.1'])
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, Any]]:
    folder = tmp_path_factory.mktemp('small')
    with http_server() as backend:
        definitions = DEFINITIONS.replace('HOST', f'http://{address_of(backend)}')
        write(folder, {'services/a.py': SERVICES, 'd.yaml': definitions})
        with server(folder, '--file', 'd.yaml', '--generation', request.param) as found:
            yield found, backend


def asked(local: tuple[Local, Any], code: str) -> str:
    return str(local[0].call('/asked', user='', data=code).text)


@pytest.mark.parametrize('name', ["'other'", 'Other'])
def test_methods_of_another_service_are_called(local: tuple[Local, Any], name: str) -> None:
    assert asked(local, f'self.new_instance({name}).total(1)[:1]') == '(8,)'
    assert asked(local, f'self.new_instance({name}).total(1)[1] == self.cid') == 'True'
    assert asked(local, f'self.new_instance({name}).total(1)[2:]') == "('server1', None, 'invoke')"


def test_an_unknown_service_has_no_instance(local: tuple[Local, Any]) -> None:
    assert "; did you mean 'other'?" in asked(local, "self.new_instance('othr')")


def test_what_is_known_of_a_call_is_told(local: tuple[Local, Any]) -> None:
    assert asked(local, 'self.request.logger is self.logger, self.request.transport') == "(True, '')"
    assert asked(local, 'self.response.cid == self.cid, self.response.data_format') == "(True, '')"
    assert asked(local, 'self.response.result, self.response.result_details') == "('ZATO_OK', '')"
    assert asked(local, 'self.amqp is self.out.amqp') == 'True'
    assert asked(local, '(self.server.name, self.server.cluster_id)') == "('server1', 1)"
    found = eval(asked(local, 'self.channel.to_dict()'))
    assert (found['name'], found['type'], found['security']['username']) == ('asked', 'http-soap', None)


def test_a_response_that_a_service_has_packed_says_so(local: tuple[Local, Any]) -> None:
    answer = local[0].call('/packed', user='', stream=True)
    assert answer.headers['Content-Encoding'] == 'gzip'
    assert gzip.decompress(answer.raw.read()) == b'Hello'


def test_a_service_of_3_2_knows_how_long_it_took(local: tuple[Local, Any]) -> None:
    answer = local[0].call('/timed', user='')
    if 'Zato 4.1' in local[0].lines[0]:
        # As there: it is an AttributeError.
        assert answer.text == 'none'
        return
    assert answer.text in ('', 'None', 'null')
    local[0].wait_for('took True, True, True')


@pytest.mark.parametrize('call', ['self.out.rest["Backend"].conn.upload(self.cid, ', 'self.rest["Backend"].upload('])
def test_files_are_uploaded(local: tuple[Local, Any], tmp_path: Path, call: str) -> None:
    path = tmp_path / 'prices.csv'
    path.write_bytes(b'a,b\0')
    assert asked(local, f'{call}{str(path)!r}, "prices", "text/csv")') == '<Response [200]>'
    seen = local[1].seen[-1]
    kind = seen['headers']['Content-Type']
    assert (seen['method'], kind.partition('=')[0]) == ('POST', 'multipart/form-data; boundary')
    head = b'Content-Disposition: form-data; name="prices"; filename="prices.csv"\r\nContent-Type: text/csv\r\n\r\n'
    boundary = kind.partition('=')[2].encode()
    assert seen['body'] == b'--' + boundary + b'\r\n' + head + b'a,b\0\r\n--' + boundary + b'--\r\n'
    assert 'FileNotFoundError' in asked(local, f'{call}{str(tmp_path / "none")!r})')


def test_fields_go_beside_files(local: tuple[Local, Any]) -> None:
    assert asked(local, "self.rest['Backend'].post({'a': 'b'}, files={'f': ('f.txt', b'x')})") == '<Response [200]>'
    assert b'name="a"\r\n\r\nb\r\n' in local[1].seen[-1]['body']


def test_a_call_is_mapped_and_fails_where_the_other_side_does(local: tuple[Local, Any]) -> None:
    def called(name: str, **options: str) -> str:
        given = ', '.join(f'{option}={value}' for option, value in options.items())
        return asked(local, f"self.out.rest['{name}'].conn.rest_call(cid=self.cid, {given})")

    assert called('Prices') == "{'a': 1}"
    assert called('Prices', model='Order', callback='lambda one: one.a + 1') == '2'
    assert local[1].seen[-1]['method'] == 'GET'
    assert called('Backend', method="'PUT'", data="{'a': 1}") == "''"
    assert (local[1].seen[-1]['method'], local[1].seen[-1]['body']) == ('PUT', b'{"a": 1}')
    assert called('Broken') == 'Bad request'
    local[0].wait_for("'Broken': 503 Service Unavailable (CID ")
    assert 'sec_def_name= of self.out.rest' in called('Backend', sec_def_name="'x'")
