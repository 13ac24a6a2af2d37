"""RBAC of 3.2: every method, with each way to a role, by each caller."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.server.test_guards import DEFINITIONS, basic, item, key, state
from zatools.kinds.rbac import ROOT
from zatools.server.http.channels import METHODS, channel_of
from zatools.state import Item, State

PERMISSIONS = {'Create': {'POST'}, 'Read': {'GET', 'HEAD'}, 'Update': {'PUT', 'PATCH'}, 'Delete': {'DELETE'}}
CLIENTS = {'user': 'sec_def:::basic_auth:::user', 'key': 'sec_def:::apikey:::key'}
SENT = {'user': basic('user', 'right'), 'key': key('right'), 'wrong': basic('user', 'wrong'), 'nobody': {}}
SERVICE = 'order.get'
#: Roles by name and the one that they extend: a chain of three, one beside it, and two that extend each other.
ROLES = {'reader': ROOT, 'editor': 'reader', 'chief': 'editor', 'other': ROOT, 'left': 'right', 'right': 'left'}
ABOVE = {
    'reader': {'reader'},
    'editor': {'reader', 'editor'},
    'chief': {'reader', 'editor', 'chief'},
    'other': {'other'},
    'left': {'left', 'right'},
    'right': {'left', 'right'},
    ROOT: set(),
    'not in the definitions': {'not in the definitions'},
}


def granted(role: str, permission: str, service: str = SERVICE) -> Item:
    return item('rbac_role_permission', '', role=role, permission=permission, service=service)


def rules(held: str, *grants: Item, client: str = CLIENTS['user']) -> State:
    roles = [item('rbac_role', name, parent=parent) for name, parent in ROLES.items()]
    return {**DEFINITIONS, **state(*roles, item('rbac_client_role', '', client_def=client, role=held), *grants)}


def status(rules: State, method: str, sent: dict[str, str], **channel: Any) -> int:
    values = {'service': SERVICE, 'url_path': '/a', 'sec_use_rbac': True, **channel}
    guard = channel_of(item('channel_rest', 'a', **values), rules, '3.2').guard
    assert guard
    denied = guard({'REQUEST_METHOD': method, **sent})
    return denied.status if denied else 200


@pytest.mark.parametrize(('held', 'given'), list(product(ABOVE, ABOVE)))
def test_a_role_may_what_it_or_one_that_it_extends_may(held: str, given: str) -> None:
    for permission, methods in PERMISSIONS.items():
        found = rules(held, granted(given, permission))
        for method in METHODS:
            is_allowed = method in methods and given in ABOVE[held]
            assert status(found, method, SENT['user']) == (200 if is_allowed else 403), (permission, method)


@pytest.mark.parametrize(('who', 'method'), list(product(SENT, sorted(METHODS))))
def test_who_is_not_known_is_told_so_and_who_lacks_a_role_too(who: str, method: str) -> None:
    found = rules('reader', granted('reader', 'Read'), client=CLIENTS['key'])
    expected = 401
    if who == 'key':
        expected = 200 if method in PERMISSIONS['Read'] else 403
    assert status(found, method, SENT[who]) == expected


@pytest.mark.parametrize(
    ('client', 'expected'),
    [
        ('sec_def:::basic_auth:::user', 200),
        ('sec_def:::apikey:::user', 401),
        ('sec_def:::basic_auth:::off', 401),
        ('sec_def:::basic_auth:::no password', 401),
        ('sec_def:::basic_auth:::not in the definitions', 401),
        ('sec_def:::basic_auth', 401),
        ('user', 401),
        ('', 401),
    ],
)
def test_a_client_is_a_definition_of_its_type(client: str, expected: int) -> None:
    assert status(rules('reader', granted('reader', 'Read'), client=client), 'GET', SENT['user']) == expected


@pytest.mark.parametrize(
    ('permission', 'service', 'expected'),
    [('Read', SERVICE, 200), ('Read', 'order.get-all', 403), ('Read', '', 403), ('read', SERVICE, 403), ('', '', 403)],
)
def test_a_right_is_one_to_a_service(permission: str, service: str, expected: int) -> None:
    assert status(rules('reader', granted('reader', permission, service)), 'GET', SENT['user']) == expected
    assert status(rules('reader', granted('reader', permission, service)), 'OPTIONS', SENT['user']) == 403


@pytest.mark.parametrize('field', ['has_rbac', 'sec_use_rbac'])
@pytest.mark.parametrize(
    ('guard', 'who', 'expected'),
    [
        ({'security': 'user'}, 'user', 200),
        ({'security': 'user'}, 'key', 401),
        ({'security': 'key'}, 'key', 403),
        ({'security': 'key'}, 'user', 401),
        ({'security': 'gone'}, 'user', 401),
        ({'security': 'ntlm'}, 'user', 501),
        ({'groups': ['both']}, 'user', 200),
        ({'groups': ['both']}, 'key', 403),
        ({'groups': ['both']}, 'nobody', 403),
        ({'groups': ['empty']}, 'nobody', 401),
        ({'groups': ['empty']}, 'user', 200),
        ({}, 'user', 200),
        ({}, 'wrong', 401),
    ],
)
def test_what_else_guards_a_channel_counts_too(field: str, guard: dict[str, Any], who: str, expected: int) -> None:
    found = rules('reader', granted('reader', 'Read'))
    values = {'sec_use_rbac': False, field: True, **guard}
    assert status(found, 'GET', SENT[who], **values) == expected


def test_4_1_has_no_roles() -> None:
    values = {'service': SERVICE, 'url_path': '/a', 'sec_use_rbac': True}
    assert channel_of(item('channel_rest', 'a', **values), rules('reader'), '4.1').guard is None


def test_limits_of_clients_count_where_roles_let_them_in() -> None:
    limited = item(
        'basic_auth', 'user', username='user', password='right', is_rate_limit_active=True, rate_limit_def='*=1/m'
    )
    found = {**rules('reader', granted('reader', 'Read')), **state(limited)}
    values = {'service': SERVICE, 'url_path': '/a', 'sec_use_rbac': True}
    gate = channel_of(item('channel_rest', 'a', **values), found, '3.2').gate
    assert gate
    environ = {'REMOTE_ADDR': '127.0.0.1', **SENT['user']}
    assert gate.after(dict(environ)) is None
    refusal = gate.after(dict(environ))
    assert refusal and refusal.status == 429
