"""How a run goes, as its options say, and the words that repeat it."""

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
#: Options that a verdict depends on, and where they are kept.
REPEATED = {
    '--strict': 'strict', '--compat': 'compat', '--isolated': 'isolated', '--only': 'only', '--lang': 'lang',
    '--profile': 'profile', '--env-file': 'env_file', '--max-body': 'max_body', '--set': 'values',
    '--define': 'define', '--tags': 'tags', '--name': 'names',
}  # fmt: skip
#: Options that choose scenarios.
CHOOSING = {'--tags': 'tags', '--name': 'names', '--include': 'include', '--exclude': 'exclude'}
DURATION = re.compile(r'(\d+(?:\.\d+)?)\s*(ms|s|m|h|)')
UNITS = {'ms': 0.001, 's': 1.0, '': 1.0, 'm': 60.0, 'h': 3600.0}
RETRY_KINDS = frozenset({'connection', 'timeout', '5xx', 'tls'})


def settings(asked: Asked, seed: int) -> Settings:
    """Returns how a run goes."""
    options = asked.options
    kinds = _retry_kinds(options.retry_on or '')
    return Settings(
        seed=seed,
        is_compat=options.compat,
        is_strict=options.strict,
        is_isolated=options.isolated,
        fails_fast=options.fail_fast or options.stop or options.wip,
        retries=options.retries or (1 if kinds else 0),
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
    """Returns the seconds that `60s` or `2m` say."""
    match = DURATION.fullmatch(text.strip())
    if text and not match:
        raise UsageError(f"--wait: '{text}' is no time", 'write 60s or 2m')
    return float(match[1]) * UNITS[match[2]] if match else 0.0


def repeated(asked: Asked, seed: int) -> str:
    """Returns the command line that runs a scenario again, with {place} for its place."""
    given = vars(asked.given) | {'profile': asked.profile}
    words = ['apitest', 'run', '{place}', '--seed', str(seed)]
    for option, name in REPEATED.items():
        values = given[name] if isinstance(given[name], list) else [given[name]]
        words += [_option(asked, option, value) for value in values if value]
    return ' '.join(_escaped(word) for word in words)


def _escaped(word: str) -> str:
    return word if word == '{place}' else word.replace('{', '{{').replace('}', '}}')


def _option(asked: Asked, option: str, value: object) -> str:
    if value is True:
        return option
    text = str(value)
    # A value that begins like an option needs the sign.
    sign = '=' if text.startswith('-') else ' '
    return f'{option}{sign}{_quoted(asked, option, text)}'


def _quoted(asked: Asked, option: str, value: str) -> str:
    key = value.partition('=')[0].strip()
    if option == '--set' and key in asked.project.secret_names:
        return f'{key}="{variable(key)}"'
    return shlex.quote(value)


def filters(asked: Asked) -> str:
    """Returns the options that choose scenarios, as one types them."""
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
    """Returns what the features will call, as far as it is known before they run."""
    known = {'$': asked.environ, '@': asked.project.user_config(), '#': {}}

    def filled(match: re.Match[str]) -> str:
        if not is_public(match.string, *match.span(), 'address'):
            return match[0]
        return str(known[match[1]].get(match[2], ''))

    written = [NAMED.sub(filled, text) for text in unresolved.addresses(features, code)]
    found = [without_login(text).partition('?')[0] for text in written]
    return tuple(dict.fromkeys(text for text in found if text.startswith(('http://', 'https://'))))
