"""Who may use a channel: definitions and groups against what a request carries."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.secret import Secret
from zatools.server.http.channels import Router, channel_of
from zatools.server.http.guards import KEY_HEADER
from zatools.state import Item, State

KIND = {kind.label: kind for kind in KINDS}
PUBLIC = 'public'


def item(label: str, name: str, **values: Any) -> Item:
    if 'password' in values:
        values['password'] = Secret(values['password'])
    kind: Kind = KIND[label]
    return Item(kind, {'name': name, **values})


def state(*items: Item) -> State:
    return {one.key: one for one in items}


DEFINITIONS = state(
    item('basic_auth', 'user', username='user', password='right'),
    item('basic_auth', 'same password', username='second', password='right'),
    item('basic_auth', 'no password', username='user', password=''),
    item('basic_auth', 'password unknown', username='user'),
    item('basic_auth', 'off', username='user', password='right', is_active=False),
    item('apikey', 'key', password='right'),
    item('apikey', 'own header', header='X-Own', password='right'),
    item('apikey', 'empty key', password=''),
    item('apikey', 'key unknown'),
    item('apikey', 'key off', password='right', is_active=False),
    item('jwt', 'jwt', username='jwt', password='right'),
    item('ntlm', 'ntlm', username='ntlm', password='right'),
    item('groups', 'both', members=['user', 'key']),
    item('groups', 'keys', members=['own header']),
    item('groups', 'dead', members=['no password', 'empty key', 'off', 'key off']),
    item('groups', 'gone', members=['nobody knows']),
    item('groups', 'empty', members=[]),
)


def status(generation: str, environ: dict[str, str], **channel: Any) -> int | str:
    """Returns what a request is answered with by the guard of a channel; 200 is let in."""
    values = {'service': 'a', 'url_path': '/a', **channel}
    guard = channel_of(item('channel_rest', 'a', **values), DEFINITIONS, generation).guard
    if guard is None:
        return PUBLIC
    denied = guard(environ)
    return denied.status if denied else 200


def basic(user: str, password: str) -> dict[str, str]:
    login = b64encode(f'{user}:{password}'.encode()).decode()
    return {'HTTP_AUTHORIZATION': f'Basic {login}'}


def key(value: str, header: str = KEY_HEADER) -> dict[str, str]:
    return {f'HTTP_{header.upper().replace("-", "_")}': value}


EMPTY: tuple[dict[str, str], ...] = ({}, basic('user', ''), basic('', ''), key(''), basic('user', 'None'), key('None'))


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize(
    ('security', 'environ', 'expected'),
    [
        ('user', basic('user', 'right'), 200),
        ('user', basic('user', 'wrong'), 401),
        ('user', basic('second', 'right'), 401),
        ('user', basic('USER', 'right'), 401),
        ('user', {'HTTP_AUTHORIZATION': b64encode(b'user:right').decode()}, 401),
        ('user', {'HTTP_AUTHORIZATION': f'Bearer {b64encode(b"user:right").decode()}'}, 401),
        ('user', {'HTTP_AUTHORIZATION': f'bAsIc {b64encode(b"user:right").decode()}'}, 200),
        ('user', key('right'), 401),
        ('off', basic('user', 'right'), 401),
        ('key', key('right'), 200),
        ('key', key('wrong'), 401),
        ('key', basic('key', 'right'), 401),
        ('own header', key('right', 'X-Own'), 200),
        ('own header', key('right'), 401),
        ('key off', key('right'), 401),
        ('jwt', basic('jwt', 'right'), 501),
        ('ntlm', basic('ntlm', 'right'), 501),
        ('not in the definitions', basic('user', 'right'), 401),
        ('not in the definitions', {}, 401),
    ],
)
def test_a_definition_lets_in_who_knows_it(
    generation: str, security: str, environ: dict[str, str], expected: int
) -> None:
    assert status(generation, environ, security=security) == expected


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('environ', EMPTY, ids=str)
@pytest.mark.parametrize('security', ['user', 'no password', 'password unknown', 'key', 'empty key', 'key unknown'])
def test_what_is_empty_lets_nobody_in(generation: str, security: str, environ: dict[str, str]) -> None:
    assert status(generation, environ, security=security) == 401


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('environ', EMPTY, ids=str)
@pytest.mark.parametrize('group', ['both', 'dead'])
def test_what_is_empty_lets_nobody_in_through_a_group(generation: str, group: str, environ: dict[str, str]) -> None:
    assert status(generation, environ, groups=[group]) == 403


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('environ', [basic('user', 'right'), key('right')], ids=str)
def test_members_that_are_not_active_are_not_let_in(generation: str, environ: dict[str, str]) -> None:
    assert status(generation, environ, groups=['dead']) == 403


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize(
    ('environ', 'expected'),
    [
        (basic('user', 'right'), 200),
        (key('right'), 200),
        (basic('user', 'wrong'), 403),
        (basic('second', 'right'), 403),
        (key('wrong'), 403),
        ({**basic('user', 'right'), **key('right')}, 400),
    ],
)
def test_a_group_lets_in_its_members(generation: str, environ: dict[str, str], expected: int) -> None:
    assert status(generation, environ, groups=['both']) == expected


def test_a_group_without_members_opens_a_channel_of_3_2_only() -> None:
    assert status('3.2', {}, groups=['empty']) == PUBLIC
    assert status('4.1', {}, groups=['empty']) == 403


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('group', ['gone', 'not in the definitions'])
def test_a_group_whose_members_are_not_known_opens_nothing(generation: str, group: str) -> None:
    assert status(generation, {}, groups=[group]) == 403
    assert status(generation, basic('user', 'right'), groups=['empty', group]) == 403


def test_a_channel_without_security_and_groups_is_public() -> None:
    assert status('3.2', {}) == status('4.1', {}) == PUBLIC


def test_the_path_with_more_letters_of_its_own_is_taken_first() -> None:
    paths = ['/{a}', '/any/{a}', '/{a}/more', '/any/{a}/more', '/any/exact/more']
    channels = [
        channel_of(item('channel_rest', path, service='a', url_path=path, match_slash=True), {}, '3.2')
        for path in paths
    ]
    for order in (channels, channels[::-1]):
        router = Router(order)
        for path, expected in (
            ('/any/7/more', '/any/{a}/more'),
            ('/any/exact/more', '/any/exact/more'),
            ('/any/7/else', '/any/{a}'),
            ('/7/more', '/{a}/more'),
            ('/7/8', '/{a}'),
        ):
            found = router.find(path, 'GET', '').channel
            assert found and found.name == expected


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize(
    ('environ', 'expected'),
    [(basic('user', 'right'), 403), (key('right'), 401), ({**basic('user', 'wrong'), **key('right')}, 401), ({}, 401)],
)
def test_a_definition_and_groups_must_both_let_in(generation: str, environ: dict[str, str], expected: int) -> None:
    assert status(generation, environ, security='user', groups=['keys']) == expected


def test_one_login_may_do_for_a_definition_and_a_group() -> None:
    assert status('4.1', basic('user', 'right'), security='user', groups=['both']) == 200
