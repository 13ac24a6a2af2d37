"""Databases to test with: ours, and copies of those that Zato itself made."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings

from zatools.commands.world import World

ROOT = Path(__file__).parent.parent
ODBS = Path(os.environ.get('ZATOOLS_TEST_ODBS') or ROOT.parent / 'shared' / 'odb')
KEY = 'rTwXh_oWqz0QeBjN8Kuv5h0rYxkq3v1HTe7sJ8sJmC4='

# In CI the same examples every time; nowhere a limit on how long one takes.
settings.register_profile('here', deadline=None)
settings.register_profile('ci', deadline=None, derandomize=True)
settings.load_profile('ci' if os.environ.get('CI') else 'here')


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption('--update-golden', action='store_true', help='write what golden cases print as what they should')


class Console:
    """A world whose streams can be read."""

    def __init__(self, environ: Mapping[str, str], stdin: bytes = b'') -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.world = World(environ, io.BytesIO(stdin), self.out, self.err)

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.out.getvalue() + self.err.getvalue()


@dataclass(frozen=True)
class Layout:
    """A database of one layout: where it is, whose, and the environment to open it with."""

    name: str
    generation: str
    path: str
    database: Path
    environ: Mapping[str, str] = field(default_factory=dict)


def copy_real(generation: str, folder: Path) -> Layout:
    """Copies a database of Zato's own with its server directory, and deploys `my.service`."""
    source = ODBS / f'zato{generation.replace(".", "")}'
    if not source.is_dir():
        pytest.skip(f'no database of Zato {generation} at {source} (ZATOOLS_TEST_ODBS)')
    shutil.copytree(source / 'server1', folder / 'server1', copy_function=shutil.copyfile)
    for path in [folder / 'server1', *(folder / 'server1').rglob('*')]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    database = folder / 'sqlite.db'
    shutil.copyfile(source / 'sqlite.db', database)
    config = folder / 'server1' / 'config' / 'repo' / 'server.conf'
    config.write_text(config.read_text().replace('@ODB@', str(database)))
    deploy(database, 'my.service')
    return Layout(f'zato{generation}', generation, str(folder / 'server1'), database)


def deploy(database: Path, *names: str) -> None:
    """Puts the rows of services into a database, as a deployment would."""
    with sqlite3.connect(database) as connection:
        columns = [row[1] for row in connection.execute('pragma table_info(service)')]
        for name in names:
            values = {
                'name': name,
                'is_active': 1,
                'impl_name': f'my.{name}',
                'is_internal': 0,
                'slow_threshold': 99999,
                'opaque1': 'null',
                'cluster_id': 1,
            }
            used = [column for column in values if column in columns]
            connection.execute(
                f'insert into service ({", ".join(used)}) values ({", ".join("?" * len(used))})',
                [values[column] for column in used],
            )
    connection.close()


@pytest.fixture(params=['ours-3.2', 'ours-4.1', 'zato-3.2', 'zato-4.1'])
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    """Each layout in turn."""
    from zatools.commands.odb import create
    from zatools.odb.target import OdbChoice

    whose, generation = request.param.split('-')
    if whose == 'zato':
        return copy_real(generation, tmp_path)
    environ = {'ZATO_SECRET_KEY': KEY}
    database = tmp_path / 'zato-odb.sqlite'
    create(Console(environ).world, OdbChoice(odb=f'sqlite:///{database}'), layout=generation)
    deploy(database, 'my.service')
    return Layout(request.param, generation, f'sqlite:///{database}', database, environ)
