"""Roles that extend others: however many there are, and never in a circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import databases
from tests.odb.test_companions import put
from zatools.errors import InvalidError


def test_a_long_chain_of_roles_is_made_from_the_first_one(tmp_path: Path, worker_id: str) -> None:
    layout = databases.provide('sqlite', 'ours-3.2', tmp_path, worker_id)
    rows = [f'  - {{name: r{n}, parent_name: {f"r{n + 1}" if n < 1999 else "Root"}}}' for n in range(2000)]
    assert 'Created 2000' in put(layout, tmp_path, 'rbac_role:\n' + '\n'.join(rows) + '\n')
    assert layout.dangling() == []


def test_roles_that_lead_back_to_themselves_are_refused(tmp_path: Path, worker_id: str) -> None:
    layout = databases.provide('sqlite', 'ours-3.2', tmp_path, worker_id)
    rows = (
        '{name: a, parent_name: b}',
        '{name: b, parent_name: a}',
        '{name: c, parent_name: a}',
        '{name: d, parent_name: d}',
    )
    with pytest.raises(InvalidError) as caught:
        put(layout, tmp_path, 'rbac_role:\n' + ''.join(f'  - {row}\n' for row in rows))
    assert [problem.text for problem in caught.value.problems] == [
        "rbac_role 'a': by way of 'b' it leads back to itself",
        "rbac_role 'b': by way of 'a' it leads back to itself",
        "rbac_role 'd': by way of 'd' it leads back to itself",
    ]
