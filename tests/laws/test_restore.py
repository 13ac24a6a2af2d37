"""A backup that is restored gives the state before it: every kind, every layout, every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files
from tests.conftest import Console, Layout
from tests.laws import samples
from tests.laws.test_laws import choice, load, put, seen, values
from tests.laws.test_moves import named, renamed, write
from zatools.errors import Exit
from zatools.state import Key


def do(layout: Layout, paths: list[str], **options: Any) -> str:
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), paths, replace=True, **options) is Exit.OK, console.text
    return console.text


def restore(layout: Layout, path: Path, **options: Any) -> str:
    return do(layout, [], restore=str(path), **options)


@pytest.mark.parametrize('is_minimal', [True, False])
def test_a_restored_backup_gives_the_state_before_it(layout: Layout, tmp_path: Path, is_minimal: bool) -> None:
    put(layout, tmp_path, samples.state(layout.generation, is_minimal=is_minimal))
    state, before_ids = seen(layout)
    before = values(state)
    backup = tmp_path / 'before.json'
    # All that has a name gets another one, all the rest is changed.
    names: dict[Key, str] = named(state)
    wanted = renamed(samples.state(layout.generation), names)
    path = write(tmp_path, wanted, layout.generation, {(key[0], new): key[1] for key, new in names.items()})
    do(layout, [path], backup=str(backup))
    assert values(load(layout)) != before
    assert backup.stat().st_mode & 0o777 == 0o600
    text = backup.read_text()
    assert [secret for secret in secrets_of(layout) if secret in text] == []
    restore(layout, backup)
    after, after_ids = seen(layout)
    assert (values(after), after_ids) == (before, before_ids)
    assert 'Nothing to do' in restore(layout, backup)
    assert layout.dangling() == []


def secrets_of(layout: Layout) -> list[str]:
    state = load(layout)
    found = [item.values.get(name) for item in state.values() for name in item.kind.secrets]
    return [value.reveal() for value in found if value and len(value.reveal()) > 5]
