"""One side of a comparison, or what a command looks at: the objects of an ODB, or of files."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from zatools.errors import UsageError
from zatools.files.reader import Read
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice
from zatools.plan.leftovers import Leftovers, leftovers
from zatools.plan.reading import needed, read_files
from zatools.plan.selection import ALL, Selection
from zatools.state import State
from zatools.world import World


@dataclass(frozen=True)
class Side:
    """Objects, what to call where they are from, and the files if they are from files.

    Of an ODB that is compared there is also what it holds besides.
    """

    state: State
    title: str
    generation: str
    files: Read | None = None
    leftovers: Leftovers | None = None


def is_odb(text: str) -> bool:
    """Tells whether an argument names an ODB rather than files: a URL, a server directory, a SQLite database."""
    path = os.path.expanduser(text)
    if '://' in text:
        return True
    if os.path.isdir(path):
        marks = ('.zato-info', 'zato-odb.sqlite', os.path.join('config', 'repo', 'server.conf'))
        return any(os.path.exists(os.path.join(path, mark)) for mark in marks)
    if not os.path.isfile(path):
        return False
    with open(path, 'rb') as file:
        return file.read(16).startswith(b'SQLite format 3')


def _reveal(odb: Odb) -> None:
    # Secrets of two ODBs are compared after the first of them is closed.
    for item in odb.loaded.state.values():
        for name, value in item.values.items():
            if item.kind.by_name[name].secret and value and value.can_reveal:
                value.reveal()


def _of_odb(world: World, choice: OdbChoice, reveals: bool) -> Side:
    with opened(choice, world.environ, needs_key=reveals) as odb:
        rest = None
        if reveals:
            _reveal(odb)
            rest = leftovers(odb)
        return Side(odb.loaded.state, odb.title, odb.generation, leftovers=rest)


@dataclass(frozen=True)
class Look:
    """How a side is looked at: how its files are read, of which objects, and whether secrets are compared."""

    files: FileChoice
    chosen: Selection = ALL
    is_substituting: bool = True
    reveals: bool = False


def read_side(world: World, choice: OdbChoice, text: str, look: Look) -> Side:
    """Reads an ODB or files, whichever `text` names; problems of files are left in them."""
    if is_odb(text):
        return _of_odb(world, replace(choice, odb='', server='', path=text), look.reveals)
    named = replace(look.files, paths=(text,))
    files = read_files(world, named, look.chosen.scope, is_substituting=look.is_substituting)
    return Side(files.state, text, needed(files, look.chosen.skips_unsupported), files)


def read_from(world: World, choice: OdbChoice, source: str, look: Look) -> Side:
    """Reads what --from names, else the ODB that is chosen."""
    if not source:
        return _of_odb(world, choice, reveals=False)
    if choice.odb or choice.server:
        raise UsageError('--from names what to look at: give no ODB beside it')
    return read_side(world, choice, source, look)
