"""Secrets that a server gives back in many forms are in no output: screen, curl lines, printed lines, all reports."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.apitest.harness import environment, shell, write_program
from tests.apitest.test_encoded import BASE64, ENCODERS

SECRET = 'Kan&ry<7">/x \'y$z'
TOKEN = 'TOK-canary-123'
COOKIE = 'COOKIECANARY'


def forms(secret: str) -> dict[str, str]:
    """Returns a secret in all its forms, those of Base64 with a login around it too."""
    found = {name: encode(secret) for name, encode in ENCODERS.items()}
    for name, encode_bytes in BASE64.items():
        for before in ('', 'u:', 'us:', 'use:'):
            found[f'{name} after {before!r}'] = encode_bytes(f'{before}{secret}'.encode())
    return found | {
        'capitals': secret.upper(),
        'twice': quote(quote(secret, safe=''), safe=''),
        'HTML in JSON': json.dumps(html.escape(secret)),
    }


class Handler(BaseHTTPRequestHandler):
    """Gives secrets back: in bodies of several types, in headers, in where it redirects to, in what is no HTTP."""

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Answers by the path."""
        kind = self.path.strip('/').partition('?')[0]
        rows = forms(SECRET)
        bodies = {
            'json': json.dumps(rows),
            'escaped': json.dumps(rows).replace('/', '\\/'),
            'text': '\n'.join(rows.values()),
            'xml': ''.join(f'<r>{html.escape(row)}</r>' for row in rows.values()),
            'long': 'x' * 280 + SECRET * 5,
            'token': json.dumps({'access_token': TOKEN, 'apiKey': f'{TOKEN}4', 'token': f'{TOKEN}5'}),
        }
        self.send_response(302 if kind == 'redirect' else 200)
        self.send_header('X-Echo', quote(SECRET))
        self.send_header('Set-Cookie', f'session={COOKIE}; Path=/; HttpOnly')
        if kind == 'redirect':
            self.send_header('Location', f'/text?a={quote_plus(SECRET)}')
        self.end_headers()
        self.wfile.write(bodies.get(kind, '').encode())


@pytest.fixture(scope='module')
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    server.server_close()


SCENARIO = """
  Scenario: As {kind}
    Given address "$API"
    And URL path "/{kind}"
    And response format "{format}"
    And query string "?b=${{SECRET}}"
    And header "X-Own" "$SECRET"
    And cookies are kept
    When the URL is invoked
    Then I print the answer
    And status is "201"
    And {check}

  Scenario: As {kind}, raised
    When the URL is invoked
    Then I raise the answer
"""
CHECKS = {
    'json': 'path "/JSON" is "x"',
    'escaped': 'path "/repr" is "x"',
    'text': 'response is equal to "x"',
    'xml': 'XPath "//r" is "x"',
    'long': 'response is equal to "x"',
    'token': 'path "/apiKey" is "x"',
    'redirect': 'header "X-Echo" is "x"',
}
STEPS = """
import logging, sys
from behave import then

@then('I print the answer')
def print_answer(context):
    text = context.zato.response.data_text
    print('printed as', text)
    print(text, file=sys.stderr)
    logging.getLogger('own').warning('logged as %s', text)
    sys.stdout.write(text + ' ')
    sys.stdout.flush()

@then('I raise the answer')
def raise_answer(context):
    raise ValueError(context.zato.response.data_text)
"""


def test_no_output_has_a_secret_in_any_form(address: str, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'steps').mkdir(parents=True)
    formats = {'text': 'RAW', 'long': 'RAW', 'redirect': 'RAW', 'xml': 'XML'}
    scenarios = (SCENARIO.format(kind=kind, format=formats.get(kind, 'JSON'), check=CHECKS[kind]) for kind in CHECKS)
    (tmp_path / 'features' / 'a.feature').write_text(f'Feature: Echoes\n{"".join(scenarios)}')
    (tmp_path / 'features' / 'steps' / 'own.py').write_text(STEPS)
    tools = tmp_path / 'tools'
    tools.mkdir()
    write_program(tools)
    environ = environment(tools, API=address, SECRET=SECRET, GITHUB_ACTIONS='1')
    done = shell('apitest run --report out --full --traceback', tmp_path, environ)
    assert '14 scenarios failed' in done.stdout, done.stdout + done.stderr
    outputs = {path.name: path.read_text() for path in (tmp_path / 'out').iterdir()}
    assert done.stdout.count('printed as') == done.stderr.count('logged as') == 7
    outputs |= {'screen': done.stdout, 'stderr': done.stderr}
    assert len(outputs) == 5
    for name, text in outputs.items():
        read = html.unescape(text)
        for form, written in forms(SECRET).items():
            core = written.rstrip('=')
            assert core not in text, (name, form)
            assert core not in read, (name, form)
        for canary in (TOKEN, COOKIE, 'Kan&ry', base64.b64encode(SECRET.encode()).decode()[:12]):
            assert canary not in read, (name, canary)
        assert not re.search(r'Kan(&|%26|\\u0026|&#38;)', read), name
