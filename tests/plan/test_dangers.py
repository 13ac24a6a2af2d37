"""What a plan says of changes that make an object less safe."""

from __future__ import annotations

import pytest

from zatools.kinds import SPELLINGS
from zatools.plan.dangers import warnings
from zatools.state import Change, Item


@pytest.mark.parametrize(('verifies', 'said'), [(False, ['TLS certificates will not be verified']), (True, [])])
def test_a_new_connection_that_verifies_nobody_is_told(verifies: bool, said: list[str]) -> None:
    item = Item(SPELLINGS['outgoing_rest'][0], {'name': 'CRM', 'tls_verify': verifies})
    assert warnings(Change('create', item, None, ())) == tuple(said)
