"""The Service API, as a user's file sees it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.peers.web import address_of, http_server
from tests.server.running import PASSWORD, Local, server, write
from zatools.server.api.exceptions import UnsupportedError
from zatools.server.api.service import Service
from zatools.server.failing import about_option
from zatools.server.project.names import kebab, module_part, name_of

SERVICES = """
from zato.server.service import Service, Int, Bool, List


class Tell(Service):
    name = 'tell'
    input = 'user_id', Int('limit', default=10), '-needs_details', List('-tags')
    output = 'user_name', '-phone'

    def handle(self):
        self.response.payload.user_name = repr(dict(self.request.input))
        self.response.payload.more = 'not declared'


class CRMLookUp(Service):
    def handle(self):
        self.response.payload = {'name': self.get_name(), 'own': self.name, 'same': self.outgoing is self.out}


class Caller(Service):
    name = 'caller'

    def handle(self):
        found = self.invoke('api.callee', {'a': 1})
        self.response.payload = {'found': found, 'class': self.invoke(Callee, x=2), 'cid': self.cid}


class Callee(Service):
    name = 'api.callee'

    def before_handle(self):
        self.logger.info('before')
        raise ValueError('a hook that fails')

    def handle(self):
        self.response.payload = {'got': self.request.payload, 'cid': self.cid}

    def after_handle(self):
        self.logger.info('after')


class Verbs(Service):
    name = 'verbs'

    def handle_GET(self):
        self.response.payload = 'got'

    def handle_POST(self):
        self.response.payload = 'posted'


class Helper:
    def __init__(self, text):
        self.text = text


class Own(Service):
    name = 'own'
    label = 'mine'

    def _invoke(self, text):
        return Helper(text).text

    @property
    def time(self):
        return 'my own time'

    def handle(self):
        self.lock = 'my own lock'
        self.response.payload = [self._invoke('helped'), self.time, self.lock, self.invoke('api.callee', {})['got']]


class Broken(Service):
    name = 'broken'

    @property
    def client(self):
        return self.label.client_of_label

    label = Helper('x')

    def handle(self):
        self.client


class Through(Service):
    name = 'through'

    def handle(self):
        self.response.payload = self.invoke('told') if self.request.payload == 'again' else told(self)


class Told(Service):
    name = 'told'

    def handle(self):
        self.response.payload = told(self)


def told(service):
    channel, security = service.channel, service.chan.sec
    return [
        [channel.id, channel.name, channel.type, channel.data_format, channel.is_internal],
        [security.id, security.name, security.type, security.username, security == channel.security],
    ]


class Code(Service):
    name = 'code'

    def handle(self):
        self.response.payload = {'result': eval(self.request.raw, {'self': self})}
"""
CHANNELS = """
channel_rest:
  - {name: tell, service: tell, url_path: /tell, data_format: json}
  - {name: look up, service: my-api.crm-look-up, url_path: /look-up, data_format: json}
  - {name: caller, service: caller, url_path: /caller, data_format: json}
  - {name: verbs, service: verbs, url_path: /verbs, data_format: json}
  - {name: code, service: code, url_path: /code}
  - {name: own, service: own, url_path: /own, data_format: json}
  - {name: broken, service: broken, url_path: /broken}
  - {name: login, service: told, url_path: /login, data_format: json, security: api}
  - {name: key, service: told, url_path: /key, security: key}
  - {name: open, service: told, url_path: /open, data_format: json}
  - {name: through, service: through, url_path: /through, data_format: json, security: api}
"""
OUTGOING = """
security:
  - {{name: login, type: basic_auth, username: zato, password: s3cret}}
  - {{name: api, type: basic_auth, username: api-user, password: pw}}
  - {{name: key, type: apikey, username: key-user, header: X-Key, password: k3y}}
