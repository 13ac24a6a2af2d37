"""Calls against an OpenAPI document: what is found, in 3.0 and 3.1, against a real server; what they cover."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.harness import ROOT, environment, shell, write_program
from tests.peers.web import address_of, http_server
from zatools.apitest import demo_api
from zatools.apitest.openapi.described import Described, path_values
from zatools.errors import InvalidError

PATHS: dict[str, Any] = {
    '/users': {
        'get': {
            'parameters': [
                {'name': 'limit', 'in': 'query', 'required': True, 'schema': {'type': 'integer', 'maximum': 10}},
                {'name': 'ids', 'in': 'query', 'explode': False,
                 'schema': {'type': 'array', 'items': {'type': 'integer'}}},
                {'name': 'filter', 'in': 'query', 'style': 'deepObject', 'schema': {'type': 'object'}},
                {'name': 'X-Area', 'in': 'header', 'schema': {'enum': ['north', 'south']}},
            ],
            'responses': {'200': {'description': 'ok', 'content': {'application/json': {'schema': {
                'type': 'array', 'items': {'$ref': '#/components/schemas/User'}}}}}},
        },
        'post': {
            'requestBody': {'required': True, 'content': {
                'application/json': {'schema': {'$ref': '#/components/schemas/User'}}}},
            'responses': {
                '201': {'description': 'made', 'headers': {
                    'X-Count': {'required': True, 'schema': {'type': 'integer'}}}},
                '4XX': {'description': 'wrong'},
            },
        },
    },
    '/users/me': {'get': {'responses': {'default': {'description': 'any'}}}},
    '/users/{id}': {
        'parameters': [{'name': 'id', 'in': 'path', 'required': True, 'schema': {'type': 'integer'}}],
        'get': {'responses': {'200': {'description': 'ok', 'content': {'application/json': {'schema': {
            '$ref': '#/components/schemas/User'}}}}}},
    },
}  # fmt: skip
USER = {
    'type': 'object',
    'required': ['name', 'id', 'password'],
    'properties': {
        'id': {'type': 'integer', 'readOnly': True},
        'name': {'type': 'string'},
        'password': {'type': 'string', 'writeOnly': True},
        'boss': {'$ref': '#/components/schemas/User'},
        'since': {'type': 'string', 'format': 'date'},
    },
}


def document(**more: Any) -> dict[str, Any]:
    return {'openapi': '3.1.0', 'paths': PATHS, 'components': {'schemas': {'User': USER}}, **more}


class Answers(BaseHTTPRequestHandler):
    """Answers with what the call's header X-Answer says: status, headers, body."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        status, headers, body = json.loads(self.headers.get('X-Answer') or '[200, {}, ""]')
        if self.path == headers.get('Location'):
            # Where a redirect leads to.
            status, headers, body = 200, {}, '{}'
        content = body.encode()
        self.send_response(status)
        for name, value in {'Content-Type': 'application/json', **headers}.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


Apitest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def apitest(tmp_path: Path) -> Iterator[Apitest]:
    """Runs apitest in a project that has a document, against a server that answers as it is told."""
    features, tools = tmp_path / 'features', tmp_path / 'tools'
    features.mkdir()
    tools.mkdir()
    write_program(tools)
    with http_server(handler=Answers) as server:

        def run(*scenarios: str, options: str = '', content: Any = None) -> subprocess.CompletedProcess[str]:
            text = json.dumps(content or document()) if not isinstance(content, str) else content
            (features / 'openapi.json').write_text(text)
            head = 'Feature: A\n\n  Background:\n    Given address "$API"\n'
            if not (features / 'config.ini').exists():
                head += '    And API is described by "openapi.json"\n'
            rows = [f'\n  Scenario: {number}\n{steps}' for number, steps in enumerate(scenarios)]
            (features / 'a.feature').write_text(head + ''.join(rows))
            known = environment(tools, API=f'http://{address_of(server)}')
            return shell(f'apitest run {options}', tmp_path, known)

        yield run


def call(method: str, path: str, answer: list[Any], body: str = '', header: str = '') -> str:
    rows = [f'header "X-Answer" "{json.dumps(answer)}"', header]
    if body:
        rows += [f'request is "{body}"', 'header "Content-Type" "application/json"']
    steps = ''.join(f'    Given {row}\n' for row in rows if row)
    return f'{steps}    When "{method} {path}" is invoked\n'


ANN = {'id': 1, 'name': 'Ann'}


def ok(value: Any, **headers: str) -> list[Any]:
    return [200, headers, json.dumps(value)]


