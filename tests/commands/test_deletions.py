"""How many objects an import deletes without being told their number: five, or a tenth of those of its sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import databases
from tests.calls import import_files
from tests.conftest import Console, Layout
from zatools.errors import Exit, RefusedError
from zatools.odb.target import OdbChoice


def definitions(folder: Path, count: int) -> str:
    lines = [f'  - {{name: a{n}, type: basic_auth, username: u{n}, password: p}}' for n in range(count)]
    path = folder / f'{count}.yaml'
    path.write_text('\n'.join(['security:', *lines, '']))
    return str(path)


def left(layout: Layout) -> int:
    ((count,),) = layout.execute("select count(*) from sec_base where name like 'a%'")
    return int(count)


def odb_of(folder: Path, count: int) -> Layout:
    layout = databases.make_own('3.2', f'sqlite:///{folder}/own.sqlite')
    console = Console(layout.environ)
    assert import_files(console.world, OdbChoice(odb=layout.url), [definitions(folder, count)]) is Exit.OK
    return layout


def delete(layout: Layout, folder: Path, count: int, yes: int | None = None) -> Exit:
    console = Console(layout.environ)
    return import_files(console.world, OdbChoice(odb=layout.url), [definitions(folder, count)], delete=True, yes=yes)


@pytest.mark.parametrize(('there', 'wanted'), [(20, 15), (60, 54)], ids=['five', 'a tenth'])
def test_few_are_deleted_without_a_word(there: int, wanted: int, tmp_path: Path) -> None:
    layout = odb_of(tmp_path, there)
    assert delete(layout, tmp_path, wanted) is Exit.OK
    assert left(layout) == wanted


@pytest.mark.parametrize(('there', 'wanted'), [(20, 14), (60, 53)], ids=['six', 'more than a tenth'])
def test_more_need_their_number(there: int, wanted: int, tmp_path: Path) -> None:
    layout = odb_of(tmp_path, there)
    count = there - wanted
    with pytest.raises(RefusedError) as refused:
        delete(layout, tmp_path, wanted)
    assert refused.value.hint == f'if so: --yes {count}'
    for wrong in (count - 1, count + 1):
        with pytest.raises(RefusedError, match=f'--yes {wrong} was given, but {count} objects would be deleted'):
            delete(layout, tmp_path, wanted, wrong)
    assert left(layout) == there
    assert delete(layout, tmp_path, wanted, count) is Exit.OK
    assert left(layout) == wanted
