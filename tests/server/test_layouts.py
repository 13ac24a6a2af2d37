"""Projects run as they lie: their services, subfolders too, their configuration, their definitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.running import Local, server, write, zato
from zatools.server.project.layouts import definitions_of, found_in

CRM = """
from zato.server.service import Service

from api.common import RATE
from .inner import deep
from api.inner.deep import Deep


class GetUser(Service):
    def handle(self):
        limit = self.config.myproject.limits.daily
        self.response.payload = {'rate': RATE, 'deep': self.invoke(Deep), 'limit': limit, 'same': deep.Deep is Deep}
"""
DEEP = """
from zato.server.service import Service


class Deep(Service):
    def handle(self):
        self.response.payload = 'deep'
"""
#: A project that lies as the vendor's starter project does.
VENDOR = {
    'myproject/impl/src/api/common.py': 'RATE = 2\n',
    'myproject/impl/src/api/crm.py': CRM,
    'myproject/impl/src/api/inner/deep.py': DEEP,
    'myproject/impl/src/api/inner/__init__.py': '',
    'myproject/impl/src/.hidden/x.py': 'raise ValueError\n',
    'myproject/impl/src/venv/pyvenv.cfg': '',
    'myproject/impl/src/venv/lib.py': 'raise ValueError\n',
    'myproject/config/user-conf/myproject.ini': '[limits]\ndaily = 5\n',
    'myproject/config/python-reqs/requirements.txt': '',
    'myproject/config/enmasse/enmasse.yaml': """
security:
cache:
microsoft_365:
channel_rest:
  - name: crm
    service: api.crm.get-user
    url_path: /crm
    data_format: json
""",
    'myproject/testing/tests/test_crm.py': """
from zato_testing import ServiceTestCase

from api.inner.deep import Deep


class TestDeep(ServiceTestCase):
    def test_it(self):
        self.assertResponsePayload(self.invoke(Deep), 'deep')

    def test_all(self):
        self.set_response('service:api.inner.deep.deep', 'played')
        found = self.invoke('api.crm.get-user')
        self.assertResponsePayload(found, {'rate': 2, 'deep': 'played', 'limit': '5', 'same': True})
""",
}
ANSWER = {'rate': 2, 'deep': 'deep', 'limit': 5, 'same': True}
SERVICE = """
from zato.server.service import Service


class Tell(Service):
    name = 'tell'

    def handle(self):
        self.response.payload = 'told'
"""
CHANNEL = 'channel_rest:\n  - {name: tell, service: tell, url_path: /tell, data_format: json}\n'


def told(local: Local, path: str = '/tell') -> str:
    return local.call(path, user='').text


@pytest.mark.parametrize('where', ['', 'myproject'])
def test_the_starter_project_of_the_vendor_runs_as_it_lies(tmp_path: Path, where: str) -> None:
    folder = write(tmp_path, VENDOR)
    with server(folder / where) as local:
        assert local.call('/crm', user='').json() == ANSWER
        path = 'config/enmasse/enmasse.yaml'
        assert local.lines[:2] == [
            f'definitions of {"" if where else "myproject/"}{path}, for Zato 4.1',
            'services of myproject/impl/src: 3 files in 2 folders; configuration of myproject/config/user-conf: 1 file',
        ]
        assert local.stop() == 0
    assert 'ValueError' not in local.log


def test_what_is_in_subfolders_is_read_again_with_what_imports_it(tmp_path: Path) -> None:
    folder = write(tmp_path, VENDOR)
    with server(folder) as local:
        assert local.call('/crm', user='').json() == ANSWER
        write(folder, {'myproject/impl/src/api/common.py': 'RATE = 3\n'})
        local.wait_for('Services loaded: api.crm.get-user')
        assert local.call('/crm', user='').json() == {**ANSWER, 'rate': 3}
        write(folder, {'myproject/impl/src/api/inner/deep.py': DEEP.replace("'deep'", "'deeper'")})
        local.wait_for('Services loaded: api.crm.get-user, api.inner.deep.deep')
        assert local.call('/crm', user='').json() == {**ANSWER, 'rate': 3, 'deep': 'deeper'}
        write(folder, {'myproject/impl/src/more/new.py': SERVICE})
        local.wait_for('Services loaded: tell')


@pytest.mark.parametrize('name', ['definitions.yaml', 'definitions.yml', 'enmasse.yaml', 'definitions/api.yaml'])
def test_definitions_of_the_folder_are_taken_where_there_is_no_odb(tmp_path: Path, name: str) -> None:
    with server(write(tmp_path, {'services/a.py': SERVICE, name: CHANNEL})) as local:
        assert told(local) == 'told'
        assert local.lines[0] == f'definitions of {name.partition("/")[0]}, for Zato 3.2'
        assert local.lines[1] == f'services of {tmp_path.name}/services: 1 file'


def test_an_odb_in_the_folder_counts_before_definitions(tmp_path: Path) -> None:
    folder = write(tmp_path, {'services/a.py': SERVICE, 'other.yaml': CHANNEL, 'definitions.yaml': 'channel_rest:\n'})
    assert zato(folder, 'enmasse', 'import', 'other.yaml', environ={'CI': ''}).returncode == 0
    with server(folder, environ={'CI': ''}) as local:
        assert told(local) == 'told'


def test_definitions_that_are_named_count_before_those_of_the_folder(tmp_path: Path) -> None:
    files = {'services/a.py': SERVICE, 'other.yaml': CHANNEL, 'definitions.yaml': 'channel_rest:\n'}
    with server(write(tmp_path, files), '--file', 'other.yaml') as local:
        assert told(local) == 'told'


def test_where_nothing_is_the_second_line_says_where_it_looked(tmp_path: Path) -> None:
    with server(write(tmp_path, {'definitions.yaml': CHANNEL})) as local:
        looked = 'looked for *.py there, and for pickup/incoming/services, services, impl/src'
        assert local.lines[1] == f'no services in {tmp_path.name}: {looked}'


def test_files_beside_each_other_need_no_folder_and_subfolders_of_those_are_not_looked_into(tmp_path: Path) -> None:
    files = {'a.py': SERVICE, 'other/b.py': 'raise ValueError\n', 'definitions.yaml': CHANNEL}
    with server(write(tmp_path, files)) as local:
        assert told(local) == 'told'
        assert local.lines[1] == f'services of {tmp_path.name}: 1 file'
    assert 'ValueError' not in local.log


def test_services_have_subfolders(tmp_path: Path) -> None:
    files = {'services/users/a.py': SERVICE, 'services/b.py': 'from users.a import Tell\n', 'definitions.yaml': CHANNEL}
    with server(write(tmp_path, files)) as local:
        assert told(local) == 'told'
    assert 'is in' not in local.log


def test_two_projects_in_a_folder_are_none(tmp_path: Path) -> None:
    write(tmp_path, {'one/impl/src/a.py': SERVICE, 'two/impl/src/a.py': SERVICE})
    assert found_in(tmp_path).services == tmp_path
    assert found_in(tmp_path / 'one').generation == '4.1'
    assert definitions_of(tmp_path) == ''
