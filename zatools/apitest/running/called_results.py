"""Outcomes of scenarios that others call, in files that the processes of one run share."""

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

#: Identifies a scenario of a run: its file and line; its name is for readers.
Key = tuple[str, int, str]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a scenario.

    Its caller gets `values`, `date_formats`, `cookies` and `secrets`, or, where it failed, `error` and `detail`. Its
    own feature gets `state`, the rest of `ctx.zato`, and `result`, what reports show; both are None where something in
    them can't go to another process.
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
    """The folder of these files, which only we can read.

    `running` are the scenarios that run at present, callers before the called; `called` those that any scenario calls;
    `planned` those of the run's own features.
    """

    folder: str = ''
    running: list[Key] = field(default_factory=list)
    called: set[tuple[str, int]] = field(default_factory=set)
    planned: set[tuple[str, int]] = field(default_factory=set)

    def open(self) -> None:
        """Makes the folder, unless it exists."""
        self.folder = self.folder or tempfile.mkdtemp(prefix='apitest-')

    def close(self) -> None:
        """Removes the folder."""
        import shutil

        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ''

    @contextmanager
    def locked(self, key: Key) -> Iterator[Entry]:
        """Yields the entry of a scenario, to one process at a time."""
        self.open()
        # A digest, since names of scenarios have characters that names of files may not have.
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        with Path(self.folder, f'{digest}.lock').open('w') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield Entry(Path(self.folder, f'{digest}.values'))


@dataclass(frozen=True)
class Entry:
    """The file of one scenario."""

    path: Path

    def read(self) -> Outcome | None:
        """Returns the outcome of the scenario; None where it has not run."""
        if not self.path.exists():
            return None
        # Unpickling runs code: the folder is ours alone, so nobody else can have written the file.
        outcome: Outcome = pickle.loads(self.path.read_bytes())
        return outcome

    def write(self, outcome: Outcome) -> None:
        """Keeps the outcome of the scenario."""
        self.path.write_bytes(pickle.dumps(outcome))


def key_of(feature: Feature, scenario: Scenario) -> Key:
    """Returns the key of a scenario."""
    return feature.real_path, scenario.line, scenario.name


def can_travel(value: Any) -> bool:
    """Tells whether a value can go to another process."""
    try:
        pickle.dumps(value)
    except Exception:
        # Objects of the project's own classes may raise anything.
        return False
    return True
