"""The server that services run in: `self.server`. Definitions, services and configuration, each replaced as a whole."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zatools.kinds.jsonrpc import SERVICES
from zatools.kinds.traits import CONSUMED, FILES, MLLP, REDIS, ROUTED, SOCKETS, STREAMED, WEB_SOCKETS
from zatools.place import Problem, did_you_mean
from zatools.server import invoking
from zatools.server.api.cache import Caches
from zatools.server.api.crypto import Crypto
from zatools.server.api.dotdict import DotDict
from zatools.server.api.elements import read_input, write_output
from zatools.server.api.locks import Locks
from zatools.server.api.models import Model, unfilled
from zatools.server.api.opened import Opened
from zatools.server.api.outgoing import Out
from zatools.server.api.request import Request
from zatools.server.api.response import Free, Output, Response, whole
from zatools.server.api.service import Service
from zatools.server.api.supported import About, Supported
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.consuming import Consumers, is_consumed
from zatools.server.http.channels import Channel, Router, channel_of
from zatools.server.http.formats import from_text
from zatools.server.http.guards import KEY_HEADER
from zatools.server.http.logins import ways_of
from zatools.server.jobs.background import Background
from zatools.server.lifecycle import ONLY_32, handler_of, read_message, run
from zatools.server.parts import NAME, Parts, is_on
from zatools.server.project.config import Config
from zatools.server.project.loader import Deployed, Loader
from zatools.server.project.sections import Section, forget
from zatools.state import Item, Key, State, in_order

log = logging.getLogger('zatools.server')
#: What becomes of calls of channels that are not REST's, while no file has their service.
UNTIL = {
    CONSUMED: 'its messages stay in the queue',
    WEB_SOCKETS: 'its calls fail',
    MLLP: 'its messages fail',
    FILES: 'its files stay',
    SOCKETS: 'its messages are lost',
    STREAMED: 'its messages wait',
}
#: What services call Redis, by generation.
OF_REDIS = {'3.2': ('self.kvdb', 'out.redis'), '4.1': ('self.kvdb', 'self.redis', 'self.cache')}


@dataclass(frozen=True)
class Snapshot:
    """Definitions at one moment: the state, what is of kinds that are not supported, the generation they are for."""

    state: State
    foreign: dict[Key, str]
    generation: str


class Runtime(Supported):
    """The state of a running server."""

    called = 'self.server'
    #: As a quickstart of the platform has them.
    name, cluster_id = 'server1', 1

    def __init__(self, loader: Loader, config: Config, tell: Callable[[Problem], None]) -> None:
        self.loader, self.config = loader, config
        self.generation = config.generation
        self.opened = Opened()
        self.caches = Caches(self.opened)
        self.out = Out(self.opened.roots['out'])
        self.background, self.locks, self.crypto = Background(), Locks(), Crypto()
        self.services: dict[str, Deployed] = {}
        self.channels: list[Channel] = []
        self.router = Router(())
        self._counting: dict[Any, Any] = {}
        self.state: State = {}
        self._ids: dict[Key, int] = {}
        self._tell = tell
        self._consumers = Consumers(self)
        self._consuming = threading.Lock()
        self._is_consuming = False
        self.parts = Parts(self, loader.root / NAME)
        self._foreign: dict[Key, str] = {}
        self._missing: list[Problem] = []

    @property
    def user_config(self) -> Section:
        """The user configuration, by file."""
        return self.config.values

    def take(self, snapshot: Snapshot) -> None:
        """Takes over definitions: channels at once, connections where they changed."""
        # Models are of classes that know no server.
        Model.zato_generation = snapshot.generation
        self.state, self.generation, self._foreign = snapshot.state, snapshot.generation, snapshot.foreign
        items = [item for item in in_order(snapshot.state.values()) if item.kind.served == ROUTED]
        active = [item for item in items if item.values.get('is_active', True) is not False]
        header = self.config.environ.get('Zato_API_Key_Name') or KEY_HEADER
        others = ways_of(self)
        self.channels = [
            channel_of(item, self.state, self.generation, header, self._counting, others) for item in active
        ]
        self.router = Router(self.channels, snapshot.generation)
        self.out.update(snapshot.state, snapshot.foreign, snapshot.generation)
        self.opened.update(snapshot.state, snapshot.generation, snapshot.foreign)
        self.caches.update(snapshot.state)
        self._update_consumers()

    def load_services(self) -> None:
        """Loads service files that are new or have changed."""
        for problem in self.loader.load():
            self._tell(problem)
        before, self.services = self.services, self.loader.services()
        for name, one in self.services.items():
            if before.get(name) is not one and getattr(one.cls, 'schema', None):
                text = f"service '{name}': schema: it is not checked, since nothing here sets is_json_schema_enabled"
                self._tell(Problem(one.place, text, 'as on a server that does not set it', is_warning=True))
            unused = [hook for hook in ONLY_32 if hook in one.hooks]
            if unused and self.generation != '3.2' and before.get(name) is not one:
                text = f"service '{name}': {', '.join(unused)}: Zato {self.generation} never calls it"
                self._tell(Problem(one.place, text, 'call it in handle', is_warning=True))
        self._update_consumers()

    def load_config(self) -> bool:
        """Reads the user configuration; tells whether all that is new could be read."""
        problems = self.config.load()
        for problem in problems:
            self._tell(problem)
        return all(problem.is_warning for problem in problems)

    def id_of(self, key: Key) -> int:
        """Returns the number that an object goes by at the platform's own services."""
        return self._ids.setdefault(key, len(self._ids) + 1)

    def key_of(self, number: int) -> Key | None:
        """Returns the object of a number."""
        return next((key for key, one in self._ids.items() if one == number), None)

    def deployed(self, name: str) -> Deployed:
        """Returns a service. Raises NoServiceError."""
        service = self.services.get(name)
        if service is None:
            hint = did_you_mean(name, self.services)
            raise NoServiceError(f"no service '{name}' in {self.loader.shown(self.loader.folder)}; {hint}".rstrip('; '))
        return service

    def about(self, kind: str, item: Item | None = None, login: Item | None = None) -> About:
        """Returns `self.channel` of a service: the channel that it is called through, and who called."""
        security: dict[str, Any] = {'id': None, 'name': None, 'type': None, 'username': None}
        if login:
            security['id'] = self.id_of(login.key)
            security['name'] = login.name
            security['type'] = login.kind.type_or_none
            security['username'] = login.values.get('username')
        channel: dict[str, Any] = {'id': None, 'name': '', 'type': kind, 'data_format': 'dict'}
        if item:
            channel['id'] = self.id_of(item.key)
            channel['name'] = item.name
            channel['data_format'] = str(item.values.get('data_format') or '')
        who = About('self.channel.security', security)
        channel |= {'is_internal': False, 'security': who, 'sec': who}
        return About('self.channel', channel)

    def call(self, deployed: Deployed, call: Call, response: Response | None = None) -> Response:
        """Runs a service and returns its response; what the service raises, it raises too."""
        forget()
        service = deployed.cls()
        response = service.response = response or Response(bool(deployed.output))
        if deployed.is_repeated:
            response.payload = Output.of_rows()
        if self.generation != '3.2':
            if deployed.output:
                response.payload.only(element.name for element in deployed.output)
            else:
                response.payload = unfilled(deployed.output_model) if deployed.output_model else Free()
        self._begin(service, deployed, call)
        # Models may ask the service.
        service.request.input = self._input(deployed, call, service)
        self._run(service, deployed.hooks, handler_of(deployed, call))
        if isinstance(response.payload, Free) and not response.payload:
            response.payload = ''
        # A list that takes the place of the declared output goes out as it is.
        if deployed.output and not isinstance(response.payload, list):
            declared = write_output(deployed.output, whole(response.payload), self.generation)
            response.payload = deployed.skips.without(declared)
        return response

    def _begin(self, service: Service, deployed: Deployed, call: Call) -> None:
        service.request = Request(call.cid, call.payload, call.raw, call.http)
        if call.soap:
            service.request.soap = call.soap
        service.cid, service.out, service.server = call.cid, self.out, self
        service.logger = service.request.logger = logging.getLogger(deployed.name)
        service.channel = call.channel or self.about('invoke')
        service.transport = service.request.transport = call.transport
        service.environ, service.wsgi_environ = dict(call.beside), call.environ
        service.data_format, service.invocation_time = service.channel['data_format'], datetime.now(UTC)
        service.response.begin(call.cid, service.data_format)
        if self.generation == '3.2':
            service.invocation_time = service.invocation_time.replace(tzinfo=None)
            service.handle_return_time = service.processing_time = service.processing_time_raw = None

    def instance_for(self, caller: Service, name: Any) -> Service:
        """Makes a service for another, ready but for its input: what self.new_instance of that is."""
        deployed = self.deployed(name if isinstance(name, str) else name.get_name())
        service: Service = deployed.cls()
        service.response = Response(bool(deployed.output))
        self._begin(service, deployed, Call(caller.cid))
        return service

    def _input(self, deployed: Deployed, call: Call, service: Service) -> Any:
        if deployed.input_model:
            return read_message(deployed.input_model, call, service)
        if deployed.input:
            payload = call.payload if self.generation == '3.2' else from_text(call.payload)
            return read_input(deployed.input, payload, call.params, call.cid, self.generation, self.crypto.hide)
        if self.generation == '3.2':
            return None
        if isinstance(call.payload, dict):
            return DotDict({**call.params, **call.payload})
        return call.payload or DotDict(call.params)

    def _run(self, service: Service, hooks: frozenset[str], handler: str) -> None:
        run(service, hooks, handler, self.generation)

    def invoke(self, name: str, payload: Any = '') -> Any:
        """Invokes a service by its name and returns its response."""
        return self.call(self.deployed(name), Call(new_cid(), payload, payload)).payload

    def invoke_for(self, caller: Service, name: Any, payload: Any = '', **kwargs: Any) -> Any:
        """Invokes a service for another: what self.invoke of that is."""
        return invoking.invoke(self, caller, name, payload, kwargs)

    def invoke_async_for(self, caller: Service, name: Any, payload: Any = '', **kwargs: Any) -> str:
        """Starts a service for another: what self.invoke_async of that is. What it raises is in the log alone."""
        return invoking.invoke_async(self, caller, name, payload, kwargs)

    def uses_memory(self) -> bool:
        """Tells whether files of services name Redis, and none is configured."""
        if self.opened.names(REDIS):
            return False
        names = OF_REDIS[self.generation]
        texts = (path.read_text('utf-8', 'replace') for path in self.loader.folder.glob('*.py') if path.is_file())
        return any(name in text for text in texts for name in names)

    def missing_services(self) -> list[Problem]:
        """Returns a problem for each channel whose service no file has, unless the last call returned it, too."""
        before, self._missing = self._missing, list(self._without_service())
        return [problem for problem in self._missing if problem not in before]

    def lacking(self, item: Item) -> list[str]:
        """Returns the services that a channel calls and no file has."""
        given = item.values.get(_naming(item)) or ()
        names = given if isinstance(given, (list, tuple)) else [given]
        return [str(name) for name in names if str(name) not in self.services]

    def _without_service(self) -> Iterator[Problem]:
        others = [item for item in self.state.values() if item.kind.served in UNTIL and is_on(item, self.generation)]
        for item in [*(channel.item for channel in self.channels), *others]:
            field = _naming(item)
            for name in self.lacking(item):
                text = f"{item}: no service '{name}' in {self.loader.shown(self.loader.folder)}"
                outcome = UNTIL.get(item.kind.served, 'it answers 404')
                hint = did_you_mean(name, self.services) or f'{outcome} until a file has it'
                yield Problem(item.place_of_entry(field, name), text, hint, is_warning=True)

    def consume(self) -> None:
        """Begins to take messages from the queues of AMQP channels whose services exist."""
        self._is_consuming = True
        self._update_consumers()

    def _update_consumers(self) -> None:
        # Services and definitions change in two threads, which must not start consumers at once.
        with self._consuming:
            if self._is_consuming:
                found = {key: item for key, item in self.state.items() if self._is_handled(item)}
                self._consumers.update(found, self._foreign)
                self.parts.update()

    def _is_handled(self, item: Item) -> bool:
        return not is_consumed(item) or item.values.get('service') in self.services

    def stop_consuming(self) -> None:
        """Takes no more messages. Those that are being worked on go on."""
        with self._consuming:
            self._is_consuming = False
            self._consumers.stop()
            self.parts.stop()

    def close(self) -> None:
        """Closes all connections, once messages that are being worked on are finished."""
        self.stop_consuming()
        self._consumers.close()
        self.parts.close()
        self.background.close()
        self.out.close()
        self.opened.close()


def _naming(item: Item) -> str:
    # The field that names the services of a channel.
    return next((name for name in (SERVICES, 'service_list') if item.values.get(name)), 'service')
