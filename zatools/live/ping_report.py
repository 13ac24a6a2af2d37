"""The outcomes of pings as lines, JSON, JUnit cases and problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zatools.connections.pong import Connection, Pong, Verdict, duration, printable
from zatools.place import Place, Problem
from zatools.reports.junit import Case
from zatools.screens import cells, pad

#: ANSI codes.
COLOURS = {Verdict.OK: 32, Verdict.WARN: 33, Verdict.FAILED: 31, Verdict.SKIPPED: 2}
WORDS = {Verdict.OK: 'ok', Verdict.WARN: 'warning', Verdict.FAILED: 'failed', Verdict.SKIPPED: 'skipped'}
#: Columns of a name or a target that the columns leave room for.
WIDEST = 60


@dataclass(frozen=True)
class Columns:
    """The widths of names and targets, known before the first pong, so that all lines stand in line."""

    name: int
    target: int

    def line(self, connection: Connection, pong: Pong | None, is_coloured: bool = False) -> str:
        """Returns the line of a connection: verdict, name, target, what happened. Without a pong it is waited for."""
        name = pad(printable(connection.item.name), self.name)
        target = pad(connection.target, self.target)
        if pong is None:
            return f'{"...":8} {name}  {target}'.rstrip()
        word = f'{pong.verdict:8}'
        if is_coloured:
            word = f'\x1b[{COLOURS[pong.verdict]}m{word}\x1b[0m'
        return f'{word} {name}  {target}  {pong.sentence}'.rstrip()


def columns_of(connections: Sequence[Connection]) -> Columns:
    """Returns the widths that these connections need, within reason."""
    names = [cells(printable(one.item.name)) for one in connections]
    targets = [cells(one.target) for one in connections]
    return Columns(min(max(names, default=0), WIDEST), min(max(targets, default=0), WIDEST))


def sum_up(pongs: Iterable[Pong], seconds: float) -> str:
    """Returns the last line: 2 ok, 1 warning, 2 failed, 1 skipped in 0.1 s."""
    counts = Counter(pong.verdict for pong in pongs)
    parts = []
    for verdict, word in WORDS.items():
        number = counts[verdict]
        if verdict is Verdict.WARN and number > 1:
            word += 's'
        if number:
            parts.append(f'{number} {word}')
    return f'{", ".join(parts) or "No outgoing connections"} in {duration(seconds)}'


def as_zato(connection: Connection, pong: Pong) -> str:
    """Returns a REST ping as Zato's own four lines; what has no status is one line of ours."""
    if 'status' not in pong.facts or pong.took is None:
        return f'{pong.verdict} {printable(connection.item.name)}: {pong.sentence}'
    minutes, seconds = divmod(pong.took, 60)
    hours, minutes = divmod(int(minutes), 60)
    return '\n'.join(
        [
            f'{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f} (UTC)',
            connection.target,
            f'Code: {pong.facts["status"]}',
            f'Response time: {hours}:{minutes:02}:{seconds:09.6f}',
        ]
    )


def as_row(connection: Connection, pong: Pong) -> dict[str, Any]:
    """Returns a pong as a mapping for JSON; docs/ping.md says what the keys are."""
    row: dict[str, Any] = {
        'name': connection.item.name,
        'type': connection.item.kind.protocol,
        'verdict': WORDS[pong.verdict],
        'target': connection.target,
        'took_ms': pong.took_ms,
        'text': pong.text,
        'hint': pong.hint,
        'failure': pong.failure or None,
        'place': None,
        **pong.facts,
    }
    place = _place_in_file(pong)
    if place:
        row['place'] = str(place)
    return row


def _place_in_file(pong: Pong) -> Place | None:
    # What an ODB has is in no file.
    if pong.place is None or not pong.place.path:
        return None
    return pong.place


def counts(pongs: Iterable[Pong]) -> dict[str, int]:
    """Returns how many pongs there are of each verdict."""
    found = Counter(WORDS[pong.verdict] for pong in pongs)
    return {word: found[word] for word in WORDS.values()}


def is_failure(pong: Pong, is_strict: bool) -> bool:
    """Tells whether a pong makes the answer no."""
    return pong.verdict is Verdict.FAILED or (is_strict and pong.verdict is Verdict.WARN)


def as_case(connection: Connection, pong: Pong, is_strict: bool) -> Case:
    """Returns a pong as a test case."""
    verdict = 'passed'
    if pong.verdict is Verdict.SKIPPED:
        verdict = 'skipped'
    elif is_failure(pong, is_strict):
        verdict = 'failed'
    group = f'outconn.{connection.item.kind.protocol}'
    name = printable(connection.item.name)
    output = f'{connection.target}\n{pong.sentence}'.strip()
    return Case(name, group, verdict, pong.sentence, pong.took or 0.0, output, pong.place)


def as_problem(connection: Connection, pong: Pong, is_strict: bool) -> Problem:
    """Returns a pong that is not ok as a problem, for annotations."""
    text = f'{connection.item}: {pong.text}'
    return Problem(_place_in_file(pong), text, pong.hint, is_warning=not is_failure(pong, is_strict))
