"""Results of a run, secrets masked: its features, scenarios and steps. Reports are made of these alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

PASSED, FAILED, ERROR, UNDEFINED = 'passed', 'failed', 'error', 'undefined'
SKIPPED, NOT_RUN, KNOWN = 'skipped', 'not run', 'known failure'
#: The role of a result that stands for a whole file that can't be run.
FILE = 'file'
#: The statuses that make a run fail.
RED = frozenset({FAILED, ERROR, UNDEFINED, NOT_RUN})
#: Attributes that are never masked: they hold names of files, scenarios and kinds, and no values.
NAMES = frozenset(
    {'path', 'name', 'tags', 'keyword', 'status', 'kind', 'group', 'role', 'reference', 'repeat', 'covered'}
)


@dataclass(slots=True)
class Explanation:
    """Why a step did not pass: a sentence, the span that the caret marks, both values, hints."""

    text: str = ''
    span: tuple[int, int] = (0, 0)
    expected: str = ''
    actual: str = ''
    hints: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    kind: str = ''


@dataclass(slots=True)
class StepResult:
    """One step: its text as in the file, `live` the text with values filled in, its status."""

    keyword: str
    text: str
    line: int
    path: str
    status: str = SKIPPED
    seconds: float = 0.0
    source: str = ''
    live: str = ''
    below: str = ''
    problem: Explanation | None = None
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
    row: int = 0

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
    """One feature file.

    `masked` is the state of the secrets that it was masked with; `is_left_out`: the run was interrupted before it.
    `covered` is what its calls have used of OpenAPI documents, by their paths.
    """

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
    covered: dict[str, list[str]] = field(default_factory=dict)


def whole_file(path: str, name: str, reason: str, line: int = 1, is_broken: bool = False) -> FeatureResult:
    """Returns the result of a file that could not be run to its end; `is_broken` where it can't be read."""
    whole = ScenarioResult(path, line, 'the whole file', status=ERROR, reason=reason, role=FILE, is_broken=is_broken)
    return FeatureResult(path, name, line, scenarios=[whole])


def masked_again(value: Any, mask: Callable[[str], str]) -> Any:
    """Returns a result with the secrets masked that were found after it; names of files stay as they are."""
    return rewritten(value, mask, NAMES)


def rewritten(value: Any, change: Callable[[str], str], kept: frozenset[str] = frozenset()) -> Any:
    """Returns a result with all texts changed but for the attributes `kept`; dataclasses are changed in place."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(rewritten(item, change, kept) for item in value)
    if isinstance(value, dict):
        return {key: rewritten(item, change, kept) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            if item.name not in kept:
                setattr(value, item.name, rewritten(getattr(value, item.name), change, kept))
    return value


@dataclass
class RunResult:
    """The whole run, with what is needed to repeat it.

    `filters` are the options that choose scenarios; `failure` is the error of a hook around all features.
    `coverage` is that of OpenAPI documents, where it is asked for.
    """

    features: list[FeatureResult] = field(default_factory=list)
    seed: int = 0
    profile: str = ''
    addresses: tuple[str, ...] = ()
    start: str = ''
    version: str = ''
    seconds: float = 0.0
    is_interrupted: bool = False
    is_empty_part: bool = False
    is_broken: bool = False
    filters: str = ''
    failure: str = ''
    coverage: dict[str, Any] | None = None
    least: int = 0

    @property
    def is_uncovered(self) -> bool:
        """Tells whether calls have covered less than `least` percent of the API's documents."""
        return self.coverage is not None and self.coverage['percent'] < self.least

    def scenarios(self) -> Iterator[ScenarioResult]:
        """Yields all scenarios."""
        for feature in self.features:
            yield from feature.scenarios

    def called(self) -> tuple[str, ...]:
        """Returns the addresses that were called; those that hooks set aren't known before."""
        calls = [exchange['url'] for scenario in self.scenarios() for exchange in scenario.exchanges]
        return tuple(dict.fromkeys('/'.join(url.split('/')[:3]) for url in calls))

    def counts(self) -> Counter[str]:
        """Returns the number of scenarios of each status."""
        return Counter(scenario.status for scenario in self.scenarios() if scenario.role != FILE)

    @property
    def unread(self) -> int:
        """The number of files that could not be run."""
        return sum(scenario.role == FILE for scenario in self.scenarios())

    @property
    def calls(self) -> int:
        """The number of requests that were sent."""
        return sum(scenario.calls for scenario in self.scenarios())
