"""The settings of a run by its options, and the command line that repeats it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from zatools.apitest.checking import unresolved
from zatools.apitest.commands.run_asked import Asked
from zatools.apitest.gherkin.model import Feature
from zatools.apitest.running import selection
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.running.run import MAX_BODY, Settings
from zatools.apitest.secrets import variable, without_login
from zatools.apitest.state.names import is_public
from zatools.errors import UsageError

#: A name that stands for a value: alone, or in braces within a text.
NAMED = re.compile(r'(?:^(?=.[^{])|(?=.\{))([$@#])\{?([\w.-]+)\}?')
#: Options that a scenario's result depends on, and their attributes.
REPEATED = {
    '--strict': 'strict', '--compat': 'compat', '--isolated': 'isolated', '--only': 'only', '--lang': 'lang',
    '--profile': 'profile', '--env-file': 'env_file',
    '--definitions': 'definitions', '--env': 'env', '--max-body': 'max_body', '--set': 'values',
    '--define': 'define', '--tags': 'tags', '--name': 'names',
}  # fmt: skip
#: Options that choose scenarios.
CHOOSING = {'--tags': 'tags', '--name': 'names', '--include': 'include', '--exclude': 'exclude'}
DURATION = re.compile(r'(\d+(?:\.\d+)?)\s*(ms|s|m|h|)')
UNITS = {'ms': 0.001, 's': 1.0, '': 1.0, 'm': 60.0, 'h': 3600.0}
RETRY_KINDS = frozenset({'connection', 'timeout', '5xx', 'tls'})


def settings(asked: Asked, seed: int) -> Settings:
    """Returns the settings of a run."""
    options = asked.options
    kinds = _retry_kinds(options.retry_on or '')
    retries = options.retries
    if kinds and not retries:
        # --retry-on alone means one retry.
        retries = 1
    return Settings(
        seed=seed,
        is_compat=options.compat,
        is_strict=options.strict,
        is_isolated=options.isolated,
        fails_fast=options.fail_fast or options.stop or options.wip,
        retries=retries,
        retry_on=kinds,
        keeps_all=bool(options.report or options.html or options.json or options.junit is not None),
        repeat=repeated(asked, seed),
        wait=seconds(options.wait or ''),
        max_body=options.max_body or MAX_BODY,
        shows_traceback=options.traceback,
    )


def _retry_kinds(text: str) -> frozenset[str]:
    kinds = frozenset(filter(None, text.split(',')))
    if unknown := kinds - RETRY_KINDS:
        raise UsageError(f"--retry-on: there is no '{min(unknown)}'", f'there are {", ".join(sorted(RETRY_KINDS))}')
    return kinds


def seconds(text: str) -> float:
    """Returns the seconds of a duration: `60s`, `2m`; 0 where there is none."""
    if not text:
        return 0.0
    match = DURATION.fullmatch(text.strip())
    if not match:
        raise UsageError(f"--wait: '{text}' is no time", 'write 60s or 2m')
    return float(match[1]) * UNITS[match[2]]


def repeated(asked: Asked, seed: int) -> str:
    """Returns the command line that runs a scenario again, with {place} for its place."""
    given = vars(asked.given) | {'profile': asked.profile}
    words = ['apitest', 'run', '{place}', '--seed', str(seed)]
    for option, name in REPEATED.items():
        values = given[name]
        if not isinstance(values, list):
            values = [values]
        words += [_option(asked, option, value) for value in values if value]
    return ' '.join(_escaped(word) for word in words)


def _escaped(word: str) -> str:
    # The command line is a template for str.format.
    if word == '{place}':
        return word
    return word.replace('{', '{{').replace('}', '}}')


def _option(asked: Asked, option: str, value: object) -> str:
    if value is True:
        return option
    text = str(value)
    if text.startswith('-'):
        # After a blank, this would be taken for another option.
        return f'{option}={_quoted(asked, option, text)}'
    return f'{option} {_quoted(asked, option, text)}'


def _quoted(asked: Asked, option: str, value: str) -> str:
    # The value of a secret is left to a shell variable.
    key = value.partition('=')[0].strip()
    if option == '--set' and key in asked.project.secret_names:
        return f'{key}="{variable(key)}"'
    return shlex.quote(value)


def filters(asked: Asked) -> str:
    """Returns the options that choose scenarios, as they are typed."""
    words = []
    for option, name in CHOOSING.items():
        words += [f'{option} {shlex.quote(text)}' for text in getattr(asked.options, name) or ()]
    for name in selection.VARIABLES:
        if value := asked.environ.get(name):
            words.append(f'{name}={shlex.quote(value)}')
    if asked.options.wip:
        words.append('--wip')
    return ' '.join(words)


def called_addresses(asked: Asked, features: Iterable[Feature], code: ProjectCode) -> tuple[str, ...]:
    """Returns the addresses that features will call, as far as they are known before the run."""
    values = {'$': asked.environ, '@': asked.project.user_config(), '#': {}}

    def filled(match: re.Match[str]) -> str:
        if not is_public(match.string, *match.span(), 'address'):
            return match[0]
        return str(values[match[1]].get(match[2], ''))

    # A dict, since most features call the same address.
    result: dict[str, None] = {}
    for text in unresolved.addresses(features, code):
        address = without_login(NAMED.sub(filled, text)).partition('?')[0]
        if address.startswith(('http://', 'https://')):
            result[address] = None
    return tuple(result)