#: What is called, and the words of the failure; none where it passes.
CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    'a right call': (call('GET', '/users?limit=1&ids=1,2&filter[a]=b', ok([ANN])), ()),
    'a path of its own before one with parameters': (call('GET', '/users/me', [418, {}, '']), ()),
    'a wrong answer': (
        call('GET', '/users/1', ok({'id': 'x', 'name': 'Ann', 'boss': {'id': 1, 'name': 2}})),
        ("response body /id: 'x' is not of type 'integer'", 'openapi.json#/components/schemas/User/properties/id/type',
         "response body /boss/name: 2 is not of type 'string'"),
    ),
    'a format': (
        call('GET', '/users/1', ok({**ANN, 'since': 'today'})),
        ("response body /since: 'today' is not a 'date'",),
    ),
    'a property is missing': (call('GET', '/users/1', ok({'id': 1})), ("'name' is a required property",)),
    'no JSON': (call('GET', '/users/1', [200, {}, '{"a']), ('response body is no JSON',)),
    'no body': (call('GET', '/users/1', [200, {}, '']), ('response body is missing',)),
    'another type': (
        call('GET', '/users/1', [200, {'Content-Type': 'text/plain'}, 'Ann']),
        ("response body is 'text/plain': described is application/json",),
    ),
    'another status': (
        call('GET', '/users/1', [202, {}, '{}']),
        ('status 202 is not described: there are 200', '#/paths/~1users~1{id}/get/responses'),
    ),
    'a parameter in the path': (
        call('GET', '/users/x', ok(ANN)),
        ("path parameter 'id': 'x' is not of type 'integer'", '#/paths/~1users~1{id}/parameters/0/schema/type'),
    ),
    'a parameter is missing': (call('GET', '/users', ok([])), ("query parameter 'limit' is missing",)),
    'a parameter is too big': (call('GET', '/users?limit=11', ok([])), ("query parameter 'limit': 11 is greater",)),
    'an item': (call('GET', '/users?limit=1&ids=1,b', ok([])), ("query parameter 'ids' /1: 'b' is not of type",)),
    'a mistyped parameter': (
        call('GET', '/users?limit=1&lmit=1', ok([])),
        ("query parameter 'lmit' is not described",),
    ),
    'a header': (
        call('GET', '/users?limit=1', ok([]), header='header "x-area" "west"'),
        ("header parameter 'X-Area': 'west' is not one of ['north', 'south']",),
    ),
    'a right body': (
        call('POST', '/users', [201, {'X-Count': '1'}, ''], '{"name": "Ann", "password": "abcdefgh"}'),
        (),
    ),
    'a wrong body': (
        call('POST', '/users', [201, {'X-Count': '1'}, ''], '{"name": 1, "password": "abcdefgh"}'),
        ("request body /name: 1 is not of type 'string'",),
    ),
    'a wrong body that is refused': (call('POST', '/users', [400, {}, '{}'], '{"name": 1}'), ()),
    'a body is missing': (call('POST', '/users', [201, {'X-Count': '1'}, '']), ('request body is missing',)),
    'a header of the answer': (
        call('POST', '/users', [201, {'X-Count': 'one'}, ''], '{"name": "Ann", "password": "abcdefgh"}'),
        ("response header 'X-Count': 'one' is not of type 'integer'",),
    ),
    'a header of the answer is missing': (
        call('POST', '/users', [201, {}, ''], '{"name": "Ann", "password": "abcdefgh"}'),
        ("response header 'X-Count' is missing",),
    ),
    'another method': (call('DELETE', '/users', [200, {}, '']), ('DELETE /users is no operation: this path has GET',)),
    'another method that is refused': (call('DELETE', '/users', [405, {}, '']), ()),
    'another path': (call('GET', '/user', [200, {}, '']), ('GET /user is no operation: no path fits', '/users')),
    'another path that is not there': (call('GET', '/user', [404, {}, '']), ()),
    'HEAD': (call('HEAD', '/users/1', [200, {}, '']), ()),
    'OPTIONS': (call('OPTIONS', '/users', [200, {}, '']), ()),
}  # fmt: skip


def test_calls_are_checked(apitest: Apitest) -> None:
    done = apitest(*(steps for steps, _ in CALLS.values()), options='--json - --isolated')
    report = json.loads(done.stdout)
    scenarios = report['features'][0]['scenarios']
    assert len(scenarios) == len(CALLS)
    for (name, (_, words)), scenario in zip(CALLS.items(), scenarios, strict=True):
        problems = [step['problem'] for step in scenario['steps'] if step['problem']]
        assert scenario['status'] == ('failed' if words else 'passed'), (name, problems)
        said = json.dumps(problems, ensure_ascii=False).replace('\\"', '"')
        assert [word for word in words if word not in said] == [], (name, said)


