"""The options of `apitest run`, those of behave included: one table for the command line, config.ini and the docs."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from zatools.errors import UsageError
from zatools.screens import PIPE, columns, put

HONOURED, IGNORED, REFUSED = 'honoured', 'accepted without effect', 'refused'


@dataclass(frozen=True)
class Option:
    """An option: its names, the name of its value ('' takes none), its help, how it is stored.

    `ours` are options that behave does not have.
    """

    names: tuple[str, ...]
    takes: str = ''
    doc: str = ''
    effect: str = HONOURED
    is_list: bool = False
    ours: bool = False
    default: Any = None
    kind: Any = None
    is_optional: bool = False
    dest: str = ''


def _ours(*names: str, takes: str = '', doc: str, **more: Any) -> Option:
    return Option(names, takes, doc, ours=True, **more)


def _number(least: int | None) -> Callable[[str], int]:
    words = 'a whole number'
    if least is not None:
        words = f'a whole number from {least} on'

    def read(text: str) -> int:
        if not re.fullmatch(r'-?\d{1,18}', text) or (least is not None and int(text) < least):
            raise argparse.ArgumentTypeError(f"'{text}' is not {words}")
        return int(text)

    return read


def _size(text: str) -> int:
    match = re.fullmatch(r'(\d{1,12})\s?(|k|M|G)B?', text, re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no size: write 64MB or 500kB")
    return int(match[1]) * {'': 1, 'k': 1000, 'm': 1000**2, 'g': 1000**3}[match[2].lower()]


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r'(\d{1,4})/(\d{1,4})', text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is no part of a run: write 2/5 for the second of five")
    return int(match[1]), int(match[2])


def _percent(text: str) -> int:
    if not re.fullmatch(r'\d{1,3}%?', text) or not 0 <= int(text.rstrip('%')) <= 100:
        raise argparse.ArgumentTypeError(f"'{text}' is no percentage: write 80")
    return int(text.rstrip('%'))


OPTIONS = (
    _ours('--only', doc='with FILE:LINE, run nothing but the scenario at the line'),
    _ours('--profile', takes='NAME', doc='take [profile:NAME] of config.ini (also: APITEST_PROFILE)'),
    _ours('--set', takes='NAME=VALUE', doc='override a value of config.ini; repeatable', is_list=True, dest='values'),
    _ours('--env-file', takes='FILE', doc='read variables from a file; they win over the environment'),
    _ours('--definitions', takes='FILE', doc='know databases and brokers by the names of these definitions; repeatable',
          is_list=True),
    _ours('--env', takes='NAME', doc='the same, of an environment of zatools.toml'),
    _ours('--fail-fast', doc='stop at the first scenario that fails'),
    _ours('--isolated', doc='forget all after each scenario, but for what @setup scenarios left'),
    _ours('--strict', doc='fail a scenario that calls and checks nothing'),
    _ours('--compat', doc='let pass what zato-apitest lets pass by mistake'),
    _ours('--seed', takes='N', doc='repeat the random values of the run with this seed', kind=_number(None)),
    _ours('--jobs', takes='N', doc='run features in N processes at once', kind=_number(1), default=1),
    _ours('--shard', takes='N/M', doc='run the N-th of M parts of a run, each of whole features', kind=_shard),
    _ours('--watch', doc='run again what a saved file touches, until Ctrl-C'),
    _ours('--failed', doc='run only what failed the last time'),
    _ours('--retries', takes='N', doc='try a scenario that fails again, up to N times', kind=_number(0), default=0),
    _ours('--retry-on', takes='KINDS', doc='only after these: connection,timeout,5xx'),
    _ours('--fail-on-flaky', doc='fail when a scenario passed on a retry only'),
    _ours('--wait', takes='TIME', doc='wait so long for the API before its first call: 60s, 2m'),
    _ours('--max-body', takes='SIZE', doc='the biggest body of an answer, unpacked: 64MB by default', kind=_size),
    _ours('--report', takes='DIR', doc='write the HTML, JUnit and JSON reports to a folder'),
    _ours('--html', takes='FILE', doc='write the HTML report'),
    _ours('--json', takes='FILE', doc='write the JSON report'),
    _ours('--coverage', doc='say what of the OpenAPI documents no scenario called'),
    _ours('--fail-under', takes='PERCENT', doc='fail when less of them was called; with --coverage', kind=_percent,
          default=0),
    _ours('--full', doc='show bodies in full length'),
    _ours('--traceback', doc='show the Python traceback of an error'),
    Option(('-t', '--tags'), 'TAGS', 'run scenarios with these tags: a,b (or), ~a (not), "a and not b"; repeated: and',
           is_list=True),
    Option(('-n', '--name'), 'PATTERN', 'run scenarios whose name has this regular expression in it', is_list=True,
           dest='names'),
    Option(('--junit',), 'DIR', 'write JUnit to a folder; without DIR to that of --junit-directory', is_optional=True),
    Option(('--junit-directory',), 'DIR', 'the folder of --junit: reports by default', default='reports'),
    Option(('--no-junit',), '', 'write no JUnit files'),
    Option(('--stop',), '', 'the same as --fail-fast'),
    Option(('-d', '--dry-run'), '', 'call nothing: the same as apitest check'),
    Option(('-i', '--include'), 'PATTERN', 'run feature files whose path has this in it', is_list=True),
    Option(('-e', '--exclude'), 'PATTERN', "don't run feature files whose path has this in it", is_list=True),
    Option(('-D', '--define'), 'NAME=VALUE', 'a value of context.config.userdata', is_list=True),
    Option(('--no-color', '-c', '-C'), '', 'no colours (also: NO_COLOR)'),
    Option(('--color',), 'WHEN', 'colours: auto, on, off', is_optional=True),
    Option(('-q', '--quiet'), '', 'print failures and the last line only'),
    Option(('-w', '--wip'), '', 'run scenarios tagged @wip, and stop at the first that fails'),
    Option(('--lang',), 'LANG', 'the language of features without a "# language:" line'),
    *(
        Option(names, takes, effect=IGNORED, is_list=bool(takes))
        for names, takes in (
            (('-f', '--format'), 'FORMAT'), (('-o', '--outfile'), 'FILE'), (('--no-source',), ''),
            (('-s',), ''), (('--show-source',), ''), (('--no-timings',), ''), (('-T',), ''),
            (('--show-timings',), ''), (('-k', '--no-skipped'), ''), (('--show-skipped',), ''),
            (('--no-snippets',), ''), (('--snippets',), ''), (('--no-summary',), ''), (('--summary',), ''),
            (('-m', '--no-multiline'), ''), (('--multiline',), ''), (('--capture',), ''),
            (('--no-capture',), ''), (('--no-capture-stdout',), ''), (('--no-capture-stderr',), ''),
            (('--capture-stderr',), ''), (('--capture-hooks',), ''), (('--no-logcapture',), ''),
            (('--logcapture', '--capture-log'), ''), (('--logging-level',), 'LEVEL'),
            (('--logging-format',), 'FORMAT'), (('--logging-datefmt',), 'FORMAT'), (('--logging-filter',), 'FILTER'),
            (('--logging-clear-handlers',), ''), (('--no-logging-clear-handlers',), ''), (('--verbose', '-v'), ''),
            (('-x', '--expand'), ''),
        )
    ),
    Option(('--stage',), 'STAGE', 'use --profile', REFUSED),
    Option(('--steps-catalog',), '', 'use: apitest steps', REFUSED),
    Option(('-r', '--runner'), 'CLASS', 'features are run by apitest', REFUSED),
    Option(('--lang-list',), '', 'see the documentation of Gherkin', REFUSED),
    Option(('--lang-help',), 'LANG', 'see the documentation of Gherkin', REFUSED),
    Option(('--tags-help',), '', 'see: apitest run --help', REFUSED),
)  # fmt: skip

EXAMPLES = """Examples:
  apitest run features/
  apitest run features/users.feature:12 --profile test
  apitest run . --tags "smoke and not slow" --jobs 4 --report build/apitest
  apitest run --failed
