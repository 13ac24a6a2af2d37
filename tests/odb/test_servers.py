"""What PostgreSQL and MariaDB do that SQLite doesn't: names that fold, other writers, connections that go away."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import databases
from tests.calls import export, import_files
from tests.conftest import KEY, Console, Layout
from tests.databases import DATABASES, SERVERS, engine_of
from tests.server.running import until
from zatools.commands.odb import create, info
from zatools.errors import Exit, InvalidError, OdbError, RefusedError
from zatools.odb import ddl
from zatools.odb.locks import Wait
from zatools.odb.odb import commit, opened
from zatools.odb.target import OdbChoice

ENVIRON = {'ZATO_SECRET_KEY': KEY}


def one(name: str, username: str = '', realm: str = '') -> str:
    return f"""
security:
  - name: {name}
    type: basic_auth
    username: {username or name}
    realm: {realm or 'r'}
    password: abc
"""


@pytest.fixture(params=DATABASES)
def ours(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """An ODB of ours on each database."""
    return databases.provide(request.param, 'ours-3.2', tmp_path, worker_id)


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """An ODB of ours on each database server."""
    return databases.provide(request.param, 'ours-3.2', tmp_path, worker_id)


@pytest.fixture
def mariadb(tmp_path: Path, worker_id: str) -> Layout:
    return databases.provide('mariadb', 'ours-3.2', tmp_path, worker_id)


def put(layout: Layout, folder: Path, text: str, console: Console | None = None, **options: Any) -> Console:
    console = console or Console(layout.environ)
    path = folder / f'{time.monotonic_ns()}.yaml'
    path.write_text(text)
    assert import_files(console.world, OdbChoice(odb=layout.url), [str(path)], replace=True, **options) is Exit.OK
    return console


def names(layout: Layout) -> list[str]:
    with opened(OdbChoice(odb=layout.url), layout.environ) as odb:
        return sorted(name for _, name in odb.loaded.state)


# What is there


def test_an_export_is_the_same_bytes_from_every_database(tmp_path: Path, worker_id: str) -> None:
    from tests.laws import samples
    from zatools.files.writer import Style, emit

    for whose in databases.WHOSE:
        texts = []
        for database in DATABASES:
            folder = tmp_path / f'{database}-{whose}'
            folder.mkdir()
            layout = databases.provide(database, whose, folder, worker_id)
            path = folder / 'wanted.yaml'
            path.write_text(emit(samples.state(layout.generation), Style(layout.generation), 'yaml'))
            choice = OdbChoice(path=layout.path)
            import_files(Console(layout.environ).world, choice, [str(path)])
            console = Console(layout.environ)
            export(console.world, choice)
            texts.append(console.out.getvalue())
        assert texts[0].count('name:') > 10
        assert texts.count(texts[0]) == len(DATABASES), whose


def test_an_odb_is_not_created_twice(served: Layout) -> None:
    with pytest.raises(RefusedError, match='there is an ODB at .* already'):
        create(Console(ENVIRON).world, OdbChoice(odb=served.url))


@pytest.mark.parametrize('database', SERVERS)
def test_an_interrupted_creation_is_gone_on_with(database: str, worker_id: str) -> None:
    databases.need(database)
    url = databases.make_database(database, f'zatools_{worker_id}_half')
    try:
        with engine_of(url).begin() as connection:
            for statement in ddl.making('cluster', ddl.tables('3.2')['cluster'], connection.dialect):
                connection.exec_driver_sql(statement)
        create(Console(ENVIRON).world, OdbChoice(odb=url))
        console = Console(ENVIRON)
        info(console.world, OdbChoice(odb=url))
        assert 'no objects' in console.text
    finally:
        databases.drop_database(database, f'zatools_{worker_id}_half')


@pytest.mark.parametrize('database', SERVERS)
def test_an_empty_database_is_no_odb_and_an_import_makes_none(database: str, tmp_path: Path, worker_id: str) -> None:
    databases.need(database)
    url = databases.make_database(database, f'zatools_{worker_id}_empty')
    path = tmp_path / 'a.yaml'
    path.write_text(one('api'))
    try:
        with pytest.raises(OdbError, match='is no ODB'):
            import_files(Console(ENVIRON).world, OdbChoice(odb=url), [str(path)])
        with engine_of(url).connect() as connection:
            assert sa.inspect(connection).get_table_names() == []
    finally:
        databases.drop_database(database, f'zatools_{worker_id}_empty')


# What can't be reached


@pytest.mark.parametrize('database', SERVERS)
@pytest.mark.parametrize(
    ('change', 'text'),
    [
        ({'database': 'no_such_database'}, 'is not there: the server has no such database'),
        ({'port': 1}, "can't be reached"),
        ({'host': 'no.such.host.invalid'}, "can't be reached: its host has no address"),
    ],
    ids=['database', 'port', 'host'],
)
def test_what_can_not_be_reached_is_said(database: str, change: dict[str, Any], text: str) -> None:
    databases.need(database)
    url = sa.make_url(SERVERS[database]).set(**change).render_as_string(hide_password=False)
    with pytest.raises(OdbError) as caught:
        info(Console(ENVIRON).world, OdbChoice(odb=url))
    assert caught.value.text.endswith(text), caught.value.text


@pytest.mark.parametrize(
    ('database', 'query', 'text'),
    [
        ('postgresql', {'sslmode': 'verify-full', 'sslrootcert': '/nope'}, "its sslrootcert can't be read: /nope"),
        ('postgresql', {'sslcert': '/nope'}, "its sslcert can't be read: /nope"),
        ('mariadb', {'ssl_ca': '/nope'}, "its ssl_ca can't be read: /nope"),
        ('mariadb', {'ssl_ca': __file__}, "the driver can't use ssl_ca of the URL"),
        ('mariadb', {'sslmode': 'require'}, "the driver can't use sslmode of the URL"),
        ('mariadb', {'charset': 'nope'}, "the driver can't use charset of the URL"),
        ('mariadb', {'port': 'hunter2'}, "the driver can't use port of the URL"),
        ('mariadb', {'ssl': 'true'}, "the driver can't use ssl of the URL"),
    ],
)
def test_a_wrong_option_of_a_url_is_named(database: str, query: dict[str, str], text: str) -> None:
    databases.need(database)
    url = sa.make_url(SERVERS[database]).update_query_dict(query).render_as_string(hide_password=False)
    with pytest.raises(OdbError) as caught:
        info(Console(ENVIRON).world, OdbChoice(odb=url))
    assert caught.value.text.endswith(text), caught.value.text


def test_a_wrong_user_or_password_is_said_and_not_shown(mariadb: Layout) -> None:
    url = sa.make_url(mariadb.url).set(username='nobody', password='hunter2').render_as_string(hide_password=False)
    with pytest.raises(OdbError) as caught:
        info(Console(ENVIRON).world, OdbChoice(odb=url))
    assert caught.value.text.endswith('refuses the user or the password')
    assert 'hunter2' not in str(caught.value) + caught.value.hint


# Names that fold


@pytest.mark.parametrize(
    ('name', 'username'), [('API', 'x'), ('other', 'Api'), ('apí', 'x')], ids=['case', 'user name', 'accent']
)
def test_a_name_that_mariadb_takes_for_another_is_found_before_anything_is_written(
    mariadb: Layout, tmp_path: Path, name: str, username: str
) -> None:
    put(mariadb, tmp_path, one('api'))
    before = mariadb.content()
    with pytest.raises(InvalidError) as caught:
        put(mariadb, tmp_path, one(name, username))
    assert [str(problem).partition(': ')[2] for problem in caught.value.problems] == [
        f"basic_auth '{name}': "
        + (f"name '{name}' and 'api'" if username == 'x' else f"username '{username}' and 'api'")
        + ' are the same to this database'
    ]
    assert mariadb.content() == before


def test_names_that_only_look_alike_are_two_elsewhere(tmp_path: Path, worker_id: str) -> None:
    layout = databases.provide('postgresql', 'ours-3.2', tmp_path, worker_id)
    put(layout, tmp_path, one('api'))
    put(layout, tmp_path, one('API'))
    assert names(layout) == ['API', 'api']


# Two writers


@pytest.fixture
def holding(ours: Layout) -> Iterator[Any]:
    """An import that has read, and has not yet written; `go()` lets it commit."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with opened(OdbChoice(odb=ours.url), ours.environ, Wait()) as odb:
            is_held.set()
            assert may_go.wait(30)
            commit(odb)

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_held.wait(30)
    yield may_go.set
    may_go.set()
    thread.join()


