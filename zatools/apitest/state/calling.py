"""The call itself: a request made of what the steps said, sent, its answer kept for the checks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import CallFailed, StepBroken
from zatools.apitest.http import charsets
from zatools.apitest.http.exchange import Exchange
from zatools.apitest.http.recorded import describe, text_of
from zatools.apitest.http.unanswered import peer
from zatools.apitest.state import answers, formats, logins, outgoing
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from zatools.apitest.state.context import Context


def track(context: Context, answer: requests.Response) -> None:
    """Makes secret what an answer, and those that redirected to it, say of tokens and cookies."""
    for response in (*answer.history, answer):
        raw: Any = getattr(response.raw, 'headers', None)
        for header in raw.getlist('Set-Cookie') if hasattr(raw, 'getlist') else ():
            context.secrets.track_cookies(header)
    context.secrets.track_answer(answer.text)


def call(context: Context, adapters: dict[str, Any] | None = None) -> Exchange:
    """Sends the request and keeps the answer; raises CallFailed where there is none."""
    request = context.zato.request
    url, request.method = outgoing.full_address(request), outgoing.method(request)
    context.before_call(url)
    context.zato.full_address = url
    logins.hide(context, url)
    own, auth = outgoing.headers(context), logins.of_steps(context)
    kept = None if auth else logins.from_netrc(context, url)
    headers = dict(own)
    content = {'method': request.method, 'url': url, 'headers': headers, **outgoing.body(request, headers),
               'auth': auth or kept}  # fmt: skip
    if content.get('data') and not request.get('form'):
        request.data = content['data']
    for prefix in ('http://', 'https://') if adapters else ():
        context.transport.session.mount(prefix, adapters)  # type: ignore[arg-type]
    exchange = Exchange(request.method, url, {}, text_of(content.get('data')))
    exchange.fields = outgoing.fields(request) if content.get('files') else ()
    context.exchange = exchange
    context.exchanges.append(exchange)
    context.zato.response = Bunch()
    exchange.options, exchange.has_netrc = outgoing.curl_options(context, kept is not None), kept is not None
    if isinstance(auth, tuple):
        exchange.basic = auth[0].decode(), auth[1].decode()
    start = time.perf_counter()
    try:
        answer, exchange.seconds = context.transport.send(context.zato.http, content)
    except CallFailed as error:
        exchange.seconds = time.perf_counter() - start
        exchange.error = error.text
        raise
    except StepBroken:
        # Nothing was sent.
        context.exchanges.pop()
        raise
    _keep(context, exchange, answer, own)
    return exchange


def _keep(context: Context, exchange: Exchange, answer: requests.Response, own: Any) -> None:
    describe(exchange, answer)
    exchange.added = frozenset(name.lower() for name in exchange.sent_headers) - {name.lower() for name in own}
    track(context, answer)
    _note_left(context, exchange)
    context.answer = answer
    answers.note(context, charsets.oddities(answer))
    response = context.zato.response
    response.data, response.data_text = answer, exchange.received
    if formats.of_response(context.zato.request) != 'JSON':
        response.data_impl = exchange.received
        return
    try:
        response.data_impl = answers.read_json(context, exchange.received)
    except (ValueError, RecursionError):
        # The checks of paths say what came back instead; status and headers can be checked all the same.
        return


def _note_left(context: Context, exchange: Exchange) -> None:
    for hop in exchange.hops:
        gone = [name for name in exchange.sent_headers if name not in hop.headers and name.lower() != 'cookie']
        left = [name for name in gone if context.secrets.is_secret(name, exchange.sent_headers[name])]
        if left:
            text = f'{", ".join(left)} did not go on to {peer(hop.url)}: credentials stay with their host'
            context.notes.extend({text} - set(context.notes))
            return


def last(context: Context) -> Exchange | None:
    """Returns the last exchange: that of our call, or of one that a project's own step made and put into `ctx.zato`."""
    answer = (context.zato.get('response') or {}).get('data')
    if answer is not None and answer is not context.answer and hasattr(answer, 'status_code'):
        context.answer = answer
        context.exchange = Exchange(answer.request.method or '', answer.url, {}, '')
        context.exchange.seconds = answer.elapsed.total_seconds()
        describe(context.exchange, answer)
        track(context, answer)
        context.exchanges.append(context.exchange)
    return context.exchange


def poll(context: Context, seconds: float, is_done: Callable[[], bool]) -> bool:
    """Calls again and again, with growing pauses, until something is so; tells whether it came to be in time."""
    end, pause, tries = time.monotonic() + seconds, 0.1, 0
    while True:
        exchange = call(context)
        tries += 1
        exchange.tries = tries
        if len(context.exchanges) > 1 and tries > 1:
            del context.exchanges[-2]
        if is_done():
            return True
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.6, 2.0)
