"""Every kind is created, changed and deleted in a few statements a table, however many objects there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files
from tests.conftest import KEY, Console
from tests.laws import samples
from zatools.commands.odb import create
from zatools.errors import Exit
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS
from zatools.kinds.model import GENERATIONS
from zatools.odb.target import OdbChoice
from zatools.state import State

ENVIRON = {'ZATO_SECRET_KEY': KEY}
USERS = """
security:
  - {name: one, type: basic_auth, username: one, password: abc}
  - {name: two, type: basic_auth, username: two, password: abc}
"""


def objects(generation: str, count: int, is_minimal: bool = False) -> State:
    """Returns `count` objects, as many of each kind; `is_minimal` takes fields away, but groups keep theirs."""
    kinds = [kind for kind in KINDS if generation in kind.generations]
    items = [
        samples.item(kind, number, generation, is_minimal and kind.section != 'groups')
        for number in range(1, count // len(kinds) + 1)
        for kind in kinds
    ]
    used: set[tuple[str, str, str]] = set()
    for item in items:
        given = [one for one in item.kind.unique if one.main not in item.kind.identity]
        for unique in (one for one in given if item.kind.by_name[one.main].ref):
            # One object each may have what it refers to.
            value = item.kind.section, unique.main, str(item.values.get(unique.main, ''))
            if value in used:
                item.values.pop(unique.main, None)
            used.add(value)
    return {item.key: item for item in items}


def emptied(generation: str, state: State) -> str:
    """Returns the text of a file in which every section is empty, those that say a type too."""
    sections = dict.fromkeys(kind.section for kind in KINDS if generation in kind.generations)
    named = (item.kind.by_section.name_for(item.values) for item in state.values() if item.kind.by_section)
    sections.update(dict.fromkeys(named))
    return ''.join(f'{section}: []\n' for section in sections)


def counts(folder: Path, generation: str, statements: list[str], *steps: tuple[str, dict[str, Any]]) -> list[int]:
    """Imports one text after another; returns how many statements each took, none more than it may be."""
    folder.mkdir()
    choice = OdbChoice(odb=f'sqlite:///{folder}/a.sqlite')
    create(Console(ENVIRON).world, choice, layout=generation)
    found = []
    for text, options in steps:
        (folder / 'a.yaml').write_text(text)
        statements.clear()
        code = import_files(Console(ENVIRON).world, choice, [str(folder / 'a.yaml')], replace=True, **options)
        assert code is Exit.OK
        touched = {name for text in statements for name in re.findall(r'(?:FROM|INTO|UPDATE) "?(\w+)', text)}
        # Several kinds may share a table: each has a statement of its own.
        kinds = sum(generation in kind.generations for kind in KINDS)
        assert len(statements) <= 4 * len(touched) + kinds
        found.append(len(statements))
    return found


@pytest.mark.parametrize('generation', GENERATIONS)
def test_all_kinds_take_the_same_number_of_statements(generation: str, statements: list[str], tmp_path: Path) -> None:
    def round_of(count: int) -> list[int]:
        state = objects(generation, count)
        full, fewer = (emit(one, Style(generation), 'yaml') for one in (state, objects(generation, count, True)))
        gone = (emptied(generation, state), {'delete': True, 'yes': len(state)})
        return counts(tmp_path / f'{count}', generation, statements, (full, {}), (fewer, {}), (full, {}), gone)

    assert round_of(200) == round_of(2000)


def grouped(count: int, member: str) -> str:
    """Returns the text of groups that have one member."""
    return USERS + 'groups:\n' + ''.join(f'  - {{name: group {n}, members: [{member}]}}\n' for n in range(count))


def test_many_groups_change_their_members_in_a_few_statements(statements: list[str], tmp_path: Path) -> None:
    def round_of(count: int) -> list[int]:
        steps = ((grouped(count, 'one'), {}), (grouped(count, 'two'), {}))
        return counts(tmp_path / f'{count}', '3.2', statements, *steps)

    assert round_of(20) == round_of(200)


def typed(count: int, type_: str) -> str:
    """Returns the text of security definitions of one type."""
    return 'security:\n' + ''.join(
        f'  - {{name: user {n}, type: {type_}, username: user-{n}, password: abc}}\n' for n in range(count)
    )


def test_many_definitions_change_their_type_in_a_few_statements(statements: list[str], tmp_path: Path) -> None:
    def round_of(count: int) -> list[int]:
        steps = ((typed(count, 'basic_auth'), {}), (typed(count, 'ntlm'), {}))
        return counts(tmp_path / f'{count}', '3.2', statements, *steps)

    assert round_of(20) == round_of(200)
