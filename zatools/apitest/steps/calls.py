"""Steps that call: once, or again and again until the answer is the awaited one."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed, Words
from zatools.apitest.secrets import ADDRESS
from zatools.apitest.state import answers, calling
from zatools.apitest.state.context import Context
from zatools.apitest.steps.answer import as_status, as_statuses
from zatools.apitest.steps.assertions import WRONG_TYPE, answered, is_right_but_for_its_type
from zatools.apitest.steps.phrase import WHEN, Phrase, in_section
from zatools.apitest.values import pointer
from zatools.apitest.values.compare import same, show
from zatools.apitest.values.readers import as_integer, as_json, as_list, as_number
from zatools.screens import quantity


def invoke(context: Context) -> None:
    """Sends the request and keeps the answer."""
    calling.call(context)


def invoke_line(context: Context, url_path: Any) -> None:
    """Sends a request whose method and path, or whole address, are in one line."""
    method, url = as_request_line(url_path)
    request = context.zato.request
    request.method = method
    if url.lower().startswith(('http://', 'https://')):
        # Scheme, host and port; the pattern matches any text.
        end = ADDRESS.match(url).end()  # type: ignore[union-attr]
        request.address, url = url[:end], url[end:]
    path, mark, query = url.partition('?')
    request.url_path, request.query_string = path, f'{mark}{query}'
    calling.call(context)


def as_request_line(text: Any) -> tuple[str, str]:
    """Returns the method and the path, or address, of a line such as GET /users."""
    method, _, url = str(text).strip().partition(' ')
    if not url or not method.isalpha() or not method.isupper():
        hint = 'a method in capitals, and a path or an address: "GET /users"'
        raise StepBroken(f"'{text}' is no request in a line", at='url_path', hint=hint)
    return method, url.strip()


def invoke_until_path(context: Context, path: Any, value: Any, seconds: Any) -> None:
    """Calls until the value at a path is this one."""

    def is_done() -> bool:
        return same(_at(context, path), value)

    if calling.poll(context, as_number(seconds), is_done):
        return
    actual = _at(context, path)
    if actual is NOTHING:
        raise _never(context, seconds, value, Words(f'there is no {path}'))
    failure = _never(context, seconds, value, actual)
    if is_right_but_for_its_type(actual, value):
        words = f'is JSON "{show(actual)}"'
        if type(actual) is int:
            words = f'is an integer "{actual}"'
        step = f'When the URL is invoked until path "{path}" {words}, for up to "{seconds}" seconds'
        failure.hints += [WRONG_TYPE, f'    {step}']
    raise failure


def invoke_until_integer(context: Context, path: Any, value: Any, seconds: Any) -> None:
    """Calls until the value at a path is this whole number."""
    invoke_until_path(context, path, as_integer(value), seconds)


def invoke_until_json(context: Context, path: Any, value: Any, seconds: Any) -> None:
    """Calls until the value at a path is this JSON."""
    invoke_until_path(context, path, as_json(value), seconds)


def _at(context: Context, path: Any) -> Any:
    try:
        return pointer.find(answers.json(context), str(path))
    except StepFailed:
        return NOTHING


def invoke_until_status(context: Context, status: Any, seconds: Any) -> None:
    """Calls until the status is this one."""
    wanted = as_status(status)
    if not calling.poll(context, as_number(seconds), lambda: answered(context).status in wanted):
        raise _never(context, seconds, Words(str(status)), Words(str(answered(context).status)))


def invoke_until_path_or(context: Context, path: Any, value: Any, seconds: Any, stop: Any) -> None:
    """Calls until the value at a path is this one; fails as soon as it is one that it can't leave."""
    ends = as_list(stop)

    def is_done() -> bool:
        actual = _at(context, path)
        if actual is not NOTHING and _unquoted(actual) in ends:
            raise _stopped(context, value, actual)
        return same(actual, value)

    if not calling.poll(context, as_number(seconds), is_done):
        raise _never(context, seconds, value, _at(context, path))


