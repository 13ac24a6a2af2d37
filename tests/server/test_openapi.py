"""The OpenAPI document of REST channels: what it says, that it is valid, and that the server keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from tests.server.running import Local, server, write, zato

SERVICES = '''
from zato.common.typing_ import any_, dict_, list_, optional, strlist
from zato.server.service import DateTime, Int, Model, Service, dataclass


@dataclass(init=False)
class Item(Model):
    """One line of an order."""
    sku: str
    count: int = 1
    parts: optional[list_['Item']]


@dataclass(init=False)
class Order(Model):
    order_id: int
    items: list_[Item]
    note: optional[str]
    tags: strlist = None
    more: dict_[str, int] = None
    free: any_ = None


class Place(Service):
    """Places an order,
    or several."""
    name = 'order.place'
    input = Order
    output = Item

    def handle(self):
        self.response.payload = {'sku': self.request.input.items[0].sku, 'count': 2}


class Find(Service):
    name = 'order.find'
    input = 'order_id', Int('limit', default=10), '-is_open', DateTime('-since')
    output = 'order_id', '-name'

    def handle(self):
        self.response.payload = {'order_id': self.request.input.order_id}


class Old(Service):
    name = 'order.old'

    class SimpleIO:
        input_required = ('name',)
        output_required = (Int('count'),)

    def handle_GET(self):
        self.response.payload = {'count': 1}

    def handle_DELETE(self):
        pass


class Many(Service):
    name = 'order.many'
    output = Int('count')

    def handle(self):
        self.response.payload[:] = [{'count': 1}]


class Raw(Service):
    name = 'raw'

    def handle(self):
        self.response.payload = 'raw'
'''
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
  - {name: my key, type: apikey, header: X-My-Key, password: s3cret}
  - {name: token, type: bearer_token, is_static_token: true, password: t0ken}
  - {name: off, type: basic_auth, username: off, password: pw, is_active: false}
groups:
  - {name: partners, members: [api, my key, off]}
channel_rest:
  - {name: place, service: order.place, url_path: '/order', method: POST, data_format: json, security: api}
  - name: find
    service: order.find
    url_path: '/order/{order_id}'
    method: GET|HEAD
    data_format: json
    groups: [partners]
  - name: change
    service: order.find
    url_path: '/order/{id}'
    method: PUT
    data_format: json
    security: token
    groups: [partners]
  - name: old
    service: order.old
    url_path: /old
    data_format: json
    is_deprecated: true
    deprecation_successor: /order
  - {name: raw, service: raw, url_path: /raw}
  - {name: form, service: order.find, url_path: /form, data_format: form, merge_url_params_req: false}
  - {name: many, service: order.many, url_path: /many, data_format: json}
  - {name: hidden, service: raw, url_path: /hidden, should_include_in_openapi: false}
  - {name: lost, service: gone, url_path: /lost, data_format: json}
channel_openapi:
  - {name: my.api, rest_channel_list: [place, find, hidden]}
  - {name: public, rest_channel_list: [raw], url_path: /openapi/by-path}
  - {name: sleeping, rest_channel_list: [place], is_active: false}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('shop'), {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS})
    with server(folder, '--file', 'd.yaml') as running:
        yield running


@pytest.fixture(scope='module')
def printed(local: Local) -> Any:
    done = zato(local.folder, 'openapi', '.', '--file', 'd.yaml')
    assert done.returncode == 0, done.stderr
    assert "channel_rest 'lost': no service 'gone'" in done.stderr
    return yaml.safe_load(done.stdout)


def test_a_document_is_valid_and_has_the_channels_that_want_to_be_in_it(printed: Any) -> None:
    validate(printed)
    assert printed['openapi'] == '3.1.0'
    found = {path: list(operations) for path, operations in printed['paths'].items()}
    assert found == {
        '/form': ['post'],
        '/lost': ['post'],
        '/many': ['post'],
        '/old': ['get', 'delete'],
        '/order': ['post'],
        '/order/{id}': ['get', 'put', 'head'],
        '/raw': ['post'],
    }
    ids = [one['operationId'] for operations in printed['paths'].values() for one in operations.values()]
    assert len(ids) == len(set(ids)) == 10


def test_models_are_schemas_with_what_they_are_made_of(printed: Any) -> None:
    place = printed['paths']['/order']['post']
    assert place['description'] == 'Places an order, or several.'
    assert place['requestBody'] == {
        'content': {'application/json': {'schema': {'$ref': '#/components/schemas/Order'}}}, 'required': True,
    }  # fmt: skip
    schemas = printed['components']['schemas']
    assert schemas['Order'] == {
        'type': 'object',
        'properties': {
            'order_id': {'type': 'integer'},
            'items': {'type': 'array', 'items': {'$ref': '#/components/schemas/Item'}},
            'note': {'type': ['string', 'null']},
            'tags': {'type': 'array', 'items': {'type': 'string'}},
            'more': {'type': 'object', 'additionalProperties': {'type': 'integer'}},
            'free': {},
        },
        'required': ['order_id', 'items'],
    }
    assert schemas['Item']['description'] == 'One line of an order.'
    parts = {'type': 'array', 'items': {'$ref': '#/components/schemas/Item'}}
    assert schemas['Item']['properties']['parts'] == {'anyOf': [parts, {'type': 'null'}]}


def test_elements_are_parameters_where_there_is_no_body(printed: Any) -> None:
    find = printed['paths']['/order/{id}']['get']
    assert find['parameters'] == [
        {'name': 'id', 'in': 'path', 'required': True, 'schema': {'type': 'string'}},
        {'name': 'limit', 'in': 'query', 'required': False, 'schema': {'type': 'integer', 'default': 10}},
        {'name': 'is_open', 'in': 'query', 'required': False, 'schema': {'type': 'boolean'}},
        {'name': 'since', 'in': 'query', 'required': False, 'schema': {'type': 'string', 'format': 'date-time'}},
    ]
    assert 'requestBody' not in find
    form = printed['paths']['/form']['post']
    assert 'parameters' not in form
    assert list(form['requestBody']['content']) == ['application/x-www-form-urlencoded']
    old = printed['paths']['/old']['get']
    assert (old['deprecated'], old['description']) == (True, 'Use /order.')
    assert 'security' not in old


def test_answers_are_one_row_or_many(printed: Any) -> None:
    def schema(path: str) -> Any:
        return printed['paths'][path]['post']['responses']['200']['content']['application/json']['schema']

    row = {'type': 'object', 'properties': {'count': {'type': 'integer'}}, 'required': ['count']}
    assert schema('/many') == {'anyOf': [row, {'type': 'array', 'items': row}]}
    assert schema('/order') == {'$ref': '#/components/schemas/Item'}
    assert schema('/lost') == {}


def test_who_is_let_in_is_what_the_document_says(printed: Any) -> None:
    paths = printed['paths']
    assert paths['/order']['post']['security'] == [{'api': []}]
    assert paths['/order/{id}']['get']['security'] == [{'api': []}, {'my_key': []}]
    both = [{'token': [], 'api': []}, {'token': [], 'my_key': []}]
    assert paths['/order/{id}']['put']['security'] == both
    assert printed['components']['securitySchemes'] == {
        'api': {'type': 'http', 'scheme': 'basic'},
        'my_key': {'type': 'apiKey', 'in': 'header', 'name': 'X-My-Key'},
        'token': {'type': 'http', 'scheme': 'bearer'},
    }
    assert 'pw' not in json.dumps(printed['components']['securitySchemes'])


def test_4_1_has_documents_at_the_platforms_place(local: Local, printed: Any) -> None:
    found = local.call('/openapi/my.api', 'GET')
    assert (found.status_code, found.headers['Content-Type']) == (200, 'application/x-yaml')
    content = yaml.safe_load(found.content)
    validate(content)
    assert list(content['paths']) == ['/order', '/order/{order_id}']
    assert content['paths']['/order'] == printed['paths']['/order']
    assert content['info']['title'] == 'my.api'
    assert local.call('/openapi/my.api', 'GET', user='').status_code == 403
    assert local.call('/openapi/my.api', 'GET', user='api:wrong').status_code == 403
    assert local.call('/openapi/my.api', 'GET', user='off:pw').status_code == 403
    # Nobody has a password for what it describes.
    assert local.call('/openapi/by-path', 'GET').status_code == 403
    for path in ('sleeping', 'nothing', 'my.api/x'):
        assert local.call(f'/openapi/{path}', 'GET').status_code == 404
    assert 'GET /openapi/nothing: 404' in local.log


def test_answers_are_as_the_document_says(local: Local) -> None:
    body = {'order_id': 1, 'items': [{'sku': 'a'}]}
    assert local.call('/order', json=body).json() == {'sku': 'a', 'count': 2}
    assert local.call('/order/7', 'GET', params={'limit': 1}).json() == {'order_id': '7'}


def test_a_file_is_written_whole_and_problems_have_exit_codes(local: Local, tmp_path: Path) -> None:
    path = tmp_path / 'api.json'
    assert zato(local.folder, 'openapi', '.', '--file', 'd.yaml', '-o', str(path)).stderr.endswith(
        'api.json: 7 paths.\n'
    )
    validate(json.loads(path.read_text()))
    older = {'services/a.py': SERVICES, 'services/b.py': 'import nothing_of_that_name', 'd.yaml': """
security:
  # A document needs no passwords.
  - {name: caller, type: basic_auth, username: caller, password: '${IS_NOT_SET}'}
channel_rest:
  - {name: old, service: order.old, url_path: old, data_format: json, http_accept: a/b, security: caller}
  - {name: again, service: order.old, url_path: /old, data_format: json}
json_rpc:
  - {name: rpc, url_path: /rpc, service_whitelist: [raw]}
"""}  # fmt: skip
    done = zato(write(tmp_path / 'older', older), 'openapi', '.', '--file', 'd.yaml')
    assert (done.returncode, 'No module named' in done.stderr) == (3, True)
    content = yaml.safe_load(done.stdout)
    validate(content)
    answer = content['paths']['/old']['get']['responses']['200']['content']['application/json']['schema']
    assert (answer['required'], list(content['paths'])) == (['response'], ['/old'])
    empty = zato(write(tmp_path / 'empty', {'services/a.py': SERVICES}), 'openapi')
    assert (empty.returncode, empty.stdout) == (3, '')
    assert 'there are no REST channels to describe' in empty.stderr
