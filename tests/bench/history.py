"""What the history costs an import, and how long questions about one object take: `python -m tests.bench.history`.

All figures are seconds of processor time of whole processes: those are steadier than the clock's on a busy machine.
Imports with and without a history take turns, into a copy of an empty ODB each.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.run import definitions, run

#: A history may cost an import so much of what it takes without; a question may take so many seconds.
MOST, LONGEST = 0.15, 0.5
ZATO = (sys.executable, '-m', 'zatools')
ODB = 'zato-odb.sqlite'
NAME = 'outgoing.77'
QUESTIONS = {'log NAME': ('log', NAME), 'log': ('log',), 'why NAME': ('why', NAME, '../f.yaml')}


def _made(folder: Path, is_kept: bool) -> Path:
    folder.mkdir()
    run([*ZATO, 'odb', 'create'], str(folder))
    if not is_kept:
        run([*ZATO, 'odb', 'history', 'off', '--drop'], str(folder))
    shutil.copy(folder / ODB, folder / 'empty')
    return folder


def _imported(folder: Path) -> Callable[[], float]:
    def measure() -> float:
        shutil.copy(folder / 'empty', folder / ODB)
        return run([*ZATO, 'enmasse', 'import', '../f.yaml'], str(folder)).busy

    return measure


def _asked(folder: Path, words: tuple[str, ...]) -> Callable[[], float]:
    return lambda: run([*ZATO, 'enmasse', *words], str(folder)).busy


def measure(count: int, runs: int) -> dict[str, list[float]]:
    """Returns seconds of processor time, a row of them for each of what was measured."""
    with tempfile.TemporaryDirectory() as base:
        Path(base, 'f.yaml').write_text(definitions(count))
        kept, bare = _made(Path(base, 'kept'), True), _made(Path(base, 'bare'), False)
        what = {'with history': _imported(kept), 'without': _imported(bare)}
        what |= {name: _asked(kept, words) for name, words in QUESTIONS.items()}
        found: dict[str, list[float]] = {name: [] for name in what}
        for number in range(runs):
            # They take turns at being the first one; a question needs an import before it.
            order = list(what)[:2][:: (-1) ** number] + list(QUESTIONS)
            for name in order:
                found[name].append(what[name]())
    return found


def main() -> None:
    """Prints medians and the least of each, and the bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=10_000)
    parser.add_argument('--runs', type=int, default=9)
    options = parser.parse_args()
    found = measure(options.count, options.runs)
    print(f'{options.count} objects, seconds of processor time, median (least) of {options.runs} runs')
    for name, rows in found.items():
        bar = f'   bar {LONGEST}' if name in QUESTIONS else ''
        print(f'{name:14} {median(rows):6.3f}  ({min(rows):.3f}){bar}')
    for called, part in (('medians', median), ('least', min)):
        cost = part(found['with history']) / part(found['without']) - 1
        print(f'a history costs, by {called}: {cost:.1%}   bar {MOST:.0%}')


if __name__ == '__main__':
    main()
