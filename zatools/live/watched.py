"""Definitions of an ODB or of files as a server takes them, read again when they have changed."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from glob import glob
from typing import TYPE_CHECKING

from zatools import generations
from zatools.errors import InvalidError, ZatoolsError
from zatools.kinds.traits import ROUTED
from zatools.live.configured import configured
from zatools.live.logins import DEFAULT_USER
from zatools.live.outgoing import Definitions, Source, check_variables, read_source
from zatools.odb.target import Target, choose
from zatools.place import Problem
from zatools.plan.reading import raise_errors
from zatools.secret import Secret
from zatools.server.runtime import Snapshot
from zatools.state import Key, State
from zatools.world import World

if TYPE_CHECKING:
    from zatools.odb.odb import Odb


@dataclass
class Watched:
    """What a server runs on: read once, and again whenever it may have changed."""

    world: World
    source: Source
    #: The generation that is asked for; '' is what the definitions are of.
    asked: str = ''
    #: Whether others call: then the passwords of channels must be known.
    is_called: bool = True
    generation: str = '3.2'
    title: str = ''
    admin: tuple[str, Secret] | None = None
    _stamp: Hashable = None
    _last: State | None = field(default=None, repr=False)
    #: Files that were read or looked for: what others include too.
    _paths: list[str] = field(default_factory=list)
    _folder: str = field(default_factory=os.getcwd)
    _absolute: Source = field(init=False)

    def __post_init__(self) -> None:
        self._absolute = _absolute(self.source, self.world.environ)

    def read(self) -> Snapshot:
        """Reads all definitions. Raises ZatoolsError where they can't be read."""
        paths_before, self._stamp = self._paths, self._now()
        try:
            snapshot = self._read()
        finally:
            if self._paths != paths_before:
                self._stamp = self._now()
        self._last = snapshot.state
        # The log must not show them, so they are hidden before anything is logged.
        self.world.masks.hide(_secrets(snapshot.state))
        return snapshot

    def _read(self) -> Snapshot:
        # Messages name files as they were given, unless a service has changed the current folder.
        source = self.source
        if _current_folder() != self._folder:
            source = self._absolute
        if source.files.paths:
            return self._of_files(source)
        return self._of_odb(source)

    def changed(self) -> Snapshot | None:
        """Returns the definitions if they have changed since they were read last."""
        stamp = self._now()
        if stamp is not None and stamp == self._stamp:
            return None
        before = self._last
        snapshot = self.read()
        if before is not None and _are_equal(before, snapshot.state):
            return None
        return snapshot

    def _of_files(self, source: Source) -> Snapshot:
        files = read_source(self.world, source)
        self._paths = [os.path.join(self._folder, path) for path in files.sources.paths]
        raise_errors(files)
        definitions = Definitions(files.state, files.foreign, files)
        if self.is_called:
            _check_logins(definitions)
        needed, problems = generations.needed(definitions.state)
        self.generation = self.asked or needed or '3.2'
        state = definitions.state
        if needed not in ('', self.generation):
            problems = []
            state = generations.convert(state, self.generation, {}, problems)
        if problems:
            files.problems.extend(problems)
            raise_errors(files)
        self.title = f'definitions of {", ".join(self.source.files.paths)}, for Zato {self.generation}'
        state = {**state, **configured(self.world.environ)}
        return Snapshot(state, dict(definitions.foreign), self.generation)

    def _of_odb(self, source: Source) -> Snapshot:
        from zatools.odb.odb import opened

        with opened(source.choice, self.world.environ) as odb:
            _reveal(odb.loaded.state)
            self.generation, self.title = self.asked or odb.generation, odb.title
            self.admin = _admin(odb)
            state = odb.loaded.state
            if self.generation != odb.generation:
                self.title += f'; run as Zato {self.generation}'
                state = _carried(state, self.generation)
            state = {**state, **configured(self.world.environ, odb.target.server)}
            return Snapshot(state, dict(odb.loaded.foreign), self.generation)

    def _now(self) -> Hashable:
        # Only a SQLite file has a stamp. Other databases are read each time, and compared.
        source = self._absolute
        if '-' in source.files.paths:
            # What was read from standard input is not there a second time.
            return ()
        files = source.files
        if files.paths:
            paths = [*files.paths, *files.overlays, files.env_file, *self._paths]
            return tuple(_mark(path) for path in _files(paths))
        target: Target = choose(source.choice, self.world.environ)
        if not target.sqlite_path:
            return None
        return tuple(_mark(target.sqlite_path + ending) for ending in ('', '-wal', '-journal'))


def _carried(state: State, generation: str) -> State:
    problems: list[Problem] = []
    carried = generations.convert(state, generation, {}, problems)
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise InvalidError(f'the ODB can not be run as Zato {generation}', problems=errors)
    return carried


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ''


def _absolute(source: Source, environ: Mapping[str, str]) -> Source:
    choice, files = source.choice, source.files
    if not files.paths:
        target = choose(choice, environ)
        if target.server:
            choice = replace(choice, odb='', path='', server=_fixed(target.server.directory))
        elif target.sqlite_path:
            choice = replace(choice, path='', odb=_fixed(target.sqlite_path))
    return replace(
        source,
        choice=replace(choice, server_key=_fixed(choice.server_key)),
        files=replace(
            files,
            paths=tuple(map(_fixed, files.paths)),
            overlays=tuple(map(_fixed, files.overlays)),
            env_file=_fixed(files.env_file),
        ),
    )


def _fixed(path: str) -> str:
    if path in ('', '-'):
        return path
    return os.path.abspath(os.path.expanduser(path))


def _files(paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in [match for given in paths for match in sorted(glob(given)) or [given]]:
        if os.path.isdir(path):
            found += sorted(os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        else:
            found.append(path)
    return found


def _mark(path: str) -> tuple[str, int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return path, 0, 0, 0
    return path, found.st_mtime_ns, found.st_size, found.st_ino


def _reveal(state: State) -> None:
    # Secrets are needed after the ODB is closed; those that can't be opened stay closed.
    for item in state.values():
        for name, value in item.values.items():
            if item.kind.by_name[name].secret and isinstance(value, Secret) and value.can_reveal:
                value.reveal()


def _secrets(state: State) -> list[str]:
    found = [value for item in state.values() for value in item.values.values() if isinstance(value, Secret)]
    return [secret.reveal() for secret in found if secret.can_reveal]


def _admin(odb: Odb) -> tuple[str, Secret] | None:
    from zatools.odb.running import password_of

    # What the environment gives is for another server, which tools ask.
    try:
        return DEFAULT_USER, password_of(odb, DEFAULT_USER, {})
    except ZatoolsError:
        return None


def _check_logins(definitions: Definitions) -> None:
    # A channel whose password is not known would let nobody in: better to say so at once.
    channels = [item for item in definitions.state.values() if item.kind.served == ROUTED]
    check_variables(definitions, channels)


def _are_equal(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(_is_equal(one, other, key) for key in one)


def _is_equal(one: State, other: State, key: Key) -> bool:
    return one[key].kind is other[key].kind and one[key].values == other[key].values
