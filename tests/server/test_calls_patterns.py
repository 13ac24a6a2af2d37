"""`self.patterns`: services that run side by side, and calls that are tried again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.running import Local, server, write

SERVICES = """
from zato.server.service import Service


class Doubles(Service):
    name = 'doubles'

    def handle(self):
        if self.request.payload == 'fail':
            raise ValueError('it failed')
        self.response.payload = [self.request.payload] * 2


class Squares(Service):
    name = 'squares'

    def handle(self):
        self.response.payload = {'type': self.channel.type, 'cid': self.cid}


class Each(Service):
    name = 'each'

    def handle(self):
        self.logger.info('each %r', self.request.payload)


class Final(Service):
    name = 'final'

    def handle(self):
        self.logger.info('final %r', self.request.payload)


class Fans(Service):
    name = 'fans'

    def handle(self):
        targets = {'doubles': 'fail', Squares: 2}
        self.response.payload = self.patterns.fanout.invoke(targets, 'final', [Each])


class Parallel(Service):
    name = 'parallel'

    def handle(self):
        self.response.payload = self.patterns.parallel.invoke({'doubles': 7}, 'each', cid='mine')


class Misspelled(Service):
    name = 'misspelled'

    def handle(self):
        self.patterns.fanout.invoke({'doubles': 1, 'sqares': 2}, 'final')


tries = []


class Flaky(Service):
    name = 'flaky'

    def handle(self):
        tries.append(1)
        if len(tries) < self.request.payload:
            raise ValueError('not yet')
        self.response.payload = len(tries)


class Retries(Service):
    name = 'retries'

    def handle(self):
        del tries[:]
        wanted, options = self.request.payload
        self.response.payload = self.patterns.invoke_retry.invoke('flaky', wanted, **options)


class Later(Service):
    name = 'later'

    def handle(self):
        del tries[:]
        wanted, options = self.request.payload
        self.response.payload = self.patterns.invoke_retry.invoke_async('flaky', wanted, **options)
"""
NAMES = ('fans', 'parallel', 'misspelled', 'retries', 'later')
CHANNELS = [f'  - {{name: {name}, service: {name}, url_path: /{name}, data_format: json}}\n' for name in NAMES]


@pytest.fixture(params=['3.2', '4.1'], scope='module')
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp('project')
    files = {'services/a.py': SERVICES, 'd.yaml': f'channel_rest:\n{"".join(CHANNELS)}'}
    with server(write(folder, files), '--file', 'd.yaml', '--generation', request.param) as found:
        yield found


@pytest.fixture
def older(local: Local) -> Local:
    if 'for Zato 4.1' in local.lines[0]:
        pytest.skip('Zato 4.1 has no patterns')
    return local


def logged(local: Local, start: str, cid: str) -> list[Any]:
    """Returns what a service logged of the calls of a CID."""
    lines = [line.partition(start)[2] for line in local.lines if start in line and cid in line]
    return [ast.literal_eval(line) for line in lines]


def test_patterns_of_4_1_say_that_there_are_none(local: Local) -> None:
    if 'for Zato 3.2' in local.lines[0]:
        pytest.skip('Zato 3.2 has patterns')
    answer = local.call('/fans', user='')
    assert answer.status_code == 500
    assert 'self.patterns is None on Zato 4.1' in answer.json()['details'][0]


def test_a_fanout_tells_of_each_service_and_of_all(older: Local) -> None:
    cid = older.call('/fans', user='').text
    older.wait_for("final {'phase': 'on-final'")
    each = {one['target']: one for one in logged(older, 'each ', cid)}
    assert (each['doubles']['ok'], each['doubles']['exception']) == (False, 'ValueError: it failed')
    assert each['squares']['response'] == {'type': 'fanout-call', 'cid': cid}
    assert {one['phase'] for one in each.values()} == {'on-target'}
    final = logged(older, 'final ', cid)[0]
    assert (final['source'], final['on_target'], final['on_final']) == ('fans', ['each'], ['final'])
    assert sorted(one['target'] for one in final['data']) == ['doubles', 'squares']


def test_parallel_calls_have_the_cid_that_was_given(older: Local) -> None:
    assert older.call('/parallel', user='').text == 'mine'
    older.wait_for("'response': [7, 7]")
    assert logged(older, 'each ', 'mine')[0]['ok'] is True


def test_a_name_that_there_is_not_is_an_error_before_anything_runs(older: Local) -> None:
    answer = older.call('/misspelled', user='')
    assert "no service 'sqares'" in answer.json()['details'][0]
    assert "did you mean 'squares'?" in answer.json()['details'][0]


@pytest.mark.parametrize(
    ('wanted', 'options', 'status', 'text'),
    [
        (3, {'repeats': 3, 'seconds': 0.01}, 200, '3'),
        (1, {'repeats': 3, 'minutes': 1}, 200, '1'),
        (9, {'repeats': 2, 'seconds': 0.01}, 500, '(2/2) Retry limit reached for:`flaky`'),
        (1, {'repeats': 2}, 500, 'give seconds= or minutes=, one of them'),
        (1, {'seconds': 1}, 500, 'repeats= must be a whole number from 1 on'),
        (1, {'repeats': 2, 'seconds': 1, 'async_fallback': True}, 500, 'it must be given callback='),
    ],
)
def test_a_call_is_tried_again(older: Local, wanted: int, options: dict[str, Any], status: int, text: str) -> None:
    answer = older.call('/retries', user='', json=[wanted, options])
    assert (answer.status_code, text in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    ('path', 'wanted', 'ok'), [('/retries', 2, True), ('/retries', 9, False), ('/later', 2, True), ('/later', 9, False)]
)
def test_a_call_goes_on_in_the_background_and_tells_what_came_of_it(
    older: Local, path: str, wanted: int, ok: bool
) -> None:
    cid = f'{path[1:]}-{wanted}'
    options = {'repeats': 2, 'seconds': 0.01, 'async_fallback': True, 'callback': 'final', 'cid': cid, 'context': [1]}
    assert older.call(path, user='', json=[wanted, options]).text == cid
    older.wait_for(f"'cid': '{cid}'")
    told = logged(older, 'final ', cid)[0]
    assert (told['ok'], told['target'], told['context']) == (ok, 'flaky', [1])


def test_a_call_in_the_background_must_have_a_cid(older: Local) -> None:
    answer = older.call('/later', user='', json=[1, {'repeats': 2, 'seconds': 1, 'callback': 'final'}])
    assert 'invoke_async must be given one' in answer.json()['details'][0]
