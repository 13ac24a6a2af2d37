"""Objects without a name of their own are known by what they refer to."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from zatools.files.reader import Read, read
from zatools.files.writer import Style, emit
from zatools.kinds import KEYS_BY_TABLE, ORDER, SPELLINGS
from zatools.kinds.model import Field, Kind, Row

GRANT = Kind(
    'grant',
    'Grants: a role may invoke a service.',
    (Row('grant'),),
    (
        Field('name', 'Made of the role and the service.'),
        Field('role', 'Role.', ref='role', required=True, aliases=('role_name',), example='admin'),
        Field('service', 'Service.', ref='service', required=True, example='crm.get'),
        Field('is_active', 'Whether it holds.', 'boolean', True),
    ),
    aliases=('grant',),
    identity=('role', 'service'),
)


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes readers and writers know the kind."""
    monkeypatch.setitem(SPELLINGS, 'grant', (GRANT,))
    monkeypatch.setitem(ORDER, GRANT, len(ORDER))
    monkeypatch.setitem(KEYS_BY_TABLE, 'grant', frozenset(GRANT.lookup))  # type: ignore[index]


def files(folder: Path, text: str) -> Read:
    path = folder / 'a.yaml'
    path.write_text(text)
    return read([str(path)], io.BytesIO(), {})


def test_an_object_is_called_by_its_identity_which_files_have_as_fields(tmp_path: Path) -> None:
    text = 'grant:\n  - role: admin\n    service: crm.get\n  - role: admin\n    service: set\n    is_active: false\n'
    found = files(tmp_path, text)
    assert found.problems == []
    assert list(found.state) == [('grant', 'admin, crm.get'), ('grant', 'admin, set')]
    assert emit(found.state, Style('4.1'), 'yaml') == text


def test_an_identity_may_be_given_by_another_name_of_a_field(tmp_path: Path) -> None:
    found = files(tmp_path, 'grant:\n  - role_name: admin\n    service: crm.get\n')
    assert list(found.state) == [('grant', 'admin, crm.get')]


def test_two_objects_of_one_identity_are_told_of(tmp_path: Path) -> None:
    found = files(tmp_path, 'grant:\n  - {role: a, service: b}\n  - {role: a, service: b, is_active: false}\n')
    assert [problem.text for problem in found.problems] == [
        "grant 'a, b' is defined twice in one file, first in line 2"
    ]


def test_a_part_of_the_identity_that_is_missing_is_told_of(tmp_path: Path) -> None:
    found = files(tmp_path, 'grant:\n  - role: admin\n')
    assert [problem.text for problem in found.problems] == ["grant 'admin, ': 'service' is missing"]
