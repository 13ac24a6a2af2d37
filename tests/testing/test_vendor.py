"""Tests written for zato-testing run as they are: its documented behaviour."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import write
from zatools.server.api.zato_service import Int, Service
from zatools.testing.vendor import ServiceTestCase


class Tells(Service):
    """Tells all that it was given."""

    name = 'vendor.tells'
    input = 'must', Int('-number')

    def before_handle(self) -> None:
        raise AssertionError('hooks do not run')

    def handle(self) -> None:
        self.response.payload = {
            'input': dict(self.request.input),
            'payload': self.request.payload,
            'raw': self.request.raw_request,
            'cid': self.cid,
        }

    def handle_GET(self) -> None:  # noqa: N802
        raise AssertionError('handle_GET does not run')


class Nested(Service):
    """Invokes others."""

    name = 'vendor.nested'

    def handle(self) -> None:
        self.response.payload.found = self.invoke('vendor.tells', {'a': {'b': 1}})
        self.response.payload.cid = self.invoke_async(Tells, {'must': 1})
        self.response.payload.played = self.invoke('vendor.played', {'x': 1})
        self.response.status_code = 201
        self.response.headers['X-Own'] = 'yes'


class Systems(Service):
    """Asks each sort of system once."""

    name = 'vendor.systems'

    def handle(self) -> None:
        self.response.payload = {
            'rest': self.out.rest['A'].conn.get(self.cid, params={'n': 1}).json(),
            'plain': self.out.plain_http['A'].conn.get(self.cid).data,
            'sql': self.out.sql['DB'].execute('select 1'),
            'soap': self.out.soap['S'].conn.invoke(self.cid, 'Op', {'x': 1}),
            'cloud': self.microsoft.cloud['M'].mailbox(),
            'config': self.config.my.part.option,
            'short': self.config.part.option,
            'set': self.config.a.b.c,
            'secret': bool(self.crypto.generate_secret()),
            'cached': self.cache.get_cache('builtin', 'x').get('no'),
        }


def case(**attributes: Any) -> Any:
    """Returns a test case as one that is written in a file."""
    made = type('Case', (ServiceTestCase,), {'runTest': lambda self: None, '__module__': __name__, **attributes})()
    made.setUp()
    return made


def test_a_service_gets_its_input_as_it_was_given_and_nothing_is_checked() -> None:
    found = case().invoke(Tells, number='x', more={'b': 1})
    given = {'number': 'x', 'more': {'b': 1}}
    shown = found.response.payload
    assert (shown['input'], shown['payload'], shown['cid']) == (given, given, 'test-cid-12345')
    assert found.request.input.more.b == 1
    with pytest.raises(AttributeError):
        _ = found.request.input.must
    assert case().invoke(Tells, {'a': 1}, 'raw').response.payload['raw'] == 'raw'


def test_services_invoke_others_and_the_played_ones() -> None:
    one = case()
    one.set_response('service:vendor.played', {'yes': True})
    found = one.invoke('vendor.nested')
    assert found.response.payload.found['input'] == {'a': {'b': 1}}
    assert (found.response.payload.cid, found.response.payload.played) == ('async-cid-12345', {'yes': True})
    one.assertResponseStatusCode(found, 201)
    assert found.response.headers == {'X-Own': 'yes'}
    with pytest.raises(AssertionError):
        one.assertResponsePayload(found, {})


def test_systems_of_all_sorts_answer(tmp_path: Path) -> None:
    folder = write(tmp_path, {'config/user-conf/my.ini': '[part]\noption = 5\n', 'more.ini': '[a.b]\nc = yes, no\n'})
    one = case(folder=str(folder), config=str(folder / 'more.ini'))
    one.set_response('rest:A', {1: {'n': 1}, 2: {'n': 2}})
    for name in ('sql:DB', 'soap:S', 'ms365:M'):
        one.set_response(name, name)
    payload = one.invoke(Systems).response.payload
    assert payload == {
        'rest': {'n': 1},
        'plain': {'n': 2},
        'sql': 'sql:DB',
        'soap': 'soap:S',
        'cloud': 'ms365:M',
        'config': '5',
        'short': '5',
        'set': 'yes, no',
        'secret': True,
        'cached': None,
    }
    with pytest.raises(ValueError, match='No more responses for connection `A`'):
        one.invoke(Systems)


def test_a_connection_without_a_response_says_so_in_the_words_of_zato_testing() -> None:
    with pytest.raises(KeyError, match='No response set for connection `A` method `GET`'):
        case().invoke(Systems)


def test_a_case_runs_as_one_of_unittest() -> None:
    class Case(ServiceTestCase):
        def setUp(self) -> None:
            super().setUp()
            self.set_response('rest:A', {})

        def test_one(self) -> None:
            self.assertResponsePayload(self.invoke(Tells, {'a': 1}, raw_request=b''), None)

    result = unittest.TestResult()
    Case('test_one').run(result)
    assert [len(result.failures), len(result.errors)] == [1, 0]
