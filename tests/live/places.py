"""ODBs of 3.2 with a server that runs on them, for tests of live imports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.calls import import_files
from tests.conftest import Console, Layout
from tests.platform32 import Platform, Server, running
from tests.standin import NOBODY, password_of
from zatools.errors import Exit
from zatools.files.writer import Style, emit
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice, choose
from zatools.secret import Secret
from zatools.state import State


def platform_of(layout: Layout, **more: Any) -> Platform:
    """Returns the server of an ODB, not yet listening."""
    config = (Path(layout.path) / 'config' / 'repo' / 'server.conf').read_text()
    server = choose(OdbChoice(server=layout.path), {}).server
    assert server and server.key
    password = password_of(config) if layout.dialect == 'sqlite' else stored_password(layout)
    return Platform(layout.url, password, server.key.reveal(), **more)


def stored_password(layout: Layout) -> str:
    """Returns the password of the user for tools, from any database."""
    return str(layout.execute("select password from sec_base where name = 'admin.invoke'")[0][0])


def listen(layout: Layout, url: str) -> None:
    """Puts the address of a server into its configuration."""
    path = Path(layout.path) / 'config' / 'repo' / 'server.conf'
    path.write_text(path.read_text().replace(NOBODY, url.removeprefix('http://')))


@contextmanager
def served(layout: Layout, **more: Any) -> Iterator[Server]:
    """Runs the server of an ODB."""
    with running(platform_of(layout, **more)) as server:
        yield server


def write(folder: Path, state: State) -> str:
    """Writes a state to a file, secrets as they are."""
    path = folder / 'wanted.yaml'
    path.write_text(emit(state, Style('3.2'), 'yaml'))
    return str(path)


def put(layout: Layout, path: str, **options: Any) -> tuple[Exit, Console]:
    """Imports a file, changing what differs."""
    console = Console(layout.environ)
    options = {'replace': True, **options}
    return import_files(console.world, OdbChoice(server=layout.path), [path], **options), console


def load(layout: Layout) -> State:
    """Returns what an ODB has, secrets in clear text."""
    with opened(OdbChoice(server=layout.path), layout.environ) as odb:
        for item in odb.loaded.state.values():
            for value in item.values.values():
                if isinstance(value, Secret):
                    value.reveal()
        return odb.loaded.state
