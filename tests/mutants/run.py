"""Breaks the code on purpose, one mutation at a time in a copy, and tells which of them no test noticed.

`python -m tests.mutants.run` plays all of `mutants.toml`; `--only WORD` plays those with the word in their names.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parent.parent.parent
LIST = Path(__file__).parent / 'mutants.toml'
#: What a copy can do without.
LEFT_OUT = ('.git', '.venv', '*_cache', '__pycache__', 'build', 'dist')
#: A mutation may make the code wait for ever; on a busy machine so may its tests: the verdict is open.
SECONDS = 600
FAILED_TESTS = 1
FAILURES = re.compile(r'\b[1-9]\d* failed\b')


@dataclass(frozen=True)
class Mutant:
    """One mutation: in `file`, the one place of `text` becomes `becomes`.

    `tests` are the arguments of pytest that notice it; a quick one is played by each run of the test suite.
    """

    name: str
    file: str
    text: str
    becomes: str
    tests: tuple[str, ...]
    is_quick: bool = False

    def applied(self, root: Path) -> str:
        """Returns the file's mutated source; raises ValueError where the text isn't there just once."""
        source = (root / self.file).read_text(encoding='utf-8')
        count = source.count(self.text)
        if count != 1:
            raise ValueError(f'{self.name}: {self.file} has its text {count} times')
        return source.replace(self.text, self.becomes)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutation (`caught`, `SURVIVED` or `open`), and pytest's last line."""

    mutant: Mutant
    outcome: str
    line: str


def mutants() -> tuple[Mutant, ...]:
    """Returns all mutations of the list."""
    entries = tomllib.loads(LIST.read_text(encoding='utf-8'))['mutant']
    return tuple(Mutant(**{**entry, 'tests': tuple(entry['tests'])}) for entry in entries)


def play(mutant: Mutant, copy: Path) -> Verdict:
    """Applies one mutation to a copy of the project, runs its tests there, and takes the mutation back."""
    path = copy / mutant.file
    original = path.read_text(encoding='utf-8')
    path.write_text(mutant.applied(copy), encoding='utf-8')
    try:
        return _verdict(mutant, copy)
    finally:
        path.write_text(original, encoding='utf-8')


def _verdict(mutant: Mutant, copy: Path) -> Verdict:
    command = [sys.executable, '-B', '-m', 'pytest', '-n0', '-x', '-p', 'no:cacheprovider', *mutant.tests]
    odbs = os.environ.get('ZATOOLS_TEST_ODBS') or str(ROOT.parent / 'shared' / 'odb')
    environ = {**os.environ, 'PYTHONPATH': str(copy), 'ZATOOLS_TEST_ODBS': odbs, 'PYTHONDONTWRITEBYTECODE': '1'}
    try:
        done = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Verdict(mutant, 'open', f'no end after {SECONDS} s')
    lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ['']
    return Verdict(mutant, outcome_of(done.returncode, lines[-1]), lines[-1])


def outcome_of(code: int, line: str) -> str:
    """Returns what pytest's exit code and last line say of a mutation."""
    if code == FAILED_TESTS and FAILURES.search(line):
        return 'caught'
    if code == FAILED_TESTS:
        # What a test needs could not be set up: it did not look at the code at all.
        return 'open'
    # Any other code says that nothing was tested: a wrong argument, no test of that name.
    return 'SURVIVED'


def copied(folder: Path) -> Path:
    """Returns a copy of the project in a folder."""
    copy = folder / 'copy'
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return copy


def play_all(chosen: Sequence[Mutant], jobs: int) -> list[Verdict]:
    """Plays mutations in as many copies as there are jobs; prints each verdict."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(copied(Path(folder) / str(number)))

        def one(mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                verdict = play(mutant, copy)
            finally:
                copies.put(copy)
            print(f'{verdict.outcome:9} {mutant.name:50} {verdict.line}', flush=True)
            return verdict

        return list(pool.map(one, chosen))


def main() -> int:
    """Plays what the command line chooses; 1 if any mutation was not caught."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default='', help='mutations whose name has this')
    parser.add_argument('--sample', type=int, default=1, metavar='N', help='every n-th')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    if os.geteuid() == 0:
        parser.error('not as root: a mutation may replace files of the machine, such as /dev/stdout')
    chosen = [mutant for mutant in mutants() if arguments.only in mutant.name][:: arguments.sample]
    verdicts = play_all(chosen, arguments.jobs)
    left = [f'{verdict.mutant.name} ({verdict.outcome})' for verdict in verdicts if verdict.outcome != 'caught']
    print(f'{len(verdicts) - len(left)} of {len(verdicts)} caught. Left: {", ".join(left) or "none"}')
    return 1 if left else 0


if __name__ == '__main__':
    sys.exit(main())
