"""REST channels: matching, who is let in, and the shape of what goes wrong."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Local, server, write

SERVICES = """
from zato.server.service import Service
from zato.common.exception import BadRequest, Forbidden


class Show(Service):
    name = 'show'

    def handle(self):
        http = self.request.http
        self.response.payload = {
            'payload': self.request.payload if not isinstance(self.request.payload, bytes) else 'bytes',
            'params': http.params, 'path': http.path_params, 'method': http.method, 'channel': self.channel.name,
            'get': http.GET, 'post': http.POST, 'header': http.headers.get('x-my-header'),
        }


class Fails(Service):
    name = 'fails'

    def handle(self):
        {}['user_name']


class Refuses(Service):
    name = 'refuses'

    def handle(self):
        if self.request.payload == 'secretly':
            raise Forbidden(self.cid, 'not told')
        raise BadRequest(self.cid, 'No such user', needs_msg=True)


class Teapot(Service):
    name = 'teapot'

    def handle(self):
        self.response.status_code = 418
        self.response.headers['X-Pot'] = 'tea'
        self.response.content_type = 'text/x-tea'
        self.response.payload = 'short and stout'
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw, realm: tutorial}
  - {name: other, type: basic_auth, username: other, password: ünïcode}
  - {name: key, type: apikey, header: X-My-Key, password: s3cret}
  - {name: ntlm, type: ntlm, username: ntlm, password: x}
  - {name: off, type: basic_auth, username: off, password: pw2, is_active: false}
security_groups:
  - {name: group, members: [other, key]}
channel_rest:
  - {name: show, service: show, url_path: /show, security: api, data_format: json}
  - {name: any, service: show, url_path: '/any/{id}', data_format: json}
  - {name: exact, service: show, url_path: /any/exact, data_format: json}
  - {name: longer, service: show, url_path: '/any/{id}/more', data_format: json}
  - {name: path first, service: show, url_path: '/first/{id}', data_format: json, url_params_pri: path-over-qs}
  - {name: none, service: show, url_path: '/none/{id}', data_format: json, merge_url_params_req: false}
  - {name: get only, service: show, url_path: /get-only, method: GET, data_format: json}
  - {name: raw, service: show, url_path: /raw}
  - {name: form, service: show, url_path: /form, data_format: form}
  - {name: key, service: show, url_path: /key, security: key, data_format: json}
  - {name: group, service: show, url_path: /group, groups: [group], data_format: json}
  - {name: ntlm, service: show, url_path: /ntlm, security: ntlm, data_format: json}
  - {name: off user, service: show, url_path: /off-user, security: off, data_format: json}
  - {name: off, service: show, url_path: /off, is_active: false, data_format: json}
  - {name: fails, service: fails, url_path: /fails, data_format: json}
  - {name: refuses, service: refuses, url_path: /refuses, data_format: json}
  - {name: teapot, service: teapot, url_path: /teapot, data_format: json}
  - {name: absent, service: shwo, url_path: /absent, data_format: json}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/show.py': SERVICES, 'definitions.yaml': DEFINITIONS}
    folder = write(tmp_path_factory.mktemp('project'), files)
    with server(folder, '--file', 'definitions.yaml', '--max-body', '1') as found:
        yield found


def cid_of(response: Any) -> str:
    return str(response.headers['X-Zato-CID'])


def failure(response: Any) -> tuple[int, Any]:
    shape = response.json()
    assert shape['result'] == 'Error'
    assert shape['cid'] == response.headers['X-Zato-CID']
    return response.status_code, shape['details']


def test_json_is_parsed_by_the_channel_and_never_by_the_content_type(local: Local) -> None:
    headers = {'Content-Type': 'application/x-www-form-urlencoded'}
    found = local.call('/show', data='{"a": 1}', headers=headers)
    assert found.status_code == 200
    assert found.json()['payload'] == {'a': 1}
    assert found.headers['Content-Type'] == 'application/json'
    assert len(found.headers['X-Zato-CID']) == 24


