"""`zato ping outconn`: are the other sides up, and do they let us in?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter, sleep

from zatools.atomic import check_writable, write_file
from zatools.connections.connect import connect
from zatools.connections.failures import skip
from zatools.connections.pong import TIMEOUT, Attempt, Connection, Idle, Pong, Verdict
from zatools.connections.pool import ping_all
from zatools.errors import Exit, UsageError, answer
from zatools.kinds.model import Kind
from zatools.kinds.traits import OPENED
from zatools.live import ping_report
from zatools.live.outgoing import (
    Source,
    Wanted,
    check,
    check_variables,
    kinds_of,
    pick,
    read_definitions,
    running_server,
)
from zatools.live.ping_report import Columns
from zatools.reports.junit import Suite, as_junit
from zatools.reports.problems import as_github
from zatools.world import Screen, World

FORMATS = ('text', 'zato', 'github', 'json')
#: Seconds between two looks at connections that are waited for.
PAUSE = 1.0
HERE = 'this machine'
NO_PING, NOT_ASKED = 'servers have no ping for {}', 'servers are not asked to ping {}'


class Lines:
    """The screen of a pipe: each line is written as soon as all those before it are."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print = print_line
        self._done: dict[int, str] = {}
        self._next = 0

    def start(self, lines: Sequence[str]) -> None:
        """Shows nothing: what is written to a pipe stays."""

    def update(self, number: int, line: str) -> None:
        """Writes the line, and those after it that were waiting."""
        self._done[number] = line
        while self._next in self._done:
            self._print(self._done.pop(self._next))
            self._next += 1

    def stop(self) -> None:
        """Does nothing."""


@dataclass(frozen=True)
class How:
    """How connections are tried and shown; times are in seconds, None is not given."""

    timeout: float | None = None
    jobs: int = 32
    is_strict: bool = False
    expected: frozenset[int] = frozenset()
    includes_inactive: bool = False
    wait: float | None = None
    watch: float | None = None
    format: str = 'text'
    as_json: bool = False
    junit: str = ''

    @property
    def form(self) -> str:
        """The form of the answer: --json is another way to say it."""
        if self.as_json:
            return 'json'
        return self.format


def ping(world: World, source: Source, wanted: Wanted, how: How) -> Exit:
    """Pings outgoing connections; exit 1 where one failed."""
    _check(how)
    check(source, wanted)
    if source.via_server:
        origin, connections = _at_server(world, source, wanted, how)
    else:
        origin, connections = _from_here(world, source, wanted, how)
    columns = ping_report.columns_of(connections)
    if how.watch is not None:
        _watch(world, connections, columns, how)
    started = perf_counter()
    if how.wait is not None:
        found = _until_up(world, connections, how)
        show_all(world, connections, found, columns, how)
    else:
        found = _once(world, connections, columns, how)
    _report(world, connections, found, how, perf_counter() - started, origin)
    return answer(not any(ping_report.is_failure(pong, how.is_strict) for pong in found))


def _check(how: How) -> None:
    if how.form not in FORMATS:
        raise UsageError(f'--format must be one of: {", ".join(FORMATS)}')
    if how.watch is not None and (how.wait is not None or how.form != 'text' or how.junit):
        raise UsageError('--watch prints lines until it is interrupted: no --wait, --format, --json or --junit')
    if how.junit not in ('', '-'):
        check_writable(Path(how.junit).expanduser())


def _from_here(world: World, source: Source, wanted: Wanted, how: How) -> tuple[str, list[Connection]]:
    definitions = read_definitions(world, source)
    world.say(f"from {HERE} (the server's view: --via-server)")
    items = pick(definitions.items, wanted, source.among)
    check_variables(definitions, [item for item in items if how.includes_inactive or _is_active(item.values)])
    found = [
        connect(item, definitions.state, definitions.foreign, how.expected, definitions.generation) for item in items
    ]
    return HERE, [_rested(connection, how) for connection in found]


def _is_active(values: dict[str, object]) -> bool:
    return values.get('is_active', True) is not False


def _rested(connection: Connection, how: How) -> Connection:
    if how.includes_inactive or _is_active(connection.item.values):
        return connection
    return Idle(connection.item, connection.target, skip('not active'))


def _at_server(world: World, source: Source, wanted: Wanted, how: How) -> tuple[str, list[Connection]]:
    from zatools.connections.server import connections_of, has_ping

    kinds = list(kinds_of(wanted.types))
    if kinds and not any(map(has_ping, kinds)):
        _refuse(f'--type {kinds[0].protocol}', kinds[0])
    seconds = how.timeout or TIMEOUT
    server = running_server(world, source, seconds)
    world.say(f'from {server.title}')
    listed = {one.item.key: one for one in connections_of(server, Attempt(seconds), how.expected)}
    items = pick([one.item for one in listed.values()], wanted, f'at {server.name}')
    found: list[Connection] = []
    for item in items:
        if not has_ping(item.kind):
            if item.name in wanted.names:
                _refuse(f"'{item.name}'", item.kind)
            found.append(Idle(item, '', skip(f'{_no_ping(item.kind)}; from this machine: leave out --via-server')))
        else:
            found.append(_rested(listed[item.key], how))
    return server.title, found


