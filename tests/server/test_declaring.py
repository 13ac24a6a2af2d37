"""What services declare by their class: SimpleIO, hooks, and what is refused when a file is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Local, server, write
from zatools.server.api.elements import Dict

SERVICES = """
from zato.common.exception import Forbidden
from zato.server.service import Int, Service


class Simple(Service):
    name = 'simple'

    class SimpleIO:
        input_required = 'user_id', Int('most')
        input_optional = 'phone', 'is_active', Int('limit', default=7)
        output_required = ('found',)
        output_optional = ('phone',)

    def handle(self):
        self.response.payload.found = repr(dict(self.request.input))
        if self.server.generation == '3.2':
            self.response.payload.more = 'not declared'


class Short(Service):
    name = 'short'

    schema = 'a.json'

    class SimpleIO:
        input = 'a', '-b'
        output = 'found', '-x'
        default_value = None
        response_elem = 'answer'
        skip_empty_keys = False

    def handle(self):
        self.response.payload[:] = [{'found': repr(dict(self.request.input)), 'more': 'not declared'}]
        self.response.payload.append({'found': 'x', 'x': 1})


class Bare(Short):
    name = 'bare'

    class SimpleIO(Short.SimpleIO):
        default_input_value = 'none'
        response_elem = None


class Inner(Service):
    name = 'inner'

    class IO:
        input = 'a'
        output = 'found'

    def handle(self):
        self.response.payload.found = self.request.input.a


class Invokes(Service):
    name = 'invokes'

    def handle(self):
        self.response.payload = self.invoke('simple', {'user_id': 1, 'most': 2})


class Picky(Service):
    name = 'picky'
    input = 'user_name'

    def accept(self):
        self.logger.info('asked: %s', self.request.input.user_name)
        if self.request.input.user_name == 'broken':
            raise Forbidden(self.cid, 'No', needs_msg=True)
        return self.request.input.user_name == 'ada'

    def before_handle(self):
        self.logger.info('begun: %s', self.request.input.user_name)

    def handle(self):
        self.response.payload = {'done': True}


class Never(Service):
    name = 'never'

    async def accept(self):
        return False

    def handle(self):
        self.response.payload = {'done': True}


class Asks(Service):
    name = 'asks'

    def handle(self):
        self.invoke('picky', {'user_name': 'bob'})


class Hooked(Service):
    name = 'hooked'

    def validate_input(self):
        self.logger.info('HOOK validate_input')
        if self.request.payload == 'wrong':
            raise ValueError('not valid')

    def before_handle(self):
        self.logger.info('HOOK before_handle')
        raise SystemExit

    def handle(self):
        self.logger.info('HOOK handle')
        self.response.payload = {'done': True}

    def validate_output(self):
        self.logger.info('HOOK validate_output')

    def after_handle(self):
        self.logger.info('HOOK after_handle')

    def finalize_handle(self):
        self.logger.info('HOOK finalize_handle')
        raise ValueError('too late to matter')


class LeftOut(Service):
    name = 'left-out'

    @classmethod
    def before_add_to_store(cls, logger):
        logger.info('asked whether to add %s', cls.name)
        return False


class Added(Service):
    name = 'added'

    @staticmethod
    def before_add_to_store(logger):
        return True

    def handle_CSV(self):
        pass

    def handle(self):
        self.response.payload = {'done': True}
