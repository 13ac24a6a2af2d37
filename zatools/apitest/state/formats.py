"""What a body is: JSON, XML, RAW or FORM; reading texts into it and writing it out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.http.exchange import cut
from zatools.apitest.values import json_text
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

FORMATS = ('JSON', 'XML', 'RAW', 'FORM')
FLAGS = {'is_json': 'JSON', 'is_xml': 'XML', 'is_raw': 'RAW', 'is_form': 'FORM'}
EXCERPT = 200
#: What some servers write before UTF-8; RFC 8259 lets who reads JSON pass over it.
BYTE_ORDER_MARK = '\ufeff'


def chosen(value: Any) -> str:
    """Returns a format's name as it is written; raises where there is no such format."""
    name = str(value).upper()
    if name not in FORMATS:
        raise StepBroken(f"there is no format '{value}'", at='format', hint=f'formats are {", ".join(FORMATS)}')
    return name


def set_request(request: Bunch, name: str) -> None:
    """Makes a format the one of the requests from here on."""
    request.format = name
    for flag, of in FLAGS.items():
        request[flag] = of == name
    # What was given before as the other sort of body is replaced by what this format says.
    if name != 'FORM':
        forget_form(request)
    elif request.get('read_as') != 'FORM':
        forget_body(request)


def forget_form(request: Bunch) -> None:
    """Takes fields and files of a form away."""
    for part in ('form', 'files'):
        request.pop(part, None)


def forget_body(request: Bunch) -> None:
    """Takes away what is no form: JSON, XML or a text."""
    for part in ('data', 'read_as'):
        request.pop(part, None)
    request.data_impl = None


def of_request(request: Bunch) -> str:
    """Returns the format of requests; JSON where none is given."""
    return str(request.get('format') or 'JSON').upper()


def of_response(request: Bunch) -> str:
    """Returns the format that answers are read in."""
    return str(request.get('response_format') or request.get('format') or 'JSON').upper()


def parsed_json(text: str, source: str, parameter: str) -> Any:
    """Returns the JSON of a request; the error says where it goes wrong."""
    try:
        return json_text.strictly(text, source, parameter)
    except (ValueError, RecursionError) as error:
        if what := json_text.unread(error):
            raise StepBroken(f'{source} {what}', at=parameter) from None
        rows = text.splitlines() or ['']
        line, column = getattr(error, 'lineno', 1), getattr(error, 'colno', 1)
        row = rows[line - 1] if line <= len(rows) else ''
        detail = (
            [f'{line:5} | {cut(row, 100)}', f'      | {" " * (column - 1)}^'] if len(rows) > 1 and column < 100 else []
        )
        message = getattr(error, 'msg', 'it is not readable')
        raise StepBroken(f'{source} is no JSON: {message}, line {line}, column {column}', at=parameter,
                         detail=detail) from None  # fmt: skip


def parsed_xml(text: str, source: str, parameter: str) -> Any:
    """Returns the XML tree of a text; entities of others' files are not fetched."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False)
    try:
        return etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise StepBroken(f'{source} is no XML: {error.msg}', at=parameter) from None


READERS: dict[str, Callable[[str, str, str], Any]] = {'JSON': parsed_json, 'XML': parsed_xml}
AGAIN = 'give the request after its format: Given request is "…"'


def take_request(context: Context, text: str, source: str, parameter: str) -> None:
    """Makes a text the body of the requests from here on."""
    request = context.zato.request
    name = of_request(request)
    content = READERS[name](text, source, parameter) if name in READERS else text
    forget_form(request)
    request.data, request.data_impl, request.read_as = text, content, name


def content_as(request: Bunch, name: str) -> Any:
    """Returns the body, read anew where its format was changed after it was given."""
    content, before = request.get('data_impl'), request.get('read_as') or name
    if before == name or content is None:
        return content
    if name in READERS and not isinstance(content, str):
        raise StepBroken(f'the format is {name} now, and the request was given as {before}', hint=AGAIN)
    if name in READERS:
        return READERS[name](content, 'the request', '-')
    return as_text(content)


def as_text(content: Any) -> Any:
    """Returns a document as the text that is sent."""
    if isinstance(content, (dict, list)):
        return json.dumps(content, indent=2)
    if not type(content).__module__.startswith('lxml'):
        return content
    from lxml import etree

    return etree.tostring(content)


def answer_text(context: Context) -> str:
    """Returns the text of the last answer; raises where there is none."""
    response = context.zato.get('response')
    if not response or not ('data_text' in response or hasattr(response.get('data'), 'text')):
        raise no_answer(context)
    return unmarked(response.data_text if 'data_text' in response else response.data.text)


def unmarked(text: Any) -> str:
    """Returns a text without its byte order mark."""
    return str(text).removeprefix(BYTE_ORDER_MARK)


def no_answer(context: Context) -> StepBroken:
    """Returns the error of a step that looks at an answer when there is none."""
    return StepBroken('there is no answer yet', hint='call first: When the URL is invoked')


def answer_json(context: Context) -> Any:
    """Returns the last answer's JSON; the failure of another answer says what came back."""
    response = context.zato.get('response')
    if response and 'data_impl' in response and not isinstance(response.data_impl, str):
        return response.data_impl
    text = answer_text(context)
    try:
        return read_json(context, text)
    except (ValueError, RecursionError) as error:
        what = json_text.unread(error) or f'is no JSON: {came_back(context, text)}'
        raise StepFailed(f'the answer {what}', at='path') from None


def read_json(context: Context, text: str) -> Any:
    """Returns what the JSON of an answer says, and notes what is odd about it."""
    value, odd = json_text.loads(text)
    note(context, odd)
    return value


def note(context: Context, odd: Iterable[str]) -> None:
    """Notes what is odd about the answer, once a scenario."""
    rows = [f'the answer is odd: {text}' for text in odd]
    context.notes.extend(row for row in rows if row not in context.notes)


def came_back(context: Context, text: str) -> str:
    """Returns words for an answer that is not what a step expects."""
    exchange = context.exchange
    status = f'{exchange.status} {exchange.reason}, ' if exchange else ''
    kind = (exchange.content_type if exchange else '') or 'no Content-Type'
    if not text.strip():
        return f'{status}{kind}, an empty body'
    if exchange and exchange.binary:
        return f'{status}{exchange.binary}'
    return f'{status}{kind}, {cut(" ".join(text.split()), EXCERPT)}'


def answer_tree(context: Context) -> Any:
    """Returns the last answer's XML tree."""
    text = answer_text(context)
    try:
        return parsed_xml(text, 'the answer', 'xpath')
    except StepBroken:
        raise StepFailed(f'the answer is no XML: {came_back(context, text)}', at='xpath') from None
