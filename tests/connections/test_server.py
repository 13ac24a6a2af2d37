"""Pings and publishes through a running server: a stand-in that speaks the documented envelopes on a real socket."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import Console, Layout, copy_real
from tests.connections.conftest import UNKNOWN, interrupted_publish
from tests.peers.sockets import dripping, listening, trickling
from tests.peers.web import address_of, http_server
from tests.peers.zato import stand_in
from tests.standin import NOBODY, standing_in
from zatools.commands.ping import How, ping
from zatools.commands.publish import How as Publishing, Post, publish
from zatools.connections import server as servers
from zatools.connections.envelope import RefusedByServerError, answer_of
from zatools.connections.pong import Attempt
from zatools.connections.server import Line, RunningServer, ServerConnection, connections_of, generation_of
from zatools.errors import Exit, FailedError, UsageError
from zatools.live.outgoing import Source, Wanted
from zatools.odb.target import OdbChoice
from zatools.secret import Secret

GENERATIONS = ('3.2', '4.1')


@contextmanager
def running(generation: str) -> Iterator[str]:
    with http_server(None, stand_in(generation)) as server:
        yield address_of(server)


def set_up(layout: Layout, address: str, password: str) -> None:
    """Makes a server directory say where the stand-in listens, and its ODB whom it lets in."""
    config = Path(layout.path) / 'config' / 'repo' / 'server.conf'
    config.write_text(config.read_text().replace(NOBODY, address))
    with closing(sqlite3.connect(layout.database, isolation_level=None)) as connection:
        connection.execute("update sec_base set password = ? where name = 'admin.invoke'", [password])


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_server_says_of_which_generation_it_is(generation: str) -> None:
    with running(generation) as address:
        assert generation_of(f'http://{address}', Attempt(5)) == generation


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_server_lists_its_connections_without_passwords(generation: str) -> None:
    with running(generation) as address:
        server = RunningServer(f'http://{address}', 'server1', generation, 'admin.invoke', Secret('s3cret'))
        found = connections_of(server, Attempt(5))
    assert [one.item.name for one in found] == ['CRM', 'Billing', 'Payments', 'Old', 'New', 'Orders']
    assert 's3cret' not in repr(found)
    assert all(isinstance(one, ServerConnection) for one in found)


@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_server_directory_says_where_the_server_is_and_its_odb_who_may_ask(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    console = Console({})
    with running(generation) as address:
        set_up(layout, address, 's3cret')
        source = Source(OdbChoice(server=layout.path), via_server=True)
        code = ping(console.world, source, Wanted(('CRM', 'Payments')), How())
    assert code == Exit.OK
    assert console.err.getvalue().splitlines()[-1] == f'from server1 ({generation})'
    lines = console.out.getvalue().splitlines()
    assert lines[:2] == [
        'ok       CRM       HEAD https://crm.example.com/  200, 35 ms (server1 itself says ok)',
        'warn     Payments  HEAD https://pay.example.com/  404, 35 ms '
        '(server1 itself says ok, as it does of any status)',
    ]
    assert 's3cret' not in console.text


@pytest.mark.parametrize('generation', GENERATIONS)
def test_what_a_server_publishes_is_not_confirmed(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    console = Console({})
    with running(generation) as address:
        set_up(layout, address, 's3cret')
        source = Source(OdbChoice(server=layout.path), via_server=True)
        assert publish(console.world, source, Post('Orders', '/tutorial', 'api'), Publishing(as_json=True)) == Exit.OK
    assert '"is_published": true' in console.out.getvalue()
    assert '"is_confirmed": false' in console.out.getvalue()


def test_the_environment_goes_over_the_odb(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    with running('3.2') as address:
        set_up(layout, address, 'outdated')
        source = Source(OdbChoice(server=layout.path), via_server=True)
        console = Console({'ZATO_SERVER_PASSWORD': 's3cret'})
        assert ping(console.world, source, Wanted(('CRM',)), How()) == Exit.OK
        with pytest.raises(FailedError, match="401: user 'admin.invoke' refused"):
            ping(Console({}).world, source, Wanted(('CRM',)), How())


def test_a_timeout_of_32_is_told_by_its_cid(monkeypatch: pytest.MonkeyPatch) -> None:
    cid = 'a' * 24
    monkeypatch.setitem(__import__('tests.peers.zato', fromlist=['INFOS']).INFOS, 1, (False, cid))
    with running('3.2') as address:
        server = RunningServer(f'http://{address}', 'server1', '3.2', 'admin.invoke', Secret('s3cret'))
        pong = connections_of(server, Attempt(5))[0].ping(Attempt(5))
    assert pong.sentence == f'server1 says: timed out (CID {cid}); its log has more under this CID'


def test_a_server_that_went_away_is_told() -> None:
    with running('4.1') as address:
        server = RunningServer(f'http://{address}', 'server1', '4.1', 'admin.invoke', Secret('s3cret'))
        first = connections_of(server, Attempt(5))[0]
    pong = first.ping(Attempt(5))
    assert pong.text == 'server1 could not be asked: nothing listens there'


def test_two_servers_are_one_too_many() -> None:
    source = Source(OdbChoice(server='env/server1'), via_server=True, server_url='http://127.0.0.1')
    with pytest.raises(UsageError, match='one of them'):
        ping(Console({}).world, source, Wanted(is_all=True), How())


def test_a_list_that_never_ends_has_a_deadline() -> None:
    with listening(trickling) as address:
        server = RunningServer(f'http://{address}', 'server1', '4.1', 'admin.invoke', Secret('s3cret'))
        started = time.perf_counter()
        with pytest.raises(FailedError, match='server1 at .*: no answer in time'):
            connections_of(server, Attempt(0.5))
        with pytest.raises(FailedError, match='no answer in time'):
            generation_of(f'http://{address}', Attempt(0.5))
    assert time.perf_counter() - started < 10


def test_an_answer_that_never_ends_has_a_deadline_and_one_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(dripping) as address:
        line = Line(RunningServer(f'http://{address}', 'server1', '4.1', 'admin.invoke', Secret('s3cret')), 0.5)
        started = time.perf_counter()
        with pytest.raises(FailedError, match='server1 at .*: no answer in time'):
            line.ask('zato.ping', {})
        assert time.perf_counter() - started < 5
        monkeypatch.setattr(servers, 'LIMIT', 2)
        line.seconds = 5
        with pytest.raises(FailedError, match='zato.ping: its answer is longer than 0 MB'):
            line.ask('zato.ping', {})


def test_a_server_that_never_says_how_the_publish_went_has_a_deadline() -> None:
    with listening(trickling) as address:
        server = RunningServer(f'http://{address}', 'server1', '4.1', 'admin.invoke', Secret('s3cret'))
        pong = servers.publish(server, 'Orders', '/tutorial', 'api', 'Hello', Attempt(0.5))
    assert pong.failure == 'server-silent'
    assert pong.text == 'server1 could not be asked: no answer in time'


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_an_error_in_an_envelope_is_no_answer_and_an_echo_of_the_password_is_masked(generation: str) -> None:
    # What each stand-in says of its error holds the password.
    password, said = {
        '3.2': ('such', "500: Exception: 'no ****** row'"),
        '4.1': ('validate_tls', "500: 'NoneType' object has no attribute '******'"),
    }[generation]
    with standing_in(generation, password, 'error') as peer:
        server = RunningServer(peer.url, 'server1', generation, 'admin.invoke', Secret(password))
        with pytest.raises(RefusedByServerError) as found:
            server.call('zato.some.list', {}, Attempt(5))
    assert str(found.value) == said


def test_a_refusal_of_32_is_told_whatever_its_status() -> None:
    body = b'{"zato_env": {"result": "ZATO_ERROR", "details": "Traceback\\n>>>no such row"}}'
    with pytest.raises(RefusedByServerError, match='^no such row$'):
        answer_of('3.2', 200, {}, body, Secret('x'))


def test_an_interrupted_publish_does_not_say_that_nothing_happened() -> None:
    is_asked, is_over = threading.Event(), threading.Event()

    class Silent(stand_in('4.1')):  # type: ignore[misc]
        def do_POST(self) -> None:  # noqa: N802
            if not self.path.endswith('zato.outgoing.amqp.publish'):
                return super().do_POST()
            is_asked.set()
            is_over.wait(60)
            return None

    with http_server(None, Silent) as server:
        url = f'http://{address_of(server)}'
        found = interrupted_publish(is_asked, '--exchange', 'orders', '--via-server', '--server-url', url)
        is_over.set()
    assert found == UNKNOWN
