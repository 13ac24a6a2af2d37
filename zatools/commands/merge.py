"""`zato enmasse merge`: many files -> one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zatools import generations
from zatools.errors import Exit, UsageError
from zatools.files.scope import Scope
from zatools.files.writer import Style, emit
from zatools.plan.wanted import Options, needed, raise_errors, read_files, say_warnings
from zatools.secret import Secret
from zatools.state import State
from zatools.whole import write_file
from zatools.world import World


def _has_secrets(state: State) -> bool:
    return any(isinstance(value, Secret) and bool(value) for item in state.values() for value in item.values.values())


def merge(
    world: World,
    paths: Sequence[str] = (),
    *,
    output: str,
    format: str = '',
    generation: str = '',
    overlays: Sequence[str] = (),
    on_conflict: str = '',
    allow_outside: bool = False,
    skip_unknown: bool = False,
    skip_unsupported: bool = False,
) -> Exit:
    """Merges files; variables stay as they are. One object twice must be equal, or `on_conflict` chooses."""
    if generation not in ('', '3.2', '4.1'):
        raise UsageError('--for must be 3.2 or 4.1')
    form = format or ('json' if output.endswith('.json') else 'yaml')
    if form not in ('yaml', 'json'):
        raise UsageError('--format must be yaml or json')
    options = Options(
        tuple(overlays),
        on_conflict=on_conflict,
        skip_unknown=skip_unknown,
        is_substituting=False,
        scope=Scope(reaches_outside=allow_outside),
    )
    files = read_files(world, paths, options)
    target = generation or needed(files, skip_unsupported)
    state = files.state
    if target:
        state = generations.convert(state, target, {}, files.problems, skip_unsupported)
    raise_errors(files, 'Nothing was written.')
    say_warnings(world, files)
    text = emit(state, Style(target or '4.1'), form)
    if output == '-':
        world.write(text)
    else:
        write_file(Path(output).expanduser(), text, _has_secrets(state))
        world.say(f'Merged into {output}. Files: {files.files}, objects: {len(state)}.')
    return Exit.OK
