"""Parts of a server that are imported once they are used: by definitions, by services, or by what was kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zatools.kinds.traits import EVENTS, LISTENING, SCHEDULED, SUBSCRIBED, TOPICAL
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.channels.listening import Listening
    from zatools.server.channels.web_clients import Clients
    from zatools.server.http.sessions import Sessions
    from zatools.server.http.wss import Nonces
    from zatools.server.jobs.scheduler import Jobs
    from zatools.server.kept import Kept
    from zatools.server.runtime import Runtime
    from zatools.server.topics.broker import Topics

#: The name of the file that keeps things, in the folder of the project.
NAME = 'zato-server.sqlite'
#: Where REST calls of topics are, by generation.
CALLS = {'3.2': ('/zato/pubsub/',), '4.1': ('/pubsub/topic/', '/pubsub/messages/get')}


def is_on(item: Item, generation: str) -> bool:
    """Tells whether an object is active: where it doesn't say, as the generation has it."""
    default = item.kind.by_name['is_active'].default_of(generation)
    return item.values.get('is_active', default) is not False


class Parts:
    """What is imported once it is used. `is_running` once the server is up, and until it stops."""

    def __init__(self, server: Runtime, path: Path) -> None:
        self._server = server
        self.path = path
        self.is_running = False
        #: The address that the server listens at.
        self.host = '127.0.0.1'
        #: What jobs of file transfer have seen, by channel.
        self.remembered: dict[Any, Any] = {}
        self._made: dict[str, Any] = {}
        # Two calls may be the first at once.
        self._making = threading.RLock()

    @property
    def kept(self) -> Kept:
        """The file that keeps what a restart must not lose."""
        from zatools.server.kept import Kept

        found: Kept = self._part('kept', lambda: Kept(self.path))
        return found

    @property
    def jobs(self) -> Jobs:
        """The jobs."""
        from zatools.server.jobs.scheduler import Jobs

        found: Jobs = self._part('jobs', lambda: Jobs(self._server))
        return found

    @property
    def topics(self) -> Topics:
        """The topics."""
        from zatools.server.topics.broker import Topics

        found: Topics = self._part('topics', lambda: Topics(self._server))
        return found

    @property
    def sessions(self) -> Sessions:
        """The sessions of callers that have logged in."""
        from zatools.server.http.sessions import Sessions

        found: Sessions = self._part('sessions', lambda: Sessions(self.kept))
        return found

    @property
    def nonces(self) -> Nonces:
        """The nonces of messages."""
        from zatools.server.http.wss import Nonces

        found: Nonces = self._part('nonces', lambda: Nonces(self.kept))
        return found

    @property
    def listening(self) -> Listening:
        """The channels that listen by themselves."""
        from zatools.server.channels.listening import Listening

        found: Listening = self._part('listening', lambda: Listening(self._server))
        return found

    @property
    def clients(self) -> Clients:
        """The clients of WebSocket channels."""
        from zatools.server.channels.web_clients import Clients

        found: Clients = self._part('clients', Clients)
        return found

    def _part(self, name: str, make: Callable[[], Any]) -> Any:
        with self._making:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def is_made(self, name: str) -> bool:
        """Tells whether a part is used: 'jobs', 'topics'."""
        return name in self._made

    def takes(self, path: str) -> bool:
        """Tells whether a path is one of the REST calls of topics."""
        return path.startswith(CALLS[self._server.generation])

    def update(self) -> None:
        """Starts what the definitions want, and what was kept."""
        self.is_running = True
        is_kept = self.path.is_file()
        if 'jobs' in self._made or is_kept or self._has(SCHEDULED) or self._has_schedules():
            self.jobs.update()
        if 'topics' in self._made or is_kept or self._has(SUBSCRIBED, TOPICAL):
            self.topics.update()
        if 'listening' in self._made or self._has(*LISTENING) or self._has_events():
            self.listening.update()

    def stop(self) -> None:
        """Starts nothing more."""
        self.is_running = False
        for part in self._those('jobs', 'topics', 'listening'):
            part.stop()

    def close(self) -> None:
        """Ends all parts, once what is being worked on is finished."""
        self.stop()
        for part in self._those('listening', 'jobs', 'topics', 'kept'):
            part.close()

    def _has_schedules(self) -> bool:
        return any(item.values.get('schedules') for item in self._server.state.values())

    def _has_events(self) -> bool:
        return any(item.values.get(name) for item in self._server.state.values() for name in EVENTS)

    def _has(self, *served: str) -> bool:
        return any(item.kind.served in served for item in self._server.state.values())

    def _those(self, *names: str) -> list[Any]:
        return [self._made[name] for name in names if name in self._made]
