"""Each call against the OpenAPI document of its API, where steps or the project's configuration name one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zatools.apitest.failures import ContractBroken, StepBroken
from zatools.apitest.http.exchange import Exchange
from zatools.apitest.openapi.contract import Call, check
from zatools.apitest.openapi.loaded import load
from zatools.errors import InvalidError
from zatools.screens import quantity

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

#: Rows of a failure: two for each thing that is wrong.
MOST = 20


def describe(context: Context, path: Path, address: str = '') -> None:
    """Has calls checked against a document from now on: those of an address, or all."""
    described = load(path)
    context.zato.setdefault('contracts', {})[address.rstrip('/')] = str(described.files.path)
    context.covered.setdefault(str(described.files.path), {})


def check_call(context: Context, exchange: Exchange) -> None:
    """Raises ContractBroken where a call, or one that a redirect led to, is not as its document describes it."""
    contracts = {**context.described, **context.zato.get('contracts', {})}
    rows: list[str] = []
    hints: list[str] = []
    labels: dict[str, None] = {}
    for call in _calls(exchange):
        address = _fitting(contracts, call.url)
        if address is None:
            continue
        try:
            described = load(Path(contracts[address]))
            outcome = check(described, call, _path(call.url, address))
        except InvalidError as error:
            raise StepBroken(error.text, hint=error.hint) from None
        context.covered.setdefault(contracts[address], {}).update(dict.fromkeys(outcome.covered))
        if outcome.wrong:
            labels[described.label] = None
        rows += outcome.wrong
        hints.append(outcome.hint)
    if rows:
        count = quantity(sum(not row.startswith('  ') for row in rows), 'place')
        text = f'the call is not as {" and ".join(labels)} describes it, in {count}'
        raise ContractBroken(text, hint=next(filter(None, hints), ''), detail=rows[:MOST])


def _fitting(contracts: dict[str, str], url: str) -> str | None:
    # The longest address that a URL begins with; '' is that of any.
    for address in sorted(contracts, key=len, reverse=True):
        if not address or url == address or url.startswith((f'{address}/', f'{address}?')):
            return address
    return None


def _path(url: str, address: str) -> str:
    return urlsplit(url).path[len(urlsplit(address).path) :] or '/'


def _calls(exchange: Exchange) -> Iterator[Call]:
    # Those that were redirected, whose answers are known by their status alone, and the last one.
    requests = [(exchange.method, exchange.url, exchange.sent_headers, exchange.sent)]
    requests += [(hop.method, hop.url, hop.headers, hop.body) for hop in exchange.hops]
    host = urlsplit(exchange.url).netloc
    statuses = (*exchange.statuses, exchange.status)
    for number, ((method, url, headers, body), status) in enumerate(zip(requests, statuses, strict=True), 1):
        if urlsplit(url).netloc != host:
            # Another system answers there.
            return
        content: str | None = body
        if exchange.is_sent_binary:
            content = None
        if number == len(requests):
            answer: str | None = exchange.received
            if exchange.binary:
                answer = None
            yield Call(method, url, headers, content, status, exchange.headers, answer)
        else:
            yield Call(method, url, headers, content, status)
