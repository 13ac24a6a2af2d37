"""Features made of what other tools write: each runs against a real API as it is, and holds no secret."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.harness import ROOT, environment, shell, write_program
from zatools.apitest import demo_api

SECRET = 'bQ7-x9.kk2'


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


class Made:
    """A feature that was made, and its run."""

    def __init__(self, text: str, talk: str, run: subprocess.CompletedProcess[str]) -> None:
        self.text, self.talk, self.run = text, talk, run

    @property
    def lines(self) -> list[str]:
        """The lines of the feature, without their margins."""
        return [row.strip() for row in self.text.splitlines()]


class Maker:
    """Makes features in a folder, and runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = folder / 'tools'
        tools.mkdir()
        write_program(tools)
        self.environ = environment(
            tools, PASSWORD=SECRET, TOKEN=SECRET, X_API_KEY=SECRET, API_KEY=SECRET, SESSION=SECRET
        )

    def make(self, kind: str, words: str, **environ: str) -> Made:
        """Makes a feature, checks that it holds no secret, and runs it."""
        made = shell(f'apitest from {kind} {words} -o made.feature', self.folder, self.environ)
        assert made.returncode == 0, made.stderr
        text = (self.folder / 'made.feature').read_text()
        assert SECRET not in text + made.stdout + made.stderr
        run = shell('apitest run made.feature --no-color --strict', self.folder, {**self.environ, **environ})
        assert SECRET not in run.stdout
        return Made(text, made.stderr, run)

    def file(self, name: str, content: Any) -> str:
        """Writes a file, as JSON where it is no text; returns its name."""
        if not isinstance(content, str):
            content = json.dumps(content)
        (self.folder / name).write_text(content)
        return name


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def passed(made: Made, count: int = 1) -> None:
    words = '1 scenario passed' if count == 1 else f'{count} scenarios passed'
    assert words in made.run.stdout, made.text + made.run.stdout
    assert made.run.returncode == 0


def test_a_curl_line_of_a_browser(maker: Maker, api: demo_api.Api) -> None:
    line = (
        f"curl '{api.address}/echo?q=a%20b&token={SECRET}' -X 'POST' -H 'accept: application/json' "
        f"-H 'authorization: Bearer {SECRET}' -b 'session={SECRET}; theme=dark' --compressed "
        '-H "content-type: application/json" --data-raw $\'{"name":"it\\\'s \\u00fc", "password": "' + SECRET + '"}\''
    )
    (maker.folder / 'line').write_text(line)
    made = maker.make('curl', '- < line')
    passed(made)
    assert 'And query parameter "q" is "a b"' in made.lines
    assert 'And query parameter "token" is "$SESSION"' in made.lines
    assert 'And bearer token "$SESSION"' in made.lines
    assert 'And cookie "session" is "$SESSION"' in made.lines
    assert 'And cookie "theme" is "dark"' in made.lines
    assert '"name": "it\'s ü",' in made.lines
    assert 'And path "/password" in request is "$SESSION"' in made.lines


def test_options_of_curl(maker: Maker, api: demo_api.Api) -> None:
    (maker.folder / 'a.txt').write_text('hello')
    line = (
        f'curl -sSLk -u api:{SECRET} -m 5 {api.address}/echo -F "note=a=b;c" '
        f'-F "file=@a.txt;type=text/plain;filename=b.txt" '
        f'--proxy http://127.0.0.1:1 --retry 3 && curl -G {api.address}/echo -d "a=1" --data-urlencode "b=x y&z" '
        f'--next -I {api.address}/account'
    )
    (maker.folder / 'line').write_text(line)
    made = maker.make('curl', '- < line')
    passed(made, 3)
    assert 'And Basic Auth "api" "$PASSWORD"' in made.lines
    assert 'And request file "file" is "a.txt" of type "text/plain", named "b.txt"' in made.lines
    assert '# not carried over: --proxy: set HTTP_PROXY or HTTPS_PROXY instead' in made.lines
    assert 'And query parameter "b" is "x y&z"' in made.lines
    assert 'And HTTP method "HEAD"' in made.lines
    assert '3 remarks' in made.talk