"""


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: Any = None) -> None:
        put(self.format_help().rstrip('\n'), file or sys.stdout, os.environ)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f'apitest run: {message.removeprefix("argument ")}', 'see: apitest run --help')


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the options in the table."""
    width = columns(sys.stdout, os.environ) or PIPE
    result = _Parser(
        prog='apitest run',
        description='Run features: files, folders, FILE:LINE. Exit 0 passed, 1 failed, 2 usage, 3 broken input.',
        epilog=EXAMPLES,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=min(32, width // 3), width=width
        ),
    )
    result.add_argument('paths', nargs='*', metavar='PATH', help='features to run; features/ or . by default')
    groups = {True: result.add_argument_group('of apitest'), False: result.add_argument_group("of behave's")}
    for option in OPTIONS:
        target = groups[option.ours]
        target.add_argument(*option.names, **_argument(option))
    return result


def _filled(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError('it is empty: is it a variable that is not set?')
    return text


def _argument(option: Option) -> dict[str, Any]:
    words: dict[str, Any] = {'help': option.doc, 'dest': option.dest or _name(option)}
    if option.effect != HONOURED:
        words |= {'help': argparse.SUPPRESS, 'dest': f'{option.effect}:{option.names[-1]}'}
    if not option.takes:
        return words | {'action': 'store_true'}
    kind = option.kind
    if option.ours and kind is None:
        # Those of behave may be empty, as they may be there.
        kind = _filled
    words |= {'metavar': option.takes, 'default': option.default, 'type': kind}
    if option.is_optional:
        words |= {'nargs': '?', 'const': ''}
    if option.is_list:
        words |= {'action': 'append', 'default': None}
    return words


def _name(option: Option) -> str:
    longest = max(option.names, key=len)
    return longest.strip('-').replace('-', '_')


class Options(argparse.Namespace):
    """The options of a run, by the names that the table gives them."""

    paths: list[str]
    only: bool
    profile: str | None
    values: list[str] | None
    env_file: str | None
    definitions: list[str] | None
    env: str | None
    fail_fast: bool
    isolated: bool
    strict: bool
    compat: bool
    seed: int | None
    jobs: int
    shard: tuple[int, int] | None
    watch: bool
    failed: bool
    retries: int
    retry_on: str | None
    fail_on_flaky: bool
    wait: str | None
    max_body: int | None
    report: str | None
    html: str | None
    json: str | None
    coverage: bool
    fail_under: int
    full: bool
    traceback: bool
    tags: list[str] | None
    names: list[str] | None
    junit: str | None
    junit_directory: str
    no_junit: bool
    stop: bool
    dry_run: bool
    include: list[str] | None
    exclude: list[str] | None
    define: list[str] | None
    no_color: bool
    color: str | None
    quiet: bool
    wip: bool
    lang: str | None


def parse(words: Sequence[str]) -> Options:
    """Returns the options of a command line; raises UsageError for those that are refused or unknown."""
    options = parser().parse_intermixed_args([*words], Options())
    for option in OPTIONS:
        # The parser knows refused options, so that the error can name what to use instead.
        if option.effect == REFUSED and getattr(options, f'{REFUSED}:{option.names[-1]}', None):
            raise UsageError(f'{option.names[-1]} is not supported', option.doc)
    return options
