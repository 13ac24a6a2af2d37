"""TLS as a server's `[odb]` asks for it, and a database server that dies in the middle of an import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import trustme

from tests.conftest import KEY, Console
from tests.odb.test_target import make_server
from tests.servers import PASSWORD, RUN, USER, Server
from zatools.commands.odb import create, info
from zatools.errors import OdbError
from zatools.odb.locks import Wait
from zatools.odb.odb import commit, opened
from zatools.odb.target import OdbChoice

ENVIRON = {'ZATO_SECRET_KEY': KEY}


@pytest.fixture(scope='module', params=RUN)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with TLS that has an ODB of ours."""
    with RUN[request.param](tmp_path_factory.mktemp(request.param)) as found:
        create(Console(ENVIRON).world, OdbChoice(odb=found.url))
        yield found


def say(server: Server, folder: Path, host: str = 'localhost', **odb: str) -> str:
    """Returns what `odb info` says of a server directory whose `[odb]` has these keys."""
    where = sa.make_url(server.url)
    engine = {'postgresql': 'postgresql+pg8000', 'mysql': 'mysql+pymysql'}[where.drivername]
    values = {'engine': engine, 'host': host, 'port': str(server.port), 'username': USER, 'password': PASSWORD}
    directory = make_server(folder, db_name=str(where.database), **values, **odb)
    console = Console(ENVIRON)
    info(console.world, OdbChoice(path=str(directory)))
    return console.text


def test_a_certificate_of_the_ca_that_is_named_is_taken(server: Server, tmp_path: Path) -> None:
    assert 'zatools, layout 3.2' in say(server, tmp_path, ssl='True', ssl_ca_file=str(server.ca))


def test_one_of_another_ca_is_not(server: Server, tmp_path: Path) -> None:
    other = tmp_path / 'other.pem'
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(OdbError, match="can't be reached over TLS"):
        say(server, tmp_path, ssl='True', ssl_ca_file=str(other))


def test_one_for_another_host_is_not(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OdbError, match="can't be reached over TLS"):
        say(server, tmp_path, host='127.0.0.1', ssl='True', ssl_ca_file=str(server.ca))


def test_without_verification_any_certificate_is_taken(server: Server, tmp_path: Path) -> None:
    assert 'zatools, layout 3.2' in say(server, tmp_path, host='127.0.0.1', ssl='True', ssl_verify='False')


def test_a_server_that_dies_in_the_middle_has_all_as_it_was(tmp_path: Path) -> None:
    with RUN['postgresql'](tmp_path) as server:
        create(Console(ENVIRON).world, OdbChoice(odb=server.url))
        with pytest.raises(OdbError) as caught, opened(OdbChoice(odb=server.url), ENVIRON, Wait()) as odb:
            table = odb.tables['cluster'].clause
            odb.connection.execute(table.update().values(name='half'))
            server.stop()
            commit(odb)
    assert caught.value.text.endswith('went away during the commit, before it said whether the changes stand')
