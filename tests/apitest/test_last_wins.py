"""Of what a request is made of, the last step that speaks of a thing counts, whatever came before it."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.web import address_of, authority, http_server, secure, stranger
from zatools.apitest import demo_api
from zatools.apitest.report.results import PASSED
from zatools.apitest.steps import cookies, forms, index, query_parameters, request
from zatools.apitest.steps.phrase import GIVEN

CALL = 'When the URL is invoked'
#: Ways to say each thing of a request; a way is one step or several that belong together.
WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    'body': (
        ('format "JSON"', 'request is "{"a": 1}"'),
        ('format "JSON"', 'request is "{}"', 'path "/b" in request is an integer "2"'),
        ('request format "JSON"', 'request "body.json"'),
        ('format "XML"', 'request is "<a/>"'),
        ('format "XML"', 'request is "<a><b/></a>"', 'XPath "//b" in request is "c"'),
        ('format "RAW"', 'request is "hello"'),
        ('format "FORM"', 'form field "f" is "1"'),
        ('format "FORM"', 'form field "g" is "1"', 'form field "g" is "2"'),
        ('format "FORM"', 'request file "note" is "note.txt"'),
        ('format "FORM"', 'request file "note" is "note.txt" of type "text/markdown"'),
        ('format "FORM"', 'request file "note" is "note.txt" of type "text/html", named "a.html"'),
        ('format "FORM"', 'request is "typed=yes"'),
    ),
    'login': (
        ('Basic Auth "bob" "pw-of-bob"',),
        ('bearer token "tok-0123456789"',),
        ('OAuth2 bearer token "tok-of-oauth2-9876"',),
        ('header "Authorization" "Custom zzz"',),
        ('header "authorization" "Custom small"',),
        ('API key "AUTHORIZATION" "key-0123456789"',),
        ('address "http://ann:pw-of-ann@{host}"',),
        ('no login is sent',),
        ('Digest Auth "dan" "pw-of-dan-4711"',),
    ),
    'a header': (
        ('header "X-Kind" "one"',), ('header "x-kind" "two"',), ('API key "X-KIND" "three"',),
        ('header "X-KInd" has the values "a, b"',),
    ),
    'the user agent': (
        ('user agent is "one"',), ('header "User-Agent" "two"',), ('header "user-agent" "three"',),
    ),
    'the SOAP action': (
        ('SOAP action "urn:one"',), ('header "soapaction" "two"',),
    ),
    'the method': (('HTTP method "PUT"',), ('HTTP method "DELETE"',), ('REST method "POST"',)),
    'the path': (('URL path "/echo"',), ('URL path "/echo/more"',)),
    'a query parameter': (
        ('query parameter "a" is "1"',),
        ('query parameter "a" has the values "b, c"',),
        ('no query parameters are sent',),
    ),
    'cookies': (
        ('cookie "a" is "b-4711"',),
        ('cookie "a" is "c-4712"',),
        ('no cookies are sent',),
    ),
    'the query': (('query string "?a=1"',), ('query string "?b=2"',), ('query string ""',)),
}  # fmt: skip
#: Further steps of the section that say something of a request: settings of the connection, which tests below have.
SETTINGS = {
    'TLS': ('TLS certificates are not verified', 'TLS certificates are verified', 'CA bundle "{path}"'),
    'the certificate': ('client certificate "{cert}" "{key}"', 'no client certificate is shown'),
    'redirects': ('redirects are not followed', 'redirects are followed'),
    'cookies': ('cookies are kept', 'cookies are not kept'),
}
#: Steps that have nobody beside them, or that change what is there.
ALONE = (
    'address "{address}"', 'timeout is "{seconds}" seconds', 'response format "{format}"',
    'date format "{name}" "{format}"', 'request has', 'path "{path}" is removed from request',
    'a new request',
)  # fmt: skip
SAYING = [
    phrase
    for module in (request, forms, query_parameters, cookies)
    for phrase in module.PHRASES
    if phrase.group == GIVEN
]
FILES = {'json/request/body.json': '{"file": true}', 'form/request/note.txt': 'a note'}


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


def sent(folder: Path, api: demo_api.Api, *steps: str) -> list[Any]:
    """Returns what the API got, for each call."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    host = api.address.partition('://')[2]
    rows = [step.replace('{host}', host) for step in steps]
    looks = [f'Then I store response under "{number}"' for number in range(rows.count(CALL))]
    numbers = iter(looks)
    played = [row for step in rows for row in ([step, next(numbers)] if step == CALL else [step])]
    start = (f'address "{api.address}"', 'URL path "/echo"', 'HTTP method "POST"', 'response format "JSON"')
    result = play(folder, feature(scenario(*start, *played)))
    assert said(result) == []
    bodies = [exchange['response_body'] for exchange in result.scenarios[0].exchanges]
    # Each upload has a boundary of its own.
    return [json.loads(re.sub(r'[0-9a-f]{32}', '<boundary>', body)) for body in bodies]