def test_checks_of_the_answer_still_run(apitest: Apitest) -> None:
    steps = call('GET', '/users/1', ok({'id': 'x', 'name': 'Ann'})) + '    Then path "/name" is "Bob"\n'
    done = apitest(steps)
    assert done.returncode == 1
    assert "response body /id: 'x' is not of type 'integer'" in done.stdout
    assert '"Bob"' in done.stdout


def test_an_api_of_3_0(apitest: Apitest) -> None:
    user = {
        'type': 'object',
        'properties': {
            'name': {'type': 'string', 'nullable': True},
            'age': {'type': 'integer', 'minimum': 0, 'exclusiveMinimum': True},
        },
    }
    content = document(openapi='3.0.3', components={'schemas': {'User': user}})
    fine, wrong = (call('GET', '/users/1', ok({'name': None, 'age': age})) for age in (1, 0))
    assert apitest(fine, content=content).returncode == 0
    done = apitest(wrong, content=content)
    assert 'response body /age: 0 is less than or equal to the minimum of 0' in done.stdout
    assert apitest(fine, content=document(components={'schemas': {'User': user}})).returncode == 1


def test_the_path_of_a_server_is_left_out(apitest: Apitest) -> None:
    content = document(servers=[{'url': 'https://api.example.com/{v}', 'variables': {'v': {'default': 'v1'}}}])
    assert apitest(call('GET', '/v1/users/1', ok(ANN)), content=content).returncode == 0
    assert apitest(call('GET', '/v2/users/1', ok(ANN)), content=content).returncode == 1


def test_files_beside_the_document_are_followed(apitest: Apitest, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'user.json').write_text(
        json.dumps({'User': {'properties': {'id': {'$ref': '#/Id'}}}, 'Id': {'type': 'integer'}})
    )
    content = document(components={'schemas': {'User': {'$ref': 'user.json#/User'}}})
    done = apitest(call('GET', '/users/1', ok({'id': 'x'})), content=content)
    assert "response body /id: 'x' is not of type 'integer'" in done.stdout
    assert 'user.json#/Id/type' in done.stdout


ALIASES = list(zip('abcdefg', 'bcdefgh', strict=True))
#: What is no document that can be used, and what is said of it.
BAD: dict[str, tuple[Any, str]] = {
    'Swagger': ({'swagger': '2.0'}, 'is no OpenAPI 3.0 or 3.1: it is Swagger 2.0'),
    'a list': ([1], 'is no OpenAPI 3.0 or 3.1'),
    'neither': ('openapi: [', 'this is neither JSON nor YAML'),
    'no paths': ({'openapi': '3.1.0'}, 'it has no paths'),
    'a broken reference': (document(components={}), "the reference '#/components/schemas/User' leads nowhere"),
    'a circle': (
        document(components={'schemas': {
            'User': {'$ref': '#/components/schemas/B'}, 'B': {'$ref': '#/components/schemas/User'}}}),
        'a reference leads to itself',
    ),
    'elsewhere': (document(components={'schemas': {'User': {'$ref': '../../etc/passwd#/a'}}}), 'leads elsewhere'),
    'the net': (document(components={'schemas': {'User': {'$ref': 'http://127.0.0.1/a.json'}}}), 'leads elsewhere'),
    'a file that is missing': (document(components={'schemas': {'User': {'$ref': 'b.json#/a'}}}), 'leads to no file'),
    'aliases': (
        'openapi: 3.1.0\na: &a [x, x, x, x, x, x, x, x, x, x]\n'
        + ''.join(f'{new}: &{new} [{", ".join([f"*{old}"] * 10)}]\n' for old, new in ALIASES),
        'has more than 3,000,000 values',
    ),
    'an alias of itself': ('openapi: 3.1.0\npaths: &a {b: *a}\n', 'has more than 3,000,000 values, or some 200 deep'),
    'deep': ('{"openapi": "3.1.0", "paths": ' + '[' * 500 + ']' * 500 + '}', 'or some 200 deep'),
}  # fmt: skip


