"""The module for `import zato.apitest.steps.json`."""

from __future__ import annotations

import json as json
import uuid as uuid
from ast import literal_eval as literal_eval
from collections.abc import Callable
from typing import Any

from behave import given as given, then as then
from jsonpointer import resolve_pointer as get_pointer, set_pointer as _set_pointer

from zatools.apitest.shim import INVALID as INVALID, Invalid as Invalid, util as util
from zatools.apitest.shim.datadiff import assert_equals
from zatools.apitest.shim.process import CURRENT
from zatools.apitest.steps import answer
from zatools.apitest.values import bunch as bunch

int_types = (int,)


def set_pointer(ctx: Any, path: str, value: Any) -> None:
    """Sets a value in the JSON request."""
    content = ctx.zato.request.get('data_impl')
    if not content and content != {}:
        raise ValueError('there is no request to set a path in')
    _set_pointer(content, path, value)


def assert_value(ctx: Any, path: str, value: Any, wrapper: Callable[[Any], Any] | None = None) -> bool:
    """Fails where the value at a path of the answer is another one."""
    if 'data_impl' not in ctx.zato.response:
        raise ValueError('the answer is no JSON')
    expected = value
    if wrapper:
        expected = wrapper(value)
    assert_equals(expected, get_pointer(ctx.zato.response.data_impl, path))
    return True


def needs_json(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a step of a project: it fails where answers are no JSON."""

    def inner(ctx: Any, **kwargs: Any) -> Any:
        request = ctx.zato.request
        if (request.get('response_format') or request.get('format') or 'JSON') != 'JSON':
            raise TypeError('this step needs an answer in JSON')
        return func(ctx, **kwargs)

    return inner


def then_json_response_exists(ctx: Any) -> bool:
    """Fails where the answer is empty."""
    answer.json_exists(CURRENT.active())
    return True


def then_json_response_doesnt_exist(ctx: Any) -> bool:
    """Fails where the answer is not empty."""
    answer.json_does_not_exist(CURRENT.active())
    return True


def __getattr__(name: str) -> Any:
    from zatools.apitest.shim.steps.functions import find

    if function := find(name):
        return function
    raise AttributeError(f"there is no '{name}' in our zato.apitest.steps.json")
