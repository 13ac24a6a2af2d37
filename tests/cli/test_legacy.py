"""Zato's own command lines."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from zatools.cli.legacy import _patterns


@pytest.mark.parametrize(
    ('given', 'name', 'is_found'),
    [
        ('crm', 'CRM', True),
        ('CRM', 'crm.get', True),
        ('crm, pay', 'Payments', True),
        ('a*b', 'axb', False),
        ('hi!', 'Hi!', True),
        ('', 'CRM', False),
    ],
)
def test_parts_of_names_are_found_without_case(given: str, name: str, is_found: bool) -> None:
    assert any(fnmatchcase(name, pattern) for pattern in _patterns(given)) is is_found
