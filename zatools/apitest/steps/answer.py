"""Steps that check an answer as a whole: status, headers, body, time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed, Words
from zatools.apitest.project import files
from zatools.apitest.state import answers, calling, formats, named_files
from zatools.apitest.state.context import Context
from zatools.apitest.steps import answer_bytes
from zatools.apitest.steps.assertions import AT_PATH, answered, at_path, header, run_check
from zatools.apitest.steps.checks import HAS_ITEM
from zatools.apitest.steps.json_schema import Source, broken
from zatools.apitest.steps.phrase import THEN, Phrase, in_section
from zatools.apitest.values import json_text, lookalikes, pointer
from zatools.apitest.values.compare import differences, explain, show
from zatools.apitest.values.excerpts import is_binary
from zatools.apitest.values.readers import as_integer, as_json, as_list, as_number
from zatools.screens import quantity

JSON_TEXT = '{"user_name": "my.user"}'
#: A class of statuses.
CLASS = re.compile('([1-5])xx', re.IGNORECASE)
#: Lines of a comparison of two texts that a failure shows.
DIFF_LINES = 40


def as_status(value: Any) -> range:
    """Returns the statuses that a text stands for: one, or all of a class (2xx)."""
    if match := CLASS.fullmatch(str(value).strip()):
        first = int(match[1]) * 100
        return range(first, first + 100)
    try:
        status = as_integer(value)
    except StepBroken:
        hint = 'a status is a number, or a class of them: 200, 2xx'
        raise StepBroken(f"'{value}' is no status", at='status', hint=hint) from None
    return range(status, status + 1)


def as_statuses(values: Any) -> list[range]:
    """Returns the statuses in a comma-separated list."""
    return [as_status(item) for item in as_list(values)]


def status_is(context: Context, status: Any) -> None:
    """Fails where the status is another one."""
    exchange = answered(context)
    if exchange.status not in as_status(status):
        actual = Words(f'{exchange.status} {exchange.reason}')
        raise StepFailed('', at='status', expected=Words(str(status)), actual=actual)


def status_is_not(context: Context, status: Any) -> None:
    """Fails where the status is this one."""
    exchange = answered(context)
    if exchange.status in as_status(status):
        actual = Words(f'{exchange.status} {exchange.reason}')
        raise StepFailed('', at='status', expected=Words(f'not {status}'), actual=actual)


def status_is_one_of(context: Context, statuses: Any) -> None:
    """Fails where the status is none of these."""
    exchange = answered(context)
    if not any(exchange.status in wanted for wanted in as_statuses(statuses)):
        expected = Words(f'one of {statuses}')
        raise StepFailed('', at='status', expected=expected, actual=Words(f'{exchange.status} {exchange.reason}'))


def message_is(context: Context, message: Any) -> None:
    """Fails where the words beside the status are other ones."""
    actual = answered(context).reason
    if actual != str(message):
        raise StepFailed('', at='message', expected=str(message), actual=actual)


def header_has_values(context: Context, name: Any, values: Any) -> None:
    """Fails where a header that may be there several times has other values, or has them in another order."""
    header(context, name)
    wanted, actual = as_list(values), calling.header_rows(context, str(name))
    if actual != wanted:
        raise StepFailed('', at='values', expected=wanted, actual=actual)


def header_exists(context: Context, name: Any) -> None:
    """Fails where the header is missing."""
    header(context, name)


def header_does_not_exist(context: Context, name: Any) -> None:
    """Fails where there is such a header."""
    if str(name) in answered(context).headers:
        raise StepFailed('', at='header', expected=Words('no such header'), actual=answered(context).headers[str(name)])


def path_exists(context: Context, path: Any) -> None:
    """Fails where the path leads nowhere."""
    pointer.get(answers.json(context), str(path))


def path_does_not_exist(context: Context, path: Any) -> None:
    """Fails where the path leads to a value."""
    value = pointer.find(answers.json(context), str(path))
    if value is not NOTHING:
        raise StepFailed('', at='path', expected=Words('no such path'), actual=value)


def json_exists(context: Context) -> None:
    """Fails where the answer's JSON is empty."""
    document = answers.json(context)
    if not document:
        raise StepFailed('', expected=Words('JSON that is not empty'), actual=document)


def json_does_not_exist(context: Context) -> None:
    """Fails where the answer's JSON is not empty."""
    if answers.text(context).strip() and (document := answers.json(context)):
        raise StepFailed('', expected=Words('empty JSON'), actual=document)


def compare_json(expected: Any, actual: Any, at: str, is_subset: bool = False) -> None:
    """Fails with all places where two documents differ."""
    places = list(differences(expected, actual, is_subset=is_subset))
    if not places:
        return
    if len(places) > 1:
        raise StepFailed(f'the answer differs in {quantity(len(places), "place")}', at=at, detail=explain(places))
    if places[0].path:
        raise StepFailed('the answer differs in one place', at=at, detail=explain(places))
    raise StepFailed('', at=at, expected=expected, actual=actual)


