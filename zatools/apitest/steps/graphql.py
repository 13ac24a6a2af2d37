"""Steps for GraphQL: a query goes by POST, its variables beside it, and errors of an answer are errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from zatools.apitest.failures import NOTHING, AnsweredFailed, StepBroken, StepFailed, Words
from zatools.apitest.project import files
from zatools.apitest.state import answers, calling, formats, named_files
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.phrase import GIVEN, THEN, WHEN, Phrase, in_section
from zatools.apitest.values import pointer
from zatools.apitest.values.compare import same, show
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.readers import as_json
from zatools.screens import quantity

#: What an answer may be; servers of before 2025 know JSON alone.
ACCEPT = 'application/graphql-response+json, application/json;q=0.9'
QUERY = 'query ($id: ID!) { user(id: $id) { name } }'
#: Errors, and characters of each, that a failure shows.
LISTED, SHOWN = 10, 300


def set_variable(context: Context, name: Any, value: Any) -> None:
    """Sets a variable of later queries; a name as a whole keeps its type."""
    _variables(context)[str(name)] = value


def set_variables(context: Context, text: Any) -> None:
    """Sets all variables of later queries."""
    found = as_object(text)
    kept = _variables(context)
    kept.clear()
    kept.update({name: expand(context, value) for name, value in found.items()})


def as_object(text: Any) -> dict[str, Any]:
    """Returns the object of JSON in a text; raises StepBroken where there is none."""
    found = as_json(text, 'variables')
    if not isinstance(found, dict):
        raise StepBroken('variables are an object of JSON', at='variables', hint='{"id": 1}')
    return found


def set_operation(context: Context, name: Any) -> None:
    """Chooses the operation of later queries that have several."""
    context.zato.request['graphql_operation'] = str(name)


def _variables(context: Context) -> dict[str, Any]:
    found: dict[str, Any] = context.zato.request.setdefault('graphql_variables', {})
    return found


def run(context: Context, query: Any, is_right: bool = True) -> None:
    """Sends a query; with `is_right` errors in the answer are failures."""
    request, text = context.zato.request, str(query)
    if not text.strip():
        raise StepBroken('the query is empty', at='graphql')
    content: dict[str, Any] = {'query': text}
    if variables := _variables(context):
        content['variables'] = variables
    if operation := request.get('graphql_operation'):
        content['operationName'] = operation
    request.method = 'POST'
    formats.set_request(request, 'JSON')
    formats.take_request(context, _as_json(content), 'the query', 'graphql')
    _call(context)
    found = _errors(context)
    if is_right and found:
        text = f'the answer has {quantity(len(found), "error")}'
        raise AnsweredFailed(text, at='graphql', detail=_listed(found), hint=_hint(found))


def _as_json(content: Any) -> str:
    try:
        return json.dumps(content)
    except (TypeError, ValueError):
        raise StepBroken('a variable holds what is no JSON', at='graphql') from None


def _call(context: Context) -> None:
    headers = context.zato.request.headers
    if any(name.lower() == 'accept' for name in headers):
        calling.call(context)
        return
    headers['Accept'] = ACCEPT
    try:
        calling.call(context)
    finally:
        # Calls that are no queries take what they took.
        headers.pop('Accept', None)


def run_any(context: Context, query: Any) -> None:
    """Sends a query whose answer may have errors."""
    run(context, query, is_right=False)


def run_file(context: Context, file: Any) -> None:
    """Sends the query of a file."""
    path = named_files.find(context, str(file), 'request', ['GRAPHQL'], 'file')
    run(context, files.read(path, 'file'))


def _errors(context: Context) -> list[Any]:
    try:
        document = answers.json(context)
    except StepFailed as error:
        raise AnsweredFailed(error.text, at='graphql') from None
    if not isinstance(document, dict) or not document.keys() & {'data', 'errors'}:
        raise AnsweredFailed('the answer has neither data nor errors, so it is none of GraphQL', at='graphql',
                             hint='is the path that of its endpoint? Given URL path "/graphql"')  # fmt: skip
    found = document.get('errors') or []
    if not isinstance(found, list):
        raise AnsweredFailed('the errors of the answer are no list', at='graphql')
    return found


def _hint(found: list[Any]) -> str:
    # Servers say what is missing in words of their own, which all name the variable.
    if any('$' in _message(one) for one in found):
        return 'Given GraphQL variable "id" is "…"'
    return 'an answer that must have errors: When GraphQL query "…" is run, which may fail'


def _message(error: Any) -> str:
    if isinstance(error, dict):
        return str(error.get('message', ''))
    return str(error)


def _listed(found: list[Any]) -> list[str]:
    rows = [f'{number}  {_shown(error)}' for number, error in enumerate(found[:LISTED], 1)]
    if len(found) > LISTED:
        rows.append(f'and {len(found) - LISTED} more')
    return rows


def _shown(error: Any) -> str:
    pieces = [' '.join(_message(error).split()).rstrip('.')]
    if isinstance(error, dict):
        if path := error.get('path'):
            pieces.append(f'at {show(path, 80)}')
        place = pointer.find(error, '/locations/0')
        if isinstance(place, dict):
            pieces.append(f'line {place.get("line")} column {place.get("column")} of the query')
        code = pointer.find(error, '/extensions/code')
        if code is not NOTHING:
            pieces.append(f'code {show(code, 80)}')
    return cut(', '.join(pieces), SHOWN)


def has_no_errors(context: Context) -> None:
    """Fails where the answer has errors."""
    if found := _errors(context):
        actual = Words(quantity(len(found), 'error'))
        raise StepFailed('', expected=Words('no error'), actual=actual, detail=_listed(found))


def _has_error(context: Context, at: str, wanted: str, fits: Callable[[Any], bool]) -> None:
    found = _errors(context)
    if not any(fits(error) for error in found):
        actual = Words('no error')
        if found:
            actual = Words(f'{quantity(len(found), "error")}, and none of them is it')
        raise StepFailed('', at=at, expected=Words(f'an error with {wanted}'), actual=actual, detail=_listed(found))


def has_error(context: Context, text: Any) -> None:
    """Fails where no error has a text in its message."""
    _has_error(context, 'text', f'the text {show(text, 80)}', lambda error: str(text) in _message(error))


def has_error_with(context: Context, path: Any, value: Any) -> None:
    """Fails where no error has a value at a path."""
    wanted = f'{path} {show(value, 80)}'
    _has_error(context, 'value', wanted, lambda error: same(pointer.find(error, str(path)), value))


_sends = partial(Phrase, group=WHEN, origin='', acts=True, checks=True)
PHRASES = (
    *in_section(
        'GraphQL',
        Phrase('GraphQL variable "{name}" is "{value}"', GIVEN, set_variable, '',
               'sets a variable of later queries: a text, or a name with its type', ('id', '#id')),
        Phrase('GraphQL variables are "{variables}"', GIVEN, set_variables, '', 'sets all of them, written as JSON',
               ('{"id": 1}',), reads={'variables': as_object}),
        Phrase('GraphQL operation is "{name}"', GIVEN, set_operation, '', 'chooses one of several in a query',
               ('User',)),
        _sends('GraphQL query "{graphql}" is run', run=run,
               doc='sends it by POST; errors in the answer are failures', values=(QUERY,)),
        _sends('GraphQL query "{graphql}" is run, which may fail', run=run_any,
               doc='sends it by POST; errors in the answer are for checks', values=('{ user(id: "-1") { name } }',)),
        _sends('GraphQL query of file "{file}" is run', run=run_file,
               doc='sends that of a file beside the feature, or in features/graphql/request/',
               values=('user.graphql',), files={'file': 'request'}),
    ),
    *in_section(
        'GraphQL',
        Phrase('GraphQL has no errors', THEN, has_no_errors, '', 'the answer has no errors'),
        Phrase('GraphQL has an error with text "{text}"', THEN, has_error, '', 'the message of an error has this in it',
               ('no such user',)),
        Phrase('GraphQL has an error with path "{path}" is "{value}"', THEN, has_error_with, '',
               'an error has this value', ('/extensions/code', 'NOT_FOUND')),
    ),
)  # fmt: skip
