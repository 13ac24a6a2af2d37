"""`apitest contract`: calls that Schemathesis makes of an OpenAPI document, with a line to repeat each failure."""

from __future__ import annotations

import random
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zatools import __version__
from zatools.apitest.commands.console import Console
from zatools.apitest.http.curl import as_curl
from zatools.apitest.http.exchange import Exchange
from zatools.apitest.openapi import generated
from zatools.apitest.openapi.generated import Limits, Tested, Wrong
from zatools.apitest.secrets import Secrets, is_credential
from zatools.apitest.state.context import USER_AGENT
from zatools.apitest.values.excerpts import cut
from zatools.errors import Exit, UsageError
from zatools.place import did_you_mean
from zatools.screens import plain, quantity

SEEDS = range(1000, 10_000)
NAME = re.compile(r'\$(?:\{(\w+)\}|(\w+))')
#: Characters of a line of a failure, and its lines.
WIDTH, LINES = 300, 8
SHOWN = 1000


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    url: str
    operations: Sequence[str] = ()
    headers: Sequence[str] = ()
    calls: int = 50
    seed: int | None = None


def contract(file: str, console: Console, asked: Asked) -> int:
    """Tests an API against its document; returns 1 where an answer is wrong, 3 for a document that is."""
    generated.library()
    import requests

    url = asked.url.rstrip('/')
    if not url.startswith(('http://', 'https://')):
        raise UsageError(f"--url '{asked.url}' is no address", '--url http://localhost:17010')
    secrets = Secrets()
    seed = asked.seed if asked.seed is not None else random.choice(SEEDS)
    limits = Limits(asked.calls, seed, _headers(asked.headers, console, secrets), _trusted(console))
    operations = generated.operations(Path(file), asked.operations, limits.headers)
    _check_names(file, asked.operations, operations)
    screen = _Screen(console, secrets, _repeated(file, asked, seed))
    screen.say(f'apitest {__version__}, {file} at {url}, seed {seed}\n')
    found = []
    with requests.Session() as session:
        # A login of .netrc, or a proxy, is none of the calls'.
        session.trust_env = False
        session.headers.clear()
        session.headers['User-Agent'] = USER_AGENT
        for operation in operations:
            found.append(generated.test(operation, url, limits, session))
            screen.tested(found[-1])
            if any(not wrong.status for wrong in found[-1].wrong):
                screen.say('No answer: the rest was not called.')
                break
    return screen.foot(found)


def _trusted(console: Console) -> bool | str:
    # As in other calls of apitest.
    return console.environ.get('REQUESTS_CA_BUNDLE') or console.environ.get('CURL_CA_BUNDLE') or True


def _check_names(file: str, wanted: Sequence[str], operations: Sequence[Any]) -> None:
    names = [operation.label for operation in operations]
    for name in wanted:
        if name not in names:
            every = [operation.label for operation in generated.operations(Path(file), ())]
            raise UsageError(f"{file} has no operation '{name}'", did_you_mean(name, every) or f'there is {every[:1]}')


def _headers(given: Sequence[str], console: Console, secrets: Secrets) -> dict[str, str]:
    found = {}
    for text in given:
        name, colon, value = text.partition(':')
        if not colon or not re.fullmatch(r'[\w-]+', name.strip()):
            raise UsageError(f"--header '{name}' is no NAME: VALUE", "--header 'Authorization: Bearer $TOKEN'")

        def known(match: re.Match[str]) -> str:
            variable = match[1] or match[2]
            if variable not in console.environ:
                raise UsageError(f'--header: there is no environment variable {variable}', f'export {variable}=…')
            secrets.track(console.environ[variable], f'${variable}')
            return console.environ[variable]

        value = NAME.sub(known, value.strip())
        if not value.isprintable():
            raise UsageError(f"--header '{name}' has a letter that no header may have")
        if is_credential(name.strip()):
            secrets.track(value.partition(' ')[2] or value)
        found[name.strip()] = value
    return found


def _repeated(file: str, asked: Asked, seed: int) -> list[str]:
    words = ['apitest', 'contract', file, '--url', asked.url, '--seed', str(seed)]
    if asked.calls != Asked.calls:
        words += ['--calls', str(asked.calls)]
    for header in asked.headers:
        words += ['--header', header]
    return words


class _Screen:
    def __init__(self, console: Console, secrets: Secrets, words: Sequence[str]) -> None:
        self._console, self._secrets, self._words = console, secrets, words

    def say(self, text: str) -> None:
        self._console.print(plain(self._secrets.mask(text)))

    def tested(self, found: Tested) -> None:
        calls = quantity(found.calls, 'call')
        if not found.wrong:
            self.say(f'  ok  {found.name}, {calls}')
            return
        self.say(f'  x   {found.name}, {calls}')
        for wrong in found.wrong:
            self.say('\n'.join(self._failure(found, wrong)))

    def _failure(self, found: Tested, wrong: Wrong) -> Iterator[str]:
        for title, text in wrong.texts:
            yield ''
            yield f'      {found.name}  {title[:1].lower()}{title[1:]}'
            lines = [cut(line, WIDTH) for line in text.splitlines() if line.strip()]
            yield from (f'          {line}' for line in lines[:LINES])
        exchange = _exchange(wrong)
        yield ''
        yield f'      {exchange.summary}'
        for label, body in (('sent', exchange.sent), ('received', exchange.received)):
            if body.strip():
                yield f'        {label:9} {cut(" ".join(body.split()), SHOWN)}'
        yield ''
        yield f'      repeat    {shlex.join([*self._words, "--operation", found.name])}'
        yield f'      as curl   {as_curl(exchange, self._secrets)}'
        yield ''

    def foot(self, found: Sequence[Tested]) -> int:
        red = sum(bool(one.wrong) for one in found)
        calls = quantity(sum(one.calls for one in found), 'call')
        self.say(f'\n{quantity(red, "operation")} failed, {len(found) - red} passed, {calls}')
        if not found:
            self.say('There is no operation to call.')
        if red or not found:
            return Exit.NO
        return Exit.OK


def _exchange(wrong: Wrong) -> Exchange:
    body = wrong.request.body or b''
    if isinstance(body, bytes):
        body = body.decode('utf-8', 'replace')
    exchange = Exchange(wrong.request.method, wrong.request.url, dict(wrong.request.headers), str(body))
    exchange.status, exchange.reason, exchange.seconds = wrong.status, wrong.reason, wrong.seconds
    exchange.received, exchange.size = wrong.body, len(wrong.body.encode())
    exchange.headers = {'content-type': wrong.kind}
    if not wrong.status:
        exchange.error = 'no answer'
    return exchange
