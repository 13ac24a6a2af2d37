"""A run and a feature that is running: what the modules of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.http.transport import Transport
from zatools.apitest.project.config import Project
from zatools.apitest.running.called_results import CalledResults
from zatools.apitest.running.hosts_down import Health
from zatools.apitest.running.output import MaskedStream
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.secrets import Secrets
from zatools.apitest.state.context import Context, fill

#: Bytes of an answer's body, unpacked.
MAX_BODY = 64_000_000


@dataclass(frozen=True)
class Settings:
    """The settings of a run."""

    seed: int = 0
    is_compat: bool = False
    is_strict: bool = False
    is_isolated: bool = False
    fails_fast: bool = False
    retries: int = 0
    retry_on: frozenset[str] = frozenset()
    keeps_all: bool = False
    repeat: str = ''
    wait: float = 0.0
    max_body: int = MAX_BODY
    shows_traceback: bool = False


@dataclass
class Run:
    """One run in one process: its project, settings and own code, and what it has met so far."""

    project: Project
    settings: Settings
    environ: Mapping[str, str]
    code: ProjectCode = field(default_factory=ProjectCode)
    secrets: Secrets = field(default_factory=Secrets)
    streams: Sequence[MaskedStream] = ()
    health: Health = field(default_factory=Health)
    described: Mapping[str, str] = field(default_factory=dict)
    covered: dict[str, dict[str, None]] = field(default_factory=dict)
    addresses: Mapping[tuple[str, str], str] | None = None
    called: CalledResults = field(default_factory=CalledResults)
    is_stopped: bool = False
    is_interrupted: bool = False

    def interrupt(self) -> None:
        """Stops the run at Ctrl-C: only clean-ups still run."""
        self.is_stopped = self.is_interrupted = True

    def open(self, feature: Feature, run_scenario: Callable[[Context, str, str, float], None]) -> Play:
        """Returns a feature with the start values; `run_scenario` is for steps that run scenarios of other files."""
        current, settings = self.code.current, self.settings
        state = current.state
        if self.code.keeps_state:
            # The project's hook before all has set a state, for all features.
            state = self.code.behave.zato
        context = Context(
            zato=state,
            project=self.project,
            environ=self.environ,
            secrets=self.secrets,
            transport=Transport(self.environ, self.secrets, settings.max_body),
            run_scenario=run_scenario,
            lookups=current.lookups,
            is_compat=settings.is_compat,
            shows_traceback=settings.shows_traceback,
            feature_folder=feature.path.parent,
            described=self.described,
            covered=self.covered,
            addresses=self.addresses,
            before_call=self.health.guard(settings.wait),
        )
        if not self.code.keeps_state:
            fill(context.zato, str(self.project.features), self.project.user_config())
        return Play(self, context, feature)

    def place(self, feature: Feature) -> str:
        """Returns a feature's path within the project; '' where it is elsewhere."""
        features = self.project.features
        if not feature.path.is_relative_to(features):
            return ''
        return str(feature.path.relative_to(features))


@dataclass(frozen=True)
class Play:
    """A feature that is running: its run, and what its steps share."""

    run: Run
    context: Context
    feature: Feature

    def broken(self, scenario: Scenario) -> str:
        """Returns why a scenario can't run; '' where it can."""
        if reason := self.feature.broken.get(scenario.line):
            return reason
        if not scenario.steps:
            return 'this scenario has no steps'
        return ''

    def close(self) -> None:
        """Closes the connections of the feature."""
        try:
            self.context.opened.close()
        finally:
            self.context.transport.close()