def invoke_until_status_or(context: Context, status: Any, seconds: Any, stop: Any) -> None:
    """Calls until the status is this one; fails as soon as it is one that ends the matter."""
    wanted, ends = as_status(status), as_statuses(stop)

    def is_done() -> bool:
        actual = answered(context).status
        if actual not in wanted and any(actual in end for end in ends):
            raise _stopped(context, Words(str(status)), Words(str(actual)))
        return actual in wanted

    if not calling.poll(context, as_number(seconds), is_done):
        raise _never(context, seconds, Words(str(status)), Words(str(answered(context).status)))


def _unquoted(value: Any) -> str:
    if isinstance(value, str):
        return value
    return show(value)


def _stopped(context: Context, expected: Any, actual: Any) -> StepFailed:
    tries = quantity(answered(context).tries, 'call')
    return StepFailed(f'after {tries} it is what this stops at', at='stop', expected=expected, actual=actual)


def _never(context: Context, seconds: Any, expected: Any, actual: Any) -> StepFailed:
    number = answered(context).tries
    tries = f'{number} tries'
    if number == 1:
        tries = '1 try'
    text = f'not reached within {as_number(seconds):g} s and {tries}'
    return StepFailed(text, at='value', expected=expected, actual=actual)


def do_nothing(context: Context) -> None:
    """Does nothing: the step is there to be read."""


PHRASES = in_section(
    'Calls',
    Phrase('the URL is invoked', WHEN, invoke, 'ABO', 'sends the request and keeps the answer', acts=True),
    Phrase('"{url_path}" is invoked', WHEN, invoke_line, '', 'sets method and path, or the whole address, and calls',
           ('GET /users/1?full=yes',), acts=True),
    Phrase('the URL is invoked until path "{path}" is "{value}", for up to "{seconds}" seconds', WHEN,
           invoke_until_path, '', 'calls again, with growing pauses, until it is so', ('/state', 'done', '10'),
           acts=True, checks=True, reads={'seconds': as_number}),
    Phrase('the URL is invoked until path "{path}" is an integer "{value}", for up to "{seconds}" seconds', WHEN,
           invoke_until_integer, '', 'calls again, until it is this whole number', ('/looks', '2', '10'),
           acts=True, checks=True, reads={'value': as_integer, 'seconds': as_number}),
    Phrase('the URL is invoked until path "{path}" is JSON "{value}", for up to "{seconds}" seconds', WHEN,
           invoke_until_json, '', 'calls again, until it is this value, written as JSON', ('/looks', '3', '10'),
           acts=True, checks=True, reads={'value': as_json, 'seconds': as_number}),
    Phrase('the URL is invoked until status is "{status}", for up to "{seconds}" seconds', WHEN,
           invoke_until_status, '', 'calls again, with growing pauses, until it is so', ('200', '10'), acts=True,
           checks=True, reads={'status': as_status, 'seconds': as_number}),
    Phrase('the URL is invoked until path "{path}" is "{value}", for up to "{seconds}" seconds, stopping at "{stop}"',
           WHEN, invoke_until_path_or, '', 'calls again, until it is so, or until it is one of those it stays at',
           ('/state', 'done', '10', 'failed, cancelled'), acts=True, checks=True, reads={'seconds': as_number}),
    Phrase('the URL is invoked until status is "{status}", for up to "{seconds}" seconds, stopping at "{stop}"', WHEN,
           invoke_until_status_or, '', 'calls again, until it is so, or until it is one of those it stays at',
           ('200', '10', '4xx'), acts=True, checks=True,
           reads={'status': as_status, 'seconds': as_number, 'stop': as_statuses}),
    Phrase('this scenario is invoked', WHEN, do_nothing, 'B', 'does nothing: it makes a scenario read well'),
    Phrase('this step is invoked', WHEN, do_nothing, 'B', 'does nothing: it makes a scenario read well'),
)  # fmt: skip
