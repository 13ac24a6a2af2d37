"""The last answer: its text, JSON and XML, with notes on what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.http.charsets import unmarked
from zatools.apitest.values import json_text, xml_text
from zatools.apitest.values.excerpts import cut

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

#: Characters of a body that a message shows.
EXCERPT = 200


def text(context: Context) -> str:
    """Returns the text of the last answer; raises StepBroken where there is none."""
    response: Any = context.zato.get('response') or {}
    if 'data_text' in response:
        return unmarked(response.data_text)
    # A step of the project's own may have called with requests, and put its answer here.
    if hasattr(response.get('data'), 'text'):
        return unmarked(response.data.text)
    raise missing()


def missing() -> StepBroken:
    """Returns the error of a step that needs an answer before there is one."""
    return StepBroken('there is no answer yet', hint='call first: When the URL is invoked')


def json(context: Context) -> Any:
    """Returns the last answer's JSON; raises StepFailed with the answer where it is no JSON."""
    response = context.zato.get('response')
    # A text may be the JSON of an answer whose format was not JSON.
    if response and 'data_impl' in response and not isinstance(response.data_impl, str):
        return response.data_impl
    content = text(context)
    try:
        return read_json(context, content)
    except (ValueError, RecursionError) as error:
        reason = json_text.unreadable(error) or f'is no JSON: {described(context, content)}'
        raise StepFailed(f'the answer {reason}', at='path') from None


def read_json(context: Context, content: str) -> Any:
    """Returns the value of an answer's JSON, and notes what is odd about it."""
    value, oddities = json_text.parse_lenient(content)
    note(context, oddities)
    return value


def note(context: Context, oddities: Iterable[str]) -> None:
    """Notes what is odd about the answer, once a scenario."""
    rows = [f'the answer is odd: {words}' for words in oddities]
    context.notes.extend(row for row in rows if row not in context.notes)


def described(context: Context, content: str) -> str:
    """Returns the status, the media type and the beginning of an answer, for messages about it."""
    exchange = context.exchange
    status, kind = '', 'no Content-Type'
    if exchange:
        status, kind = f'{exchange.status} {exchange.reason}, ', exchange.content_type or kind
    if not content.strip():
        return f'{status}{kind}, an empty body'
    if exchange and exchange.binary:
        return f'{status}{exchange.binary}'
    return f'{status}{kind}, {cut(" ".join(content.split()), EXCERPT)}'


def tree(context: Context) -> Any:
    """Returns the last answer's XML tree."""
    content = text(context)
    try:
        return xml_text.parsed(content, 'the answer', 'xpath')
    except StepBroken:
        raise StepFailed(f'the answer is no XML: {described(context, content)}', at='xpath') from None
