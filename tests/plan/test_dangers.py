"""What a plan says of changes that make an object less safe."""

from __future__ import annotations

import pytest

from zatools.kinds import SPELLINGS
from zatools.plan.dangers import warnings
from zatools.state import Change, FieldChange, Item


@pytest.mark.parametrize(('verifies', 'said'), [(False, ['TLS certificates will not be verified']), (True, [])])
def test_a_new_connection_that_verifies_nobody_is_told(verifies: bool, said: list[str]) -> None:
    item = Item(SPELLINGS['outgoing_rest'][0], {'name': 'CRM', 'tls_verify': verifies})
    assert warnings(Change('create', item, None, ())) == tuple(said)


@pytest.mark.parametrize(('guard', 'before'), [('security', 'key'), ('groups', ['all']), ('sec_use_rbac', True)])
def test_a_channel_that_loses_its_only_guard_is_told(guard: str, before: object) -> None:
    kind = SPELLINGS['channel_rest'][0]
    stored, item = Item(kind, {'name': 'a', guard: before}), Item(kind, {'name': 'a', guard: None})
    change = Change('update', item, stored, (FieldChange(guard, before, None),))
    assert warnings(change) == ('becomes public: anybody can invoke it',)


def test_a_channel_whose_callers_need_a_role_is_not_public() -> None:
    kind = SPELLINGS['channel_rest'][0]
    assert kind.is_public({'name': 'a', 'sec_use_rbac': False})
    assert not kind.is_public({'name': 'a', 'sec_use_rbac': True})
    item = Item(kind, {'name': 'a', 'security': None, 'sec_use_rbac': True})
    stored = Item(kind, {'name': 'a', 'security': 'key', 'sec_use_rbac': True})
    assert warnings(Change('update', item, stored, (FieldChange('security', 'key', None),))) == ()