@pytest.mark.parametrize('method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
def test_a_channel_without_a_method_takes_any_with_its_body(local: Local, method: str) -> None:
    found = local.call('/show', method, data='[1]').json()
    assert (found['method'], found['payload']) == (method, [1])


def test_an_empty_body_is_an_empty_text(local: Local) -> None:
    assert local.call('/show').json()['payload'] == ''


def test_a_head_has_headers_only(local: Local) -> None:
    found = local.call('/show', 'HEAD')
    assert (found.status_code, found.content) == (200, b'')


@pytest.mark.parametrize(
    ('path', 'channel', 'params'),
    [
        ('/any/7', 'any', {'id': '7'}),
        ('/any/exact', 'exact', {}),
        ('/any/7/more', 'longer', {'id': '7'}),
        ('/any/z%C3%A4h%20lt', 'any', {'id': 'zäh lt'}),
        ('/any/7?id=8&b=2', 'any', {'id': '8', 'b': '2'}),
        ('/first/7?id=8', 'path first', {'id': '7'}),
        ('/none/7?id=8', 'none', {}),
    ],
)
def test_paths_and_parameters(local: Local, path: str, channel: str, params: dict[str, str]) -> None:
    found = local.call(path, user='').json()
    assert (found['channel'], found['params']) == (channel, params)


def test_queries_forms_and_headers_can_be_read(local: Local) -> None:
    found = local.call('/form?a=1&a=2', user='', data={'b': '3'}, headers={'X-My-Header': 'mine'}).json()
    assert found['get'] == {'a': ['1', '2']}
    assert found['post'] == found['payload'] == {'b': '3'}
    assert found['header'] == 'mine'


def test_without_a_format_a_service_gets_bytes(local: Local) -> None:
    assert local.call('/raw', user='', data='{}').json()['payload'] == 'bytes'


@pytest.mark.parametrize('user', ['', 'api:wrong', 'nobody:pw', 'api:', 'api:pw2'])
def test_wrong_basic_auth_is_401_with_a_challenge_and_no_reason(local: Local, user: str) -> None:
    found = local.call('/show', user=user, data='{}')
    assert failure(found) == (401, f'Unauthorized; cid={found.headers["X-Zato-CID"]}')
    assert found.headers['WWW-Authenticate'] == 'Basic realm="tutorial"'


@pytest.mark.parametrize('header', ['Basic', 'Basic ?', 'Bearer x', 'basic ====', 'Basic ' + 'x' * 2000])
def test_a_broken_login_is_a_wrong_one(local: Local, header: str) -> None:
    assert local.call('/show', user='', headers={'Authorization': header}).status_code == 401


def test_api_keys(local: Local) -> None:
    assert local.call('/key', user='', headers={'X-My-Key': 's3cret'}).status_code == 200
    for headers in ({}, {'X-My-Key': 'wrong'}, {'X-My-Key': ''}):
        assert failure(local.call('/key', user='', headers=headers)) == (401, '401 Unauthorized')


def test_members_of_a_group_are_let_in(local: Local) -> None:
    assert local.call('/group', user='', headers={'X-API-Key': 's3cret'}).status_code == 200
    assert local.call('/group', user='', headers={'X-My-Key': 's3cret'}).status_code == 403
    login = {'Authorization': 'Basic b3RoZXI6w7xuw69jb2Rl'}
    assert local.call('/group', user='', headers=login).status_code == 200
    assert failure(local.call('/group', user='api:pw')) == (403, 'Forbidden')
    assert local.call('/group', user='').status_code == 403
    assert local.call('/group', user='', headers={**login, 'X-API-Key': 's3cret'}).status_code == 400


def test_ntlm_is_named_as_not_supported(local: Local) -> None:
    assert failure(local.call('/ntlm', user='')) == (501, 'NTLM on channels: not supported by the local server')


def test_nobody_is_let_in_as_a_user_that_is_not_active(local: Local) -> None:
    assert local.call('/off-user', user='off:pw2').status_code == 401


def test_what_is_not_there_is_404(local: Local) -> None:
    for path in ('/nope', '/off', '/show/', '/any/', '/Show'):
        found = local.call(path, user='')
        assert failure(found) == (404, f'URL not found (CID:{found.headers["X-Zato-CID"]})')


def test_another_method_is_404_on_3_2_and_unknown_ones_are_405(local: Local) -> None:
    assert local.call('/get-only', 'GET', user='').status_code == 200
    assert local.call('/get-only', 'POST', user='').status_code == 404
    assert failure(local.call('/show', 'PROPFIND')) == (405, 'Unsupported HTTP method')


def test_a_channel_without_its_service_says_which(local: Local) -> None:
    assert failure(local.call('/absent', user='')) == (404, "No service 'shwo'")
    assert "channel_rest 'absent': no service 'shwo' in" in local.log
    assert "did you mean 'show'?" in local.log


def test_broken_json_is_400(local: Local) -> None:
    assert failure(local.call('/show', data='{"a": ')) == (400, 'The request is no valid JSON at 1:7')


def test_what_a_service_raises_is_500_with_one_line_and_its_traceback_is_in_the_log(local: Local) -> None:
    found = local.call('/fails', user='')
    assert failure(found) == (500, ["KeyError: 'user_name'"])
    local.wait_for(f"service 'fails' failed (CID {found.headers['X-Zato-CID']})")
    local.wait_for("    {}['user_name']")
    # It begins where the user's file does.
    after = local.lines[next(number for number, line in enumerate(local.lines) if cid_of(found) in line) + 1 :]
    assert after[0] == 'Traceback (most recent call last):'
    assert re.search(r'services/show.py", line \d+, in handle$', after[1])


def test_a_service_refuses_with_a_status(local: Local) -> None:
    assert failure(local.call('/refuses', user='')) == (400, 'No such user')
    assert failure(local.call('/refuses', user='', data='"secretly"')) == (403, 'Forbidden')


def test_a_service_sets_status_headers_and_type(local: Local) -> None:
    found = local.call('/teapot', user='')
    assert (found.status_code, found.text) == (418, 'short and stout')
    assert (found.headers['X-Pot'], found.headers['Content-Type']) == ('tea', 'text/x-tea')


def test_a_body_that_is_too_large_is_413(local: Local) -> None:
    assert failure(local.call('/show', data='x' * 1_100_000)) == (413, 'Request body too large')
    assert local.call('/show', data='{}').status_code == 200


def test_what_is_no_http_is_400_with_a_cid(local: Local) -> None:
    host, _, port = local.url.removeprefix('http://').partition(':')
    with socket.create_connection((host, int(port)), 10) as client:
        client.sendall(b'GET / HTTP/1.1\r\nA B: c\r\n\r\n')
        answer = client.recv(65536).decode()
    assert answer.split()[1] == '400'
    assert 'x-zato-cid: ' in answer.lower()


def test_keys_of_groups_come_in_a_header_of_the_server_on_3_2(tmp_path: Path, local: Local) -> None:
    told = "channel_rest 'group': API keys of its groups come in the header "
    assert f'WARNING - {told}X-API-Key; key: it is this header for them too' in local.log
    files = {'services/show.py': SERVICES, 'definitions.yaml': DEFINITIONS}
    environ = {'Zato_API_Key_Name': 'X-My-Key'}
    with server(write(tmp_path, files), '--file', 'definitions.yaml', environ=environ) as found:
        assert found.call('/group', user='', headers={'X-My-Key': 's3cret'}).status_code == 200
        assert told not in found.log


GROUPS_41 = """
security:
  - {name: one, type: apikey, header: X-My-Key, password: s3cret}
  - {name: two, type: apikey, header: x-my-key, password: s3cret2}
  - {name: three, type: apikey, header: X-Other-Key, password: s3cret3}
groups:
  - {name: group, members: [one, two, three]}
outgoing_amqp:
  - {name: a, address: "amqp://127.0.0.1:9/x", username: a, is_active: false}
channel_rest:
  - {name: group, service: show, url_path: /group, groups: [group], data_format: json}
  - {name: slash, service: show, url_path: /slash/, data_format: json}
  - {name: pattern, service: show, url_path: "/pattern/{id}", data_format: json}
  - {name: root, service: show, url_path: /, data_format: json}
"""


@pytest.fixture(scope='module')
def local_41(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/show.py': SERVICES, 'definitions.yaml': GROUPS_41}
    with server(write(tmp_path_factory.mktemp('project'), files), '--file', 'definitions.yaml') as found:
        yield found


def test_keys_of_groups_come_in_the_header_of_the_first_on_4_1(local_41: Local) -> None:
    for header, key, status in (
        ('X-My-Key', 's3cret', 200),
        ('X-My-Key', 's3cret2', 200),
        ('X-My-Key', 's3cret3', 403),
        ('X-Other-Key', 's3cret3', 403),
    ):
        assert local_41.call('/group', user='', headers={header: key}).status_code == status
    assert 'come in the header X-My-Key; three: they are not let in' in local_41.log


@pytest.mark.parametrize(
    ('path', 'channel'),
    [
        ('/slash', 'slash'),
        ('/slash/', 'slash'),
        ('/slash//', 'slash'),
        ('/pattern/7/', 'pattern'),
        ('/', 'root'),
        ('/group/', ''),
        ('/other/', ''),
    ],
)
def test_a_slash_at_the_end_does_not_count_on_4_1(local_41: Local, path: str, channel: str) -> None:
    found = local_41.call(path, user='')
    assert found.status_code == (200 if channel else 403 if path == '/group/' else 404)
    assert not channel or found.json()['channel'] == channel


def test_other_methods_are_405_with_what_is_allowed_on_4_1(tmp_path: Path) -> None:
    text = 'outgoing_amqp:\n  - {name: a, address: "amqp://127.0.0.1:9/x", username: a, is_active: false}\n'
    text += 'channel_rest:\n  - {name: a, service: show, url_path: /a, method: GET, data_format: json}\n'
    files = {'services/show.py': SERVICES, 'definitions.yaml': text}
    with server(write(tmp_path, files), '--file', 'definitions.yaml') as found:
        answer = found.call('/a', user='')
        assert failure(answer) == (405, 'Method not allowed')
        assert answer.headers['Allow'] == 'GET'
        pong = found.call('/zato/ping', 'GET', user='')
        assert pong.json() == {'is_ok': True, 'cid': pong.headers['X-Zato-CID']}
