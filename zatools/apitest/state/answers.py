"""The last answer: its text, its JSON, its XML, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.http.charsets import unmarked
from zatools.apitest.values import json_text, xml_text
from zatools.apitest.values.excerpts import cut

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

EXCERPT = 200


def text(context: Context) -> str:
    """Returns the text of the last answer; raises where there is none."""
    response = context.zato.get('response')
    if not response or not ('data_text' in response or hasattr(response.get('data'), 'text')):
        raise missing()
    return unmarked(response.data_text if 'data_text' in response else response.data.text)


def missing() -> StepBroken:
    """Returns the error of a step that looks at an answer when there is none."""
    return StepBroken('there is no answer yet', hint='call first: When the URL is invoked')


def json(context: Context) -> Any:
    """Returns the last answer's JSON; the failure of another answer says what came back."""
    response = context.zato.get('response')
    if response and 'data_impl' in response and not isinstance(response.data_impl, str):
        return response.data_impl
    content = text(context)
    try:
        return read_json(context, content)
    except (ValueError, RecursionError) as error:
        what = json_text.unreadable(error) or f'is no JSON: {came_back(context, content)}'
        raise StepFailed(f'the answer {what}', at='path') from None


def read_json(context: Context, content: str) -> Any:
    """Returns what the JSON of an answer says, and notes what is odd about it."""
    value, odd = json_text.parse_lenient(content)
    note(context, odd)
    return value


def note(context: Context, odd: Iterable[str]) -> None:
    """Notes what is odd about the answer, once a scenario."""
    rows = [f'the answer is odd: {words}' for words in odd]
    context.notes.extend(row for row in rows if row not in context.notes)


def came_back(context: Context, content: str) -> str:
    """Returns words for an answer that is not what a step expects."""
    exchange = context.exchange
    status = f'{exchange.status} {exchange.reason}, ' if exchange else ''
    kind = (exchange.content_type if exchange else '') or 'no Content-Type'
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
        raise StepFailed(f'the answer is no XML: {came_back(context, content)}', at='xpath') from None
