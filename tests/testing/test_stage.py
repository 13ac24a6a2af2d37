"""Services run in the process of a test, as the server runs them; connections answer what was set."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import write
from zatools.server.api.exceptions import BadRequest, NotFound
from zatools.server.api.models import Model
from zatools.server.api.zato_service import Bool, Int, Service
from zatools.server.call import NoServiceError
from zatools.testing import NoResponseError, Stage, service

PROJECT = {
    'services/users.py': """
from zato.server.service import Service


class Get(Service):
    name = 'users.get'

    def handle(self):
        self.response.payload = {'limit': self.config.users.limits.daily, 'of': self.request.payload['name']}
""",
    'user-conf/users.conf': '[limits]\ndaily = 250\n',
}


class Balance(Service):
    """Asks two systems, tells a third."""

    name = 'tested.balance'
    input = 'user', Int('-limit'), Bool('-details')
    output = 'type', 'balance', '-note'

    def handle(self) -> None:
        user = self.out.rest['CRM'].conn.get(self.cid, {'UserName': self.request.input.user}).data
        balance = self.rest['Payments'].post({'account': user['account']}, headers={'X-Way': 'quick'}).json()
        self.logger.info('%s has %s', self.request.input.user, balance['amount'])
        self.out.amqp.send({'seen': self.request.input.user}, 'Audit', '/audit', 'seen')
        self.response.payload.type = user['type']
        self.response.payload.balance = balance['amount']


class Caller(Service):
    """Invokes another one, waits for a third no more than the server does."""

    name = 'tested.caller'

    def handle(self) -> None:
        found = self.invoke('tested.balance', {'user': 'a'})
        self.invoke_async('tested.failing', {'user': 'b'})
        self.response.payload = found


class Failing(Service):
    """Ends with an error of its own."""

    name = 'tested.failing'

    def handle(self) -> None:
        raise NotFound(self.cid, 'No such user')


class Verbs(Service):
    """Answers by HTTP only."""

    name = 'tested.verbs'

    def before_handle(self) -> None:
        self.logger.info('before')

    def handle_GET(self) -> None:  # noqa: N802
        http = self.request.http
        self.response.payload = {'method': http.method, 'q': http.GET.q, 'header': http.headers['x-mine']}
        self.response.status_code = 202
        self.response.headers['X-Own'] = 'yes'


class Rows(Service):
    """Runs SQL, searches a directory, keeps a value."""

    name = 'tested.rows'

    def handle(self) -> None:
        rows = self.out.sql['Users'].execute('select :a', {'a': 1})
        with self.out.ldap['AD'].conn.get() as directory:
            found = directory.search('dc=example', '(cn=x)')
        with self.cloud.jira['Issues'].conn.client() as client:
            issue = client.issue('KEY-1')
        with self.out.hl7.mllp['Ward'].conn.client() as ward:
            answer = ward.send('MSH|')
        self.cache.default.set('mine', 'kept')
        self.response.payload = [rows, found, issue, answer, self.cache.default.get('mine')]


def staged() -> Stage:
    stage = Stage()
    stage.set_response('rest:CRM', {'type': 'RGV', 'account': '123'})
    stage.set_response('rest:Payments', {'amount': '357.9'}, method='POST')
    return stage


def test_a_service_is_run_with_what_its_connections_answer() -> None:
    stage = staged()
    answer = stage.invoke(Balance, {'user': 'my.user'})
    assert answer.payload == {'type': 'RGV', 'balance': '357.9'}
    assert answer.status_code == 200
    assert answer.json() == {'type': 'RGV', 'balance': '357.9'}
    assert answer.service.request.input.user == 'my.user'


def test_calls_messages_and_lines_of_the_log_are_there_to_look_at() -> None:
    stage = staged()
    stage.invoke('tested.balance', {'user': 'my.user'})
    assert [(call.connection, call.method) for call in stage.calls] == [('rest:CRM', 'GET'), ('rest:Payments', 'POST')]
    assert stage.calls[0].options == {'params': {'UserName': 'my.user'}}
    assert stage.calls[1].options == {'data': {'account': '123'}, 'headers': {'X-Way': 'quick'}}
    assert stage.messages == [('amqp:Audit', {'seen': 'my.user'}, {'exchange': '/audit', 'routing_key': 'seen'})]
    assert ('tested.balance', 'INFO', 'my.user has 357.9') in stage.logs


def test_input_is_checked_and_converted_as_on_the_server() -> None:
    with pytest.raises(BadRequest, match='user'):
        staged().invoke(Balance, {'limit': 1})
    stage = staged()
    answer = stage.invoke(Balance, {'user': 'a', 'limit': '7', 'details': 'true'})
    assert (answer.service.request.input.limit, answer.service.request.input.details) == (7, True)


def test_a_connection_without_a_response_is_an_error_that_says_how_to_set_one() -> None:
    with pytest.raises(NoResponseError, match=r"connection `CRM` method `GET`; .* set_response\('rest:CRM', …\)"):
        Stage().invoke(Balance, {'user': 'a'})
    stage = Stage()
    stage.set_response('rest:CRM', {}, method='PUT')
    with pytest.raises(NoResponseError, match='set are: PUT'):
        stage.invoke(Balance, {'user': 'a'})


@pytest.mark.parametrize('given', [[{'amount': '1'}, {'amount': '2'}], {1: {'amount': '1'}, 2: {'amount': '2'}}])
def test_a_list_of_responses_has_one_for_each_call(given: Any) -> None:
    stage = staged()
    stage.set_response('Payments', given, method='POST')
    stage.set_response('rest:Payments', given, method='POST')
    amounts = [stage.invoke(Balance, {'user': 'a'}).payload['balance'] for _ in range(2)]
    assert amounts == ['1', '2']
    with pytest.raises(ValueError, match='No more responses for connection `Payments`: 2 were set'):
        stage.invoke(Balance, {'user': 'a'})


def test_a_response_may_be_an_exception_and_want_a_certain_request() -> None:
    stage = staged()
    stage.set_response('rest:CRM', ConnectionError('down'), request={'UserName': 'b'})
    stage.set_response('rest:CRM', {'type': 'C', 'account': '9'}, request=[{'params': {'UserName': 'c'}}])
    assert stage.invoke(Balance, {'user': 'a'}).payload['type'] == 'RGV'
    assert stage.invoke(Balance, {'user': 'c'}).payload['type'] == 'C'
    with pytest.raises(ConnectionError, match='down'):
        stage.invoke(Balance, {'user': 'b'})


def test_what_a_service_does_with_a_response_does_not_change_the_next_one() -> None:
    class Spoils(Service):
        name = 'tested.spoils'

        def handle(self) -> None:
            found = self.rest['CRM'].get().data
            found['type'] += '!'
            self.response.payload = found

    stage = staged()
    assert [stage.invoke(Spoils).payload['type'] for _ in range(2)] == ['RGV!', 'RGV!']


def test_answers_of_rest_connections_are_those_of_requests() -> None:
    class Raw(Service):
        name = 'tested.raw'

        def handle(self) -> None:
            got = self.out.plain_http['CRM'].conn.get(self.cid)
            self.response.payload = [got.status_code, got.ok, got.text, got.headers['x-own'], got.json()]

    stage = Stage()
    stage.set_response('CRM', '[1, 2]', status_code=503, headers={'X-Own': 'yes'})
    assert stage.invoke(Raw).payload == [503, False, '[1, 2]', 'yes', [1, 2]]


def test_services_invoke_each_other_and_what_runs_beside_a_call_has_run() -> None:
    stage = staged()
    assert stage.invoke(Caller).payload == {'type': 'RGV', 'balance': '357.9'}
    assert [type(one).__name__ for one in stage.runtime.ran] == ['Caller', 'Balance', 'Failing']
    assert "service 'tested.failing' failed" in stage.logs[-1].text


def test_a_service_that_is_invoked_may_be_played_too() -> None:
    stage = Stage()
    stage.set_response('service:tested.balance', {'type': 'played'}, request={'user': 'a'})
    stage.set_response('tested.failing', None)
    assert stage.invoke(Caller).payload == {'type': 'played'}
    assert [call.connection for call in stage.calls] == ['service:tested.balance', 'service:tested.failing']


def test_a_call_by_http_reaches_the_handler_of_its_method() -> None:
    answer = service(Verbs).invoke(method='GET', params={'q': 'x'}, headers={'X-Mine': 'my'})
    assert (answer.status_code, answer.headers) == (202, {'X-Own': 'yes'})
    assert answer.payload == {'method': 'GET', 'q': 'x', 'header': 'my'}


def test_a_stage_of_one_service_has_its_lines_of_the_log() -> None:
    one = service('tested.verbs')
    one.invoke(method='GET', params={'q': 'x'}, headers={'X-Mine': 'my'})
    assert [line.text for line in one.logs] == ['before']


class Finds(Service):
    name = 'tested.finds'

    def handle(self) -> None:
        rows = self.cassandra_conn['Shop'].conn.execute('select 1')
        ids = self.cassandra_query['Find'].execute(name='Ada')
        hits = self.search.solr.get('Index').conn.search('title:Pears')
        secret = self.out.vault['Safe'].client.read('kv/crm')
        self.cache.get_cache('memcached', 'Shared').set('a', 1)
        self.response.payload = [rows, ids, hits, secret, self.cache.get_cache('memcached', 'Shared').get('a')]


def test_databases_and_searches_answer_each_call() -> None:
    stage = Stage()
    for name, response in (('cassandra:Shop', 1), ('cassandra:Find', 2), ('search:Index', 3), ('vault:Safe', 4)):
        stage.set_response(name, response)
    assert stage.invoke(Finds).payload == [1, 2, 3, 4, 1]
    assert [(call.connection, call.method) for call in stage.calls] == [
        ('cassandra:Shop', 'execute'),
        ('cassandra:Find', 'execute'),
        ('search:Index', 'search'),
        ('vault:Safe', 'read'),
    ]


class Tells(Service):
    name = 'tested.tells'

    def handle(self) -> None:
        with self.cloud.aws.s3['Files'].conn.client() as client:
            text = client.get_bucket('orders').get_key('1').get_contents_as_string()
        with self.im.slack['Team'].conn.client() as client:
            client.api_call('chat.postMessage', channel='#general', text=text)
        with self.im.telegram['Bot'].conn.client() as client:
            sent = client.invoke('sendMessage', {'chat_id': 1, 'text': text})
        self.slack.send('Team', '#general', text)
        self.out.sms.twilio['Alerts'].conn.send(text, to='+1')
        self.out.sms.twilio['Alerts'].conn.messages.create(to='+1', body=text)
        self.cloud.dropbox['Files'].conn.client().files_upload(text.encode(), '/1')
        sent['said'] = self.llm['Model'].chat(text, chat_id='1')['text'] + self.salesforce['CRM'].get('/query')['q']
        self.response.payload = sent


def test_apis_of_vendors_answer_each_call() -> None:
    stage = Stage()
    stage.set_connection('s3:Files', Files())
    stage.set_response('slack:Team', {'ok': True})
    stage.set_response('telegram:Bot', {'ok': True, 'result': {}})
    stage.set_response('sms:Alerts', {'sid': 'SM1'})
    stage.set_response('dropbox:Files', None)
    stage.set_response('llm:Model', {'text': 'Hi'})
    stage.set_response('salesforce:CRM', {'q': '!'})
    assert stage.invoke(Tells).payload == {'ok': True, 'result': {}, 'said': 'Hi!'}
    assert [(call.connection, call.method) for call in stage.calls] == [
        ('slack:Team', 'api_call'),
        ('telegram:Bot', 'invoke'),
        ('slack:Team', 'send'),
        ('sms:Alerts', 'send'),
        ('sms:Alerts', 'create'),
        ('dropbox:Files', 'files_upload'),
        ('llm:Model', 'chat'),
        ('salesforce:CRM', 'get'),
    ]
    assert stage.messages == [
        ('slack:Team', 'Hello', {'channel': '#general', 'blocks': None}),
        ('sms:Alerts', 'Hello', {'to': '+1'}),
    ]


class Files:
    """An S3 with the same in each key."""

    @property
    def conn(self) -> Files:
        return self

    @contextmanager
    def client(self) -> Iterator[Files]:
        yield self

    def get_bucket(self, name: str) -> Files:
        return self

    get_key = get_bucket

    def get_contents_as_string(self) -> str:
        return 'Hello'


def test_connections_that_are_not_rest_answer_each_call() -> None:
    stage = Stage()
    stage.set_response('sql:Users', [[{'a': 1}]])
    stage.set_response('ldap:AD', 'found')
    stage.set_response('jira:Issues', {'key': 'KEY-1'})
    stage.set_response('mllp:Ward', 'MSA|AA|7')
    assert stage.invoke(Rows).payload == [[{'a': 1}], 'found', {'key': 'KEY-1'}, 'MSA|AA|7', 'kept']
    assert stage.calls == [
        ('sql:Users', 'execute', ('select :a', {'a': 1}), {}),
        ('ldap:AD', 'search', ('dc=example', '(cn=x)'), {}),
        ('jira:Issues', 'issue', ('KEY-1',), {}),
        ('mllp:Ward', 'send', ('MSH|',), {}),
    ]


def test_a_real_object_takes_the_place_of_a_connection() -> None:
    stage = Stage()
    stage.set_connection('sql:Users', sqlite3.connect(':memory:'))

    class Real(Service):
        name = 'tested.real'

        def handle(self) -> None:
            self.response.payload = self.out.sql['Users'].execute('select :a + 1', {'a': 1}).fetchall()

    assert stage.invoke(Real).payload == [(2,)]


def test_services_and_configuration_of_a_project_are_found(tmp_path: Path) -> None:
    folder = write(tmp_path, PROJECT)
    one = service('users.get', folder / 'services')
    assert one.invoke({'name': 'a'}).payload == {'limit': 250, 'of': 'a'}
    one.set_config('users.limits.daily', 9)
    assert one.invoke({'name': 'a'}).payload == {'limit': 9, 'of': 'a'}


def test_a_name_that_nobody_has_is_an_error_with_the_nearest_one_and_the_broken_file(tmp_path: Path) -> None:
    folder = write(tmp_path, {**PROJECT, 'services/broken.py': 'import nothing_of_the_kind\n'})
    with pytest.raises(NoServiceError, match=r"no service 'users.gt' in .*; did you mean 'users.get'\?; .*broken.py:1"):
        service('users.gt', folder)
    with pytest.raises(NoServiceError, match=r"set_response\('service:qqqq', …\)"):
        service('qqqq', folder)


def test_a_broken_configuration_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'users.conf:1:1: '):
        Stage(write(tmp_path, {**PROJECT, 'user-conf/users.conf': 'nothing\n'}))


def test_what_is_no_service_is_refused() -> None:
    class Idle(Service):
        pass

    with pytest.raises(TypeError, match='Idle has no handle'):
        service(Idle)
    with pytest.raises(TypeError, match='is no service'):
        service(Path)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="generation is '5'"):
        Stage(generation='5')


def test_models_are_read_as_the_generation_does() -> None:
    from dataclasses import dataclass

    @dataclass(init=False)
    class User(Model):
        name: str

    class Greets(Service):
        name = 'tested.greets'
        input = User

        def handle(self) -> None:
            self.response.payload = {'hello': self.request.input.name}

    User.__annotations__['name'] = str
    assert Stage(generation='4.1').invoke(Greets, {'name': 'you'}).payload == {'hello': 'you'}
    with pytest.raises(BadRequest, match='Element missing: /name'):
        Stage(generation='4.1').invoke(Greets, {})


class Keeps(Service):
    name = 'tested.keeps'

    def handle(self) -> None:
        if self.server.generation == '3.2':
            self.kvdb.conn.set('a', 1)
            self.cache.default.set('prefix.a', {'b': 2}, 60)
            self.cache.get_cache('builtin', 'Other').set('c', 3)
            found: Any = [self.cache.default.get_by_prefix('prefix'), self.cache.builtin['Other'].get('c')]
        else:
            self.kvdb.set('a', 1, ex=60)
            found = [self.cache.incr('a'), self.redis.ttl('a') > 0]
        self.response.payload = found


@pytest.mark.parametrize(('generation', 'expected'), [('3.2', [{'prefix.a': {'b': 2}}, 3]), ('4.1', [2, True])])
def test_caches_and_redis_are_those_of_the_generation(generation: str, expected: Any) -> None:
    assert Stage(generation=generation).invoke(Keeps).payload == expected
    # Each stage has its own.
    assert Stage(generation=generation).invoke(Keeps).payload == expected


class Fetches(Service):
    name = 'tested.fetches'

    def handle(self) -> None:
        self.response.payload = self.rest.get('https://example.com/a').data


def test_a_url_is_answered_as_a_connection_and_never_called() -> None:
    stage = Stage()
    with pytest.raises(NoResponseError, match=r'No response set for connection `https://example.com/a`'):
        stage.invoke(Fetches)
    stage.set_response('rest:https://example.com/a', {'found': 1})
    assert stage.invoke(Fetches).payload == {'found': 1}