def _no_ping(kind: Kind) -> str:
    text = NO_PING
    if kind.served == OPENED:
        text = NOT_ASKED
    return text.format(kind.protocol.upper())


def _refuse(what: str, kind: Kind) -> None:
    raise UsageError(
        f'{what} with --via-server: {_no_ping(kind)}',
        'ping from this machine, without --via-server, or publish by way of the server: zato publish --help',
    )


def _once(world: World, connections: Sequence[Connection], columns: Columns, how: How) -> list[Pong]:
    if how.form != 'text' or how.junit == '-':
        found = ping_all(connections, how.jobs, how.timeout, lambda number, pong: None)
        show_all(world, connections, found, columns, how)
        return found
    lines: Screen = Lines(world.print)
    if world.screen:
        lines = world.screen()

    def shown_line(connection: Connection, pong: Pong | None) -> str:
        return world.masks.mask(columns.line(connection, pong, world.is_coloured and pong is not None))

    lines.start([shown_line(connection, None) for connection in connections])
    try:
        return ping_all(
            connections,
            how.jobs,
            how.timeout,
            lambda number, pong: lines.update(number, shown_line(connections[number], pong)),
        )
    finally:
        lines.stop()


def show_all(
    world: World, connections: Sequence[Connection], found: Sequence[Pong], columns: Columns, how: How
) -> None:
    """Prints pongs that are all there, as text or in Zato's form."""
    if how.junit == '-':
        return
    for connection, pong in zip(connections, found, strict=True):
        if how.form == 'text':
            world.print(columns.line(connection, pong, world.is_coloured))
        elif how.form == 'zato':
            world.data(ping_report.as_zato(connection, pong))


def _until_up(world: World, connections: Sequence[Connection], how: How) -> list[Pong]:
    until = perf_counter() + (how.wait or 0)
    found = ping_all(connections, how.jobs, how.timeout, lambda *_: None, until=until)
    told = ''
    while perf_counter() < until:
        down = [number for number, pong in enumerate(found) if ping_report.is_failure(pong, how.is_strict)]
        if not down:
            break
        names = ', '.join(connections[number].item.name for number in down[:5])
        if len(down) > 5:
            names += ', …'
        text = f'Waiting for {len(down)} of {len(connections)}: {names}'
        if text != told:
            world.say(text)
            told = text
        sleep(min(PAUSE, max(0.0, until - perf_counter())))
        again = ping_all([connections[number] for number in down], how.jobs, how.timeout, lambda *_: None, until=until)
        for number, pong in zip(down, again, strict=True):
            found[number] = pong
    return found


def _watch(world: World, connections: Sequence[Connection], columns: Columns, how: How) -> None:
    # Ends by an interrupt only, as the one who watches wants it.
    before: list[Pong] = []
    while True:
        started = perf_counter()
        found = ping_all(connections, how.jobs, how.timeout, lambda number, pong: None)
        for number, (connection, pong) in enumerate(zip(connections, found, strict=True)):
            line = columns.line(connection, pong, world.is_coloured)
            if not before:
                world.print(line)
            elif before[number].verdict is not pong.verdict:
                world.print(f'{datetime.now():%H:%M:%S} was {before[number].verdict}, is {line}')
        if not before:
            world.print(f'{ping_report.sum_up(found, perf_counter() - started)}; changes follow, every {how.watch:g} s')
        world.out.flush()
        before = found
        sleep(max(0.0, (how.watch or 0) - (perf_counter() - started)))


def _report(
    world: World, connections: Sequence[Connection], found: Sequence[Pong], how: How, seconds: float, origin: str
) -> None:
    pairs = list(zip(connections, found, strict=True))
    if how.junit:
        text = as_junit([Suite('zato ping', [ping_report.as_case(*pair, how.is_strict) for pair in pairs])])
        if how.junit == '-':
            world.write(world.masks.mask(text))
        else:
            write_file(Path(how.junit).expanduser(), world.masks.mask(text), False)
    if how.form == 'json':
        rows = [ping_report.as_row(*pair) for pair in pairs]
        content = {'from': origin, 'connections': rows, 'counts': ping_report.counts(found)}
        world.print_json(json.dumps(content, indent=2))
    elif how.form == 'github':
        bad = [pair for pair in pairs if pair[1].verdict in (Verdict.WARN, Verdict.FAILED)]
        if bad:
            world.annotate(as_github(ping_report.as_problem(*pair, how.is_strict) for pair in bad))
        world.say(ping_report.sum_up(found, seconds))
    elif how.form == 'text' and how.junit != '-':
        world.print(ping_report.sum_up(found, seconds))
