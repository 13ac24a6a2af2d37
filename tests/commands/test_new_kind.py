"""A kind is one entry: one that does not exist goes through all commands once it has a line in the table."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import KEY, ROOT

#: All that there is of it.
ENTRY = '''"""Weather stations: a kind of a test."""

from zatools.kinds.fields import ACTIVE, NAME, password
from zatools.kinds.generic import connection, pool
from zatools.kinds.model import Field
from zatools.kinds.traits import ENDPOINT

WEATHER = connection(
    'weather',
    'outconn-weather',
    'Connections to weather stations.',
    (
        NAME,
        ACTIVE,
        Field('address', 'Station.', required=True, example='https://weather.example.com', means=ENDPOINT),
        Field('station', 'Its number.', 'integer', 7, minimum=1),
        Field('unit', 'Unit of degrees.', default='celsius', choices=('celsius', 'kelvin')),
        password('Token of the station.', 'token', column='secret'),
        pool(),
    ),
    flags=(False, True),
    noun='weather connection',
)
'''
FILE = """weather:
  - name: Oslo
    address: https://oslo.example.com
    station: 12
    token: ${OSLO_TOKEN}
  - name: Rome
    address: https://rome.example.com
    unit: kelvin
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the program whose table has the entry."""
    shutil.copytree(ROOT / 'zatools', tmp_path / 'zatools', ignore=shutil.ignore_patterns('__pycache__'))
    (tmp_path / 'zatools' / 'kinds' / 'weather.py').write_text(ENTRY)
    table = tmp_path / 'zatools' / 'kinds' / '__init__.py'
    text = table.read_text().replace('    websocket,\n', '    weather,\n    websocket,\n', 1)
    table.write_text(text.replace('    *connections.KINDS,\n', '    weather.WEATHER,\n    *connections.KINDS,\n', 1))
    (tmp_path / 'a.yaml').write_text(FILE)
    return tmp_path


def test_a_kind_that_does_not_exist_goes_through_all_commands(folder: Path) -> None:
    def zato(*words: str, code: int = 0) -> str:
        environ = {**os.environ, 'PYTHONPATH': str(folder), 'ZATO_SECRET_KEY': KEY, 'OSLO_TOKEN': 's3cret-token'}
        done = subprocess.run(
            [sys.executable, '-m', 'zatools', 'enmasse', *words],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
        )
        text = done.stdout + done.stderr
        assert (done.returncode, 's3cret' in text) == (code, False), text
        return text

    odb = ('--odb', f'sqlite:///{folder}/a.sqlite')
    assert "unknown key 'stations'" in _with(
        folder, 'station:', 'stations:', lambda: zato('validate', 'a.yaml', code=3)
    )
    assert '2 objects, no problems' in zato('validate', 'a.yaml')
    assert 'weather' in zato('kinds')
    assert '"weather": {' in zato('schema')
    assert 'Created 2.' in zato('import', 'a.yaml', *odb)
    assert 'No differences' in zato('diff', 'a.yaml', *odb)
    assert "'Oslo'" in zato('show', 'Oslo', *odb)
    assert 'Rome' in zato('list', *odb)
    zato('export', '-o', 'out.yaml', *odb)
    assert '${WEATHER_OSLO_TOKEN}' in (folder / 'out.yaml').read_text()
    assert 'WEATHER_OSLO_TOKEN' in zato('variables', 'out.yaml')
    assert 'Nothing to do' in zato('import', 'out.yaml', *odb)
    changed = _with(folder, 'station: 12', 'station: 13', lambda: zato('import', 'a.yaml', '--replace', *odb))
    assert 'station    12  ->  13' in changed
    (folder / 'a.yaml').write_text('weather: []\n')
    assert 'Deleted 2.' in zato('import', 'a.yaml', '--delete', *odb)


def _with(folder: Path, old: str, new: str, run: object) -> str:
    assert callable(run)
    path = folder / 'a.yaml'
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    try:
        return str(run())
    finally:
        path.write_text(text)
