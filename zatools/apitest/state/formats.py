"""Formats of a request's body: JSON, XML, RAW or FORM. Texts are parsed by the format, and written by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values import json_text, xml_text
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

FORMATS = ('JSON', 'XML', 'RAW', 'FORM')
FLAGS = {'is_json': 'JSON', 'is_xml': 'XML', 'is_raw': 'RAW', 'is_form': 'FORM'}


def chosen(value: Any) -> str:
    """Returns a format's name in capitals; raises StepBroken where there is no such format."""
    name = str(value).upper()
    if name not in FORMATS:
        raise StepBroken(f"there is no format '{value}'", at='format', hint=f'formats are {", ".join(FORMATS)}')
    return name


def set_request(request: Bunch, name: str) -> None:
    """Sets the format of the following requests."""
    request.format = name
    # Steps of projects read the flags of zato-apitest.
    for flag, format in FLAGS.items():
        request[flag] = format == name
    # A request has either a form or another body: the change of format drops the other one.
    if name != 'FORM':
        forget_form(request)
    elif request.get('read_as') != 'FORM':
        forget_body(request)


def forget_form(request: Bunch) -> None:
    """Removes the fields and files of a form."""
    for part in ('form', 'files'):
        request.pop(part, None)


def forget_body(request: Bunch) -> None:
    """Removes a body that is no form: JSON, XML or a text."""
    for part in ('data', 'read_as'):
        request.pop(part, None)
    request.data_impl = None


def of_request(request: Bunch) -> str:
    """Returns the format of requests; JSON where none is set."""
    return str(request.get('format') or 'JSON').upper()


def of_response(request: Bunch) -> str:
    """Returns the format that answers are read in."""
    return str(request.get('response_format') or request.get('format') or 'JSON').upper()


READERS: dict[str, Callable[[str, str, str], Any]] = {'JSON': json_text.parsed, 'XML': xml_text.parsed}
AGAIN = 'give the request after its format: Given request is "…"'


def take_request(context: Context, text: str, source: str, parameter: str) -> None:
    """Makes a text the body of the following requests."""
    request = context.zato.request
    name = of_request(request)
    content: Any = text
    if name in READERS:
        content = READERS[name](text, source, parameter)
    forget_form(request)
    request.data, request.data_impl, request.read_as = text, content, name


def content_as(request: Bunch, name: str) -> Any:
    """Returns the body; it is parsed anew where the format was changed after it was set."""
    content, before = request.get('data_impl'), request.get('read_as') or name
    if before == name or content is None:
        return content
    # A document of one format can't become one of another; a text may be either.
    if name in READERS and not isinstance(content, str):
        raise StepBroken(f'the format is {name} now, and the request was given as {before}', hint=AGAIN)
    if name in READERS:
        return READERS[name](content, 'the request', '-')
    return as_text(content)


def as_text(content: Any) -> Any:
    """Returns a document as the text that is sent."""
    if isinstance(content, (dict, list)):
        return json.dumps(content, indent=2)
    if xml_text.is_tree(content):
        return xml_text.written(content)
    return content
