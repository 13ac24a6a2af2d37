"""The call: a request is made of what steps have set, and sent; its answer is kept for checks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import CallFailed, StepBroken
from zatools.apitest.http import charsets, tracing
from zatools.apitest.http.exchange import Exchange
from zatools.apitest.http.recorded import describe, text_of
from zatools.apitest.http.unanswered import peer
from zatools.apitest.state import again, answers, formats, logins, outgoing
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from zatools.apitest.state.context import Context


def track(context: Context, answer: requests.Response) -> None:
    """Makes the tokens and cookies of an answer secret, and the cookies of those that redirected to it."""
    for response in (*answer.history, answer):
        raw: Any = getattr(response.raw, 'headers', None)
        # An answer that a step of the project's own has made up has no raw headers.
        if hasattr(raw, 'getlist'):
            for header in raw.getlist('Set-Cookie'):
                context.secrets.track_cookies(header)
    context.secrets.track_answer(answer.text)


def call(context: Context, adapters: dict[str, Any] | None = None) -> Exchange:
    """Sends the request and keeps the answer, again where steps say so; raises CallFailed where none comes."""
    exchange = _sent(context, adapters)
    if again.refreshed(context, exchange.status):
        exchange = _sent(context, adapters)
        exchange.tries = 2
    if context.described or context.zato.get('contracts'):
        # It needs libraries that other calls do without.
        from zatools.apitest.state import contract

        contract.check_call(context, exchange)
    return exchange


def _sent(context: Context, adapters: dict[str, Any] | None) -> Exchange:
    request = context.zato.request
    url, request.method = outgoing.full_address(request), outgoing.method(request)
    context.before_call(url)
    context.zato.full_address = url
    logins.hide(context, url)
    own, auth = outgoing.headers(context), logins.of_steps(context)
    netrc = None
    if not auth:
        netrc = logins.from_netrc(context, url)
    headers = dict(own)
    content = {'method': request.method, 'url': url, 'headers': headers, 'auth': auth or netrc}
    content |= outgoing.body(request, headers)
    content['cookies'] = outgoing.cookies(context)
    if content.get('data') and not request.get('form'):
        request.data = content['data']
    if adapters:
        _mount(context, adapters)
    trace = tracing.begin(headers)
    exchange = _begun(context, content, has_netrc=netrc is not None)
    exchange.trace = trace or tracing.id_of(own)
    exchange.is_own_trace = not trace
    exchange.basic = logins.shown(auth)
    start = time.perf_counter()
    try:
        answer, exchange.seconds = context.transport.send(context.zato.http, content)
    except CallFailed as error:
        exchange.seconds = time.perf_counter() - start
        exchange.error = error.text
        raise
    except StepBroken:
        # Nothing was sent, so reports have no call to show.
        context.exchanges.pop()
        raise
    _keep(context, exchange, answer, own)
    return exchange


def _mount(context: Context, adapters: Any) -> None:
    for prefix in ('http://', 'https://'):
        context.transport.session.mount(prefix, adapters)


def _begun(context: Context, content: dict[str, Any], has_netrc: bool) -> Exchange:
    # The exchange of a request that is about to be sent; the answer of the last one is gone.
    exchange = Exchange(content['method'], content['url'], {}, text_of(content.get('data')))
    if content.get('files'):
        exchange.fields = outgoing.fields(context.zato.request)
    exchange.options, exchange.has_netrc = outgoing.curl_options(context, has_netrc), has_netrc
    context.exchange = exchange
    context.exchanges.append(exchange)
    context.zato.response = Bunch()
    return exchange


def _keep(context: Context, exchange: Exchange, answer: requests.Response, own: Any) -> None:
    odd = charsets.settle(answer)
    describe(exchange, answer)
    exchange.added = frozenset(name.lower() for name in exchange.sent_headers) - {name.lower() for name in own}
    track(context, answer)
    _note_dropped(context, exchange)
    context.answer = answer
    answers.note(context, odd)
    response = context.zato.response
    response.data, response.data_text = answer, exchange.received
    # Steps of projects read `response.data_impl`: the parsed JSON, else the text.
    if formats.of_response(context.zato.request) != 'JSON':
        response.data_impl = exchange.received
        return
    try:
        response.data_impl = answers.read_json(context, exchange.received)
    except (ValueError, RecursionError):
        # Checks of paths will fail with what came back; status and headers can be checked all the same.
        return


def _note_dropped(context: Context, exchange: Exchange) -> None:
    # A redirect to another host loses the credentials, which is why that host may answer 401.
    for hop in exchange.hops:
        missing = [name for name in exchange.sent_headers if name not in hop.headers and name.lower() != 'cookie']
        dropped = [name for name in missing if context.secrets.is_secret(name, exchange.sent_headers[name])]
        if dropped:
            text = f'{", ".join(dropped)} not sent on to {peer(hop.url)}: credentials stay with their host'
            context.notes.extend({text} - set(context.notes))
            return


def last_exchange(context: Context) -> Exchange | None:
    """Returns the last exchange: that of our call, or of a call that a step of the project's own has made."""
    # Such a step puts the answer of requests into `ctx.zato.response.data`.
    answer = (context.zato.get('response') or {}).get('data')
    if answer is not None and answer is not context.answer and hasattr(answer, 'status_code'):
        context.answer = answer
        context.exchange = Exchange(answer.request.method or '', answer.url, {}, '')
        context.exchange.seconds = answer.elapsed.total_seconds()
        charsets.settle(answer)
        describe(context.exchange, answer)
        track(context, answer)
        context.exchanges.append(context.exchange)
    return context.exchange


def header_rows(context: Context, name: str) -> list[str]:
    """Returns the values of a header of the last answer, one for each time that it is there."""
    raw: Any = getattr(getattr(context.answer, 'raw', None), 'headers', None)
    if hasattr(raw, 'getlist'):
        return [str(value) for value in raw.getlist(name)]
    # An answer that a step of the project's own has made up has no raw headers.
    if context.exchange and name in context.exchange.headers:
        return [context.exchange.headers[name]]
    return []


def poll(context: Context, seconds: float, is_done: Callable[[], bool]) -> bool:
    """Calls again and again, with growing pauses, until `is_done`; tells whether that was in time."""
    end, pause, tries = time.monotonic() + seconds, 0.1, 0
    while True:
        exchange = call(context)
        tries += 1
        exchange.tries = tries
        if len(context.exchanges) > 1 and tries > 1:
            # Reports show the last try only, with their number.
            del context.exchanges[-2]
        if is_done():
            return True
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.6, 2.0)
