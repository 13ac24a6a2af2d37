"""What all tests share: settings, and the databases that they run on."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import databases, warmed
from tests.console import Console
from tests.databases import KEY, ODBS, ROOT, Layout, copy_real, deploy
from tests.warm import line_of

__all__ = ['KEY', 'ODBS', 'ROOT', 'Console', 'Layout', 'copy_real', 'deploy']

# In CI the same examples every time; nowhere a limit on how long one takes.
settings.register_profile('here', deadline=None)
settings.register_profile('ci', deadline=None, derandomize=True)
settings.load_profile('ci' if os.environ.get('CI') else 'here')


# A shell has what it starts in the background ignore SIGINT, and so would the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# MariaDB's driver reads the certificates of this machine for each connection, and verifies nobody with them: 40 ms of
# the processor, thousands of times. Tests trust CAs of their own.
os.environ['SSL_CERT_FILE'] = os.devnull


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips tests where none of some programs is there; in CI it must be."""
    is_there = any(map(shutil.which, programs)) or os.environ.get('CI')
    return pytest.mark.skipif(not is_there, reason=f'there is no {programs[0]} here')


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption('--update-golden', action='store_true', help='write what golden cases print as what they should')


@pytest.fixture(scope='session', autouse=True)
def _clean_servers() -> Iterator[None]:
    yield
    databases.drop_all()


@pytest.fixture(scope='session', autouse=True)
def _close_warm() -> Iterator[None]:
    yield
    warmed.close()


@pytest.fixture(scope='session')
def warm() -> str:
    """What starts `zato` and `apitest` warm in a shell."""
    return line_of(warmed.place())


@pytest.fixture(
    params=[(database, whose) for database in databases.DATABASES for whose in databases.WHOSE], ids='-'.join
)
def layout(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """Each layout on each database in turn."""
    return databases.provide(*request.param, tmp_path, worker_id)
