"""The curl line of a call: it runs in a shell as it is printed, holds no secret, and sends the same."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from tests.conftest import needs
from zatools.apitest import demo_api
from zatools.apitest.curl import as_curl
from zatools.apitest.exchange import Exchange
from zatools.apitest.masking import Secrets

SECRETS = ['plain-secret', 'pa ss/w+rd', 'quo"te\\back', "it's $HOME `x`", 'ünïcode', 'two\nlines\tand tab', '%41&b=c']


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


@needs('curl')
@pytest.mark.parametrize('value', SECRETS)
def test_the_line_sends_the_same_and_shows_no_secret(value: str, api: demo_api.Api) -> None:
    secrets = Secrets()
    secrets.track(value, '$SECRET')
    exchange = Exchange('POST', f'{api.address}/echo?a={quote(value, safe="")}&b={quote_plus(value)}', {}, '')
    header = value if value.isprintable() and value.isascii() else 'none'
    exchange.sent_headers = {'Content-Type': 'application/json', 'X-Key': f'key {header}'}
    exchange.sent = json.dumps({'password': value, 'text': f'<{value}> costs $5'}, indent=2)
    line = as_curl(exchange, secrets)
    assert secrets.mask(line) == line
    environ = {'PATH': os.environ['PATH'], 'SECRET': value}
    done = subprocess.run(['sh', '-c', f'{line} -s'], env=environ, capture_output=True, timeout=20, check=True)
    answer = json.loads(done.stdout)
    assert answer['json'] == {'password': value, 'text': f'<{value}> costs $5'}
    assert answer['query'] == {'a': value, 'b': value}
    assert answer['headers']['x-key'] == f'key {header}'


def test_a_secret_without_a_variable_is_masked() -> None:
    secrets = Secrets()
    secrets.track('tok-3n1gm4')
    line = as_curl(Exchange('GET', 'http://a.test/', {'Authorization': 'Bearer tok-3n1gm4'}, ''), secrets)
    assert line == "curl -X GET http://a.test/ -H 'Authorization: Bearer ******'"


def test_a_short_secret_is_a_variable_only_where_it_is_a_whole_value() -> None:
    secrets = Secrets()
    secrets.track('1', '$N')
    exchange = Exchange('GET', 'http://127.0.0.1/', {}, '{"n": "1", "m": 1000}')
    assert as_curl(exchange, secrets) == (
        r'''curl -X GET http://127.0.0.1/ --data-raw "{\"n\": \"${N}\", \"m\": 1000}"'''
    )


def test_a_variable_stands_where_a_file_is_named() -> None:
    secrets = Secrets()
    secrets.track('/etc/ca.pem', '$CA')
    exchange = Exchange('GET', 'https://a.test/', {}, '', options=('--cacert', '/etc/ca.pem', '-n'), has_netrc=True)
    assert as_curl(exchange, secrets) == 'curl --cacert "${CA}" -n -X GET https://a.test/'