def test_a_second_import_waits_and_says_so(ours: Layout, holding: Any, tmp_path: Path) -> None:
    console = Console(ours.environ)
    console.when('Waiting for another ', holding)
    put(ours, tmp_path, one('api'), console)
    assert 'Waiting for another ' in console.err.getvalue()
    assert names(ours) == ['api']


def test_a_second_import_gives_up_after_its_time_naming_the_first_where_it_can(
    ours: Layout, holding: Any, tmp_path: Path
) -> None:
    start = time.monotonic()
    with pytest.raises(OdbError) as caught:
        put(ours, tmp_path, one('api'), lock_timeout=1)
    # The servers themselves give up after 50 seconds, or never.
    assert 0.9 < time.monotonic() - start < 30
    who = 'locked by another process' if ours.dialect == 'sqlite' else 'locked by another import: connection'
    assert who in caught.value.text
    assert caught.value.code == 4


def test_others_read_while_an_import_is_at_work(ours: Layout, holding: Any) -> None:
    assert names(ours) == []


def test_two_imports_at_once_come_one_after_the_other(ours: Layout, tmp_path: Path) -> None:
    texts = ['', '']

    def run(number: int) -> None:
        texts[number] = put(ours, tmp_path, one('api', realm=f'r{number}')).text

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text.split(' 1')[0].rpartition('\n')[2] for text in texts if text) == ['Changed', 'Created']