def har_entry(api: demo_api.Api, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
    request = {'method': 'GET', 'url': f'{api.address}{path}', 'httpVersion': 'HTTP/1.1', 'cookies': [], 'headers': [],
               'queryString': [], 'headersSize': -1, 'bodySize': -1, **more.pop('request', {})}  # fmt: skip
    content = {'size': 1, 'mimeType': 'application/json', 'text': '{}', **more.pop('content', {})}
    response = {'status': status, 'statusText': '', 'httpVersion': 'HTTP/1.1', 'cookies': [], 'headers': [],
                'content': content, 'redirectURL': '', 'headersSize': -1, 'bodySize': -1}  # fmt: skip
    return {'startedDateTime': '2026-01-01T00:00:00Z', 'time': 1, 'request': request, 'response': response, 'cache': {},
            'timings': {'send': 0, 'wait': 1, 'receive': 0}, **more}  # fmt: skip


def har(api: demo_api.Api) -> dict[str, Any]:
    """Returns what the developer tools of Chrome save, made anew for our API."""
    headers = [
        {'name': ':authority', 'value': 'shop'}, {'name': 'sec-ch-ua', 'value': '"x"'},
        {'name': 'User-Agent', 'value': 'Mozilla/5.0'}, {'name': 'X-API-Key', 'value': SECRET},
    ]  # fmt: skip
    form = {'mimeType': 'application/x-www-form-urlencoded', 'text': f'user=bob&password={SECRET}', 'params': []}
    entries = [
        har_entry(api, '/html', content={'mimeType': 'text/html', 'text': '<html>'}, _resourceType='document'),
        har_entry(api, '/account', request={'headers': headers}, content={'text': json.dumps(demo_api.ACCOUNT)}),
        har_entry(api, '/token', request={'method': 'POST', 'postData': form},
                  content={'text': '{"access_token": "x", "token_type": "Bearer", "got": ["password", "user"]}'}),
        har_entry(api, '/redirect', 302, content={'mimeType': 'x-unknown', 'text': ''}),
        har_entry(api, '/logo', content={'mimeType': 'image/png', 'text': ''}),
        har_entry(api, '/numbers', 0),
    ]  # fmt: skip
    return {
        'log': {
            'version': '1.2',
            'creator': {'name': 'WebInspector', 'version': '537.36'},
            'pages': [],
            'entries': entries,
        }
    }


def test_a_har_file(maker: Maker, api: demo_api.Api) -> None:
    made = maker.make('har', maker.file('shop.har', har(api)))
    assert 'X-Unknown' not in made.text
    passed(made, 4)
    assert '# not carried over: 2 calls for pages, images, styles and scripts (--all takes them too)' in made.lines
    assert '# not carried over: the status: the file has no answer to this call' in made.lines
    assert '"id": "<integer>",' in made.lines
    assert 'And form field "password" is "$X_API_KEY"' in made.lines
    assert not [row for row in made.lines if 'Mozilla' in row or 'sec-ch' in row or ':authority' in row]


def test_values_of_a_har_file(maker: Maker, api: demo_api.Api) -> None:
    made = maker.make('har', f'{maker.file("shop.har", har(api))} --values')
    passed(made, 4)
    assert '"id": 42,' in made.lines
    assert '"access_token": "<filled text>",' in made.lines


def postman(api: demo_api.Api) -> dict[str, Any]:
    """Returns a collection as Postman exports it, with what its own samples have."""
    test = {'listen': 'test', 'script': {'type': 'text/javascript', 'exec': [
        'pm.test("Status code is 200", function () {', '    pm.response.to.have.status(200);', '});',
        f'const token = "{SECRET}";',
    ]}}  # fmt: skip
    url = {
        'raw': '{{baseUrl}}/echo/:id?q={{query}}&off=1',
        'host': ['{{baseUrl}}'],
        'variable': [{'key': 'id', 'value': '7'}],
    }
    raw = {'mode': 'raw', 'raw': '{"id": "{{$guid}}", "note": "${x} #{y}"}', 'options': {'raw': {'language': 'json'}}}
    graphql = {'mode': 'graphql', 'graphql': {'query': '{ users { id } }', 'variables': '{"n": 1}'}}
    form = {'mode': 'urlencoded', 'urlencoded': [
        {'key': 'a', 'value': 'x y'}, {'key': 'off', 'value': '1', 'disabled': True},
        {'key': 'secret', 'value': SECRET},
    ]}  # fmt: skip
    saved = {'code': 200, 'header': [{'key': 'Content-Type', 'value': 'application/json'}],
             'body': json.dumps(demo_api.ACCOUNT)}  # fmt: skip
    return {
        'info': {'name': 'Shop', 'schema': 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'},
        'auth': {'type': 'bearer', 'bearer': [{'key': 'token', 'value': SECRET, 'type': 'string'}]},
        'variable': [{'key': 'baseUrl', 'value': api.address}],
        'item': [
            {'name': 'Users', 'item': [
                {'name': 'Add', 'event': [test], 'request': {'method': 'POST', 'header': [], 'url': url, 'body': raw}},
                {'name': 'Query', 'request': {'method': 'POST', 'url': '{{baseUrl}}/echo', 'body': graphql}},
            ]},
            {'name': 'Form', 'request': {'method': 'POST', 'url': '{{baseUrl}}/echo', 'body': form,
                                         'auth': {'type': 'basic', 'basic': [{'key': 'username', 'value': 'u'}]}}},
            {'name': 'Account', 'request': {'method': 'GET', 'url': '{{baseUrl}}/account'}, 'response': [saved]},
            {'name': 'Hawk', 'request': {'method': 'GET', 'url': '{{baseUrl}}/account', 'auth': {'type': 'hawk'}}},
        ],
    }  # fmt: skip


def test_a_collection_of_postman(maker: Maker, api: demo_api.Api) -> None:
    made = maker.make('postman', maker.file('shop.json', postman(api)), QUERY='a & b')
    passed(made, 5)
    assert 'Scenario: Users / Add' in made.lines
    assert 'And I store a UUID4 under "guid"' in made.lines
    assert '"note": "\\${x} \\#{y}"' in made.lines
    assert 'And URL path "/echo/7"' in made.lines
    assert 'And query parameter "q" is "$QUERY"' in made.lines
    assert '# not carried over: the script test, since JavaScript is not run:' in made.lines
    assert '#       pm.response.to.have.status(200);' in made.lines
    assert '"query": "{ users { id } }",' in made.lines
    assert 'And form field "secret" is "$TOKEN"' in made.lines
    assert 'And Basic Auth "u" "$PASSWORD"' in made.lines
    assert '"name": "<text>",' in made.lines
    assert '# not carried over: the login hawk: write a step for it, such as: Given bearer token "$TOKEN"' in made.lines


OPENAPI = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: "URL/{base}", variables: {base: {default: ''}}}]
security: [{token: []}]
paths:
  /account:
    get:
      summary: The account
      parameters:
        - {name: day, in: query, required: true, schema: {type: string, format: date}}
        - {name: ids, in: query, required: true, schema: {type: array, items: {type: integer}, minItems: 2}}
        - {name: other, in: query, schema: {type: string}}
      responses:
        '200':
          description: It
          content: {application/json: {schema: {$ref: '#/components/schemas/Account'}}}
  /echo/{name}:
    parameters: [{$ref: '#/components/parameters/Name'}]
    post:
      operationId: echo
      security: [{key: []}]
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Friend'}
            example: {name: 2026-01-01, api_key: SECRET}
      responses: {2XX: {description: ok}}