"""
NAMES = ('simple', 'short', 'bare', 'inner', 'invokes', 'picky', 'never', 'asks', 'hooked', 'added', 'left-out')
ROWS = ''.join(f'  - {{name: {name}, service: {name}, url_path: /{name}, data_format: json}}\n' for name in NAMES)
CHANNELS = {
    '3.2': f'channel_rest:\n{ROWS}',
    '4.1': 'outgoing_amqp:\n  - {name: a, address: "amqp://127.0.0.1:9/x", username: a, is_active: false}\n'
    f'channel_rest:\n{ROWS}',
}


def running(folder: Path, generation: str) -> Any:
    files = {'services/s.py': SERVICES, 'd.yaml': CHANNELS[generation]}
    return server(write(folder, files), '--file', 'd.yaml')


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(tmp_path_factory.mktemp('project'), '3.2') as found:
        yield found


@pytest.fixture(scope='module')
def local_41(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(tmp_path_factory.mktemp('project'), '4.1') as found:
        yield found


LONG_41 = "{'user_id': '1', 'most': 2, 'phone': None, 'is_active': None, 'limit': None}"
LONG = "{'user_id': 1, 'most': 2, 'phone': '', 'is_active': False, 'limit': 7}"


@pytest.mark.parametrize(
    ('path', 'body', 'expected'),
    [
        ('/simple', '{"user_id": "1", "most": "2", "x": 3}', {'response': {'found': LONG}}),
        ('/short', '{"a": 1}', {'answer': [{'found': "{'a': '1', 'b': None}"}, {'found': 'x', 'x': 1}]}),
        ('/bare', '{"a": 1}', [{'found': "{'a': '1', 'b': 'none'}"}, {'found': 'x', 'x': 1}]),
        ('/inner', '{"a": "1"}', {'found': '1'}),
        ('/invokes', '', {'response': {'found': LONG}}),
    ],
)
def test_simple_io_is_read_and_its_response_wrapped(local: Local, path: str, body: str, expected: Any) -> None:
    found = local.call(path, user='', data=body)
    assert (found.status_code, found.json()) == (200, expected)


def test_required_input_of_simple_io_that_is_missing_is_400(local: Local) -> None:
    found = local.call('/simple', user='', data='{"user_id": 1}')
    assert (found.status_code, found.json()['details']) == (400, 'Element missing: most')


def test_nothing_is_wrapped_on_4_1(local_41: Local) -> None:
    found = local_41.call('/simple', user='', data='{"user_id": "1", "most": "2"}')
    # What is absent is None there, and fewer names are numbers.
    assert found.json() == {'found': LONG_41}


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_what_a_service_does_not_accept_is_400_and_does_not_run(generation: str, request: Any) -> None:
    local = request.getfixturevalue('local' if generation == '3.2' else 'local_41')
    assert local.call('/picky', user='', data='{"user_name": "ada"}').json() == {'done': True}
    found = local.call('/picky', user='', data='{"user_name": "eve"}')
    assert (found.status_code, found.content) == (400, b'')
    found = local.call('/picky', user='', data='{"user_name": "broken"}')
    assert (found.status_code, found.json()['details']) == (403, 'No')
    local.wait_for('asked: broken')
    assert 'begun: ada' in local.log
    assert 'begun: eve' not in local.log
    assert 'begun: broken' not in local.log


def test_what_another_service_does_not_accept_ends_its_caller_too(local: Local) -> None:
    assert local.call('/asks', user='').status_code == 400
    local.wait_for('asked: bob')
    assert 'begun: bob' not in local.log


def test_an_accept_that_would_not_run_lets_nobody_in(local: Local) -> None:
    found = local.call('/never', user='')
    assert found.status_code == 500
    assert "async def accept of service 'never' is not supported by the local server" in found.json()['details'][0]


def hooks(local: Local, **options: Any) -> tuple[int, list[str]]:
    before = len(local.lines)
    found = local.call('/hooked', user='', **options)
    # The line of what comes after it.
    local.call('/picky', user='', data=f'{{"user_name": "after {found.headers["X-Zato-CID"]}"}}')
    local.wait_for(f'asked: after {found.headers["X-Zato-CID"]}')
    return found.status_code, [line.partition('HOOK ')[2] for line in local.lines[before:] if 'HOOK ' in line]


def test_hooks_of_3_2_come_in_its_order(local: Local) -> None:
    assert hooks(local) == (
        200,
        ['before_handle', 'validate_input', 'handle', 'validate_output', 'after_handle', 'finalize_handle'],
    )
    assert 'before_handle failed, the call goes on' in local.log
    assert 'finalize_handle failed, the call goes on' in local.log
    assert hooks(local, data='"wrong"') == (500, ['before_handle', 'validate_input'])


def test_hooks_that_4_1_never_calls_are_told(local_41: Local) -> None:
    assert hooks(local_41) == (200, ['before_handle', 'handle', 'after_handle'])
    text = "service 'hooked': validate_input, validate_output, finalize_handle: Zato 4.1 never calls it"
    assert f'WARNING - {local_41.folder.name}/services/s.py:98:1: {text}; call it in handle' in local_41.log


def test_a_service_may_leave_itself_out(local: Local) -> None:
    assert "INFO - service 'left-out' is left out: its before_add_to_store returned False" in local.log
    assert 'INFO - asked whether to add left-out' in local.log
    assert local.call('/left-out', user='').status_code == 404
    assert local.call('/added', user='').json() == {'done': True}


TREES = """
from dataclasses import dataclass
from zato.common.typing_ import list_, optional
from zato.server.service import Model, Service


