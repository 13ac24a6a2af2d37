"""`zato openapi`: the OpenAPI document of REST channels, made of definitions and of what services declare."""

from __future__ import annotations

import json
from pathlib import Path

from zatools.atomic import check_writable, write_file
from zatools.errors import Exit, InvalidError
from zatools.live.local import Project, at_hand, tell
from zatools.live.outgoing import Source
from zatools.screens import quantity
from zatools.server.openapi.document import as_yaml, document
from zatools.server.project.layouts import find
from zatools.world import World


def openapi(world: World, source: Source, project: Project, output: str = '-') -> Exit:
    """Prints or writes the document; exit 3 where there are no REST channels, or a service file can't be loaded."""
    path = Path(output)
    if output != '-':
        check_writable(path)
    with at_hand(world, source, project) as runtime:
        for problem in runtime.missing_services():
            tell(problem)
        title = find(project.folder).root.resolve().name or 'services'
        content = document(runtime, title)
        is_broken = bool(runtime.loader.broken)
    if not content['paths']:
        raise InvalidError('there are no REST channels to describe', 'name their definitions: --file, --odb, --server')
    text = as_yaml(content)
    if path.suffix == '.json':
        text = json.dumps(content, indent=2, ensure_ascii=False) + '\n'
    if output == '-':
        world.data(text.rstrip('\n'))
    else:
        write_file(path, text)
        world.say(f'{output}: {quantity(len(content["paths"]), "path")}.')
    if is_broken:
        return Exit.INVALID
    return Exit.OK