components:
  parameters:
    Name: {name: name, in: path, required: true, schema: {type: string, enum: [a b]}}
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-API-Key}
  schemas:
    Account:
      type: object
      required: [id, name]
      properties:
        id: {type: integer}
        name: {type: string}
        boss: {type: [string, 'null']}
        phone: {type: string}
        friends: {type: array, items: {$ref: '#/components/schemas/Friend'}}
    Friend:
      type: object
      properties: {name: {type: string}, friend: {$ref: '#/components/schemas/Friend'}}
"""


def test_an_openapi_document(maker: Maker, api: demo_api.Api) -> None:
    text = OPENAPI.replace('URL', api.address).replace('SECRET', SECRET)
    made = maker.make('openapi', maker.file('openapi.yaml', text))
    passed(made, 2)
    assert 'Scenario: The account' in made.lines
    assert 'And bearer token "$TOKEN"' in made.lines
    assert 'And query parameter "day" is "2026-01-31"' in made.lines
    assert 'And query parameter "ids" has the values "1, 1"' in made.lines
    assert 'And URL path "/echo/a%20b"' in made.lines
    assert 'And header "X-API-Key" "$X_API_KEY"' in made.lines
    assert '"name": "2026-01-01",' in made.lines
    assert '"boss": "<optional text or null>",' in made.lines
    assert 'And status is "2xx"' in made.lines or 'Then status is "2xx"' in made.lines


HURL = """# Log in
POST URL/token
[FormParams]
username: bob
password: SECRET
HTTP 200
[Captures]
tok: jsonpath "$.access_token"
[Asserts]
jsonpath "$.token_type" == "Bearer"
header "Content-Type" startsWith "application/json"