outgoing_rest:
  - {{name: CRM, host: 'http://{0}', url_path: '/ok/{{id}}/x', data_format: json}}
  - {{name: Text, host: 'http://{0}', url_path: /ok}}
  - {{name: Basic, host: 'http://{0}', url_path: /basic, security: login}}
  - {{name: Nobody, host: 'http://127.0.0.1:9', url_path: /}}
  - {{name: Off, host: 'http://{0}', url_path: /ok, is_active: false}}
  - {{name: JSON, host: 'http://{0}', url_path: /token, data_format: json}}
"""
CONF = """top = 1
[limits]
most = 10
is_on = True
names = a, b
from_env = $MY_VARIABLE
quoted = "#x" # a comment
[[deep]]
x = 1.5
"""
UNRELATED = "TypeError: unsupported operand type(s) for +: 'int' and 'str'"


@pytest.fixture(scope='module')
def peer() -> Iterator[Any]:
    with http_server() as found:
        yield found


@pytest.fixture(scope='module')
def local(peer: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {
        'services/my_api.py': SERVICES,
        'user-conf/rules.conf': CONF,
        'definitions.yaml': CHANNELS + OUTGOING.format(address_of(peer)),
    }
    folder = write(tmp_path_factory.mktemp('project'), files)
    environ = {'MY_VARIABLE': 'from the environment'}
    with server(folder, '--file', 'definitions.yaml', '--log-file', 'server.log', environ=environ) as found:
        yield found


def run(local: Local, code: str) -> Any:
    """Evaluates an expression within a service."""
    found = local.call('/code', user='', data=code)
    assert found.status_code == 200, found.text
    return found.json()['result']


def fail(local: Local, code: str) -> str:
    found = local.call('/code', user='', data=code)
    assert found.status_code == 500
    return str(json.loads(found.text)[0])


@pytest.mark.parametrize(
    ('name', 'expected'),
    [('GetUserDetails', 'get-user-details'), ('CRMService', 'crm-service'), ('HTTPClient2', 'http-client2')],
)
def test_class_names_become_names(name: str, expected: str) -> None:
    assert kebab(name) == expected


@pytest.mark.parametrize(
    ('path', 'expected'),
    [('/a/services/my_api.py', 'my-api'), ('/a/src/pack/my_api.py', 'pack.my-api'), ('/a/b/my_api.py', 'my-api')],
)
def test_files_become_names(path: str, expected: str) -> None:
    assert module_part(Path(path)) == expected


def test_a_service_without_a_name_is_called_after_file_and_class(local: Local) -> None:
    assert local.call('/look-up', user='').json() == {
        'name': 'my-api.crm-look-up',
        'own': 'my-api.crm-look-up',
        'same': True,
    }


def test_declared_input_is_typed_and_declared_output_is_all_that_goes_out(local: Local) -> None:
    found = local.call('/tell?tags=x', user='', data='{"user_id": "7", "needs_details": "yes", "unknown": 1}').json()
    assert found == {'user_name': "{'user_id': 7, 'limit': 10, 'needs_details': True, 'tags': ['x']}"}


def test_missing_input_is_400_and_input_of_another_type_500(local: Local) -> None:
    found = local.call('/tell', user='', data='{}')
    assert (found.status_code, found.json()['details']) == (400, 'Element missing: user_id')
    found = local.call('/tell', user='', data='{"user_id": "x"}')
    assert found.status_code == 500
    assert found.json()['details'] == ["ValueError: invalid literal for int() with base 10: 'x'"]


def test_services_invoke_each_other_and_a_hook_that_fails_is_only_logged(local: Local) -> None:
    found = local.call('/caller', user='').json()
    assert found == {
        'found': {'got': {'a': 1}, 'cid': found['cid']},
        'class': {'got': {'x': 2}, 'cid': found['cid']},
        'cid': found['cid'],
    }
    local.wait_for('INFO - before')
    local.wait_for('INFO - after')
    local.wait_for('before_handle failed, the call goes on')


def test_verbs_have_methods_of_their_own(local: Local) -> None:
    assert local.call('/verbs', 'GET', user='').text == 'got'
    assert local.call('/verbs', 'POST', user='').text == 'posted'
    assert local.call('/verbs', 'PUT', user='').status_code == 405


def test_placeholders_are_filled_and_what_is_left_is_the_query(local: Local, peer: Any) -> None:
    assert run(local, "self.out.rest['CRM'].conn.get(self.cid, {'id': 'a/b', 'q': 'ä'}).status_code") == 200
    assert peer.seen[-1]['path'] == '/ok/a%2Fb/x?q=%C3%A4'
    assert len(peer.seen[-1]['headers']['X-Zato-CID']) == 24
    text = fail(local, "self.out.rest['CRM'].conn.get(self.cid, {'q': 1})")
    assert text.startswith('ValueError: no value for {id} of http://')


@pytest.mark.parametrize('method', ['post', 'put', 'options'])
def test_methods_send_data_as_the_format_says(local: Local, peer: Any, method: str) -> None:
    run(local, f"self.out.rest['CRM'].conn.{method}(self.cid, {{'a': 1}}, params={{'id': 1}}).status_code")
    assert (peer.seen[-1]['method'], peer.seen[-1]['body']) == (method.upper(), b'{"a": 1}')
    run(local, f"self.out.rest['Text'].conn.{method}(self.cid, 'text ä', headers={{'X-A': 'b'}}).status_code")
    assert peer.seen[-1]['body'] == 'text ä'.encode()
    assert peer.seen[-1]['headers']['X-A'] == 'b'


def test_json_is_parsed_and_an_empty_answer_is_an_empty_text(local: Local) -> None:
    assert run(local, "self.out.rest['CRM'].conn.get(self.cid, {'id': 1}).data") == ''
    sent = "{'client_id': 'app', 'client_secret': 's3cret'}, headers={'Content-Type': 'application/json'}"
    code = f"self.out.rest['JSON'].conn.post(self.cid, {sent}).data"
    assert run(local, code) == {'access_token': 't0ken', 'token_type': 'Bearer'}


def test_logins_of_the_definition_are_used(local: Local) -> None:
    assert run(local, "self.out.rest['Basic'].conn.get(self.cid).status_code") == 200


def test_connections_are_kept_open(local: Local, peer: Any) -> None:
    before = run(local, "len(self.out.rest['Text']._calls.session.get_adapter('http://').poolmanager.pools)")
    for _ in range(3):
        run(local, "self.out.rest['Text'].conn.get(self.cid).status_code")
    pools = "self.out.rest['Text']._calls.session.get_adapter('http://').poolmanager"
    found = run(local, f'[pool.num_connections for pool in [{pools}.pools[key] for key in {pools}.pools.keys()]]')
    assert before <= 1
    assert found == [1]


def test_a_system_that_is_down_is_a_sentence(local: Local) -> None:
    found = fail(local, "self.out.rest['Nobody'].conn.get(self.cid)")
    assert "CallFailedError: 'Nobody': refused in" in found
    assert 'nothing listens on 127.0.0.1:9' in found


@pytest.mark.parametrize('value', ['5', 'None', "'a\\nb'", "'ł'", "' a'"])
def test_a_header_that_cant_be_sent_is_named_without_its_value(local: Local, value: str) -> None:
    assert fail(local, f"self.out.rest['Text'].conn.get(self.cid, headers={{'X-N': {value}}})") == (
        "CallFailedError: 'Text': header 'X-N' can't be sent: headers are texts of one line, in latin-1"
    )


@pytest.mark.parametrize(('first', 'shown'), [("{'a': 1}", 'a dict'), ('None', 'None')])
def test_a_call_without_its_cid_says_so(local: Local, first: str, shown: str) -> None:
    assert fail(local, f"self.out.rest['Text'].conn.get({first})") == (
        f"TypeError: 'Text': a call begins with the CID, as in get(self.cid), not with {shown}"
    )


def test_a_name_is_inherited_when_it_is_given_and_not_when_it_was_made() -> None:
    class Named:
        name = 'named'

    class Beside(Service, Named):
        pass

    class Made(Service):
        zatools_name = 'file.made'

    class Below(Made):
        pass

    assert name_of(Beside, Path('file.py')) == Beside().name == 'named'
    assert Made().name == 'file.made'
    assert name_of(Below, Path('file.py')) == 'file.below'


def test_a_class_beside_ours_has_what_ours_lacks() -> None:
    class Mixin:
        sso = 'own'

        def search(self) -> str:
            return f'searched by {type(self).__name__}'

    class Mine(Service, Mixin):
        pass

    assert (Mine().search(), Mine().sso) == ('searched by Mine', 'own')
    with pytest.raises(UnsupportedError, match=r'self\.sap is not supported'):
        assert Mine().sap


def test_what_a_call_brings_is_not_there_before_it() -> None:
    class Early(Service):
        def __init__(self) -> None:
            self.logger.info('made')

    with pytest.raises(AttributeError) as raised:
        Early()
    assert about_option(raised.value) == ': self.logger is there once a call has begun, after __init__'


def test_a_method_is_a_text(local: Local) -> None:
    assert fail(local, "self.out.rest['Text'].conn.http_request({'a': 1}, self.cid)") == (
        "CallFailedError: 'Text': the method of a call is a text, as in 'GET'"
    )


def test_a_connection_that_does_not_exist_names_those_that_are_near(local: Local) -> None:
    assert fail(local, "self.out.rest['CMR']") == (
        "NoConnectionError: no outgoing REST connection 'CMR'; did you mean 'CRM'?"
    )
    assert fail(local, "self.out.amqp.send('x', 'Fraud')") == (
        "NoConnectionError: no outgoing AMQP connection 'Fraud'; there are none"
    )


def test_a_connection_that_is_not_active_is_not_called(local: Local) -> None:
    assert fail(local, "self.out.rest['Off'].conn.get(self.cid)") == (
        "Inactive: outgoing connection 'Off' is not active"
    )


def test_ping_says_how_it_went(local: Local) -> None:
    assert run(local, "self.out.rest['Text'].conn.ping(self.cid)").startswith('200 OK, ')
    assert 'nothing listens' in fail(local, "self.out.rest['Nobody'].conn.ping(self.cid)")


@pytest.mark.parametrize(
    'what',
    [
        'self.odb',
        'self.out.sap',
        'self.out.amqp.acquire',
        'self.server.odb',
        'self.request.soap',
        'self.response.sql_alchemy',
        'self.response.status_message',
        'self.channel.match_target',
        'self.channel.impl',
        'self.channel.security.impl',
    ],
)
def test_what_is_not_supported_is_named(local: Local, what: str) -> None:
    expected = f'UnsupportedError: {what} is not supported by the local server; what is: docs/compatibility.md'
    assert fail(local, what) == expected


@pytest.mark.parametrize(
    ('code', 'hint'),
    [
        ('self.request.payloda', "did you mean 'payload'?"),
        ('self.request.http.heders', "did you mean 'headers'?"),
        ('self.response.status', "did you mean 'status_code'?"),
        ('self.channel.nmae', "did you mean 'name'?"),
        ('self.channel.security.user_name', "did you mean 'username'?"),
    ],
)
def test_what_is_mistyped_has_a_hint(local: Local, code: str, hint: str) -> None:
    called = code.replace("'Text'", '…')
    assert fail(local, code) == f'UnsupportedError: {called} is not supported by the local server; {hint}'


@pytest.mark.parametrize(
    ('code', 'expected'),
    [
        ('self.server.user_config.rules.limits.most', 10),
        ("self.server.user_config['rules']['limits'].get('is_on')", True),
        ("self.server.user_config.get('absent')", None),
        ('self.server.user_config.rules.limits.names', ['a', 'b']),
        ('self.server.user_config.rules.limits.from_env', 'from the environment'),
        ('self.server.user_config.rules.limits.quoted', '#x'),
        ('self.server.user_config.rules.limits.deep.x', 1.5),
        ('self.server.user_config.rules.top', 1),
        ('self.config.rules.top', 1),
    ],
)
def test_user_configuration_by_dots_and_keys(local: Local, code: str, expected: Any) -> None:
    assert run(local, code) == expected


def test_a_missing_option_says_what_there_is(local: Local) -> None:
    assert fail(local, 'self.server.user_config.rules.limits.mots') == (
        f"AttributeError: no 'mots' in user_config.rules.limits ({rules(local)}:2); did you mean 'most'?"
    )
    assert fail(local, "self.server.user_config['rules']['limits']['mots']") == (
        f"NoOptionError: no 'mots' in user_config.rules.limits ({rules(local)}:2); did you mean 'most'?"
    )
    assert fail(local, 'self.server.user_config.rulez') == (
        f"AttributeError: no 'rulez' in user_config ({local.folder.name}/user-conf); did you mean 'rules'?"
    )
    assert fail(local, 'self.server.user_config.rules.limits.deep.y') == (
        f"AttributeError: no 'y' in user_config.rules.limits.deep ({rules(local)}:8); there are: x"
    )


@pytest.mark.parametrize(
    ('code', 'expected'),
    [
        (
            "self.server.user_config.rules.limits.is_on.get('x')",
            "AttributeError: 'bool' object has no attribute 'get': "
            'user_config.rules.limits.is_on (PLACE:4) is a boolean',
        ),
        (
            "self.server.user_config.rules.get('limits').get('is_on').x",
            "AttributeError: 'bool' object has no attribute 'x': user_config.rules.limits.is_on (PLACE:4) is a boolean",
        ),
        (
            "self.server.user_config.rules.limits.names + 'x'",
            'TypeError: can only concatenate list (not "str") to list: '
            'user_config.rules.limits.names (PLACE:5) is a list',
        ),
        (
            "self.server.user_config.rules.top['x']",
            "TypeError: 'int' object is not subscriptable: user_config.rules.top (PLACE:1) is a whole number",
        ),
        (
            'int(self.server.user_config.rules.limits.quoted)',
            "ValueError: invalid literal for int() with base 10: '#x': "
            'user_config.rules.limits.quoted (PLACE:7) is a text',
        ),
        (
            '1 + self.server.user_config.rules.limits',
            "TypeError: unsupported operand type(s) for +: 'int' and 'Section': "
            'user_config.rules.limits (PLACE:2) is a section',
        ),
        ('(self.server.user_config.rules.top, None.x)', "AttributeError: 'NoneType' object has no attribute 'x'"),
        ("(self.server.user_config.rules.limits.names, 1 + 'x')[0]", UNRELATED),
    ],
)
def test_an_option_of_another_type_is_told_with_its_place(local: Local, code: str, expected: str) -> None:
    assert fail(local, code) == expected.replace('PLACE', rules(local))
    if 'PLACE' in expected:
        local.wait_for(f'failed{expected[expected.index(": user_config") :].replace("PLACE", rules(local))} (CID ')


@pytest.mark.parametrize(
    ('name', 'hint'),
    [
        ('status_message', 'what is: docs/compatibility.md'),
        ('status_message', 'what is: docs/compatibility.md'),
        ('data_format', 'what is: docs/compatibility.md'),
        ('contnet_type', "did you mean 'content_type'?"),
    ],
)
def test_what_a_response_does_not_have_can_not_be_set(local: Local, name: str, hint: str) -> None:
    expected = f'UnsupportedError: self.response.{name} is not supported by the local server; {hint}'
    assert fail(local, f"setattr(self.response, '{name}', 'x')") == expected


def test_what_a_service_has_of_its_own_stays_its_own(local: Local) -> None:
    assert local.call('/own', user='').json() == ['helped', 'my own time', 'my own lock', {}]


def test_an_error_within_a_property_is_told_as_it_is(local: Local) -> None:
    found = local.call('/broken', user='')
    assert found.json() == ["AttributeError: 'Helper' object has no attribute 'client_of_label'"]


def test_options_of_invoke_that_would_be_ignored_are_named(local: Local) -> None:
    assert 'b= of self.invoke beside a payload' in fail(local, "self.invoke('told', {'a': 1}, b=2)")
    assert 'serialize= of self.invoke' in fail(local, "self.invoke('told', {'a': 1}, serialize=True)")


NOBODY = [None, None, None, None, True]
INVOKED = [[None, '', 'invoke', 'dict', False], NOBODY]


@pytest.mark.parametrize(
    ('path', 'options', 'channel', 'security'),
    [
        ('/login', {'user': 'api-user:pw'}, ['login', 'http-soap', 'json'], ['api', 'basic_auth', 'api-user']),
        ('/key', {'headers': {'X-Key': 'k3y'}}, ['key', 'http-soap', ''], ['key', 'apikey', 'key-user']),
        ('/open', {}, ['open', 'http-soap', 'json'], [None, None, None]),
        ('/through', {'user': 'api-user:pw'}, ['through', 'http-soap', 'json'], ['api', 'basic_auth', 'api-user']),
    ],
)
def test_a_service_is_told_of_its_channel_and_who_called(
    local: Local, path: str, options: Any, channel: list[Any], security: list[Any]
) -> None:
    answer = local.call(path, **{'user': '', **options})
    assert answer.status_code == 200, answer.text
    (number, *about, is_internal), (login, *who, is_same) = answer.json()
    assert (about, who, is_internal, is_same) == (channel, security, False, True)
    assert isinstance(number, int)
    assert isinstance(login, int) == (security[0] is not None)


def test_a_service_that_is_invoked_by_another_is_told_of_no_channel(local: Local) -> None:
    assert local.call('/through', user='api-user:pw', data='"again"').json() == INVOKED
    user = f'admin.invoke:{PASSWORD}'
    found = local.call('/zato/admin/invoke', user=user, data='{"name": "told"}').json()
    assert json.loads(base64.b64decode(found['response'])) == INVOKED


def rules(local: Local) -> str:
    return f'{local.folder.name}/user-conf/rules.conf'


def test_the_log_file_has_time_process_and_line(local: Local) -> None:
    local.call('/caller', user='')
    local.wait_for('INFO - before')
    lines = (local.folder / 'server.log').read_text().splitlines()
    line = next(line for line in lines if line.endswith(' - before'))
    assert ' - INFO - ' in line
    assert ' - api.callee:' in line


@pytest.mark.parametrize(
    ('line', 'what'),
    [
        ('from zato.server.service import Service, PubSubHook', 'PubSubHook'),
        ('from zato.common.api import SMTPMessage, PUBSUB', 'PUBSUB'),
        ('from zato.common import pubsub', 'zato.common.pubsub'),
        ('import zato.common.pubsub', 'zato.common.pubsub'),
        ('from zato.common.nothing.below import x', 'zato.common.nothing'),
        ('import zato.nothing', 'zato.nothing'),
    ],
)
def test_an_import_that_zato_has_and_we_lack_is_named(tmp_path: Path, line: str, what: str) -> None:
    with server(
        write(tmp_path, {'services/a.py': f'{line}\n', 'd.yaml': 'channel_rest: []\n'}), '--file', 'd.yaml'
    ) as found:
        told = next(row for row in found.lines if 'services/a.py:1:1: ' in row)
        assert f'Error: {what} is not supported by the local server; what is: docs/compatibility.md: the' in told
        assert 'site-packages' not in found.log
        assert str(ROOT) not in found.log
