"""`zato server`: runs Python services on this machine, for developing and testing them."""

from __future__ import annotations

import gc
import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path

from zatools import legacy
from zatools.errors import Exit, InvalidError, ZatoolsError
from zatools.kinds.scheduler import JOB
from zatools.kinds.traits import CHANNEL, CONSUMED, LISTENING, OUTGOING, SCHEDULED
from zatools.live.local import SHORT, Masked, check_generation, own, runtime_of, start_log, tell
from zatools.live.logins import DEFAULT_USER
from zatools.live.outgoing import Source
from zatools.live.watched import Watched
from zatools.reports.problems import render
from zatools.screens import assigned, quantity
from zatools.secret import Secret
from zatools.server.api.exceptions import LACKS
from zatools.server.api.modules import MODULES, SHIPPED
from zatools.server.http.admin import Admin
from zatools.server.http.front import DASHBOARD, Front
from zatools.server.http.serving import Limits, Serving, listening, pin
from zatools.server.http.workers import Workers
from zatools.server.parts import is_on
from zatools.server.project.layouts import Folders, find, found_in
from zatools.server.project.watching import watch_definitions, watch_files
from zatools.server.runtime import Runtime, Snapshot
from zatools.world import World

log = logging.getLogger('zatools.server.files')
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Options:
    """How a server runs."""

    host: str = '127.0.0.1'
    port: int = 17010
    log_file: str = ''
    is_verbose: bool = False
    #: Megabytes.
    max_body: int = 10
    timeout: float = 0
    all_cores: bool = False
    generation: str = ''
    #: Processes at one port.
    workers: int = 1

    @property
    def limits(self) -> Limits:
        """What requests may take."""
        return Limits(self.max_body * MEGABYTE, self.timeout, not self.all_cores)


def serve(world: World, source: Source, options: Options, folder: str) -> Exit:
    """Runs the services of a folder until it is stopped; exit 0 then."""
    folders = find(folder)
    check_generation(options.generation, source)
    if options.limits.is_pinned and options.workers == 1:
        pin()
    source = own(source, folders.root, world)
    generation = options.generation
    if source.files.paths:
        generation = generation or folders.generation
    watched = Watched(world, source, generation)
    snapshot = watched.read()
    world.say(watched.title)
    world.say(folders.description)
    start_log(world, options.log_file)
    # Commands are short and never collect; a server is not.
    gc.enable()
    with legacy.resolving(MODULES, SHIPPED, LACKS):
        _say_real_zato(options)
        runtime = runtime_of(folders, watched.generation, world)
        front = _front(world, runtime, watched, options)
        if options.workers == 1:
            _run(world, front, Start(folders, watched, source, snapshot, options))
            outcome = Exit.OK
        else:
            listener = listening(options.host, options.port)
            workers = Workers(options.workers, listener)
            number = workers.run()
            if number is not None:
                if options.limits.is_pinned:
                    pin(number)
                _run(world, front, Start(folders, watched, source, snapshot, options, number, listener))
                return Exit.OK
            outcome = workers.outcome
    # The terminal may have been closed.
    with suppress(OSError):
        world.say('Stopped.')
    return outcome


@dataclass(frozen=True)
class Start:
    """What a process begins to serve with; `number` is that of a worker: the first has queues and talk."""

    folders: Folders
    watched: Watched
    source: Source
    snapshot: Snapshot
    options: Options
    number: int = 0
    listener: socket.socket | None = None


def _run(world: World, front: Front, start: Start) -> None:
    runtime, options, stop = front.runtime, start.options, threading.Event()
    is_first = start.number == 0
    try:
        with _silent(not is_first):
            runtime.take(start.snapshot)
            runtime.load_config()
            runtime.load_services()
        serving = Serving(front, options.host, options.port, options.limits, start.listener)
        # It tells what its own process has seen, and with several that would be a part.
        if serving.is_local and options.workers == 1:
            _add_dashboard(world, front, start.source, start.folders)
            world.say(f'dashboard at {serving.address}{DASHBOARD}, user {front.admin.user}')
        runtime.parts.host = options.host
        # What is taken from a queue is to be handled: not before all else is there.
        if is_first:
            runtime.consume()
        _watch(start.folders, start.watched, runtime, stop)
        if is_first:
            _say_up(world, runtime, serving, options.workers)
        gc.freeze()
        serving.run(runtime.stop_consuming)
    finally:
        stop.set()
        runtime.close()


@contextmanager
def _silent(is_wanted: bool) -> Iterator[None]:
    # The first worker says what there is to say of files, at the start and when they change.
    log.disabled = is_wanted
    if is_wanted:
        logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _say_real_zato(options: Options) -> None:
    if options.is_verbose and PathFinder.find_spec('zato'):
        log.info('A Zato is installed here too: services get the zato.server.service of zatools, not that one')