PUT URL/echo?a={{query}}   # a comment
Authorization: Bearer {{tok}}
[QueryStringParams]
b: x y
[Cookies]
theme: dark
{
  "name": "a\\"}b",
  "n": [1, 2]
}
HTTP 200
X-Echo: an echo
[Asserts]
jsonpath "$.json.n" count == 2
jsonpath "$.json.n[1]" == 2
jsonpath "$.json.name" matches /^a.*b$/
jsonpath "$.json.missing" not exists
jsonpath "$..name" count == 1
jsonpath "$.method" != "GET"
jsonpath "$.query.b" isString
body contains "x y"
status < 300
duration < 9000

GET URL/state/hurl
[Options]
retry: 20
retry-interval: 200ms
aws-sigv4: aws:amz
HTTP 200

GET URL/soap
HTTP 200
[Asserts]
xpath "//user/name" == "Ada"
sha256 == hex,DIGEST;
"""


def test_a_hurl_file(maker: Maker, api: demo_api.Api) -> None:
    import hashlib

    digest = hashlib.sha256(demo_api.SOAP.encode()).hexdigest()
    text = HURL.replace('URL', api.address).replace('SECRET', SECRET).replace('DIGEST', digest)
    made = maker.make('hurl', maker.file('shop.hurl', text), QUERY='z')
    passed(made, 4)
    assert 'And cookies are kept' in made.lines
    assert 'And bearer token "#tok"' in made.lines
    assert 'And query parameter "a" is "$QUERY"' in made.lines
    assert 'And path "/json/n" has "2" items' in made.lines
    assert 'When the URL is invoked until status is "200", for up to "4" seconds' in made.lines
    assert '# not carried over: the option aws-sigv4: aws:amz: no step says it' in made.lines
    assert '# not carried over: the assert status < 300: no step says it' in made.lines


@pytest.mark.parametrize(
    ('kind', 'content', 'code', 'sentence'),
    [
        ('har', '{"log": {}}', 3, 'source is no HAR: it has no log.entries'),
        ('har', '{"log": {"entries": []}}', 3, 'source: there are no calls in it'),
        ('har', '{"log": {"entries": [1, {"request": 3}]}}', 3, 'source: there are no calls in it'),
        ('har', '{', 3, 'source:1:2: this is no JSON: expecting property name enclosed in double quotes'),
        ('har', '[' * 100_000, 3, "source: this JSON can't be read"),
        ('har', b'\xff', 3, 'source is not UTF-8'),
        ('postman', '{"item": 1}', 3, "source is no collection of Postman: it has no 'item'"),
        ('openapi', 'swagger: 2.0', 3, 'source is no OpenAPI 3.0 or 3.1: it is Swagger 2.0'),
        ('openapi', 'a: [', 3, 'source:2:1: this is neither JSON nor YAML'),
        ('openapi', 'openapi: 3.0.0\npaths: {}', 3, 'source has no operations'),
        ('openapi', "openapi: 3.0.0\npaths: {/a: {$ref: '#/x'}}", 3, "the reference '#/x' leads nowhere"),
        (
            'openapi',
            "openapi: 3.0.0\npaths: {/a: {$ref: 'http://x/y'}}",
            3,
            "the reference 'http://x/y' leads elsewhere",
        ),
        ('openapi', "openapi: 3.0.0\npaths: {/a: {$ref: '../../x'}}", 3, "the reference '../../x' leads elsewhere"),
        ('openapi', "openapi: 3.0.0\npaths: {/a: {$ref: '#/paths/~1a'}}", 3, 'a reference leads to itself'),
        ('hurl', 'nothing', 3, 'source:1: an entry begins with a method and a URL'),
        ('hurl', 'GET http://x\n```\nabc', 3, 'nothing closes this text'),
        ('curl', 'curl -s', 3, 'there is no URL in it'),
        ('curl', "curl 'http://x", 3, 'quotes are not closed'),
        ('curl', 'curl ^"http://x^"', 3, 'this is a line for the shell of Windows'),
        ('curl', 'curl http://x -X', 3, '-X has no value'),
        ('cur', '', 2, "there is no 'cur'"),
    ],
)
def test_what_can_not_be_read_says_so(kind: str, content: str | bytes, code: int, sentence: str, maker: Maker) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (maker.folder / 'source').write_bytes(data)
    words = '- < source' if kind == 'curl' else 'source'
    done = shell(f'apitest from {kind} {words}', maker.folder, maker.environ)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert done.stdout == ''


def test_a_file_that_is_there_stays(maker: Maker) -> None:
    maker.file('made.feature', 'mine')
    done = shell("apitest from curl 'curl http://x' -o made.feature", maker.folder, maker.environ)
    assert done.returncode == 5
    assert 'made.feature is there already' in done.stderr
    assert (maker.folder / 'made.feature').read_text() == 'mine'


ODD = ['$x', '#x', '@x', '${x}', 'a${x}b', '\\$x', '\\#{x}', 'a\\', '"', 'a" is "b', '"""', '```', ' a ', '<b>',
       '|', 'é\u2028', '', '\t',
       'a\nb', '"""\n```', 'a\r\nb', 'x\n', '# no', 'a # b', '\\', '{{x}}']  # fmt: skip