@pytest.mark.parametrize('name', BAD)
def test_a_document_that_cannot_be_used(name: str, apitest: Apitest) -> None:
    content, words = BAD[name]
    done = apitest(call('GET', '/users/1', ok(ANN)), content=content)
    assert done.returncode == 1
    assert words in done.stdout
    assert 'Traceback' not in done.stdout + done.stderr
    assert 'features/openapi.json' in done.stdout
    assert 'openapi.json"\n' in done.stdout


@pytest.mark.parametrize(
    ('schema', 'words'),
    [
        ({'allOf': [{'$ref': '#/components/schemas/User'}]}, 'this schema leads to itself'),
        ({'type': 'object', 'properties': {'id': {'type': 7}}}, 'is no schema'),
        ({'properties': {'name': {'pattern': '('}}}, 'is no schema'),
        ({'minProperties': 'many'}, 'is no schema'),
    ],
)
def test_a_schema_that_cannot_be_used(schema: dict[str, Any], words: str, apitest: Apitest) -> None:
    content = document(components={'schemas': {'User': schema}})
    done = apitest(call('GET', '/users/1', ok(ANN)), content=content)
    assert done.returncode == 1
    assert words in done.stdout
    assert 'Traceback' not in done.stdout + done.stderr


def test_a_document_that_is_too_big(tmp_path: Path) -> None:
    path = tmp_path / 'openapi.yaml'
    with path.open('wb') as file:
        file.truncate(50_000_001)
    with pytest.raises(InvalidError, match='is bigger than 50 MB'):
        Described(path)


@pytest.mark.parametrize(
    ('template', 'path', 'values'),
    [
        ('/a/{b}', '/a/1', {'b': '1'}),
        ('/a/{b}', '/a/x%2Fy', {'b': 'x/y'}),
        ('/a/{b}', '/a/', None),
        ('/a/{b}', '/a', None),
        ('/a/{b}.{c}', '/a/1.json', {'b': '1', 'c': 'json'}),
        ('/a/v{b}!', '/a/v1!', {'b': '1'}),
        ('/a/v{b}!', '/a/v1', None),
        ('/a b', '/a%20b', {}),
    ],
)
def test_values_of_a_path(template: str, path: str, values: dict[str, str] | None) -> None:
    assert path_values(template, path) == values


def test_the_configuration_may_name_the_document(apitest: Apitest, tmp_path: Path) -> None:
    config = tmp_path / 'features' / 'config.ini'
    config.write_text('[contract]\nfile = openapi.json\n')
    wrong = call('GET', '/users/1', ok({'id': 'x'}))
    assert "response body /id: 'x' is not of type 'integer'" in apitest(wrong).stdout
    config.write_text('[contract]\nfile = openapi.json\naddress = http://api.example.com\n')
    assert apitest(wrong).returncode == 0
    config.write_text('[contract]\nfile = other.json\n')
    done = apitest(wrong)
    assert (done.returncode, 'features/other.json' in done.stderr) == (3, True)
    config.write_text('[contract]\nname = other.json\n')
    done = apitest(wrong)
    assert (done.returncode, '[contract] has no file' in done.stderr) == (3, True)


@pytest.mark.parametrize('jobs', [1, 2])
def test_coverage(jobs: int, apitest: Apitest, tmp_path: Path) -> None:
    right = call('GET', '/users?limit=1', ok([ANN]))
    (tmp_path / 'features' / 'config.ini').write_text('[contract]\nfile = openapi.json\n')
    (tmp_path / 'features' / 'b.feature').write_text(
        'Feature: B\n\n  Scenario: B\n    Given address "$API"\n' + call('GET', '/users/me', [418, {}, ''])
    )
    done = apitest(right, options=f'--coverage --fail-under 80 --json r.json --html r.html --jobs {jobs}')
    assert done.returncode == 1
    assert '(2 of 4 operations, 2 of 5 statuses, 1 of 5 parameters)' in done.stdout
    assert 'Coverage of features/openapi.json: 35 %' in done.stdout
    assert '  not called: POST /users status 4XX\n' in done.stdout
    assert "  not called: GET /users header parameter 'X-Area'\n" in done.stdout
    assert 'Coverage is 35 %: --fail-under wants 80 %' in done.stdout
    coverage = json.loads((tmp_path / 'r.json').read_text())['coverage']
    assert coverage['percent'] == 35
    assert coverage['documents'][0]['parts']['operations']['missing'] == ['POST /users', 'GET /users/{id}']
    page = (tmp_path / 'r.html').read_text()
    assert 'Coverage: 35 %' in page
    assert '<li>POST /users status 4XX</li>' in page
    assert apitest(right, options=f'--fail-under 35 --jobs {jobs}').returncode == 0
    assert 'Coverage' not in apitest(right).stdout


