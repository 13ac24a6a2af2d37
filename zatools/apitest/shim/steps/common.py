"""The module for `import zato.apitest.steps.common`."""

from __future__ import annotations

import logging
from typing import Any

import requests as req_api  # noqa: F401
from jsonpointer import resolve_pointer as get_pointer  # noqa: F401
from requests.auth import HTTPBasicAuth as HTTPBasicAuth

from zatools.apitest.shim import util
from zatools.apitest.shim.datadiff import assert_equals as assert_equals
from zatools.apitest.shim.process import CURRENT
from zatools.apitest.shim.steps.json import needs_json as needs_json
from zatools.apitest.state import calling, formats
from zatools.apitest.steps import answer, request, storing
from zatools.apitest.values.bunch import Bunch as Bunch
from zatools.apitest.values.readers import as_literal

logger = logging.getLogger('apitest')


def invoke_http(ctx: Any, adapters: Any = None) -> None:
    """Sends the request and keeps the answer; `adapters` are those of requests."""
    calling.call(CURRENT.active(), adapters)


when_the_url_is_invoked = invoke_http


def set_request_format(ctx: Any, format: str) -> None:
    """Sets the format of requests."""
    request.set_format(CURRENT.active(), format)


def given_request_impl(ctx: Any, data: str) -> None:
    """Makes a text the body of requests."""
    formats.take_request(CURRENT.active(), data, 'the request', 'data')


def variable_is(variable: Any, value: str) -> None:
    """Fails where a variable is not the Python value in a text."""
    if as_literal(value) != variable:
        raise AssertionError(f'Value `{variable!r}` is not equal to expected `{value}`')


@util.obtain_values
def then_status_is(ctx: Any, expected_status: Any = None) -> bool:
    """Fails where the status is another one."""
    answer.status_is(CURRENT.active(), expected_status)
    return True


@util.obtain_values
def then_store_path_under_name(ctx: Any, path: str, name: str) -> None:
    """Stores the value at a path of the answer."""
    storing.store_from_answer(CURRENT.active(), path, name)


@util.obtain_values
def then_store_path_under_name_with_default(ctx: Any, path: str, name: str, default: Any) -> None:
    """Stores the value at a path of the answer, or a default."""
    storing.store_with_default(CURRENT.active(), path, name, default)


def __getattr__(name: str) -> Any:
    from zatools.apitest.shim.steps.functions import find

    if function := find(name):
        return function
    raise AttributeError(f"there is no '{name}' in our zato.apitest.steps.common")