@pytest.mark.parametrize('value', ODD)
def test_any_value_arrives_as_it_was_or_is_a_remark(value: str, maker: Maker, api: demo_api.Api) -> None:
    body = {'mimeType': 'text/plain', 'text': value}
    request = {'method': 'POST', 'postData': body, 'headers': [{'name': 'X-Value', 'value': 'a'}]}
    source = {'log': {'entries': [har_entry(api, '/echo', request=request)]}}
    source['log']['entries'][0]['response']['content']['text'] = json.dumps({'body': value})
    maker.file('odd.har', source)
    (maker.folder / 'made.feature').unlink(missing_ok=True)
    done = shell('apitest from har odd.har', maker.folder, maker.environ)
    assert done.returncode == 0, done.stderr
    (maker.folder / 'odd.feature').write_text(done.stdout)
    run = shell('apitest run odd.feature --json r.json --no-color', maker.folder, maker.environ)
    sent = json.loads((maker.folder / 'r.json').read_text())['features'][0]['scenarios'][0]['exchanges'][0]
    if 'not carried over' in done.stdout:
        assert 'has characters that a step' in done.stdout
    else:
        assert json.loads(sent['response_body'])['body'] == value, done.stdout + run.stdout


PAGE = (ROOT / 'docs' / 'apitest-from.md').read_text()
SHOWN = re.findall(r'```console\n\$ (.*?)\n(.*?)```', PAGE, re.DOTALL)


@pytest.mark.parametrize(('command', 'output'), SHOWN)
def test_the_page_shows_what_is_printed(command: str, output: str, maker: Maker) -> None:
    assert shell(command, maker.folder, maker.environ).stdout == output
