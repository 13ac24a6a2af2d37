"""Objects of the history that were deleted since, and so are read from there alone."""

from __future__ import annotations

from typing import Any

from zatools.odb.entries import unpacked
from zatools.state import diff

HEAD = {'called': 'a', 'type_': 'outconn-crm'}


def deleted(**values: Any) -> Any:
    # A process that has not read the object from an ODB has met none of its keys.
    kind = {'section': 'zato_generic_connection', 'kind': 'zato_generic_connection'}
    return {'op': 'delete', 'name': 'outconn-crm, a', 'before': {**kind, 'values': {**HEAD, **values}}}


def test_a_key_that_no_kind_declares_may_be_met_in_the_history_first() -> None:
    before = unpacked(deleted(met_in_history={'plain': [1]}), '4.1', None).before
    assert before
    (change,) = diff({before.key: before}, {}, '4.1').changes
    assert 'met_in_history' in [field.name for field in change.fields]


def test_what_can_be_no_field_is_lost() -> None:
    assert unpacked(deleted(**{'no field': 1}), '4.1', None).lost == {'no field'}
