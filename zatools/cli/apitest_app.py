"""The command line of `apitest`: parses, calls a command, returns its exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from zatools.apitest.commands.console import Console
from zatools.cli.answered import answered
from zatools.cli.completion import use_own_zsh
from zatools.cli.options import PLAIN, add_version, examples, fit_help

app = typer.Typer(name='apitest', help='API tests in plain English.', **PLAIN)  # type: ignore[arg-type]


def _console() -> Console:
    return Console(os.environ, sys.stdout, sys.stderr, sys.stdout.isatty())


add_version(app, 'apitest')


@app.command('run')
def _run() -> None:
    """Run features: files, folders, FILE:LINE."""


@app.command('check', epilog=examples('apitest check features/', 'apitest check features/users.feature'))
def _check(
    paths: Annotated[list[str] | None, typer.Argument(help='Features; features/ or . by default.')] = None,
    profile: Annotated[str, typer.Option('--profile', help='Take [profile:NAME] of config.ini.')] = '',
    env_file: Annotated[str, typer.Option('--env-file', help='Read variables from a file.')] = '',
) -> int:
    """Find undefined steps, unknown names and missing files; nothing is called. Exit 1 if there are any."""
    from zatools.apitest.commands.check import check
    from zatools.apitest.project.env_file import read

    environ = {**os.environ, **(read(env_file) if env_file else {})}
    folder = 'features' if os.path.isdir('features') else '.'
    return check(paths or [folder], _console(), profile=profile or environ.get('APITEST_PROFILE', ''), environ=environ)


@app.command('steps', epilog=examples('apitest steps', 'apitest steps header', 'apitest steps --format md'))
def _steps(
    words: Annotated[list[str] | None, typer.Argument(help='Words that a step must have.')] = None,
    format: Annotated[str, typer.Option('--format', help='text, md or json.')] = 'text',
) -> int:
    """List the steps there are, with an example of each."""
    from zatools.apitest.commands.steps import steps

    return steps(words or (), _console(), format=format)


@app.command(
    'from',
    epilog=examples(
        "apitest from curl 'curl https://example.org/users -H …'",
        'apitest from har shop.har -o features/shop.feature',
        'apitest from openapi openapi.yaml',
    ),
)
def _from(
    kind: Annotated[str, typer.Argument(help='curl, har, openapi, postman or hurl.')],
    source: Annotated[list[str], typer.Argument(help='A file, a curl line in quotes, or - for standard input.')],
    output: Annotated[str, typer.Option('--output', '-o', help='Write a file that is not there yet.')] = '',
    values: Annotated[bool, typer.Option('--values', help='Check recorded values, not only their types.')] = False,
    all: Annotated[bool, typer.Option('--all', help='Of a HAR, take pages, images and scripts too.')] = False,
) -> int:
    """Make a feature of what another tool has written; secrets become variables."""
    from zatools.apitest.commands.take import take

    return take(kind, source, _console(), output=output, is_exact=values, takes_all=all)


@app.command(
    'contract',
    epilog=examples(
        'apitest contract openapi.yaml --url http://localhost:17010',
        "apitest contract openapi.yaml --url https://api.example.com --header 'Authorization: Bearer $TOKEN'",
    ),
)
def _contract(
    file: Annotated[str, typer.Argument(help='An OpenAPI document, 3.0 or 3.1.')],
    url: Annotated[str, typer.Option('--url', help='The address that its paths are below.')],
    operation: Annotated[list[str] | None, typer.Option('--operation', help='Only this one; repeatable.')] = None,
    header: Annotated[list[str] | None, typer.Option('--header', help='NAME: VALUE of each call; repeatable.')] = None,
    calls: Annotated[int, typer.Option('--calls', min=1, max=10_000, help='Calls of each sort, at most.')] = 50,
    seed: Annotated[int | None, typer.Option('--seed', min=0, help='Make the same calls again.')] = None,
) -> int:
    """Call an API as its document allows and as it does not, by Schemathesis. Exit 1 if an answer is wrong."""
    from zatools.apitest.commands.contract import Asked, contract

    asked = Asked(url, operation or (), header or (), calls, seed)
    return contract(file, _console(), asked)


@app.command('merge-reports', epilog=examples('apitest merge-reports part-1 part-2 --report merged'))
def _merge_reports(
    reports: Annotated[list[str], typer.Argument(help='Folders of --report, or report.json and junit.xml files.')],
    report: Annotated[str, typer.Option('--report', help='The folder of the merged report.json and junit.xml.')],
) -> int:
    """Make one report of those of --shard. Exit 1 if a scenario in them failed."""
    from zatools.apitest.commands.merge_reports import merge_reports

    return merge_reports(reports, _console(), folder=report)


@app.command('init', epilog=examples('apitest init my-tests', 'apitest run my-tests'))
def _init(path: Annotated[str, typer.Argument(help='A folder that does not exist or is empty.')]) -> int:
    """Make a project that passes at once, offline: it brings its own small API."""
    from zatools.apitest.commands.init import init

    return init(path, _console())


@app.command('demo', epilog=examples('apitest demo', 'apitest demo my-demo'))
def _demo(path: Annotated[str, typer.Argument(help='Where to keep it; by default it is removed again.')] = '') -> int:
    """Make a project in a moment and run it."""
    from zatools.apitest.commands.init import demo

    return demo(path, _console())


def call(arguments: list[str]) -> int:
    """Parses arguments, runs the command, returns its exit code."""
    command = typer.main.get_command(app)
    fit_help(command)
    use_own_zsh(command)
    return answered(command, arguments, 'apitest')
