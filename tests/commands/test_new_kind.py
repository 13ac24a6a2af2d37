"""A kind is one entry: one that does not exist goes through all commands, and is pinged, once the table has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import KEY, ROOT
from tests.peers.more import Speaking, speaking

TOKEN = 's3cret-token'

#: All that there is of it.
ENTRY = '''"""Weather stations: a kind of a test."""

from zatools.kinds.fields import ACTIVE, NAME, password
from zatools.kinds.generic import connection, pool
from zatools.kinds.model import Field
from zatools.kinds.security import BEARER_LOGIN
from zatools.kinds.traits import ENDPOINT, Asked

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
    protocol='weather',
    asked=Asked(path='/v1/stations/mine', timeout='', named=('station', 'city')),
    login=BEARER_LOGIN,
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


def ran(folder: Path, *words: str, code: int = 0) -> str:
    environ = {**os.environ, 'PYTHONPATH': str(folder), 'ZATO_SECRET_KEY': KEY, 'OSLO_TOKEN': TOKEN, 'OTHER_TOKEN': 'x'}
    done = subprocess.run(
        [sys.executable, '-m', 'zatools', *words], cwd=folder, env=environ, capture_output=True, text=True
    )
    text = done.stdout + done.stderr
    assert (done.returncode, TOKEN in text) == (code, False), text
    return text


class Stations(Speaking):
    """Says whose token it was given, and the token: what is known to be secret is masked in that, too."""

    authorization = f'Bearer {TOKEN}'

    def told(self, path: str, sent: object) -> tuple[int, object]:
        if path == '/v1/stations/mine':
            return 200, {'station': {'city': f'Bergen {TOKEN}'}}
        return 404, {}


def test_a_kind_that_does_not_exist_is_pinged_with_its_token(folder: Path) -> None:
    ping = ('ping', 'outconn', 'Oslo', '--type', 'weather', '--file', 'a.yaml')
    with speaking(Stations) as port:
        here = FILE.replace('https://oslo.example.com', f'http://127.0.0.1:{port}')
        (folder / 'a.yaml').write_text(here)
        pong = ran(folder, *ping)
        (folder / 'a.yaml').write_text(here.replace('OSLO_TOKEN', 'OTHER_TOKEN'))
        refused = ran(folder, *ping, code=1)
    assert re.search(r'^ok +Oslo +GET http://\S+/v1/stations/mine +200 OK, Bergen \*{6}, \d+ ms$', pong, re.M)
    assert "the token of 'Oslo' refused; is the token of 'Oslo' (${OTHER_TOKEN}) right?" in ' '.join(refused.split())


def test_a_kind_that_does_not_exist_goes_through_all_commands(folder: Path) -> None:
    zato = partial(ran, folder, 'enmasse')
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
