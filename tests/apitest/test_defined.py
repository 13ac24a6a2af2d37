"""Databases and brokers by the names of definitions: of files and of environments, of 3.2 and 4.1, without secrets."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program
from tests.peers.broker import BROKER, need_broker
from zatools.environments.addresses import addresses
from zatools.errors import InvalidError, UsageError
from zatools.world import World

HOST, _, PORT = BROKER.partition(':')
DEFINITIONS = f"""
sql:

  - name: Orders SQL
    engine: sqlite
    host: localhost
    port: 1
    db_name: orders.db
    username: x

  - name: Postgres
    engine: postgresql
    host: db.example.com
    port: 5432
    db_name: orders
    username: my user
    password: ${{PASSWORD}}

def_amqp:

  - name: Shared
    host: {HOST}
    port: {PORT}
    username: guest
    password: ${{BROKER_PASSWORD}}

outconn_amqp:

  - name: Audit
    def_name: Shared
"""
NEW = """
outgoing_amqp:

  - name: Audit 41
    address: amqps://mq.example.com/a%2Fb
    username: me
    password: ${PASSWORD}

outgoing_kafka:

  - name: Orders Kafka
    address: a.example.com:9092,b.example.com:9092
    topic: orders
    username: me
    password: ${PASSWORD}
    ssl: true
    ssl_ca_file: /etc/our ca.pem
"""


def known(folder: Path, text: str, **environ: str) -> dict[tuple[str, str], str]:
    path = folder / 'definitions.yaml'
    path.write_text(text)
    world = World(environ, io.BytesIO(), io.StringIO(), io.StringIO())
    return dict(addresses(world, [str(path)], None, ''))


def test_addresses_are_those_of_definitions_with_their_logins(tmp_path: Path) -> None:
    found = known(tmp_path, DEFINITIONS, PASSWORD='pw/1', BROKER_PASSWORD='guest')
    assert found == {
        ('SQL', 'Orders SQL'): 'sqlite:///orders.db',
        ('SQL', 'Postgres'): 'postgresql://my%20user:pw%2F1@db.example.com:5432/orders',
        ('AMQP', 'Audit'): f'amqp://guest:guest@{BROKER}',
    }
    assert known(tmp_path, NEW, PASSWORD='a') == {
        ('AMQP', 'Audit 41'): 'amqps://me:a@mq.example.com:5671/a%2Fb',
        ('Kafka', 'Orders Kafka'): 'kafkas://me:a@a.example.com:9092,b.example.com:9092?ca=%2Fetc%2Four+ca.pem',
    }


def test_what_has_no_value_here_is_known_by_name_alone(tmp_path: Path) -> None:
    assert known(tmp_path, NEW)['AMQP', 'Audit 41'] == ''


def test_files_that_are_wrong_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidError):
        known(tmp_path, 'sql: [{name: 1')
    world = World({}, io.BytesIO(), io.StringIO(), io.StringIO())
    with pytest.raises(UsageError, match='no zatools.toml'):
        addresses(world, [], 'nowhere', '')


FEATURE = """Feature: By name

  Scenario: Both
    Given database "orders" is "Orders SQL"
    And queue "{queue}" of "Audit"
    When SQL "insert into orders values (1, 'paid')" is run
    And message "hello" is put into queue "{queue}"
    Then table "orders" has a row
      | id | status |
      | 1  | paid   |
    And within "20s" queue "{queue}" has a message

  Scenario: Wrong names
    Given database "orders" is "Order SQL"

  Scenario: No value
    Given database "orders" is "Postgres"
    When SQL "select 1" is run
"""


@pytest.mark.parametrize('options', ['--definitions definitions.yaml', '--env test'])
def test_steps_take_them_by_name(options: str, tmp_path: Path, worker_id: str) -> None:
    need_broker()
    write_program(tmp_path)
    with sqlite3.connect(tmp_path / 'orders.db') as connection:
        connection.execute('create table orders (id integer, status text)')
    (tmp_path / 'definitions.yaml').write_text(DEFINITIONS)
    (tmp_path / 'a.feature').write_text(FEATURE.replace('{queue}', f'zatools-defined-{worker_id}'))
    (tmp_path / 'zatools.toml').write_text('[env.test]\nfiles = ["definitions.yaml"]\n')
    environ = environment(tmp_path, BROKER_PASSWORD='guest')
    done = shell(f'apitest run a.feature {options}', tmp_path, environ)
    assert done.returncode == 1, done.stdout + done.stderr
    assert '2 scenarios failed, 1 passed' in done.stdout
    assert "the definitions have no SQL connection 'Order SQL'" in done.stdout
    assert "did you mean 'Orders SQL'?" in done.stdout
    assert "the address of 'Postgres' is not known here" in done.stdout
    assert options in done.stdout


def test_a_password_of_definitions_is_never_shown(tmp_path: Path) -> None:
    write_program(tmp_path)
    text = DEFINITIONS.replace('db.example.com', '127.0.0.1').replace('5432', '9')
    (tmp_path / 'definitions.yaml').write_text(text)
    (tmp_path / 'a.feature').write_text(FEATURE)
    environ = environment(tmp_path, PASSWORD='hunter2/pw', BROKER_PASSWORD='hunter3/pw')
    script = 'apitest run a.feature:16 --only --definitions definitions.yaml --report out; cat out/*'
    done = shell(script, tmp_path, environ)
    assert 'Connection refused' in done.stdout or 'connection' in done.stdout, done.stdout
    for form in ('hunter2/pw', 'hunter2%2Fpw', 'hunter3'):
        assert form not in done.stdout + done.stderr
