"""Whether an import goes through the running server of its ODB, or writes the ODB itself."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zatools.errors import FailedError, UsageError, ZatoolsError
from zatools.odb.odb import Odb
from zatools.plan.importing import Order
from zatools.state import Difference
from zatools.world import World

if TYPE_CHECKING:
    from zatools.live.importing import Live

#: Seconds that a server has to take a connection where nobody has said that there is one.
BRIEF = 0.5
#: Seconds that it has to say what it is.
PATIENCE = 5.0


@dataclass(frozen=True)
class Through:
    """What the command line says of the server: through it, past it, over how many connections, what a failure leaves.

    What is done is undone, is not, or (None) is where every step can be.
    """

    live: bool = False
    direct: bool = False
    live_url: str = ''
    jobs: int = 4
    rollback: bool | None = None

    def check(self, is_told: bool) -> None:
        """Raises UsageError for choices that contradict each other; a server that `is_told` is told afterwards."""
        is_live = self.live or bool(self.live_url)
        if is_live and self.direct:
            raise UsageError('--live or --direct, not both')
        if is_live and is_told:
            raise UsageError('--live or --reload, not both', 'what goes through the server is in force at once')
        if self.jobs < 1:
            raise UsageError('--jobs must be at least 1')


@dataclass(frozen=True)
class Way:
    """How an import goes through a server: where that is, and whether somebody said that it must."""

    url: str
    jobs: int
    undoes: bool | None
    is_asked_for: bool

    @property
    def words(self) -> str:
        """The way, for the first line."""
        return f', through the server at {self.url}'


def way_of(odb: Odb, through: Through, is_direct: bool) -> Way | None:
    """Returns the way through the server; None for a direct one, which `is_direct` says as well."""
    url = through.live_url.rstrip('/')
    if not url and odb.target.server:
        url = odb.target.server.url
    if through.live or through.live_url:
        return Way(url, through.jobs, through.rollback, True)
    if through.direct or is_direct or odb.is_ours or odb.generation != '3.2' or not url:
        return None
    if not (_listens(url) and answers(url)):
        return None
    return Way(url, through.jobs, through.rollback, False)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    with suppress(OSError, ValueError):
        socket.create_connection((parts.hostname or '', parts.port or 80), BRIEF).close()
        return True
    return False


def answers(url: str) -> bool:
    """Tells whether a 3.2 server answers at a URL."""
    from zatools.connections.pong import Attempt
    from zatools.connections.server import generation_of

    try:
        return generation_of(url, Attempt(PATIENCE)) == '3.2'
    except FailedError:
        return False


def ready(world: World, order: Order, odb: Odb, found: Difference, way: Way | None) -> Live | None:
    """Returns a live import that is ready to begin; None where the ODB is to be written instead."""
    if way is None:
        return None
    from zatools.live.importing import ready as make

    try:
        return make(world, order, odb, found, way)
    except ZatoolsError as error:
        if way.is_asked_for:
            raise
        world.say(f'Written into the ODB, not through the server: {error.text}')
        return None
