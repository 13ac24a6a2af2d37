"""The context of a feature's steps: values, the request in the making, the last answer, random values, secrets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from zatools import __version__
from zatools.apitest.secrets import Secrets
from zatools.apitest.systems.opened import Opened
from zatools.apitest.values.bunch import Bunch
from zatools.apitest.values.dates import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from zatools.apitest.http.exchange import Exchange
    from zatools.apitest.http.transport import Transport
    from zatools.apitest.project.config import Project
    from zatools.apitest.values.table import Table

USER_AGENT = f'zatools-apitest/{__version__}'
#: Seconds that a call may take where no step sets another limit.
TIMEOUT = 30.0


def fill(zato: Bunch, environment_dir: str, user_config: Any) -> Bunch:
    """Empties a state and gives it the start values of a feature."""
    zato.clear()
    zato.update(
        auth={},
        user_ctx={},
        date_formats={'default': DEFAULT},
        environment_dir=environment_dir,
        user_config=user_config,
        vault_config=Bunch(),
        cassandra_ctx={},
        request=Bunch(headers={'User-Agent': USER_AGENT}, ns_map={}),
        http=Bunch(timeout=TIMEOUT, follow=True, verify=True, ca_bundle='', certificate=None, keeps_cookies=False),
    )
    return zato


def copied(value: Any) -> Any:
    """Returns a copy of a state: of its dicts, lists and XML trees; other values are shared."""
    if isinstance(value, dict):
        return type(value)({key: copied(item) for key, item in value.items()})
    if isinstance(value, list):
        return [copied(item) for item in value]
    if type(value).__module__.startswith('lxml'):
        return copy.deepcopy(value)
    # A project may store what can't be copied: connections, files.
    return value


@dataclass
class Context:
    """All that a step may read and change; steps of projects know `zato` as `ctx.zato`.

    `config` has the values of `@name` at the start of the feature, after its hooks; `called` counts the requests of
    scenarios that this one has called; `opened` are databases and brokers. `described` has the OpenAPI documents of the
    configuration by address, `covered` what calls have used of documents. `addresses` are those of definitions, by
    protocol and name; None where there are no definitions.
    """

    zato: Bunch
    project: Project
    environ: Mapping[str, str]
    secrets: Secrets
    transport: Transport
    run_scenario: Callable[[Context, str, str, float], None]
    lookups: Mapping[str, Callable[[Context, str], Any]]
    random: Random = field(default_factory=Random)
    is_compat: bool = False
    shows_traceback: bool = False
    exchange: Exchange | None = None
    answer: Any = None
    exchanges: list[Exchange] = field(default_factory=list)
    feature_folder: Path = field(default_factory=Path)
    table: Table | None = None
    below: str | None = None
    config: Any = None
    notes: list[str] = field(default_factory=list)
    called: int = 0
    opened: Opened = field(default_factory=Opened)
    described: Mapping[str, str] = field(default_factory=dict)
    covered: dict[str, dict[str, None]] = field(default_factory=dict)
    addresses: Mapping[tuple[str, str], str] | None = None
    before_call: Callable[[str], None] = lambda url: None

    def reset(self) -> None:
        """Restores the start values of a feature."""
        folder = self.zato.get('environment_dir', str(self.project.features))
        if self.config is None:
            user_config = self.project.user_config()
        else:
            user_config = copied(self.config)
        fill(self.zato, folder, user_config)
        self.exchange = None

    def snapshot(self) -> tuple[Bunch, Exchange | None]:
        """Returns a copy of the state, for `restore`."""
        return copied(self.zato), self.exchange

    def restore(self, saved: tuple[Bunch, Exchange | None]) -> None:
        """Restores a state; the same may be restored again."""
        self.zato.clear()
        self.zato.update(copied(saved[0]))
        self.exchange = saved[1]
