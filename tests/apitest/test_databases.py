"""Databases in features: SQLite, PostgreSQL and MariaDB; values are parameters, secrets stay secret."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.databases import DATABASES, drop_database, engine_of, make_database, need

TABLE = 'orders (id integer primary key, status varchar(40), price numeric(10, 2), at timestamp null, is_paid boolean)'


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of a database with an empty table of orders."""
    if request.param == 'sqlite':
        url = f'sqlite:///{tmp_path}/shop.db'
        (tmp_path / 'shop.db').touch()
    else:
        need(request.param)
        url = make_database(request.param, f'zatools_apitest_{worker_id}')
    try:
        run(url, f'create table {TABLE}')
        yield url
    finally:
        if request.param != 'sqlite':
            drop_database(request.param, f'zatools_apitest_{worker_id}')


def run(url: str, statement: str) -> None:
    engine = engine_of(url, isolation_level='AUTOCOMMIT')
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_what_is_written_is_found(database: str, tmp_path: Path) -> None:
    text = scenario(
        f'database "shop" is "{database}"',
        'I store "O\'Hara; drop table orders" under "status"',
        'rows are inserted into table "orders"\n      | id | status | price | at | is_paid |\n'
        '      | 1 | #status | 9.50 | 2026-01-31 10:00:00 | true |\n      | 2 | null | 12 | null | false |',
        'When SQL "update orders set price = price + 1 where status = \'#{status}\' or id = #{id}" is run',
        'Then table "orders" has a row\n      | id | status | price | at | is_paid |\n'
        '      | 1 | #status | 10.5 | 2026-01-31 10:00:00 | true |\n      | 2 | null | 12 | null | false |',
        'Then table "orders" has no row\n      | status |\n      | other |',
        'Then SQL "select id, status from orders where status is not null" gives\n      | ID |\n      | 1 |',
        'Then SQL "select \'a:b\', id from orders where id = 7" gives no rows',
        'Then table "orders" has "2" rows',
    ).replace('Given database', 'Given I store "7" under "id"\n    Given database')
    values = {'yes': 'true'}
    assert values
    assert (
        said(play(tmp_path / 'f', feature(text.replace('| true |', '| 1 |', 1).replace('| false |', '| 0 |', 1)))) == []
    )


def test_rows_of_another_connection_are_waited_for(database: str, tmp_path: Path) -> None:
    text = scenario(
        f'database "shop" is "{database}"',
        'Then table "orders" has "0" rows',
        'Then within "60s" table "orders" has a row\n      | id | status |\n      | 5 | paid |',
        'Then within "60s" SQL "select status from orders" gives "paid"',
    )

    def insert() -> None:
        time.sleep(0.3)
        run(database, "insert into orders (id, status) values (5, 'paid')")

    thread = threading.Thread(target=insert)
    thread.start()
    try:
        assert said(play(tmp_path / 'f', feature(text))) == []
    finally:
        thread.join()


def test_a_scenario_is_rolled_back_as_its_tag_says(database: str, tmp_path: Path) -> None:
    first = scenario(
        f'database "shop" is "{database}"',
        'When SQL "insert into orders (id) values (1)" is run',
        'Then table "orders" has "1" rows',
    )
    second = scenario('When SQL "insert into orders (id) values (2)" is run', 'Then table "orders" has "1" rows')
    # Two that are undone, one after the other, and one that is not.
    text = feature(f'  @rollback\n{first}', f'  @rollback\n{second}', second)
    assert said(play(tmp_path / 'f', text)) == []


def test_wrong_rows_are_told(database: str, tmp_path: Path) -> None:
    run(database, "insert into orders (id, status) values (1, 'open'), (2, 'paid')")
    text = scenario(
        f'database "shop" is "{database}"',
        'Then SQL "select id, status from orders order by id" gives\n      | id | status |\n      | 1 | open |\n'
        '      | 2 | lost |',
        'Then table "orders" has a row\n      | id | status |\n      | 2 | open |',
        'Then within "0.1s" SQL "select count(*) from orders" gives "3"',
        'Then table "orders" has "3" rows',
        'Then SQL "select id from orders" gives\n      | status |\n      | 2 |',
        'Then SQL "select * from nowhere" gives no rows',
    )
    found = said(play(tmp_path / 'f', feature(text)))
    assert found[0] == '1 of 2 rows differ | 1  1 | "open" | 2  2 | "paid", expected "2" | "lost"'
    assert found[1].startswith('of 1 wanted, 1 not among 2 rows of \'orders\' | no row has id "2", status "open"')
    assert found[2] == 'not within 0.1 s. | expected text    "3", got number  2'
    assert found[3] == 'expected 3 rows, got 2 rows'
    assert found[4].startswith("the result has no column 'status'. It has: id")
    assert found[5].startswith('the database says: ')


@pytest.mark.parametrize(
    ('url', 'text'),
    [
        ('postgresql://bob:hunter2-pw@127.0.0.1:9/shop', 'postgresql://bob@127.0.0.1:9/shop does not answer'),
        ('mysql://bob:hunter2-pw@127.0.0.1:9/shop', 'mysql://bob@127.0.0.1:9/shop does not answer'),
        ('sqlite:///nowhere.db', "there is no database 'nowhere.db'"),
        ('no address', 'this is no address of a database'),
        ('oracle9://x', "there is no kind of database 'oracle9'"),
    ],
)
def test_a_database_that_can_not_be_opened_is_told(url: str, text: str, tmp_path: Path) -> None:
    result = play(tmp_path, feature(scenario(f'database "shop" is "{url}"', 'When SQL "select 1" is run')))
    (found,) = said(result)
    assert found.startswith(text)
    assert 'hunter2-pw' not in repr(result)


def test_a_driver_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'psycopg', None)
    (found,) = said(play(tmp_path, feature(scenario('database "shop" is "postgresql://u@h/db"'))))
    assert found == "the driver 'psycopg' is not installed | pip install 'psycopg[binary]'"


def test_a_name_within_a_text_is_refused(tmp_path: Path) -> None:
    text = scenario('database "shop" is "sqlite://"', 'I store "1" under "a"', 'When SQL "select \'x #{a} y\'" is run')
    (found,) = said(play(tmp_path, feature(text)))
    assert found.startswith("'#{a}' stands within a text of the statement")


def test_what_is_not_used_is_not_imported() -> None:
    code = (
        'import sys; from zatools.apitest.steps import index; index();'
        ' print({"sqlalchemy", "pika", "redis", "websocket", "jsonpath", "openpyxl", "yaml"} & set(sys.modules))'
    )
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == 'set()\n'
