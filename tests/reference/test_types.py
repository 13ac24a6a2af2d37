"""The table of value types: each has its JSON Schema, and none stands where no field or reader looks."""

from __future__ import annotations

import pytest

from zatools.kinds.types import TYPES
from zatools.reference.schema import schema


@pytest.mark.parametrize('name', TYPES)
def test_every_type_has_its_schema(name: str) -> None:
    assert name in schema()['$defs']


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('2030-01-31', '2030-01-31T00:00:00'),
        (' 2030-01-31 08:00:00 ', '2030-01-31T08:00:00'),
        ('2030-01-31T08:00:00.250', '2030-01-31T08:00:00'),
        ('2030-01-31T08:00:00+02:00', '2030-01-31T06:00:00'),
        ('2030-01-31T08:00:00Z', '2030-01-31T08:00:00'),
        ('', ''),
    ],
)
def test_a_moment_is_read_in_every_spelling_and_in_utc(text: str, value: str) -> None:
    assert TYPES['moment'].parse(text, None, None) == value


@pytest.mark.parametrize('text', ['tomorrow', '2030-02-30', '2030-01-31T25:00', '99999999999999999'])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='must be a date and a time, as in 2030-01-31T08:00:00'):
        TYPES['moment'].parse(text, None, None)
