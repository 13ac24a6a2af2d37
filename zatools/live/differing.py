"""What files of definitions say and a local server does not run, in the words of plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zatools import generations
from zatools.errors import ZatoolsError
from zatools.live.outgoing import Source, read_source
from zatools.place import Problem
from zatools.reports import plan
from zatools.reports.problems import render
from zatools.server.dashboard.site import Differences
from zatools.server.runtime import Runtime
from zatools.state import diff
from zatools.world import World

#: Files that a project has its definitions in, where a server was not given any.
USUAL = ('definitions.yaml', 'definitions.yml', 'definitions.json', 'enmasse.yaml', 'enmasse.yml')


def differences(world: World, source: Source, root: Path, runtime: Runtime) -> Differences:
    """Returns what the files would change, or their problems; the server takes over what has none by itself."""
    paths = source.files.paths or tuple(str(root / name) for name in USUAL if (root / name).is_file())[:1]
    if not paths:
        return Differences(f'There are no definitions in {root}: it would be in {USUAL[0]}.')
    shown = ', '.join(Path(path).name for path in paths)
    try:
        files = read_source(world, replace(source, files=replace(source.files, paths=paths)))
        if files.errors:
            return Differences(f'{shown} can not be read; the last good definitions run.', [render(files.errors)])
        problems: list[Problem] = []
        wanted = generations.convert(files.state, runtime.generation, runtime.state, problems)
    except ZatoolsError as error:
        return Differences(f'{shown} can not be read; the last good definitions run.', [str(error)])
    found = diff(wanted, runtime.state, runtime.generation)
    if not found.changes and not found.only_stored:
        return Differences(f'{shown} and what runs are the same.')
    about = f'An import of {shown} would change this:'
    if not found.changes:
        about = f'All of {shown} runs; more than that does.'
    return Differences(about, plan.render(found, runtime.generation).splitlines())
