"""What scenarios that others call have stored: in files that the processes of one run share."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.report.results import ScenarioResult

#: What a scenario is known by in a run: its file and line; its name is for readers.
Key = tuple[str, int, str]


@dataclass(frozen=True)
class Kept:
    """What a scenario leaves.

    `values`, `date_formats`, `cookies` and `secrets` go to whoever has it run, or, where it failed,
    `error` and `detail`.
    `state` is the rest of `ctx.zato`, and `result` is what reports show: those are for the scenario's own feature, and
    None where something in them can't go to another process.
    """

    time: float
    values: dict[str, Any] = field(default_factory=dict)
    date_formats: dict[str, Any] = field(default_factory=dict)
    cookies: Sequence[Any] = ()
    secrets: Sequence[tuple[str, str]] = ()
    error: str = ''
    detail: Sequence[str] = ()
    state: dict[str, Any] | None = None
    result: ScenarioResult | None = None


@dataclass
class CalledResults:
    """The folder of these files, which only we can read; what runs at present, what the run's own files hold."""

    folder: str = ''
    running: list[Key] = field(default_factory=list)
    called: set[tuple[str, int]] = field(default_factory=set)
    planned: set[tuple[str, int]] = field(default_factory=set)

    def open(self) -> None:
        """Makes the folder, unless it is there."""
        self.folder = self.folder or tempfile.mkdtemp(prefix='apitest-')

    def close(self) -> None:
        """Removes the folder."""
        import shutil

        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ''

    @contextmanager
    def locked(self, key: Key) -> Iterator[Entry]:
        """Gives what a scenario stored to one process at a time."""
        self.open()
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        with Path(self.folder, f'{digest}.lock').open('w') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield Entry(Path(self.folder, f'{digest}.values'))


@dataclass(frozen=True)
class Entry:
    """The file of one scenario."""

    path: Path

    def read(self) -> Kept | None:
        """Returns what the scenario left; None where it has not run."""
        return pickle.loads(self.path.read_bytes()) if self.path.exists() else None

    def write(self, kept: Kept) -> None:
        """Keeps what the scenario left."""
        self.path.write_bytes(pickle.dumps(kept))


def key_of(feature: Feature, scenario: Scenario) -> Key:
    """Returns what a scenario is known by in a run."""
    return str(feature.path.resolve()), scenario.line, scenario.name


def can_travel(value: Any) -> bool:
    """Tells whether a value can go to another process."""
    try:
        pickle.dumps(value)
    except Exception:
        # Objects of projects raise what they like.
        return False
    return True
