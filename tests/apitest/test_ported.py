"""Ten scenarios such as Hurl and Karate show, in our words: each passes, in no more lines than theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program
from zatools.apitest import demo_api

#: What it shows, the tool, what is written there (adapted to our API), and what is written here.
PORTED = [
    ('a value of one answer in the next request', 'Hurl', """
        POST {API}/token
        {}
        HTTP 200
        [Captures]
        token: jsonpath "$.access_token"
        GET {API}/echo
        X-Token: {{token}}
        HTTP 200
        """, """
        Given request is "{}"
        When "POST {API}/token" is invoked
        Then I store "/access_token" from response under "token"
        Given a new request
        And header "X-Token" "#token"
        When "GET {API}/echo" is invoked
        Then path "/headers/x-token" is "#token"
        """),
    ('asserts on a JSON answer', 'Hurl', """
        GET {API}/account
        Accept: application/json
        HTTP 200
        [Asserts]
        jsonpath "$.name" == "Ada Lovelace"
        jsonpath "$.tags" count == 3
        jsonpath "$.id" isInteger
        """, """
        Given header "Accept" "application/json"
        When "GET {API}/account" is invoked
        Then status is "200"
        And path "/name" is "Ada Lovelace"
        And path "/tags" has "3" items
        And path "/id" is any integer
        """),
    ('a form', 'Hurl', """
        POST {API}/token
        [Form]
        user: toto
        password: 1234
        HTTP 200
        """, """
        Given form field "user" is "toto"
        And form field "password" is "1234"
        When "POST {API}/token" is invoked
        Then status is "200"
        """),
    ('a job that is polled', 'Hurl', """
        GET {API}/state/PORTED
        [Options]
        retry: 10
        HTTP 200
        [Asserts]
        jsonpath "$.state" == "done"
        """, """
        Given address "{API}"
        And URL path "/state/PORTED"
        When the URL is invoked until path "/state" is "done", for up to "10" seconds
        Then status is "200"
        """),
    ('attributes of a cookie', 'Hurl', """
        GET {API}/cookies
        HTTP 200
        [Asserts]
        cookie "session" exists
        cookie "session[HttpOnly]" exists
        cookie "session[SameSite]" == "Lax"
        """, """
        When "GET {API}/cookies" is invoked
        Then status is "200"
        And cookie "session" exists
        And cookie "session" has "HttpOnly"
        And attribute "SameSite" of cookie "session" is "Lax"
        """),
    ('a login, and bytes', 'Hurl', """
        GET {API}/api/v1/user
        [BasicAuth]
        api: password
        HTTP 200
        GET {API}/binary
        HTTP 200
        [Asserts]
        bytes startsWith hex,000102;
        bytes count == 10240
        """, """
        Given Basic Auth "api" "password"
        When "GET {API}/api/v1/user" is invoked
        Then status is "200"
        Given a new request
        When "GET {API}/binary" is invoked
        Then status is "200"
        And response starts with bytes "00 01 02"
        And response has "10240" bytes
        """),
    ('the shape of a document', 'Karate', """
        Given url '{API}/numbers'
        When method get
        Then status 200
        And match response == { one: '#number', text: '#string', list: '#[3] #number', big: '#? _ > 1000' }
        And match response.big == '#? _ > 1000'
        """, """
        When "GET {API}/numbers" is invoked
        Then status is "200"
        And response has shape "{"one": "<number>", "text": "<text>", "list": ["<number>", "..."], "big": "<integer>"}"
        And path "/list" has "3" items
        And path "/big" is greater than "1000"
        """),
    ('each item of a list', 'Karate', """
        Given url '{API}/account'
        When method get
        Then status 200
        And match each response.friends == { name: '#string' }
        And match response.friends contains { name: 'Mary' }
        And match response.tags contains only ['c', 'a', 'b']
        """, """
        When "GET {API}/account" is invoked
        Then status is "200"
        And each item of path "/friends" has shape "{"name": "<text>"}"
        And path "/friends" contains "{"name": "Mary"}"
        And path "/tags" has these items in any order "["c", "a", "b"]"
        """),
    ('what was posted comes back', 'Karate', """
        Given url '{API}'
        And path 'echo'
        And request { name: 'Billie', type: 'LOL' }
        When method post
        Then status 200
        And match response.json == { name: 'Billie', type: 'LOL' }
        """, """
        Given request is "{"name": "Billie", "type": "LOL"}"
        When "POST {API}/echo" is invoked
        Then status is "200"
        And path "/json" is JSON "{"name": "Billie", "type": "LOL"}"
        """),
    ('parameters and headers', 'Karate', """
        Given url '{API}'
        And path 'echo'
        And param q = 'a & b'
        And header X-Request-ID = 'abc'
        When method get
        Then status 200
        And match response.query.q == 'a & b'
        And match response.headers['x-request-id'] == 'abc'
        """, """
        Given query parameter "q" is "a & b"
        And header "X-Request-ID" "abc"
        When "GET {API}/echo" is invoked
        Then status is "200"
        And path "/query/q" is "a & b"
        And path "/headers/x-request-id" is "abc"
        """),
]  # fmt: skip


def lines(text: str) -> list[str]:
    """Returns the lines of a text that hold something."""
    return [row.strip() for row in text.splitlines() if row.strip()]


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


@pytest.mark.parametrize(('name', 'tool', 'theirs', 'ours'), PORTED, ids=[row[0] for row in PORTED])
def test_a_scenario_of_others_passes_in_no_more_lines(
    name: str, tool: str, theirs: str, ours: str, tmp_path: Path, api: demo_api.Api
) -> None:
    rows = lines(ours.replace('{API}', api.address))
    assert len(rows) <= len(lines(theirs)), tool
    (tmp_path / 'ported.feature').write_text('\n'.join([f'Feature: {tool}', f'  Scenario: {name}', *rows, '']))
    write_program(tmp_path)
    done = shell('apitest run ported.feature --strict', tmp_path, environment(tmp_path))
    assert done.returncode == 0, done.stdout
    assert '1 scenario passed' in done.stdout


@pytest.mark.parametrize('row', [row for row in PORTED if row[1] == 'Hurl'], ids=lambda row: row[0])
def test_what_hurl_has_is_taken_over_as_well(row: tuple[str, str, str, str], tmp_path: Path, api: demo_api.Api) -> None:
    text = row[2].replace('{API}', api.address).replace('PORTED', 'taken')
    (tmp_path / 'a.hurl').write_text('\n'.join(lines(text)))
    write_program(tmp_path)
    script = 'apitest from hurl a.hurl -o a.feature 2>&1 && PASSWORD=1234 apitest run a.feature; cat a.feature'
    done = shell(script.replace('PASSWORD=1234', 'PASSWORD=password'), tmp_path, environment(tmp_path))
    assert ' passed' in done.stdout, done.stdout
    assert 'failed' not in done.stdout