def are_one_form(*ways: tuple[str, ...]) -> bool:
    """Tells whether all of them give parts of a form: those add up, until it is cleaned up."""
    return all(way[-1].startswith(('form field', 'request file')) for way in ways)


PAIRS = [(thing, *pair) for thing, ways in WAYS.items() for pair in permutations(ways, 2) if not are_one_form(*pair)]


@pytest.mark.parametrize(('thing', 'first', 'last'), PAIRS, ids=lambda value: str(value)[:60])
def test_the_last_way_to_say_a_thing_is_what_is_sent(
    thing: str, first: tuple[str, ...], last: tuple[str, ...], api: demo_api.Api, tmp_path: Path
) -> None:
    alone = sent(tmp_path / 'alone', api, *last, CALL)
    assert sent(tmp_path / 'both', api, *first, *last, CALL) == alone
    assert sent(tmp_path / 'calls', api, *first, CALL, *last, CALL)[1:] == alone


def test_every_step_of_a_request_has_a_place_in_this_law() -> None:
    said_here = {step for ways in WAYS.values() for way in ways for step in way}
    known = {found.phrase.text for step in said_here if (found := index().find(GIVEN, step))}
    known |= {text for texts in SETTINGS.values() for text in texts} | set(ALONE)
    assert [phrase.text for phrase in SAYING if phrase.text not in known] == []


@pytest.mark.parametrize(
    ('steps', 'body'),
    [
        # A body stays what it is under another format where it can be that.
        (('format "JSON"', 'request is "{"a": 1}"', 'format "RAW"'), '{\n  "a": 1\n}'),
        (('format "RAW"', 'request is "{"a": 1}"', 'format "JSON"'), '{\n  "a": 1\n}'),
        (('format "RAW"', 'request is "<a/>"', 'format "XML"'), '<a/>'),
        (('format "XML"', 'request is "<a/>"', 'format "RAW"'), '<a/>'),
        (('format "FORM"', 'form field "a" is "1"', 'form is cleaned up', 'format "JSON"'), ''),
        (('format "JSON"', 'request is "{}"', 'format "FORM"'), ''),
        (
            ('format "FORM"', 'form field "a" is "1"', 'format "JSON"', 'request has\n      | /b | 2 |'),
            '{\n  "b": "2"\n}',
        ),
        (('form field "a" is "1"', 'request is "{}"'), '{}'),
    ],
)
def test_a_body_under_another_format(steps: tuple[str, ...], body: str, api: demo_api.Api, tmp_path: Path) -> None:
    rows = [f'Then {step}' if 'cleaned' in step else step for step in steps]
    assert sent(tmp_path, api, *rows, CALL)[0]['body'] == body