def json_is(context: Context, expected: Any) -> None:
    """Fails where the whole answer is another JSON."""
    compare_json(as_json(expected, 'expected'), answers.json(context), 'expected')


def json_contains(context: Context, expected: Any) -> None:
    """Fails where one of the given keys has another value; the answer may have further keys."""
    compare_json(as_json(expected, 'json'), answers.json(context), 'json', is_subset=True)


def json_does_not_contain(context: Context, expected: Any) -> None:
    """Fails where all of the given keys have these values."""
    wanted = as_json(expected, 'json')
    if not list(differences(wanted, answers.json(context), is_subset=True)):
        raise StepFailed('all of it is there', at='json', expected=Words(f'an answer without {show(wanted)}'))


def response_is(context: Context, expected: Any) -> None:
    """Fails where the whole answer is another one; the two are compared as JSON where both are, else as texts."""
    _compare(context, expected, 'expected')


def response_is_file(context: Context, name: Any) -> None:
    """Fails where the whole answer is not that of a file; the two are compared as bytes where one is no text."""
    path = response_file(context, name, 'path')
    data = files.read_bytes(path, 'path')
    if is_binary(data) or is_binary(answer_bytes.received(context)) or not _is_utf8(data):
        answer_bytes.compare_bytes(context, data, 'path')
    else:
        _compare(context, files.read(path, 'path'), 'path')


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _compare(context: Context, expected: Any, at: str) -> None:
    text = answers.text(context)
    if not isinstance(expected, str):
        # A stored value keeps its type.
        compare_json(expected, answers.json(context), at)
        return
    if context.exchange and context.exchange.binary:
        # The text of bytes that are none has lost what they were.
        answer_bytes.compare_text(context, expected, at)
        return
    wanted, actual = _json_or_nothing(expected), _json_or_nothing(text)
    if formats.of_response(context.zato.request) == 'JSON' and wanted is not NOTHING and actual is not NOTHING:
        if isinstance(actual, str) and context.is_compat and actual == expected:
            # zato-apitest compares a JSON text without its quotes.
            return
        compare_json(wanted, actual, at)
    elif text != expected and actual != expected:
        looks = lookalikes.hint(expected, text)
        raise StepFailed('', at=at, expected=expected, actual=text, detail=_text_diff(expected, text), hint=looks)


