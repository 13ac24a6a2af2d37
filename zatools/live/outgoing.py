"""Which outgoing connections a command is about: of an ODB, of files, or of a running server."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from zatools import checks, generations
from zatools.errors import InvalidError, UsageError
from zatools.files.reader import Read
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.model import Kind
from zatools.kinds.redis import REDIS
from zatools.kinds.traits import CHANNEL
from zatools.live.configured import configured
from zatools.live.logins import login_of
from zatools.odb.target import OdbChoice
from zatools.place import Problem, did_you_mean, nearest
from zatools.plan.choices import FileChoice
from zatools.plan.reading import raise_errors, read_files
from zatools.plan.selection import with_all_references
from zatools.secret import Secret
from zatools.state import Item, Key, State, in_order
from zatools.world import World

if TYPE_CHECKING:
    from zatools.connections.server import RunningServer

#: The kinds that can be pinged, and their words for --type.
PINGED = [kind for kind in (*KINDS, REDIS) if kind.role != CHANNEL and kind.protocol]
PROTOCOLS = tuple(dict.fromkeys(kind.protocol for kind in PINGED))
WORDS = f'{", ".join(PROTOCOLS[:-1])} or {PROTOCOLS[-1]}'


@dataclass(frozen=True)
class Source:
    """Where definitions come from: files if there are any, else an ODB; or the server that is asked."""

    choice: OdbChoice = field(default_factory=OdbChoice)
    files: FileChoice = field(default_factory=FileChoice)
    via_server: bool = False
    server_url: str = ''

    @property
    def among(self) -> str:
        """Where its definitions are, for a sentence that names one."""
        if self.files.paths:
            return 'in these files'
        return 'in the ODB'


@dataclass(frozen=True)
class Wanted:
    """What the command line says of connections: names, types, globs, or all."""

    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    is_all: bool = False


@dataclass(frozen=True)
class Definitions:
    """What a source has: its objects, those of kinds that are not supported yet, and the files with their places."""

    state: State
    foreign: Mapping[Key, str]
    files: Read | None = None
    generation: str = '3.2'

    @property
    def items(self) -> list[Item]:
        """All objects."""
        return list(self.state.values())


def check(source: Source, wanted: Wanted) -> None:
    """Raises UsageError for sources that contradict each other, and where nothing is wanted."""
    choice = source.choice
    if not (wanted.names or wanted.types or wanted.globs or wanted.is_all):
        raise UsageError('which connections?', 'name them, or give --all')
    if wanted.names and wanted.is_all:
        raise UsageError('names or --all, not both')
    kinds_of(wanted.types)
    if source.files.paths and (choice.odb or choice.server):
        raise UsageError('--file, or --odb and --server, not both')
    if source.files.overlays and not source.files.paths:
        raise UsageError('--overlay goes over files: give --file too')
    if source.server_url and not source.via_server:
        raise UsageError('--server-url goes with --via-server')
    if not source.via_server:
        return
    if source.files.paths or choice.odb:
        raise UsageError('--via-server asks a server, which has its own definitions: no --file, no --odb')
    if bool(choice.server) == bool(source.server_url):
        raise UsageError('--via-server needs --server DIR or --server-url URL, one of them')


def read_source(world: World, source: Source) -> Read:
    """Reads the files of a source; what is wrong in them is in what it returns."""
    return read_files(world, replace(source.files, skip_unknown=True))


def read_definitions(world: World, source: Source) -> Definitions:
    """Reads what the source has; names the ODB on the talk."""
    if source.files.paths:
        files = read_source(world, source)
        raise_errors(files)
        needed, _ = generations.needed(files.state)
        state = {**files.state, **configured(world.environ)}
        return Definitions(state, files.foreign, files, needed or '3.2')
    # SQLAlchemy takes longer to import than most pings.
    from zatools.odb.odb import opened

    with opened(source.choice, world.environ) as odb:
        world.say(odb.title)
        state = {**odb.loaded.state, **configured(world.environ, odb.target.server)}
        return Definitions(state, odb.loaded.foreign, generation=odb.generation)


def kinds_of(types: Sequence[str]) -> set[Kind]:
    """Reads --type: rest, soap, amqp, or a section of files."""
    found: set[Kind] = set()
    for name in (part.strip() for text in types for part in text.split(',')):
        named = SPELLINGS.get(name, ())
        kinds = {kind for kind in PINGED if kind.protocol == name or kind in named}
        if not kinds:
            raise UsageError(f"--type: there is no '{name}'", did_you_mean(name, PROTOCOLS) or WORDS)
        found |= kinds
    return found


def pick(items: Sequence[Item], wanted: Wanted, among: str) -> list[Item]:
    """Returns the outgoing connections that are wanted, in order. Raises InvalidError for a name that there isn't."""
    chosen = kinds_of(wanted.types) or set(PINGED)
    known = [item for item in items if item.kind in chosen]
    found = [item for item in known if not wanted.names or item.name in wanted.names]
    missing = [name for name in wanted.names if name not in {item.name for item in found}]
    if missing:
        kinds = ' or '.join(dict.fromkeys(kind.protocol.upper() for kind in PINGED if kind in chosen))
        what = 'outgoing connection'
        if wanted.types:
            what = f'outgoing {kinds} connection'
        problems = [Problem(None, f"no {what} '{name}' {among}", _near(name, known, items)) for name in missing]
        raise InvalidError('', problems=problems)
    if wanted.globs:
        found = [item for item in found if any(fnmatchcase(item.name, glob) for glob in wanted.globs)]
        if not found:
            globs = ', '.join(wanted.globs)
            raise InvalidError(f"no outgoing connection is called like '{globs}' {among}")
    return in_order(found)