def test_coverage_of_nothing(apitest: Apitest, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'config.ini').write_text('')
    done = apitest(call('GET', '/users/1', ok(ANN)), options='--fail-under 1')
    assert done.returncode == 1
    assert 'Coverage: no API is described' in done.stdout
    done = apitest(call('GET', '/users/1', ok(ANN)), options='--fail-under 101')
    assert (done.returncode, "'101' is no percentage" in done.stderr) == (2, True)


def test_secrets_are_masked(apitest: Apitest, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'config.ini').write_text(
        '[contract]\nfile = openapi.json\n[secrets]\npassword = s3cret-pw\n'
    )
    done = apitest(call('GET', '/users/s3cret-pw?s3cret-pw=1', ok({'id': 's3cret-pw'})))
    assert done.returncode == 1
    assert 's3cret-pw' not in done.stdout + done.stderr


PAGE = (ROOT / 'docs' / 'contract.md').read_text()


def blocks(kind: str) -> list[str]:
    found = re.findall(r'(?m)^```(\w*)\n(.*?)^```$', PAGE, re.DOTALL)
    return [text for name, text in found if name == kind]


def test_the_examples_of_the_page(tmp_path: Path) -> None:
    features, tools = tmp_path / 'features', tmp_path / 'tools'
    features.mkdir()
    tools.mkdir()
    write_program(tools)
    (features / 'openapi.yaml').write_text(blocks('yaml')[0])
    (features / 'accounts.feature').write_text(blocks('gherkin')[0])
    failure, *_, coverage = blocks('')
    api = demo_api.start()
    try:
        environ = environment(tools, API=api.address)
        done = shell('apitest run --coverage', tmp_path, environ)
        assert done.returncode == 0
        assert coverage in done.stdout
        (features / 'accounts.feature').write_text(blocks('gherkin')[0].replace('EUR', 'GBP'))
        done = shell('apitest run', tmp_path, environ)
        assert done.returncode == 1
        assert failure in done.stdout
        # As the page says of config.ini.
        (features / 'config.ini').write_text(blocks('ini')[0].replace('http://localhost:17010', api.address))
        (features / 'accounts.feature').write_text(
            blocks('gherkin')[0].replace('EUR', 'GBP').replace('    And API is described by "openapi.yaml"\n', '')
        )
        done = shell('apitest run', tmp_path, environ)
        assert "query parameter 'currency': 'GBP' is not one of ['EUR', 'USD']" in done.stdout
    finally:
        api.stop()


def test_addresses_have_documents_of_their_own(apitest: Apitest, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'other.json').write_text(
        json.dumps({'openapi': '3.1.0', 'paths': {'/': {'get': {'responses': {'204': {'description': 'none'}}}}}})
    )
    step = '    Given API at "${API}/users/1" is described by "other.json"\n'
    done = apitest(step + call('GET', '/users/1', ok(ANN)))
    assert 'status 200 is not described: there are 204' in done.stdout
    assert apitest(step + call('GET', '/users/12', ok(ANN))).returncode == 0


def test_a_redirect_is_followed_to_the_operation_that_answers(apitest: Apitest) -> None:
    moved = [307, {'Location': '/users/me'}, '']
    done = apitest(call('GET', '/users?limit=1', moved))
    assert 'status 307 is not described: there are 200' in done.stdout


def test_reports_of_parts_have_the_coverage_of_all(apitest: Apitest, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'config.ini').write_text('[contract]\nfile = openapi.json\n')
    for name, path in (('one', '/users/me'), ('two', '/users/1')):
        apitest(call('GET', path, ok(ANN)), options=f'--coverage --report {name}')
    done = shell('apitest merge-reports one two --report all', tmp_path, environment(tmp_path / 'tools'))
    assert done.returncode == 0, done.stdout + done.stderr
    coverage = json.loads((tmp_path / 'all' / 'report.json').read_text())['coverage']
    assert coverage['documents'][0]['parts']['operations']['missing'] == ['GET /users', 'POST /users']
    assert coverage['percent'] == 35
    (tmp_path / 'one' / 'report.json').write_text(
        '{"format": 1, "features": [], "counts": {}, "requests": 0, "coverage": 1}'
    )
    done = shell('apitest merge-reports one two --report all', tmp_path, environment(tmp_path / 'tools'))
    assert (done.returncode, "the 'coverage' of a report" in done.stderr) == (3, True)
