"""What a job of 3.2 lists of the file transfer channels that refer to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.calls import export, import_files
from tests.conftest import Console, Layout
from tests.databases import DATABASES
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

HANDLER = 'pub.zato.channel.file-transfer.handler'
SOURCE = 'outconn_ftp:\n  - {name: ftp, host: ftp.test}\n'


@pytest.fixture(params=DATABASES)
def ours(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """An ODB of ours on each database."""
    return databases.provide(request.param, 'ours-3.2', tmp_path, worker_id)


def job(name: str, extra: str = '') -> str:
    return f'  - {{name: {name}, service: {HANDLER}, job_type: interval_based, minutes: 1, extra: "{extra}"}}\n'


def channel(name: str, job: str) -> str:
    return f'  - {{name: {name}, source_type: ftp, ftp_source: ftp, scheduler_job: {job}, pickup_from_list: [/in]}}\n'


def put(layout: Layout, folder: Path, jobs: str, channels: str, **options: Any) -> str:
    console = Console(layout.environ)
    path = folder / 'a.yaml'
    path.write_text(f'{SOURCE}scheduler:\n{jobs}channel_file_transfer:\n{channels or "  []"}')
    assert import_files(console.world, OdbChoice(path=layout.path), [str(path)], **options) is Exit.OK, console.text
    return console.text


def listed(layout: Layout) -> dict[str, str]:
    return {name: bytes(extra or b'').decode() for name, extra in layout.execute('select name, extra from job')}


def ids(layout: Layout) -> dict[str, str]:
    return {name: str(id_) for name, id_ in layout.execute('select name, id from generic_conn')}


def test_a_job_lists_the_channels_that_name_it(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, job('a', extra='77; 8') + job('b'), channel('one', 'a') + channel('two', 'a'))
    known = ids(ours)
    assert listed(ours) == {'a': '; '.join(sorted([known['one'], known['two']])), 'b': ''}
    assert 'Nothing to do' in put(ours, tmp_path, job('a', extra='9'), channel('one', 'a') + channel('two', 'a'))

    put(ours, tmp_path, job('a'), channel('one', 'a') + channel('two', 'b'), replace=True)
    assert listed(ours) == {'a': known['one'], 'b': known['two']}

    put(ours, tmp_path, job('a') + job('b').replace('minutes: 1', 'minutes: 2'), channel('one', 'a'), replace=True)
    assert listed(ours) == {'a': known['one'], 'b': known['two']}

    put(ours, tmp_path, job('a') + job('b'), channel('two', 'b'), replace=True, delete=True, confirmed=True)
    assert listed(ours) == {'a': '', 'b': known['two']}


def test_an_export_has_no_ids_of_channels(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, job('a'), channel('one', 'a'))
    console = Console(ours.environ)
    export(console.world, OdbChoice(path=ours.path))
    assert 'scheduler_job: a' in console.text
    assert 'extra' not in console.text
