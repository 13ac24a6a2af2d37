"""Several clusters in one ODB: one is chosen, and the others stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import databases
from tests.calls import export, import_files
from tests.conftest import Console, Layout
from tests.databases import DATABASES
from zatools.commands.odb import info
from zatools.errors import Exit, UsageError
from zatools.odb.target import OdbChoice

SECURITY = """
security:
  - name: {name}
    type: basic_auth
    username: api
    password: abc
"""
AMQP_32 = """
def_amqp:
  - name: broker
    host: mq.example.com
    password: abc
outconn_amqp:
  - name: {name}
    def_name: broker
"""
AMQP_41 = """
outgoing_amqp:
  - name: {name}
    address: amqp://mq.example.com
    password: abc
"""


def provided(database: str, generation: str, folder: Path, worker: str) -> Layout:
    """Returns an ODB of ours that has a second cluster, `other`."""
    layout = databases.provide(database, f'ours-{generation}', folder, worker)
    with layout.connected() as connection:
        table = sa.Table('cluster', sa.MetaData(), autoload_with=connection)
        row = dict(connection.execute(sa.select(table)).one()._mapping)
        connection.execute(table.insert(), {**row, 'id': 2, 'name': 'other'})
    return layout


def put(layout: Layout, folder: Path, text: str, cluster: str, **options: Any) -> None:
    path = folder / 'a.yaml'
    path.write_text(text)
    choice = OdbChoice(odb=layout.url, cluster=cluster)
    assert import_files(Console(layout.environ).world, choice, [str(path)], replace=True, **options) is Exit.OK


def names(layout: Layout, cluster: str) -> list[str]:
    console = Console(layout.environ)
    export(console.world, OdbChoice(odb=layout.url, cluster=cluster))
    return [line.split(': ')[1] for line in console.out.getvalue().splitlines() if line.startswith('  - name: ')]


@pytest.mark.parametrize('database', DATABASES)
def test_one_of_several_has_to_be_chosen(database: str, tmp_path: Path, worker_id: str) -> None:
    layout = provided(database, '3.2', tmp_path, worker_id)
    with pytest.raises(UsageError, match='has several clusters: zatools, other'):
        info(Console(layout.environ).world, OdbChoice(odb=layout.url))
    with pytest.raises(UsageError, match="no cluster 'none' in "):
        info(Console(layout.environ).world, OdbChoice(odb=layout.url, cluster='none'))


@pytest.mark.parametrize('database', DATABASES)
def test_each_has_its_own_objects(database: str, tmp_path: Path, worker_id: str) -> None:
    layout = provided(database, '3.2', tmp_path, worker_id)
    put(layout, tmp_path, SECURITY.format(name='one') + AMQP_32.format(name='a'), 'zatools')
    put(layout, tmp_path, SECURITY.format(name='two') + AMQP_32.format(name='b'), 'other')
    assert (names(layout, 'zatools'), names(layout, 'other')) == (['one', 'broker', 'a'], ['two', 'broker', 'b'])
    put(layout, tmp_path, 'security:\noutconn_amqp:\n', 'other', delete=True)
    assert (names(layout, 'zatools'), names(layout, 'other')) == (['one', 'broker', 'a'], ['broker'])


def test_connections_of_41_that_know_no_cluster_are_every_ones_and_never_deleted(
    tmp_path: Path, worker_id: str
) -> None:
    layout = provided('sqlite', '4.1', tmp_path, worker_id)
    put(layout, tmp_path, AMQP_41.format(name='shared'), 'zatools')
    assert (names(layout, 'zatools'), names(layout, 'other')) == (['shared'], ['shared'])
    put(layout, tmp_path, 'outgoing_amqp:\n', 'other', delete=True)
    assert names(layout, 'zatools') == ['shared']


def test_a_server_directory_names_its_cluster(tmp_path: Path, worker_id: str) -> None:
    layout = databases.provide('sqlite', 'zato-3.2', tmp_path, worker_id)
    with layout.connected() as connection:
        table = sa.Table('cluster', sa.MetaData(), autoload_with=connection)
        row = dict(connection.execute(sa.select(table)).one()._mapping)
        connection.execute(table.insert(), {**row, 'id': row['id'] + 1, 'name': 'other'})
    console = Console({})
    info(console.world, OdbChoice(path=layout.path))
    assert f'cluster {row["name"]}' in console.err.getvalue()
