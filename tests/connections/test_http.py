"""Requests are prepared as requests itself would do it, in fewer steps."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from zatools.connections.http import _prepared

HEADERS = {'Accept': '*/*', 'X-Own': 'one'}


@pytest.mark.parametrize('method', ['GET', 'post', 'DELETE'])
@pytest.mark.parametrize(
    'url',
    [
        'http://crm.example.com',
        'http://crm.example.com/get user?a=1',
        'https://user:p%40ss@crm.example.com:8443/a%7Eb/{x}?q=ä#part',
        'http://bücher.example.com/',
    ],
)
@pytest.mark.parametrize(
    'options',
    [
        {},
        {'params': {'UserName': 'my.user & co', 'empty': '', 'none': None}},
        {'params': {'one': ['a', 'b'], 'two': (1, None), 'ä': 'ö~', 'bytes': b'x'}},
        {'params': {'none': None}},
        {'data': b'{"a": 1}'},
        {'data': {'a': ['1', '2']}},
        {'json': {'a': 'ü'}},
        {'cookies': {'a': 'b'}},
        {'auth': ('user', 'other')},
        {'files': {'f': ('a.txt', b'text')}, 'data': {'a': '1'}},
    ],
)
def test_a_request_is_what_requests_would_send(method: str, url: str, options: dict[str, Any]) -> None:
    ours = _prepared(method, url, HEADERS, **options)
    theirs = requests.Request(method, url, headers=HEADERS, **options).prepare()
    boundary = str(theirs.headers.get('Content-Type')).partition('boundary=')[2]
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    if boundary:
        assert len(ours.body or '') == len(theirs.body or '')
        assert ours.headers.keys() == theirs.headers.keys()
    else:
        assert (ours.body, dict(ours.headers)) == (theirs.body, dict(theirs.headers))


def test_a_url_that_is_none_is_told_each_time() -> None:
    for _ in range(2):
        with pytest.raises(requests.exceptions.MissingSchema):
            _prepared('GET', 'crm.example.com', HEADERS)


def test_cookies_of_one_request_are_not_those_of_the_next() -> None:
    _prepared('GET', 'http://crm.example.com', HEADERS, cookies={'a': 'b'})
    assert 'Cookie' not in _prepared('GET', 'http://crm.example.com', HEADERS).headers
