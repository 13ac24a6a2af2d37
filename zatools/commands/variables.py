"""`zato enmasse variables`: every variable that files want, and whether it is set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zatools import screens
from zatools.errors import Exit, InvalidError, UsageError
from zatools.files.needs import Need, needs
from zatools.files.scope import Scope
from zatools.plan.choices import FileChoice
from zatools.plan.reading import variables_of
from zatools.reports import problems as reports
from zatools.reports.objects import columns, stacked
from zatools.screens import cells, quantity
from zatools.world import World

Found = Mapping[str, list[Need]]


def _text(found: Found, environ: Mapping[str, str], width: int) -> str:
    rows = []
    for name, uses in found.items():
        state = 'not set'
        if name in environ:
            state = 'set'
        for use in uses:
            rows.append([name, state, f"{use.kind} '{use.name}'", use.field, str(use.place)])
            name, state = '', ''
    text = columns(rows)
    if not width or max(map(cells, text.split('\n'))) <= width:
        return text
    return '\n'.join(_stacked(rows, width))


def _stacked(rows: Iterable[Sequence[str]], width: int) -> Iterator[str]:
    for name, state, *use in rows:
        if name:
            yield stacked([name, state], width)
        yield stacked(['', *use], width)


def _dotenv(found: Found, environ: Mapping[str, str]) -> str:
    # An empty value would win over the one that the environment has, so a variable that is set is a comment.
    lines: list[str] = []
    for name, uses in found.items():
        lines.extend(f"# {use.kind} '{use.name}': {use.field} ({use.place.short})" for use in uses)
        if name in environ:
            lines.append(f'# {name} is set')
        else:
            lines.append(f'{name}=')
        lines.append('')
    return '\n'.join(lines).rstrip('\n')


def _json(found: Found, environ: Mapping[str, str]) -> str:
    rows = [
        {
            'name': name,
            'is_set': name in environ,
            'is_secret': any(use.is_secret for use in uses),
            'wanted_by': [
                {
                    'kind': use.kind,
                    'name': use.name,
                    'field': use.field,
                    'file': use.place.path,
                    'line': use.place.line,
                    'column': use.place.column,
                }
                for use in uses
            ],
        }
        for name, uses in found.items()
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


FORMATS = ('text', 'dotenv', 'json')


def _put(world: World, found: Found, environ: Mapping[str, str], format: str) -> None:
    if format == 'json':
        world.print_json(_json(found, environ))
    elif found and format == 'dotenv':
        world.data(_dotenv(found, environ))
    elif found:
        world.print(_text(found, environ, screens.columns(world.out, world.environ)))


def variables(world: World, files: FileChoice, format: str = 'text') -> Exit:
    """Prints the variables by name, each with who wants it; their values never."""
    if format not in FORMATS:
        raise UsageError(f'--format must be one of: {", ".join(FORMATS)}')
    if not files.paths:
        raise UsageError('no files are given', 'name files, folders or - for standard input')
    environ = variables_of(world, files.env_file)
    read = needs(files.paths, world.stdin, files.overlays, Scope(reaches_outside=files.allow_outside))
    errors = [problem for problem in read.problems if not problem.is_warning]
    if errors:
        raise InvalidError(reports.count(errors, read.files), problems=read.problems, lines=read.sources.lines)
    found: dict[str, list[Need]] = {}
    for need in sorted(read.found, key=lambda need: need.variable):
        found.setdefault(need.variable, []).append(need)
    _put(world, found, environ, format)
    missing = sum(1 for name in found if name not in environ)
    world.say(f'{quantity(len(found), "variable")}, {missing} not set.')
    return Exit.OK
