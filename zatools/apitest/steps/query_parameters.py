"""Steps for the parameters of a URL's query: they are encoded as they are sent."""

from __future__ import annotations

from typing import Any

from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import GIVEN, Phrase, in_section
from zatools.apitest.values.readers import as_list


def set_parameter(context: Context, name: Any, value: Any) -> None:
    """Sets a parameter, in place of its earlier values."""
    _put(context, name, [value])


def set_parameter_values(context: Context, name: Any, values: Any) -> None:
    """Sets a parameter that is there once for each value."""
    _put(context, name, as_list(values))


def _put(context: Context, name: Any, values: list[Any]) -> None:
    context.zato.request.setdefault('query_parameters', {})[str(name)] = values


def send_none(context: Context) -> None:
    """Forgets the parameters."""
    context.zato.request.pop('query_parameters', None)


PHRASES = in_section(
    'Address and method',
    Phrase('query parameter "{name}" is "{value}"', GIVEN, set_parameter, '',
           'adds it to the URL, encoded; a later value takes its place', ('q', 'a & b')),
    Phrase('query parameter "{name}" has the values "{values}"', GIVEN, set_parameter_values, '',
           'adds it once for each value', ('tag', 'a, b')),
    Phrase('no query parameters are sent', GIVEN, send_none, '', 'forgets them'),
)  # fmt: skip
