"""Mutates definition files and reads them, until the time is over: `python -m tests.fuzz.run --seconds 600`.

What must not happen, whatever is in a file: an exception, more than `SLOWEST` seconds, more than `MOST_MEMORY` for all.
What is read without a problem must be written, and read again as the same. Inputs that are reported in new words are
kept and mutated further. The input that fails stays in a file.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from tests.calls import validate
from tests.console import Console
from tests.laws import samples
from zatools.files.reader import read
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.model import GENERATIONS
from zatools.state import State

GOLDEN = Path(__file__).parents[1] / 'golden'
SLOWEST = 5
#: In MB.
MOST_MEMORY = 300
MOST_INPUTS = 2_000
LARGEST = 20_000
TOKENS = (
    *(b'{', b'}', b'[', b']', b': ', b'- ', b', ', b'? ', b'| ', b'>-\n', b'"', b"'", b'#', b'%', b'@', b'`', b'\t'),
    *(b'&a ', b'*a', b'<<: *a', b'!!python/object:os.system ', b'!!str ', b'!!binary ', b'! ', b'---\n', b'...\n'),
    *(b'${', b'${A}', b'$${', b'{Zato_Enmasse_Env.', b'Zato_Enmasse_Env.', b'ZatoEnmasseEnv.A', b'$$', b'${A.B}'),
    *(
        b'\x00',
        b'\x1b',
        b'\x7f',
        b'\xff\xfe',
        b'\xfe\xff',
        b'\xef\xbb\xbf',
        b'\xc3',
        b'\xed\xa0\x80',
        b'\xf4\x90\x80\x80',
    ),
    *(b'\xc2\x85', b'\xe2\x80\xa8', b'\xef\xbf\xbf', b'\xf0\x9f\x98\x80', b'\xcc\x81', b'\r', b'\r\n', b'\\ud800'),
    *(b'\\u0000', b'\\x', b'null', b'~', b'.inf', b'.nan', b'1e400', b'-1', b'0x10', b'1_000', b'9' * 400, b'yes'),
    *(
        b'include:\n  - a\n',
        b'<<<<<<< ours\n',
        b'=======\n',
        b'>>>>>>> theirs\n',
        b'name: ',
        b'\n',
        b'\n  - ',
        b' ' * 300,
    ),
    *(b'http://u:p@h', b'[' * 120, b'{"a":' * 120, b'amqp://[::1', b'amqp://h:99999999/%', b'%s%(a)s{0}'),
)
WORDS = tuple(
    word.encode()
    for word in sorted({*SPELLINGS, *(name for kind in KINDS for name in kind.lookup), *(kind.type for kind in KINDS)})
    if word
)

#: What is set; other variables of inputs are not.
ENVIRON = {'A': 'a'}


class FoundError(Exception):
    """An input that does what none may do."""


def corpus() -> list[bytes]:
    """Returns what golden cases read, and each kind with all its fields."""
    files = [path for path in sorted(GOLDEN.rglob('*')) if path.suffix in ('.yaml', '.yml', '.json')]
    found = [path.read_bytes() for path in files if path.stat().st_size < LARGEST]
    for generation in GENERATIONS:
        for form in ('yaml', 'json'):
            found.append(emit(samples.state(generation), Style(generation), form).encode())
    return list(dict.fromkeys(found))


def mutate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Returns an input with one to eight things done to it."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 1, 4, 30, 300)))
        kind = rng.randrange(9)
        if kind == 0:
            data = data[:start] + data[end:]
        elif kind == 1:
            data = data[:start] + rng.choice(TOKENS) + data[start:]
        elif kind == 2:
            data = data[:start] + rng.choice(TOKENS) + data[end:]
        elif kind == 3:
            data = data[:start] + data[start:end] * rng.choice((2, 3, 50)) + data[end:]
        elif kind == 4:
            data = data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :]
        elif kind == 5:
            other = rng.choice(others)
            data = data[:start] + other[rng.randrange(len(other) + 1) :]
        elif kind == 6:
            data = data[:start] + rng.choice(WORDS) + rng.choice((b'', b': ', b':\n  - ')) + data[start:]
        else:
            # The likeliest to be valid.
            data = _other_value(data, rng)
    return data[:LARGEST]


def _other_value(data: bytes, rng: random.Random) -> bytes:
    places = list(re.finditer(rb'(?<=: )[^\n]*', data))
    if not places:
        return data
    found = rng.choice(places)
    return data[: found.start()] + rng.choice((*TOKENS, *WORDS)) + data[found.end() :]


def _values(state: State) -> dict[object, object]:
    return {key: (item.kind.label, item.values) for key, item in state.items()}


def _again(path: Path, state: State) -> None:
    for generation in GENERATIONS:
        if all(generation in item.kind.generations for item in state.values()):
            for form in ('yaml', 'json'):
                other = path.with_name(f'again.{form}')
                other.write_text(emit(state, Style(generation), form))
                _same(state, generation, other)


def _same(state: State, generation: str, other: Path) -> None:
    again = read([str(other)], io.BytesIO(), ENVIRON)
    # What a generation has no word for is left out when it is written; defaults that are written come back.
    for key, item in state.items():
        unsaid = {name for name in item.kind.unsaid[generation] if not item.values.get(name)}
        names = item.kind.names[generation] - unsaid
        found = again.state[key].values if key in again.state else {}
        lost = [name for name, value in item.values.items() if name in names and found.get(name) != value]
        if lost:
            raise FoundError(f'{item}: {", ".join(lost)} came back otherwise from {other.suffix}')


def check(path: Path) -> str:
    """Reads a file as `validate` does; returns its annotations. Raises what none may raise."""
    begin = time.monotonic()
    for form in ('text', 'json', 'github'):
        console = Console(ENVIRON)
        validate(console.world, [str(path)], format=form)
    found = read([str(path)], io.BytesIO(), ENVIRON)
    if not found.errors and found.state and not found.has_ids:
        _again(path, found.state)
    took = time.monotonic() - begin
    if took > SLOWEST:
        raise FoundError(f'took {took:.1f} seconds')
    return console.out.getvalue()


def memory() -> float:
    """Returns the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _words(text: str) -> frozenset[str]:
    # What annotations say, without names, values and places.
    lines = (line.partition('::')[2].partition('::')[2] for line in text.splitlines())
    return frozenset(re.sub(r"'[^']*'|\d+|\(.*", '', line)[:80] for line in lines)


