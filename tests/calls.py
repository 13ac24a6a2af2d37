"""Commands called as the command line calls them: with the names of its options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from zatools.cli.command import arguments
from zatools.errors import Exit
from zatools.odb.target import OdbChoice
from zatools.world import World


def _called(module: str, name: str) -> Callable[..., Exit]:
    def call(
        world: World, choice: OdbChoice | Sequence[str] = (), paths: Sequence[str] = (), /, **options: Any
    ) -> Exit:
        run = getattr(import_module(f'zatools.commands.{module}'), name)
        if isinstance(choice, OdbChoice):
            options = {**vars(choice), **options}
        else:
            paths = choice
        given = {'paths': list(paths), **options}
        return run(world, **arguments(run, given))  # type: ignore[no-any-return]

    return call


diff = _called('diff', 'diff')
export = _called('export', 'export')
import_files = _called('import_', 'import_files')
merge = _called('merge', 'merge')
validate = _called('validate', 'validate')
list_objects = _called('objects', 'list_objects')
show = _called('objects', 'show')
why = _called('why', 'why')
variables = _called('variables', 'variables')
undo = _called('undo', 'undo')
log = _called('log', 'log')
drift = _called('drift', 'drift')
fmt = _called('fmt', 'fmt')
set_password = _called('password', 'set_password')
