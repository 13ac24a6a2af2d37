"""Services of a folder, at hand without a server: what `zato server`, `zato invoke` and `zato job` start from."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from zatools import legacy
from zatools.errors import InvalidError, UsageError
from zatools.kinds.model import GENERATIONS
from zatools.live.outgoing import Source
from zatools.live.watched import Watched
from zatools.odb.target import DEFAULT
from zatools.place import Problem
from zatools.screens import plain
from zatools.server.api.exceptions import LACKS
from zatools.server.api.modules import MODULES, SHIPPED
from zatools.server.project.config import Config
from zatools.server.project.layouts import Folders, definitions_of, find
from zatools.server.project.loader import Loader
from zatools.server.runtime import Runtime, Snapshot
from zatools.world import World

log = logging.getLogger('zatools.server.files')
SHORT = '%(levelname)s - %(message)s'
LONG = '%(asctime)s - %(levelname)s - %(process)d:%(threadName)s - %(name)s:%(lineno)d - %(message)s'


@dataclass(frozen=True)
class Project:
    """A folder with services, and the generation that they are run as; '' is what the definitions are of."""

    folder: str = '.'
    generation: str = ''


class Masked(logging.Formatter):
    """Formats what services log, which may be what they were answered or called with.

    No line has a secret in it, steers a terminal, or is a command to what runs a pipeline.
    """

    def __init__(self, form: str, world: World) -> None:
        super().__init__(form)
        self._masks = world.masks

    def format(self, record: logging.LogRecord) -> str:
        return plain(self._masks.mask(super().format(record)))


def start_log(world: World, log_file: str = '') -> None:
    """Sends the log of services to the talk, and to a file where one is named."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    screen = logging.StreamHandler(world.err)
    screen.setFormatter(Masked(SHORT, world))
    root.addHandler(screen)
    if not log_file:
        return
    try:
        file = logging.FileHandler(os.path.expanduser(log_file), encoding='utf-8', errors='backslashreplace')
    except OSError as error:
        reason = (error.strerror or "can't be written").lower()
        raise UsageError(f'--log-file {log_file}: {reason}') from None
    file.setFormatter(Masked(LONG, world))
    root.addHandler(file)


def check_generation(generation: str, source: Source) -> None:
    """Raises UsageError for a generation that there isn't, and for files beside an ODB."""
    if generation not in ('', *GENERATIONS):
        raise UsageError('--generation must be 3.2 or 4.1')
    if source.files.paths and (source.choice.odb or source.choice.server):
        raise UsageError('--file, or --odb and --server, not both')


def own(source: Source, root: Path, world: World) -> Source:
    """Returns where the definitions of a project are, unless others are named: its ODB, or its files.

    A server directory is taken as it lies, its ODB included.
    """
    is_named = source.files.paths or source.choice.odb or source.choice.server or 'ZATO_ODB' in world.environ
    if is_named:
        return source
    if (root / 'config' / 'repo' / 'server.conf').is_file():
        return replace(source, choice=replace(source.choice, server=str(root)))
    known = definitions_of(root)
    if not known or os.path.exists(DEFAULT):
        return source
    return replace(source, files=replace(source.files, paths=(os.path.relpath(known),)))


def source_if_any(source: Source, root: Path, world: World) -> Source | None:
    """Returns the same for commands that need no definitions: None where there are none."""
    chosen = own(source, root, world)
    is_named = chosen.files.paths or chosen.choice.odb or chosen.choice.server or 'ZATO_ODB' in world.environ
    if is_named or os.path.exists(DEFAULT):
        return chosen
    return None


def _of_files(source: Source, folders: Folders) -> str:
    # Files are of the generation that the project lies as; an ODB knows its own.
    if source.files.paths:
        return folders.generation
    return ''


def runtime_of(folders: Folders, generation: str, world: World) -> Runtime:
    """Returns what runs the services of a folder."""
    loader = Loader(folders.services, folders.root, folders.base)
    return Runtime(loader, Config(folders.config, folders.root, generation, world.environ), tell)


def tell(problem: Problem) -> None:
    """Logs what is wrong."""
    text = str(problem)
    if problem.hint:
        text += f'; {problem.hint}'
    level = logging.ERROR
    if problem.is_warning:
        level = logging.WARNING
    log.log(level, '%s', text)


@contextmanager
def at_hand(world: World, source: Source, project: Project) -> Iterator[Runtime]:
    """Loads the services of a project, for a `with` block; what they started is finished at its end."""
    check_generation(project.generation, source)
    folders = find(project.folder)
    chosen = source_if_any(source, folders.root, world)
    generation = project.generation or folders.generation or '3.2'
    snapshot = Snapshot({}, {}, generation)
    if chosen is not None:
        watched = Watched(world, chosen, project.generation or _of_files(chosen, folders), is_called=False)
        snapshot = watched.read()
        generation = watched.generation
        world.say(watched.title)
    start_log(world)
    with legacy.resolving(MODULES, SHIPPED, LACKS):
        runtime = runtime_of(folders, generation, world)
        runtime.take(snapshot)
        runtime.load_config()
        runtime.load_services()
        try:
            yield runtime
            runtime.background.finish()
        finally:
            runtime.close()


def no_service(name: str, runtime: Runtime) -> InvalidError:
    """Returns the error for a service that no file has."""
    where = runtime.loader.shown(runtime.loader.folder)
    hint = ''
    if runtime.loader.broken:
        hint = 'files that are not loaded may have it: see above'
    elif not runtime.services:
        hint = 'FOLDER has services/*.py in it: --folder my-project'
    else:
        from zatools.place import did_you_mean

        hint = did_you_mean(name, runtime.services)
    return InvalidError(f"no service '{name}' in {where}", hint or 'zato services lists them')
