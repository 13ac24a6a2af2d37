"""The number of SQL statements depends on the tables that are touched, not on how many objects there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.run import KEY, definitions
from tests.conftest import Console
from zatools.commands.import_ import import_files
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

#: service, sec_base, sec_basic_auth, http_soap, conn_def_amqp, out_amqp.
TOUCHED = 6


def run(folder: Path, text: str, **options: Any) -> None:
    (folder / 'a.yaml').write_text(text)
    world = Console({'ZATO_SECRET_KEY': KEY}).world
    choice = OdbChoice(odb=f'sqlite:///{folder}/a.sqlite')
    assert import_files(world, choice, [str(folder / 'a.yaml')], replace=True, **options) is Exit.OK


def counts(folder: Path, size: int, statements: list[str]) -> list[int]:
    """Returns how many statements creating, changing, repeating and deleting take."""
    text = definitions(size)
    changed = text.replace('timeout: 30', 'timeout: 40').replace('username: user', 'username: other')
    empty = ''.join(f'{line}\n' for line in text.splitlines() if line.endswith(':') and not line.startswith(' '))
    found = []
    for wanted, options in ((text, {}), (changed, {}), (changed, {}), (empty, {'delete': True, 'yes': size})):
        statements.clear()
        run(folder, wanted, **options)
        found.append(len(statements))
    return found


def test_ten_times_the_objects_take_the_same_number_of_statements(tmp_path: Path, statements: list[str]) -> None:
    for name in ('few', 'many'):
        (tmp_path / name).mkdir()
    few, many = counts(tmp_path / 'few', 200, statements), counts(tmp_path / 'many', 2000, statements)
    assert few == many
    assert max(many) <= 4 * TOUCHED + 10