def _json_or_nothing(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING


def _text_diff(expected: str, actual: str) -> list[str]:
    from difflib import unified_diff

    if expected.rstrip('\r\n') == actual.rstrip('\r\n'):
        return ['only the newlines at the end differ']
    if '\n' not in expected + actual or '\0' in expected + actual:
        return []
    rows = list(unified_diff(expected.splitlines(), actual.splitlines(), 'expected', 'actual', lineterm='', n=1))
    if len(rows) > DIFF_LINES:
        return [*rows[:DIFF_LINES], f'and {len(rows) - DIFF_LINES} more lines']
    return rows


def response_file(context: Context, name: Any, parameter: str) -> Path:
    """Returns the file of that name in the folder of answers."""
    request = context.zato.request
    return named_files.find(context, str(name), 'response', [formats.of_response(request), 'json'], parameter)


def path_is_file(context: Context, path: Any, name: Any) -> None:
    """Fails where the value at a path is not the JSON of a file."""
    file = response_file(context, name, 'value')
    expected = json_text.parsed(files.read(file, 'value'), files.shown(file), 'value')
    compare_json(expected, pointer.get(answers.json(context), str(path)), 'value')


def path_contains_file(context: Context, path: Any, name: Any) -> None:
    """Fails where the list at a path has no item that is the JSON of a file."""
    file = response_file(context, name, 'value')
    expected = json_text.parsed(files.read(file, 'value'), files.shown(file), 'value')
    if isinstance(expected, str):
        # The check parses texts as JSON.
        expected = json.dumps(expected)
    run_check(AT_PATH, HAS_ITEM, False, context, path, expected)


def matches_schema(context: Context, name: Any) -> None:
    """Fails where the answer does not fit a JSON Schema."""
    _fit(context, *_schema_file(context, name), answers.json(context))


def path_matches_schema(context: Context, path: Any, name: Any) -> None:
    """Fails where the value at a path does not fit a JSON Schema."""
    _fit(context, *_schema_file(context, name), at_path(context, path))


def matches_given_schema(context: Context, schema: Any) -> None:
    """Fails where the answer does not fit a JSON Schema that the step holds."""
    _fit(context, *_given_schema(context, schema), answers.json(context))


def path_matches_given_schema(context: Context, path: Any, schema: Any) -> None:
    """Fails where the value at a path does not fit a JSON Schema that the step holds."""
    _fit(context, *_given_schema(context, schema), at_path(context, path))


def _schema_file(context: Context, name: Any) -> tuple[Any, Source]:
    file = named_files.find(context, str(name), 'schema', ['json'], 'file')
    label = files.shown(file)
    return json_text.parsed(files.read(file, 'file'), label, 'file'), Source(label, file.parent, 'file')


def _given_schema(context: Context, schema: Any) -> tuple[Any, Source]:
    return as_json(schema, 'schema'), Source('this', context.feature_folder, 'schema')


def _fit(context: Context, schema: Any, source: Source, actual: Any) -> None:
    rows, unchecked = broken(schema, source, Path(context.zato.environment_dir), actual)
    for word in unchecked:
        context.notes.append(f"{source.label}: nothing checks the format '{word}'")
    if rows:
        text = f'the answer breaks the schema in {quantity(len(rows), "place")}'
        raise StepFailed(text, at=source.at, detail=rows[:10])


def is_faster(context: Context, limit: Any) -> None:
    """Fails where the answer took as long as the limit, or longer."""
    took = answered(context).seconds * 1000
    if took >= as_number(limit):
        actual = Words(f'{took:.0f} ms')
        raise StepFailed('', at='ms', expected=Words(f'less than {as_number(limit):g} ms'), actual=actual)


PHRASES = (
    *in_section(
        'Status and headers',
        Phrase('status is "{status}"', THEN, status_is, 'ABO', 'the status is this one, or of this class: 2xx',
               ('200',), reads={'status': as_status}),
        Phrase('status is not "{status}"', THEN, status_is_not, '', 'the status is another one', ('500',),
               reads={'status': as_status}),
        Phrase('status is one of "{status}"', THEN, status_is_one_of, '', 'the status is one of these', ('200, 3xx',),
               reads={'status': as_statuses}),
        Phrase('status message is "{message}"', THEN, message_is, '', 'the words beside the status are these',
               ('Created',)),
        Phrase('header "{header}" has the values "{values}"', THEN, header_has_values, '',
               'the header is there once for each of these, in this order', ('Vary', 'Accept, Origin')),
        Phrase('header "{header}" exists', THEN, header_exists, 'ABO', 'there is such a header', ('X-Zato-CID',)),
        Phrase('header "{header}" does not exist', THEN, header_does_not_exist, 'ABO', 'there is no such header',
               ('X-Debug',)),
    ),
    *in_section(
        'JSON answers',
        Phrase('path "{path}" exists', THEN, path_exists, '', 'there is such a path', ('/user_name',)),
        Phrase('path "{path}" does not exist', THEN, path_does_not_exist, '', 'there is no such path', ('/password',)),
        Phrase('path "{path}" is JSON equal to that from "{value}"', THEN, path_is_file, 'ABO',
               'the value is the JSON of a file in features/json/response/', ('/user', 'user.json'),
               files={'value': 'response'}),
        Phrase('path "{path}" contains data from "{value}"', THEN, path_contains_file, 'ABO',
               'the value is a list that has the JSON of a file as an item', ('/users', 'user.json'),
               files={'value': 'response'}),
        Phrase('JSON response exists', THEN, json_exists, 'ABO', 'the answer is JSON, and neither empty nor 0'),
        Phrase('JSON response does not exist', THEN, json_does_not_exist, 'ABO', 'the answer is empty'),
        Phrase('JSON response is equal to "{expected}"', THEN, json_is, 'ABO', 'the whole answer is this JSON',
               (JSON_TEXT,), reads={'expected': as_json}),
        Phrase('response contains JSON "{json}"', THEN, json_contains, '',
               'the answer has these keys and values, at any depth; it may have others', (JSON_TEXT,),
               reads={'json': as_json}),
        Phrase('response does not contain JSON "{json}"', THEN, json_does_not_contain, '',
               'not all of these keys and values are in the answer', ('{"user_name": "admin"}',),
               reads={'json': as_json}),
        Phrase('response matches schema "{file}"', THEN, matches_schema, '',
               'the answer fits a JSON Schema of features/json/schema/', ('user.json',), files={'file': 'schema'}),
        Phrase('response matches JSON Schema "{schema}"', THEN, matches_given_schema, '',
               'the answer fits this JSON Schema; it may stand below the step', ('{"type": "object"}',),
               reads={'schema': as_json}),
        Phrase('path "{path}" matches schema "{file}"', THEN, path_matches_schema, '',
               'the value fits a JSON Schema of features/json/schema/', ('/user', 'user.json'),
               files={'file': 'schema'}),
        Phrase('path "{path}" matches JSON Schema "{schema}"', THEN, path_matches_given_schema, '',
               'the value fits this JSON Schema; it may stand below the step', ('/user', '{"type": "object"}'),
               reads={'schema': as_json}),
    ),
    *in_section(
        'Answers as a whole',
        Phrase('response is equal to "{expected}"', THEN, response_is, 'ABO',
               'the whole answer is this: compared as JSON where both are, else as texts', (JSON_TEXT,)),
        Phrase('response is equal to that from "{path}"', THEN, response_is_file, 'ABO',
               'the whole answer is that of a file in features/json/response/', ('demo.json',),
               files={'path': 'response'}),
        Phrase('response time is less than "{ms}" ms', THEN, is_faster, '', 'the exchange took less', ('500',),
               reads={'ms': as_number}),
    ),
)  # fmt: skip