def inputs(rng: random.Random) -> Generator[tuple[str, bytes], str, None]:
    """Yields inputs without an end, as their ending and bytes; the annotations of one are sent in."""
    pool = corpus()
    said: set[str] = set()
    while True:
        data = mutate(rng.choice(pool), pool, rng)
        usual = 'json' if data.lstrip().startswith((b'{', b'[')) else 'yaml'
        ending = usual if rng.random() < 0.9 else rng.choice(('yaml', 'json'))
        words = _words((yield ending, data))
        if words - said and len(pool) < MOST_INPUTS:
            said |= words
            pool.append(data)


def run(seconds: float, seed: int, folder: Path, most: int = sys.maxsize) -> int:
    """Checks inputs until the time is over or there were enough; returns how many. Raises FoundError."""
    end = time.monotonic() + seconds
    found = inputs(random.Random(seed))
    ending, data = next(found)
    count = 0
    before = memory()
    while time.monotonic() < end and count < most:
        path = folder / f'input.{ending}'
        path.write_bytes(data)
        faulthandler.dump_traceback_later(4 * SLOWEST, exit=True)
        try:
            text = check(path)
        except Exception as error:
            raise FoundError(f'{path}: {type(error).__name__}: {error}') from error
        faulthandler.cancel_dump_traceback_later()
        # What the process had before is none of these inputs' doing.
        if memory() > max(MOST_MEMORY, before + MOST_MEMORY // 4):
            raise FoundError(f'{path}: {memory():.0f} MB')
        count += 1
        ending, data = found.send(text)
    return count


def main() -> None:
    """Runs for a time, and says how many inputs there were."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=600)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix='fuzz-'))
    # What breaks a promise stays there, to be looked at.
    count = run(options.seconds, options.seed, folder)
    shutil.rmtree(folder)
    print(f'{count} inputs, {count / options.seconds:.0f} a second, at most {memory():.0f} MB')


if __name__ == '__main__':
    main()