WAITERS = {
    'postgresql': 'select count(*) from pg_stat_activity'
    " where wait_event_type = 'Lock' and datname = current_database()",
    'mysql': 'select count(*) from information_schema.innodb_trx t join information_schema.processlist p'
    " on p.id = t.trx_mysql_thread_id where t.trx_state = 'LOCK WAIT' and p.db = database()",
}


SLEEPERS = {
    'postgresql': "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
    'mysql': "select count(*) from information_schema.processlist where state = 'User sleep' and db = database()",
}


def until_one_waits(layout: Layout, asked: Mapping[str, str] = WAITERS) -> None:
    """Returns once a connection to the ODB's database waits for another one's lock, or for what else is asked."""

    def waits() -> bool:
        # MariaDB's table is a copy that is renewed when nobody has read it for a tenth of a second.
        time.sleep(0.15)
        with layout.connected() as connection:
            return bool(connection.exec_driver_sql(asked[layout.dialect]).scalar())

    until(waits, lambda: 'nobody waits')


UPDATE = "update sec_base set username = 'theirs' where name = 'api'"


def test_the_platform_can_not_write_between_an_imports_reading_and_its_writing(served: Layout, tmp_path: Path) -> None:
    put(served, tmp_path, one('api'))
    order: list[str] = []

    def write() -> None:
        served.execute(UPDATE)
        order.append('platform')

    with opened(OdbChoice(odb=served.url), served.environ, Wait()) as odb:
        thread = threading.Thread(target=write)
        thread.start()
        until_one_waits(served)
        assert odb.load().state['security', 'api'].values['username'] == 'api'
        order.append('import')
        commit(odb)
    thread.join()
    assert order == ['import', 'platform']


def test_what_the_platform_is_writing_is_waited_for_and_seen(served: Layout, tmp_path: Path) -> None:
    put(served, tmp_path, one('api'))
    with served.connected() as connection:
        connection.exec_driver_sql(UPDATE)
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(put(served, tmp_path, one('api')).text))
        thread.start()
        until_one_waits(served)
        assert found == []
    thread.join()
    assert re.search('username +theirs  *->  *api', found[0])


def test_what_the_platform_holds_too_long_is_given_up(served: Layout, tmp_path: Path) -> None:
    put(served, tmp_path, one('api'))
    with served.connected() as connection:
        connection.exec_driver_sql(UPDATE)
        with pytest.raises(OdbError, match='locked by another process'):
            put(served, tmp_path, one('api', 'x'), lock_timeout=1)