@pytest.mark.parametrize(
    ('steps', 'text'),
    [
        (
            ('format "JSON"', 'request is "{}"', 'format "XML"'),
            'the format is XML now, and the request was given as JSON',
        ),
        (
            ('format "XML"', 'request is "<a/>"', 'format "JSON"'),
            'the format is JSON now, and the request was given as XML',
        ),
        (('format "RAW"', 'request is "hello"', 'format "JSON"'), 'the request is no JSON'),
        (('format "FORM"', 'request has\n      | /a | 1 |'), 'the format is FORM, and this begins a JSON request'),
    ],
)
def test_a_body_that_its_format_can_not_be_is_an_error(steps: tuple[str, ...], text: str, tmp_path: Path) -> None:
    found = said(play(tmp_path, feature(scenario('address "http://127.0.0.1:9"', *steps, CALL))))
    assert len(found) == 1
    assert found[0].startswith(text)


def test_certificates_are_verified_as_the_last_step_says(tmp_path: Path) -> None:
    leaf = authority().issue_cert('localhost', '127.0.0.1')
    tmp_path.mkdir(exist_ok=True)
    authority().cert_pem.write_to_path(str(tmp_path / 'right.pem'))
    stranger().cert_pem.write_to_path(str(tmp_path / 'wrong.pem'))
    passes = {
        'TLS certificates are not verified': True, 'CA bundle "right.pem"': True, 'CA bundle "wrong.pem"': False,
        'TLS certificates are verified': False,
    }  # fmt: skip
    with http_server(secure(leaf)) as server:
        for first, last in permutations(passes, 2):
            expected = passes[last] or (last.endswith('are verified') and 'right' in first)
            steps = (f'address "https://{address_of(server)}"', first, last, CALL, 'Then status is "200"')
            # A connection that was made before is no way round it.
            both = feature(scenario(steps[0], first, CALL, name='First'), scenario(*steps, name='Both'))
            found = play(tmp_path, both).scenarios[1]
            assert (found.status == PASSED) is expected, (first, last)


def test_a_client_certificate_can_be_put_away(tmp_path: Path) -> None:
    leaf = authority().issue_cert('localhost', '127.0.0.1')
    client = authority().issue_cert('client@example.com')
    tmp_path.mkdir(exist_ok=True)
    authority().cert_pem.write_to_path(str(tmp_path / 'ca.pem'))
    client.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / 'client.pem'))
    context = secure(leaf)
    context.verify_mode = ssl.CERT_REQUIRED
    authority().configure_trust(context)
    with http_server(context) as server:
        start = (f'address "https://{address_of(server)}"', 'CA bundle "ca.pem"')
        shown = (*start, 'client certificate "client.pem" "client.pem"', CALL, 'Then status is "200"')
        found = play(tmp_path, feature(scenario(*shown), scenario('no client certificate is shown', CALL, name='Two')))
    assert [item.status for item in found.scenarios] == [PASSED, 'error']
    assert 'certificate of the client' in said(found)[0]


@pytest.mark.parametrize(('steps', 'status'), [
    (('redirects are not followed', 'redirects are followed'), '200'),
    (('redirects are followed', 'redirects are not followed'), '302'),
])  # fmt: skip
def test_redirects_are_as_the_last_step_says(
    steps: tuple[str, ...], status: str, api: demo_api.Api, tmp_path: Path
) -> None:
    steps = (f'address "{api.address}"', 'URL path "/redirect"', *steps, CALL, f'Then status is "{status}"')
    assert said(play(tmp_path, feature(scenario(*steps)))) == []


def test_cookies_are_as_the_last_step_says(api: demo_api.Api, tmp_path: Path) -> None:
    start = (f'address "{api.address}"', 'URL path "/cookie"', 'cookies are kept', CALL, CALL)
    kept = (*start, 'Then path "/cookie" is "session=abc"')
    steps = (*kept, 'cookies are not kept', CALL, 'Then path "/cookie" is null')
    assert said(play(tmp_path, feature(scenario(*steps)))) == []
