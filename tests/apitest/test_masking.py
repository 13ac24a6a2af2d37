"""Secrets are masked in every form that they travel in, and nothing else is."""

from __future__ import annotations

import pytest

from zatools.apitest.report.results import Explanation, FeatureResult, ScenarioResult, StepResult, masked_again
from zatools.apitest.secrets import Secrets
from zatools.apitest.state.names import BRACED, is_public


@pytest.mark.parametrize(
    ('secret', 'text', 'masked'),
    [
        ('s3cret-pw', 'password=s3cret-pw&a=b', 'password=******&a=b'),
        ('s3cret-pw', 'Basic czNjcmV0LXB3', 'Basic ******'),
        ('pa ss/wo+rd', 'a=pa%20ss%2Fwo%2Brd, pa+ss%2Fwo%2Brd, pa%20ss/wo%2Brd', 'a=******, ******, ******'),
        ('quo"te\\', '{"p": "quo\\"te\\\\"}', '{"p": "******"}'),
        ('quo"te', '"{\\"p\\": \\"quo\\\\\\"te\\"}"', '"{\\"p\\": \\"******\\"}"'),
        ('grün-grün', '{"p": "gr\\u00fcn-gr\\u00fcn"}', '{"p": "******"}'),
        ('grün-grün', 'X: grÃ¼n-grÃ¼n', 'X: ******'),
        ('line\nline', '{"p": "line\\nline"}', '{"p": "******"}'),
        ('abc', 'abcdef abc', 'abcdef abc'),
        ('abc', '{"p": "abc", "q": "xabc"}', '{"p": "******", "q": "xabc"}'),
        ('abc', 'abc', '******'),
        ('1', 'HTTP/1.1 and 1', 'HTTP/1.1 and 1'),
        ('none', 'https://me:pw@host/', 'https://me:******@host/'),
    ],
)
def test_a_secret_is_masked(secret: str, text: str, masked: str) -> None:
    secrets = Secrets()
    secrets.track(secret, '$NAME')
    assert secrets.mask(text) == masked


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    secrets = Secrets()
    secrets.track('token')
    secrets.track('token-and-more')
    assert secrets.mask('token-and-more token') == '****** ******'


def test_what_is_used_as_an_address_is_no_secret() -> None:
    secrets = Secrets()
    secrets.track('http://a.test', '$HOST')
    secrets.make_public('http://a.test')
    secrets.track('http://a.test', '$HOST')
    assert secrets.mask('http://a.test/path') == 'http://a.test/path'


@pytest.mark.parametrize(
    ('text', 'public'),
    [
        ('${ADDRESS}', ['${ADDRESS}']),
        ('${ADDRESS}/v1/${A}', ['${ADDRESS}']),
        ('${SCHEME}://${HOST}.test:${PORT}', ['${SCHEME}', '${HOST}', '${PORT}']),
        ('http://${A}:@{b}@${HOST}', ['${HOST}']),
        ('http://bob:${A}#{b}@#{host}:80/${C}', ['#{host}']),
        ('http://host?a=${A}', []),
        ('http://host#${A}', []),
        ('\\@${A}', ['${A}']),
    ],
)
def test_scheme_host_and_port_of_an_address_are_public(text: str, public: list[str]) -> None:
    names = [match for match in BRACED.finditer(text) if match[2]]
    assert [match[0] for match in names if is_public(text, *match.span(), 'address')] == public


@pytest.mark.parametrize('parameter', ['url_path', 'method', 'format', 'username'])
def test_of_other_parameters_only_the_whole_is_public(parameter: str) -> None:
    assert is_public('${A}', 0, 4, parameter)
    assert not is_public('/${A}', 1, 5, parameter)


@pytest.mark.parametrize(
    ('location', 'secrets'),
    [
        ('http://a.test:80/b', {}),
        ('http://bob:p%2Fw@a.test', {'p/w': '$PASSWORD'}),
        ('bob:pw@a.test', {'pw': '$PASSWORD'}),
        ('http://token@a.test', {'token': '$TOKEN'}),
        ('http://token:@a.test', {'token': '$TOKEN'}),
        ('/a/@bob', {}),
        ('/a?api-key=b%20c&d=e#f', {'b c': '$API_KEY', 'b%20c': '', 'e': '$D'}),
        ('/a?b', {'b': '$QUERY'}),
        ('/a?b=', {}),
    ],
)
def test_logins_and_queries_are_secrets(location: str, secrets: dict[str, str]) -> None:
    found = Secrets()
    found.track_location(location)
    assert dict(found.values()) == secrets


@pytest.mark.parametrize(
    ('password', 'sent'),
    [('password', 'YXBpOnBhc3N3b3Jk'), ('gr\u00fcn', 'YXBpOmdyw7xu'), ('gr\u00fcn', 'YXBpOmdy/G4=')],
)
def test_what_basic_auth_sends_is_a_secret(password: str, sent: str) -> None:
    secrets = Secrets()
    secrets.track_basic('api', password)
    assert secrets.mask(f'Authorization: Basic {sent}') == 'Authorization: Basic ******'


@pytest.mark.parametrize('key', ['access_token', 'refresh_token', 'id_token'])
def test_tokens_of_an_answer_are_secrets(key: str) -> None:
    secrets = Secrets()
    secrets.track_answer(f'{{"{key}" : "to\\"ken-1", "type": "Bearer-x"}}')
    assert secrets.mask(f'{{"{key}": "to\\"ken-1"}} Bearer-x') == f'{{"{key}": "******"}} Bearer-x'


def test_a_result_is_masked_again_but_for_what_names_files() -> None:
    step = StepResult('Then', 'path "/a" is "tokentoken"', 3, 'features/tokentoken.feature', live='tokentoken')
    step.problem = Explanation('not tokentoken', hints=('tokentoken?',), detail=('a  tokentoken',))
    scenario = ScenarioResult('features/tokentoken.feature', 2, 'One', steps=[step])
    scenario.exchanges = [{'url': 'http://a.test/?k=tokentoken', 'request_headers': {'K': 'tokentoken'}, 'status': 200}]
    secrets = Secrets()
    secrets.track('tokentoken')
    found = masked_again(FeatureResult('features/tokentoken.feature', 'F', scenarios=[scenario]), secrets.mask)
    assert 'tokentoken' not in repr(found).replace('features/tokentoken.feature', '')
    assert (found.path, scenario.path, step.path) == ('features/tokentoken.feature',) * 3
    assert scenario.exchanges[0]['status'] == 200
