"""The class that users' services derive from: `self.out`, `self.invoke` and what else they call by `self`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property, partial
from time import sleep
from typing import TYPE_CHECKING, Any

from zatools.server.api.clock import Clock
from zatools.server.api.crypto import Crypto
from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import unsupported
from zatools.server.api.lacking import lacked
from zatools.server.api.locks import Lock
from zatools.server.api.opened import ROOTS, Root
from zatools.server.api.supported import Lacking, OwnName

if TYPE_CHECKING:
    from zatools.server.api.outgoing import Out
    from zatools.server.api.request import Request
    from zatools.server.api.response import Response
    from zatools.server.runtime import Runtime

#: Methods that classes of services may override, beside those that handle a call.
HOOKS = ('accept', 'before_handle', 'validate_input', 'validate_output', 'after_handle', 'finalize_handle')
#: What each call gives its service before any code of it runs.
SET = (
    'cid',
    'request',
    'response',
    'out',
    'server',
    'logger',
    'channel',
    'environ',
    'wsgi_environ',
    'invocation_time',
    'data_format',
)
#: What services of 3.2 know of a call once `handle` has returned; 4.1 never sets it.
AFTER = ('handle_return_time', 'processing_time', 'processing_time_raw')


class Service:
    """What users' services derive from."""

    input: Any = None
    output: Any = None
    name: Any = OwnName()

    # Set for each call, before any code of the service runs.
    cid: str
    request: Request
    response: Response
    out: Out
    server: Runtime
    logger: logging.Logger
    channel: DotDict
    environ: dict[str, Any]
    wsgi_environ: Mapping[str, Any]
    invocation_time: datetime
    data_format: str
    transport: str = ''
    in_reply_to: str | None = None
    handle_return_time: datetime | None
    processing_time: int | None
    processing_time_raw: timedelta | None

    @classmethod
    def get_name(cls) -> str:
        """Returns the service's name."""
        return str(getattr(cls, 'zatools_name', '') or getattr(cls, 'name', ''))

    @property
    def outgoing(self) -> Out:
        """The outgoing connections, by their long name."""
        return self.out

    @property
    def amqp(self) -> Any:
        """The outgoing AMQP connections, by their short name."""
        return self.out.amqp

    @property
    def rest(self) -> Any:
        """The outgoing REST connections; what they send has the CID of this call."""
        from zatools.server.api.short_rest import ShortRest

        return ShortRest(self.out.rest, self.cid)

    @property
    def config(self) -> DotDict:
        """The user configuration."""
        return self.server.user_config

    user_config = config

    @property
    def chan(self) -> DotDict:
        """The channel, by its short name."""
        return self.channel

    def invoke(self, name: Any, payload: Any = '', **kwargs: Any) -> Any:
        """Invokes another service, by name or class, and returns its response."""
        return self.server.invoke_for(self, name, payload, **kwargs)

    def invoke_async(self, name: Any, payload: Any = '', **kwargs: Any) -> str:
        """Starts another service, by name or class, does not wait for it, and returns its CID."""
        return self.server.invoke_async_for(self, name, payload, **kwargs)

    def new_instance(self, name: Any) -> Any:
        """Returns another service, by name or class, whose methods may be called; its `handle` does not run."""
        return self.server.instance_for(self, name)

    def spawn(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs a function beside this call."""
        what = f'{getattr(function, "__name__", "a function")} of service {self.get_name()!r}'
        return self.server.background.start(what, self.cid, partial(function, *args, **kwargs))

    run_in_thread = spawn

    def sleep(self, seconds: float = 1) -> None:
        """Waits."""
        sleep(seconds)

    def lock(self, name: str = '', ttl: float = 20, block: float = 10) -> Lock:
        """Returns a lock, for `with`: LockTimeout where it is not free within `block` seconds."""
        return Lock(self.server.locks, name or self.get_name(), ttl, block)

    @cached_property
    def time(self) -> Clock:
        """Dates and times as texts."""
        return Clock()

    @cached_property
    def crypto(self) -> Crypto:
        """Encrypts, hashes and makes secrets."""
        return self.server.crypto

    @cached_property
    def commands(self) -> Any:
        """Runs commands of the shell."""
        from zatools.server.api.commands import Commands

        return Commands(self)

    @cached_property
    def schedule(self) -> Any:
        """Plans runs of services."""
        from zatools.server.jobs.scheduler import Schedule

        return Schedule(self.server)

    @cached_property
    def pubsub(self) -> Any:
        """Publishes to topics, and subscribes to them."""
        from zatools.server.topics.pubsub import pubsub_of

        return pubsub_of(self)

    @cached_property
    def wsx(self) -> Any:
        """Sends to the clients of WebSocket channels: 3.2 only."""
        from zatools.server.api.wsx import Wsx

        return Wsx(self.server)

    def publish(self, topic: Any, data: Any = '', **kwargs: Any) -> Any:
        """Publishes to a topic, on 4.1 only; without data, the keywords are the data."""
        if self.server.generation == '3.2':
            raise unsupported('self.publish', 'Zato 3.2 has self.pubsub.publish')
        from zatools.server.topics.pubsub import publish_of

        return publish_of(self, topic, data, kwargs)

    @property
    def job_type(self) -> str:
        """The type of the job that runs the service, on 4.1; else ''."""
        return str(self.wsgi_environ.get('zato.request_ctx.async_msg', {}).get('job_type', ''))

    @cached_property
    def patterns(self) -> Any:
        """Invokes services side by side, or again and again: 3.2 only."""
        from zatools.server.api.patterns import patterns_of

        return patterns_of(self)

    @cached_property
    def cache(self) -> Any:
        """The caches of 3.2, in this server's memory; on 4.1 the client of Redis."""
        if self.server.generation == '3.2':
            return self.server.caches
        return self.server.opened.roots['redis']()

    @cached_property
    def impl_name(self) -> str:
        """The file and the class of the service."""
        return f'{type(self).__module__}.{type(self).__name__}'

    def log_input(self, user_msg: str = '') -> None:
        """Logs the request."""
        self.logger.info('%s %s', user_msg, self.request.payload)

    def log_output(self, user_msg: str = '') -> None:
        """Logs the response."""
        self.logger.info('%s %s', user_msg, self.response.payload)

    def accept(self) -> Any:
        """Is called first. Where it returns a false value, the caller gets 400, and nothing else is called."""
        return True

    def before_handle(self) -> None:
        """Is called before `handle`. What it raises is logged, and the call goes on."""

    def after_handle(self) -> None:
        """Is called after `handle`, unless that raised. What it raises is logged."""

    def validate_input(self) -> None:
        """Is called before `handle`, on 3.2 only. What it raises ends the call."""

    def validate_output(self) -> None:
        """Is called after `handle`, on 3.2 only. What it raises ends the call."""

    def finalize_handle(self) -> None:
        """Is called last, on 3.2 only, unless the call failed. What it raises is logged."""

    def handle(self) -> None:
        """Does the work. Services override it."""


for _name in (*lacked('self'), *AFTER):
    # Descriptors, since a __getattr__ would hide AttributeErrors within users' properties.
    setattr(Service, _name, Lacking(_name))
for _name in ROOTS:
    setattr(Service, _name, Root(_name))
