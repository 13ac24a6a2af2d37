"""What a run found out, secrets masked: steps, scenarios, features; reports are made of these alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

PASSED, FAILED, ERROR, UNDEFINED = 'passed', 'failed', 'error', 'undefined'
SKIPPED, NOT_RUN, KNOWN = 'skipped', 'not run', 'known failure'
#: The role of what stands for a whole file that can't be run.
FILE = 'file'
#: The statuses that make a run fail.
RED = frozenset({FAILED, ERROR, UNDEFINED, NOT_RUN})


#: Attributes that name files, scenarios and kinds: no values pass through them.
NAMES = frozenset({'path', 'name', 'tags', 'keyword', 'status', 'kind', 'group', 'role', 'reference', 'repeat'})


@dataclass(slots=True)
class Problem:
    """Why a step did not pass: a sentence, what the caret marks, both values, hints."""

    text: str = ''
    span: tuple[int, int] = (0, 0)
    expected: str = ''
    actual: str = ''
    hints: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    kind: str = ''


@dataclass(slots=True)
class StepResult:
    """One step: its text as in the file, `live` with values filled in, and how it went."""

    keyword: str
    text: str
    line: int
    path: str
    status: str = SKIPPED
    seconds: float = 0.0
    source: str = ''
    live: str = ''
    below: str = ''
    problem: Problem | None = None
    exchange: int = -1
    group: str = ''


@dataclass(slots=True)
class ScenarioResult:
    """One scenario and its steps; `exchanges` are those of its calls as dicts, `earlier` the tries before this one."""

    path: str
    line: int
    name: str
    tags: tuple[str, ...] = ()
    status: str = PASSED
    seconds: float = 0.0
    steps: list[StepResult] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    notes: list[str] = field(default_factory=list)
    reason: str = ''
    tries: int = 1
    earlier: list[ScenarioResult] = field(default_factory=list)
    is_known: bool = False
    reference: str = ''
    role: str = ''
    is_broken: bool = False
    repeat: str = ''
    has_checked: bool = False
    began: float = 0.0
    printed: str = ''

    @property
    def is_flaky(self) -> bool:
        """Tells whether it passed on a retry only."""
        return self.tries > 1 and self.status == PASSED

    @property
    def is_red(self) -> bool:
        """Tells whether it makes the run fail."""
        return self.status in RED

    def bad_steps(self) -> list[StepResult]:
        """Returns the steps that did not pass."""
        return [step for step in self.steps if step.problem is not None]


@dataclass(slots=True)
class FeatureResult:
    """One feature file; `masked` says with which secrets, `is_left_out` that an interruption came before it."""

    path: str
    name: str
    line: int = 1
    tags: tuple[str, ...] = ()
    scenarios: list[ScenarioResult] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    description: tuple[str, ...] = ()
    masked: int = 0
    is_left_out: bool = False


def whole_file(path: str, name: str, reason: str, line: int = 1, is_broken: bool = False) -> FeatureResult:
    """Returns the result of a file that could not be run, or not to its end; `is_broken` where it can't be read."""
    whole = ScenarioResult(path, line, 'the whole file', status=ERROR, reason=reason, role=FILE, is_broken=is_broken)
    return FeatureResult(path, name, line, scenarios=[whole])


def masked_again(value: Any, mask: Callable[[str], str]) -> Any:
    """Returns what is known of a feature without secrets that were met later; what names files stays as it is."""
    return rewritten(value, mask, NAMES)


def rewritten(value: Any, change: Callable[[str], str], kept: frozenset[str] = frozenset()) -> Any:
    """Returns a result with each of its texts changed, but for attributes of some names; dataclasses are changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(rewritten(item, change, kept) for item in value)
    if isinstance(value, dict):
        return {key: rewritten(item, change, kept) for key, item in value.items()}
    for item in fields(value) if is_dataclass(value) and not isinstance(value, type) else ():
        if item.name not in kept:
            setattr(value, item.name, rewritten(getattr(value, item.name), change, kept))
    return value


@dataclass
class RunResult:
    """The whole run, with what a reader needs to know to repeat it.

    `filters` are the options that choose scenarios; `failure` is what failed outside of all features.
    """

    features: list[FeatureResult] = field(default_factory=list)
    seed: int = 0
    profile: str = ''
    addresses: tuple[str, ...] = ()
    start: str = ''
    version: str = ''
    seconds: float = 0.0
    is_interrupted: bool = False
    is_broken: bool = False
    filters: str = ''
    failure: str = ''

    def scenarios(self) -> Iterator[ScenarioResult]:
        """Yields all scenarios."""
        for feature in self.features:
            yield from feature.scenarios

    def called(self) -> tuple[str, ...]:
        """Returns the addresses that were called: those that hooks set are known only then."""
        calls = [exchange['url'] for scenario in self.scenarios() for exchange in scenario.exchanges]
        return tuple(dict.fromkeys('/'.join(url.split('/')[:3]) for url in calls))

    def counts(self) -> Counter[str]:
        """Returns how many scenarios ended how."""
        return Counter(scenario.status for scenario in self.scenarios() if scenario.role != FILE)

    @property
    def unread(self) -> int:
        """How many files could not be run."""
        return sum(scenario.role == FILE for scenario in self.scenarios())

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return sum(scenario.calls for scenario in self.scenarios())