def _front(world: World, runtime: Runtime, watched: Watched, options: Options) -> Front:
    user = world.environ.get('ZATO_SERVER_USER') or DEFAULT_USER
    password = world.environ.get('ZATO_SERVER_PASSWORD', '')
    if not password and watched.admin and user == watched.admin[0]:
        password = watched.admin[1].reveal()
    elif not password:
        password = secrets.token_urlsafe(12)
        login = f'ZATO_SERVER_USER={assigned(user)} ZATO_SERVER_PASSWORD={password}'
        world.say(f'For zato ping and publish --via-server: {login}')
    return Front(runtime, Admin(runtime, user, Secret(password)), options.is_verbose, max_body=options.limits.body)


def _add_dashboard(world: World, front: Front, source: Source, folders: Folders) -> None:
    from zatools.live.differing import differences
    from zatools.server.dashboard.recent import Lines, Recent
    from zatools.server.dashboard.site import Dashboard

    recent, lines = Recent(), Lines(front.cid_of)
    lines.setFormatter(Masked(SHORT, world))
    logging.getLogger().addHandler(lines)
    differing = partial(differences, world, source, folders.root, front.runtime)
    site = Dashboard(front.runtime, front.admin, recent, lines, front.running, world.masks.mask, differing)
    front.pages, front.keep = site.answer, recent.note


def _say_up(world: World, runtime: Runtime, serving: Serving, workers: int) -> None:
    _say_missing(runtime)
    if runtime.uses_memory():
        world.say('Redis is in memory, and gone at the end: none is configured (ZATO_REDIS=redis://127.0.0.1:6379/0)')
    for name, text in sorted(_not_served(runtime).items()):
        log.warning('not served here: %s %s (docs/compatibility.md says what is)', text, name)
    services = quantity(len(runtime.services), 'service')
    others = [item for item in runtime.state.values() if item.kind.served in (CONSUMED, *LISTENING)]
    consumed = sum(is_on(item, runtime.generation) for item in others)
    channels = quantity(len(runtime.channels) + consumed, 'channel')
    if timed := sum(item.kind.served == SCHEDULED for item in runtime.state.values()):
        channels += f', {quantity(timed, JOB.noun)}'
    if workers > 1:
        channels += f', {quantity(workers, "worker")}'
    world.say(f'up at {serving.address}: {services}, {channels}. For development and tests; Ctrl-C stops it')


def _say_missing(runtime: Runtime) -> None:
    for problem in runtime.missing_services():
        tell(problem)


def _not_served(runtime: Runtime) -> dict[str, int]:
    found: dict[str, int] = {}
    for (section, _), item in runtime.state.items():
        if item.kind.role in (CHANNEL, OUTGOING) and not item.kind.served:
            found[section] = found.get(section, 0) + 1
    return found


def _watch(folders: Folders, watched: Watched, runtime: Runtime, stop: threading.Event) -> None:
    def on_files(paths: set[Path]) -> None:
        now = found_in(folders.root)
        runtime.loader.folder, runtime.loader.base, runtime.config.folder = now.services, now.base, now.config
        if any(path.suffix == '.py' or _is_folder_in(path, now.services) for path in paths):
            before = dict(runtime.services)
            runtime.load_services()
            changed = [name for name, one in runtime.services.items() if before.get(name) is not one]
            gone = [name for name in before if name not in runtime.services]
            _say_services(changed, gone)
            _say_missing(runtime)
        is_saved = any(path.parent == now.config for path in paths)
        if is_saved or now.config in paths:
            last = runtime.user_config
            if runtime.load_config() and (is_saved or runtime.user_config != last):
                log.info('User configuration read: %s', ', '.join(sorted(runtime.user_config)) or 'none')

    def look() -> Snapshot | None:
        try:
            return watched.changed()
        except ZatoolsError as error:
            _say_broken(error)
            return None

    def take(snapshot: Snapshot) -> None:
        runtime.take(snapshot)
        log.info('Definitions read anew: %s', quantity(len(runtime.channels), 'REST channel'))
        _say_missing(runtime)

    watch_files(lambda: found_in(folders.root).watched, stop, on_files)
    watch_definitions(stop, look, take)


def _is_folder_in(path: Path, services: Path) -> bool:
    # It may be gone by now.
    return not path.suffix and path.is_relative_to(services)


def _say_services(changed: list[str], gone: list[str]) -> None:
    if changed:
        log.info('Services loaded: %s', ', '.join(changed))
    if gone:
        log.warning('Services gone: %s', ', '.join(gone))


def _say_broken(error: ZatoolsError) -> None:
    text = error.text
    if isinstance(error, InvalidError) and error.problems:
        text = render(error.problems)
    log.error('The definitions can not be read, the last ones stay: %s', text)