def test_no_time_to_wait_is_no_time_without_end(served: Layout, tmp_path: Path) -> None:
    put(served, tmp_path, one('api'))
    with served.connected() as connection:
        connection.exec_driver_sql(UPDATE)
        start = time.monotonic()
        with pytest.raises(OdbError, match='locked by another process'):
            put(served, tmp_path, one('api', 'x'), lock_timeout=0)
        assert time.monotonic() - start < 30


def test_an_import_that_a_deadlock_ended_starts_over(served: Layout, tmp_path: Path) -> None:
    channel = '\nchannel_rest:\n  - {name: c, service: my.service, url_path: /c, data_format: json}\n'
    put(served, tmp_path, one('api') + channel)
    found: list[Console] = []
    with served.connected() as connection:
        # More than the import has written: MariaDB ends the transaction that has less to undo.
        connection.exec_driver_sql('create temporary table much (id integer)')
        connection.exec_driver_sql(f'insert into much values {", ".join(["(1)"] * 2000)}')
        connection.exec_driver_sql("update http_soap set url_path = '/theirs' where name = 'c'")
        thread = threading.Thread(target=lambda: found.append(put(served, tmp_path, one('api', 'x') + channel)))
        thread.start()
        until_one_waits(served)
        # The import has locked this table and waits for the other one.
        connection.exec_driver_sql(UPDATE)
    thread.join()
    assert 'at the same time: starting over.' in found[0].err.getvalue()
    assert re.search('username +theirs +-> +x', found[0].out.getvalue())
    assert re.search('url_path +/theirs +-> +/c', found[0].out.getvalue())
    assert found[0].out.getvalue().count('2 to change') == 1


# Connections that go away

KILL = {
    'postgresql': "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'zatools'"
    ' and datname = current_database()',
    'mysql': "select concat('kill ', id) from information_schema.processlist where db = database()"
    ' and id <> connection_id()',
}


def test_a_connection_lost_in_the_middle_leaves_all_as_it_was(served: Layout, tmp_path: Path) -> None:
    put(served, tmp_path, one('api'))
    before = served.dump()
    with pytest.raises(OdbError) as caught, opened(OdbChoice(odb=served.url), served.environ, Wait()) as odb:
        table = odb.tables['sec_base'].clause
        odb.connection.execute(table.update().values(username='half'))
        for row in served.execute(KILL[served.dialect]):
            if served.dialect == 'mysql':
                served.execute(row[0])
        odb.connection.execute(table.update().values(username='done'))
        commit(odb)
    assert caught.value.text.endswith('went away in the middle. Nothing was changed.')
    assert served.dump() == before


def test_a_connection_lost_before_the_commit_is_confirmed_leaves_the_outcome_open(served: Layout) -> None:
    before = served.dump()
    with pytest.raises(OdbError) as caught, opened(OdbChoice(odb=served.url), served.environ, Wait()) as odb:
        odb.connection.execute(odb.tables['cluster'].clause.update().values(name='half'))
        for row in served.execute(KILL[served.dialect]):
            if served.dialect == 'mysql':
                served.execute(row[0])
        commit(odb, 'look')
    assert caught.value.text.endswith('went away during the commit, before it said whether the changes stand')
    assert caught.value.hint == 'look'
    assert served.dump() == before


# What there is no room for


def test_a_text_that_mariadb_has_no_room_for_is_found_before_anything_is_written(ours: Layout, tmp_path: Path) -> None:
    text = f"""
channel_rest:
  - name: big
    service: my.service
    url_path: /big
    data_format: json
    http_accept: '{'é' * 20_000}'
"""
    if ours.dialect != 'mysql':
        put(ours, tmp_path, text)
        assert names(ours) == ['big']
        return
    before = ours.content()
    with pytest.raises(InvalidError) as caught:
        put(ours, tmp_path, text)
    assert [str(problem).partition(': ')[2] for problem in caught.value.problems if not problem.is_warning] == [
        "channel_rest 'big': http_accept takes 140006 bytes in opaque1, which has room for 65535 in all"
    ]
    assert ours.content() == before