def _near(name: str, known: Sequence[Item], items: Sequence[Item]) -> str:
    others = [item for item in items if item.name == name and item.kind in PINGED]
    if others:
        return f"'{name}' is {others[0].kind.protocol.upper()}"
    names = [item.name for item in known]
    hits = nearest(name, names, 3)
    if hits:
        return f'did you mean {" or ".join(repr(hit) for hit in hits)}?'
    if not names:
        return 'there is none'
    shown = ', '.join(sorted(names, key=str.lower)[:5])
    if len(names) > 5:
        shown += ', …'
    return f'there are: {shown}'


def check_variables(definitions: Definitions, items: Sequence[Item]) -> None:
    """Raises InvalidError for variables without a value, of these connections and what they use only."""
    if definitions.files is None:
        return
    wanted = with_all_references({item.key: item for item in items}, definitions.state)
    problems: list[Problem] = []
    checks.unset(wanted, {}, False, True, problems)
    if problems:
        files = replace(definitions.files, problems=problems)
        raise_errors(files)


def running_server(world: World, source: Source, seconds: float) -> RunningServer:
    """Returns the server to ask. Raises UsageError or FailedError where it can't be known."""
    from urllib.parse import urlsplit

    from zatools.connections.pong import Attempt
    from zatools.connections.server import RunningServer, generation_of

    if source.server_url:
        user, password = login_of(world.environ, _not_given)
        url = source.server_url.rstrip('/')
        generation = generation_of(url, Attempt(seconds))
        return RunningServer(url, urlsplit(url).netloc.rpartition('@')[2], generation, user, password)
    from zatools.odb.odb import opened
    from zatools.odb.running import password_of

    with opened(source.choice, world.environ) as odb:
        world.say(odb.title)
        server = odb.target.server
        if server is None or not server.url:
            raise UsageError(
                f'{source.choice.server}: its server.conf does not say where it listens', 'give --server-url'
            )
        user, password = login_of(world.environ, lambda user: password_of(odb, user, world.environ))
        name = os.path.basename(os.path.abspath(server.directory))
        return RunningServer(server.url, name, odb.generation, user, password)


def _not_given(user: str) -> Secret:
    raise UsageError('--server-url needs ZATO_SERVER_PASSWORD', f"the password of '{user}' at that server")
