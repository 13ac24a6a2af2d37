"""Nothing that an ODB holds is lost without a word: rows that no kind has, keys that no field has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import databases
from tests.calls import diff, export, import_files
from tests.conftest import Console, Layout, copy_real
from tests.databases import engine_of
from tests.laws import samples
from tests.laws.test_laws import put as put_state
from zatools.commands.odb import info
from zatools.errors import Exit, InvalidError
from zatools.kinds.model import GENERATIONS
from zatools.odb.odb import opened
from zatools.odb.rows import read_opaque
from zatools.odb.target import OdbChoice
from zatools.plan.leftovers import counted

MARK = 'm4rk-of-a-value'


@pytest.fixture(params=[(name, generation) for name in databases.DATABASES for generation in GENERATIONS], ids='-'.join)
def full(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[tuple[str, str]]:
    """The URL of a database with all kinds of a generation, on each database in turn."""
    database, generation = request.param
    name = f'zatools_{worker_id}_{os.getpid()}_all_{generation.replace(".", "")}'
    url = databases.all_kinds(database, generation, tmp_path, name)
    yield url, generation
    if database != 'sqlite':
        databases.drop_database(database, name)


def talk(console: Console) -> str:
    return f'{console.err.getvalue()}\n{console.out.getvalue()}'


def said(url: str) -> str:
    """Returns what export and info say of a database."""
    console = Console({})
    assert export(console.world, OdbChoice(odb=url)) is Exit.OK
    assert info(console.world, OdbChoice(odb=url)) is Exit.OK
    return talk(console)


def compared(one: str, other: str) -> tuple[Exit, str]:
    console = Console({})
    return diff(console.world, OdbChoice(), source=one, target=other), talk(console)


def test_every_row_is_an_object_on_every_database(full: tuple[str, str], tmp_path: Path) -> None:
    url, generation = full
    text = said(url)
    assert 'of no known kind' not in text
    assert 'no field has' not in text
    assert 'json.rpc.channel' not in text and ('name: iop.jsonrpc\n' in text) == (generation == '3.2')
    code, words = compared(url, databases.all_kinds('sqlite', generation, tmp_path, 'other'))
    assert (code, 'No differences' in words) == (Exit.OK, True), words


def test_a_change_of_such_a_row_is_a_difference_and_no_value_is_shown(tmp_path: Path) -> None:
    urls = [databases.all_kinds('sqlite', '4.1', tmp_path, name) for name in ('one', 'other')]
    for url, value in zip(urls, ('a', MARK), strict=True):
        engine = engine_of(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                'create table zz (id integer primary key, name text, value text, cluster_id int references cluster(id))'
            )
            connection.exec_driver_sql(f"insert into zz values (1, 'one', '{value}', 1)")
        engine.dispose()
    code, text = compared(*urls)
    assert code is Exit.NO
    assert "\nzz (of no kind)\n  ~ 'one'\n" in text
    assert MARK not in text


def test_a_row_of_a_table_that_nobody_knows_is_told_of(tmp_path: Path) -> None:
    url, other = (databases.all_kinds('sqlite', '4.1', tmp_path, name) for name in ('one', 'other'))
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            'create table zz (id integer primary key, name text, cluster_id integer references cluster(id))'
        )
        connection.exec_driver_sql("insert into zz values (1, 'new', 1), (2, 'elsewhere', 2)")
        connection.exec_driver_sql('create table not_of_an_odb (id integer primary key, name text)')
        connection.exec_driver_sql("insert into not_of_an_odb values (1, 'a')")
        connection.exec_driver_sql("update generic_object set type_ = 'zato-news' where type_ = 'zato-quota-tier'")
    engine.dispose()
    with opened(OdbChoice(odb=url), {}) as odb:
        counts = counted(odb.others())
    assert (counts['zz'], counts['generic_object zato-news']) == (1, 2)
    assert 'not_of_an_odb' not in counts
    code, text = compared(other, url)
    assert code is Exit.NO
    assert "\nzz (of no kind)\n  + 'new'\n" in text


def test_keys_without_a_field_are_told_of_and_compared_by_their_names_alone(layout: Layout, tmp_path: Path) -> None:
    state = samples.state(layout.generation)
    put_state(layout, tmp_path, {key: item for key, item in state.items() if not item.kind.is_open})
    before = Path(tmp_path / 'before.yaml')
    export(Console(layout.environ).world, OdbChoice(path=layout.path), output=str(before))
    hostile = '\x1b[2Jkey' + 'x' * 500
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        rows = [
            (odb.mapped[odb.loaded.state[key].kind].table.name, stored.id, stored.row['opaque1'])
            for key, stored in odb.loaded.stored.items()
            if 'opaque1' in stored.row
        ]
    with layout.connected() as connection:
        for table, id_, text in rows:
            opaque = json.dumps(json.dumps({**read_opaque(text), 'api_secret': MARK, hostile: MARK, 'empty': ''}))
            connection.execute(
                sa.text(f'update {table} set opaque1 = :opaque where id = :id'), {'opaque': opaque, 'id': id_}
            )
    console = Console(layout.environ)
    choice = OdbChoice(path=layout.path)
    export(console.world, choice, output=str(tmp_path / 'after.yaml'))
    info(console.world, choice)
    text = talk(console)
    assert 'api_secret' in text and 'Not exported, since no field has them yet' in text
    assert MARK not in text and '\x1b' not in text and 'x' * 101 not in text
    assert (tmp_path / 'after.yaml').read_text() == before.read_text()
    with opened(choice, layout.environ) as odb:
        assert len(odb.undeclared()) == len(rows)


def test_keys_of_two_databases_are_compared(tmp_path: Path) -> None:
    old, new = (databases.all_kinds('sqlite', '3.2', tmp_path, name) for name in ('old', 'new'))
    engine = engine_of(new)
    opaque = json.dumps(json.dumps({'is_new': True, 'new_text': MARK}))
    with engine.begin() as connection:
        connection.execute(sa.text("update sec_base set opaque1 = :text where name = 'iop.basic'"), {'text': opaque})
    engine.dispose()
    code, text = compared(old, new)
    assert code is Exit.NO
    assert "  ~ basic_auth 'iop.basic'\n      opaque1.is_new set\n      opaque1.new_text set\n" in text
    assert MARK not in text


def test_a_json_rpc_channel_is_no_rest_channel(tmp_path: Path) -> None:
    url = databases.all_kinds('sqlite', '3.2', tmp_path, 'a')
    (tmp_path / 'a.yaml').write_text('channel_rest: []\nchannel_soap: []\n')
    world = Console({}).world
    assert import_files(world, OdbChoice(odb=url), [str(tmp_path / 'a.yaml')], delete=True) is Exit.OK
    engine = engine_of(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select name from http_soap where name like '%iop.%' and connection = 'channel'"
        )
        assert list(rows) == [('json.rpc.channel.iop.jsonrpc',)]
    engine.dispose()
    (tmp_path / 'a.yaml').write_text(
        'channel_rest:\n  - {name: a, service: demo.my-service, url_path: /iop/jsonrpc, data_format: json, '
        'method: POST, http_accept: "*/*"}\n'
    )
    with pytest.raises(InvalidError) as found:
        import_files(Console({}).world, OdbChoice(odb=url), [str(tmp_path / 'a.yaml')])
    texts = [problem.text for problem in found.value.problems]
    same = "the URL path, method and Accept header of json_rpc 'iop.jsonrpc' (the ODB) is the same: /iop/jsonrpc"
    assert texts == [f"channel_rest 'a': {same}"]


@pytest.mark.parametrize('generation', GENERATIONS)
def test_nothing_of_a_fresh_database_is_told_of(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert odb.others() == []
        assert odb.undeclared() == {}


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_json_rpc_channel_among_those_of_rest_is_skipped_where_it_would_be_one(
    generation: str, tmp_path: Path
) -> None:
    layout = copy_real(generation, tmp_path)
    (tmp_path / 'a.yaml').write_text(
        'channel_rest:\n  - {name: json.rpc.channel.a, service: my.service, url_path: /a, data_format: json}\n'
    )
    console = Console(layout.environ)
    assert import_files(console.world, OdbChoice(path=layout.path), [str(tmp_path / 'a.yaml')]) is Exit.OK
    is_skipped = 'would be a JSON-RPC channel to Zato 3.2: skipped' in talk(console)
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert (is_skipped, len(odb.loaded.state)) == ((True, 0) if generation == '3.2' else (False, 1))


def test_targets_of_alerts_are_said_not_to_be_exported(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = '{name: a, service: my.service, job_type: interval_based, minutes: 1, extra: "https://s3cret.test"}'
    (tmp_path / 'a.yaml').write_text(f'scheduler:\n  - {text}\n')
    assert (
        import_files(Console(layout.environ).world, OdbChoice(path=layout.path), [str(tmp_path / 'a.yaml')]) is Exit.OK
    )
    layout.execute("update job set name = 'zato.alerting'")
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path)) is Exit.OK
    assert 'Not exported, rows of no known kind: job zato.alerting' in console.text
    assert 's3cret' not in console.text
    layout.execute("update job set extra = ''")
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path)) is Exit.OK
    assert 'Not exported' not in console.text