@dataclass(init=False)
class Node(Model):
    name: str
    children: optional[list_['Node']] = None


class Tree(Service):
    name = 'tree'
    input = Node

    def handle(self):
        self.response.payload = self.request.input.name
"""


def test_a_model_that_is_nested_too_deeply_is_400(tmp_path: Path) -> None:
    files = {'services/a.py': TREES, 'd.yaml': 'channel_rest:\n  - {name: t, service: tree, url_path: /t}\n'}
    node: dict[str, Any] = {'name': 'leaf'}
    for _ in range(400):
        node = {'name': 'root', 'children': [node]}
    with server(write(tmp_path, files), '--file', 'd.yaml') as found:
        answer = found.call('/t', user='', json=node)
        assert (answer.status_code, answer.text) == (400, 'Node is nested too deeply')
        assert found.call('/t', user='', json={'name': 'root', 'children': [{'name': 'leaf'}]}).text == 'root'


CLASS = "from zato.server.service import Service\n\n\nclass A(Service):\n    name = 'a'\n"


def test_a_json_schema_is_told_not_to_be_checked(local: Local) -> None:
    told = next(line for line in local.lines if 'schema: it is not checked' in line)
    assert told.startswith('WARNING - ')
    assert told.endswith('since nothing here sets is_json_schema_enabled; as on a server that does not set it')


@pytest.mark.parametrize(
    ('body', 'sentence'),
    [
        (
            '    class IO:\n        output_repeated = True\n',
            'IO.output_repeated is not supported by the local server; Zato 4.1 ignores it',
        ),
        (
            '    class SimpleIO:\n        skip_empty_keys = True\n        class SkipEmpty:\n            x = 1\n',
            'SimpleIO has both SkipEmpty and skip_empty_keys: only one of these forms counts',
        ),
        (
            "    class SimpleIO:\n        input_requird = ('a',)\n",
            "SimpleIO.input_requird is not supported by the local server; did you mean 'input_required'?",
        ),
        (
            "    class SimpleIO:\n        input = 'a'\n        output_required = ('b',)\n",
            'SimpleIO has both input and output_required: only one of these forms counts',
        ),
        (
            "    input = 'a'\n    class SimpleIO:\n        output = 'b'\n",
            'input is declared beside SimpleIO: only one of them counts',
        ),
        ('    input = 1, 2\n', 'input and output are strings and elements, not 1'),
        ("    input = {'a': 1}\n", 'input and output are strings and elements, or tuples of them, not dict'),
    ],
)
def test_what_can_not_be_declared_is_told_with_its_place(tmp_path: Path, body: str, sentence: str) -> None:
    files = {'services/a.py': CLASS + body, 'd.yaml': 'channel_rest: []\n'}
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        place = f'{tmp_path.name}/services/a.py:4:1'
        assert f"ERROR - {place}: service 'a': {sentence}: the file is not loaded" in local.log


def test_the_error_of_a_missing_key_has_no_value() -> None:
    element = Dict('login', 'user', '-password')
    with pytest.raises(ValueError, match=r'^Key `user` not found in `password, .{190}`$') as found:
        element.read({'password': 'canary', 'x' * 1000: 1})
    assert 'canary' not in str(found.value)
