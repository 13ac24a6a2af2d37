"""Zato's own command lines: `zato enmasse PATH --export-odb` and the like."""

from __future__ import annotations

import argparse
import os
import sys
from glob import escape
from typing import NoReturn

from zatools.cli import boundary
from zatools.errors import Exit, OdbError, UsageError
from zatools.odb.target import OdbChoice, is_ci, like_server, shown
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.screens import word
from zatools.world import World

#: How a PATH ends that may name a SQLite file to be made.
DATABASES = ('.db', '.sqlite', '.sqlite3')
NO_EFFECT = {
    '--rbac-sleep': 1,
    '--cols-width': 0,
    '--server-url': 1,
    '--store-log': 0,
    '--store-config': 0,
    '--initial-wait-time': 1,
    '--verbose': 0,
}
REFUSED = {
    '--clean-odb': 'zato enmasse import --delete FILE deletes what the file lacks, and says what before it does',
    '--ignore-missing-defs': 'references may be in the ODB now; one that is nowhere is an error',
    '--ignore-missing-includes': 'an include that is missing is an error',
    '--exit-on-missing-file': 'a file that is missing is exit 3; test for it in the shell',
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f'zato enmasse: {message}', 'what became of each old flag: docs/migrating.md')


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog='zato enmasse', add_help=False, allow_abbrev=False)
    parser.add_argument('path', nargs='?', default='')
    for name in ('--import', '--export', '--export-odb', '--export-local', '--replace', '--replace-odb-objects'):
        parser.add_argument(name, action='store_true', dest=name[2:].replace('-', '_'))
    for name in ('--input', '--output', '--env-file', '--include-type', '--include-name', '--missing-wait-time'):
        parser.add_argument(name, default='')
    parser.add_argument('--dump-format', '--format', dest='format', default='yaml', choices=('yaml', 'json'))
    parser.add_argument('--skip-unknown', action='store_true')
    for name, count in NO_EFFECT.items():
        if count:
            parser.add_argument(name)
        else:
            parser.add_argument(name, action='store_true')
    for name in REFUSED:
        parser.add_argument(name, action='store_true')
    return parser


def run(arguments: list[str]) -> int:
    """Runs one of Zato's own command lines; `arguments` come after `enmasse`."""
    # A line that was pasted with its backslash may leave one behind.
    arguments = [argument for argument in arguments if argument.strip(' \\')]
    options = _parser().parse_args(arguments)
    for name, hint in REFUSED.items():
        if getattr(options, name[2:].replace('-', '_')):
            raise UsageError(f'{name} is not supported', hint)
    is_export = options.export or options.export_odb or options.export_local
    if is_export and getattr(options, 'import'):
        raise UsageError('--import and --export exclude each other')
    world = World(
        os.environ,
        sys.stdin.buffer,
        sys.stdout,
        sys.stderr,
        on_settle=boundary.settle,
        on_resume=boundary.resume,
        on_foretell=boundary.foretell,
        masks=boundary.MASKS,
    )
    for name in NO_EFFECT:
        if name != '--verbose' and any(argument.partition('=')[0] == name for argument in arguments):
            world.say(f'{name} has no effect here')
    choice = _choice(world, options)
    _check_path(choice.path, may_make=not is_export)
    if is_export:
        return _export(world, choice, options)
    return _import(world, choice, options)


def _choice(world: World, options: argparse.Namespace) -> OdbChoice:
    # An environment says which ODB where no PATH does; the files are always named.
    path = os.path.expanduser(options.path)
    if not os.environ.get('ZATO_ENV'):
        return OdbChoice(path=path)
    from zatools.cli.command import arguments
    from zatools.environments.filling import OF_ODB, filled
    from zatools.plan.ids import refuse_unseen

    given = filled(world, {'path': path, 'paths': [options.input]}, OF_ODB, needs_odb=False)
    if given['is_protected'] and getattr(options, 'import'):
        environment = given['origin'].environment
        refuse_unseen(environment, f'zato enmasse diff {word(options.input)} --env {word(environment)}')
    return OdbChoice(**arguments(OdbChoice, given))


def _check_path(path: str, may_make: bool) -> None:
    # Zato takes a server directory here: one that is mistyped must not become a database, least of all in a pipeline.
    if not path or '://' in path or os.path.exists(os.path.normpath(path)):
        return
    if not may_make or is_ci(os.environ) or not os.path.normpath(path).lower().endswith(DATABASES):
        hint = f'is the path right? a new ODB is made by: zato odb create --odb {word(shown(path))}'
        raise OdbError(f'there is no server directory {shown(path)}', like_server(path) or hint)


def _types(text: str) -> tuple[str, ...]:
    from zatools.kinds import WORDS

    parts = [part.strip() for part in text.split(',') if part.strip()]
    if 'all' in parts:
        return ()
    return tuple(name for part in parts for name in WORDS.get(part, (part,)))


def _patterns(text: str) -> tuple[str, ...]:
    # Zato compares parts of names without case; our globs are exact, so each letter stands in both.
    parts = [part.strip() for part in text.split(',') if part.strip()]
    return tuple(f'*{"".join(map(_either_case, part))}*' for part in parts)


def _either_case(letter: str) -> str:
    lower, upper = letter.lower(), letter.upper()
    if lower == upper:
        return escape(letter)
    return f'[{lower}{upper}]'


def _export(world: World, choice: OdbChoice, options: argparse.Namespace) -> Exit:
    from zatools.commands.legacy import export_odb

    local: tuple[str, ...] = ()
    if options.export_local:
        if not options.input:
            raise UsageError('--export-local needs --input')
        local = (options.input,)
    meant = ObjectChoice(_types(options.include_type), _patterns(options.include_name))
    files = FileChoice(local, skip_unknown=options.skip_unknown)
    return export_odb(world, choice, meant, files, options.output, options.format)


def _import(world: World, choice: OdbChoice, options: argparse.Namespace) -> Exit:
    from zatools.commands.legacy import import_odb

    if not getattr(options, 'import'):
        raise UsageError('give --import, --export or --export-odb')
    if not options.input:
        raise UsageError('--import needs --input')
    replace = options.replace or options.replace_odb_objects
    files = FileChoice(
        (os.path.expanduser(options.input),), env_file=options.env_file, skip_unknown=options.skip_unknown
    )
    return import_odb(world, choice, files, replace, options.missing_wait_time)
