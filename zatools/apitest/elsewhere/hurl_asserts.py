"""Asserts of Hurl: each query with a predicate as a step, by one table of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from zatools.apitest.elsewhere.call import Line, Raw

STRING = r'"(?:[^"\\]|\\.)*"'
ASSERT = re.compile(
    rf'([a-z0-9]+)(?:[ \t]+({STRING}))?(?:[ \t]+(count))?[ \t]+(not[ \t]+)?([a-zA-Z]+|[=!<>]=?)(?:[ \t]+(\S.*))?'
)
STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\['([^'\]]*)'\]")
#: An attribute of a cookie.
ATTRIBUTE = re.compile(r'([^\[\]]+)\[([A-Za-z-]+)\]')
#: Words of a query: the start of the step, and its denials are those of the check.
SUBJECTS = {
    'jsonpath': 'JSONPath {}',
    'header': 'header {}',
    'xpath': 'XPath {}',
    'cookie': 'cookie {}',
    'body': 'response',
}
#: A predicate: the words for it, those that deny it, and whether it has a value.
PREDICATES: dict[str, tuple[str, str]] = {
    'startsWith': ('starts with {}', 'does not start with {}'), 'endsWith': ('ends with {}', 'does not end with {}'),
    'contains': ('contains text {}', 'does not contain text {}'), 'matches': ('matches {}', 'does not match {}'),
    '>': ('is greater than {}', 'is not greater than {}'), '<': ('is less than {}', 'is not less than {}'),
    '>=': ('is not less than {}', 'is less than {}'), '<=': ('is not greater than {}', 'is greater than {}'),
    'isInteger': ('is any integer', 'is not any integer'), 'isFloat': ('is any float', 'is not any float'),
    'isNumber': ('is any number', 'is not any number'), 'isBoolean': ('is any bool', 'is not any bool'),
    'isString': ('is any string', 'is not any string'), 'isCollection': ('is any list', 'is not any list'),
    'isList': ('is any list', 'is not any list'), 'isObject': ('is any dict', 'is not any dict'),
    'isDate': ('is a date', 'is not a date'), 'isIsoDate': ('is a date', 'is not a date'),
    'isUuid': ('is a UUID', 'is not a UUID'),
}  # fmt: skip


def pointer_of(jsonpath: str) -> str | None:
    """Returns the JSON Pointer that says the same as a JSONPath; None where none does."""
    if not jsonpath.startswith('$'):
        return None
    path, place = '', 1
    while place < len(jsonpath):
        match = STEP.match(jsonpath, place)
        if not match:
            return None
        key = next(piece for piece in match.groups() if piece is not None)
        path += '/' + key.replace('~', '~0').replace('/', '~1')
        place = match.end()
    return path or None


def line_of(text: str) -> Line | None:
    """Returns the step that says what an assert says; None where there is none."""
    match = ASSERT.fullmatch(text.strip())
    if not match:
        return None
    query, argument, count, denied, predicate, value = match.groups()
    is_denied = bool(denied)
    if predicate == '!=':
        predicate, is_denied = '==', True
    if query in WHOLE:
        return WHOLE[query](predicate, value or '', is_denied)
    if query not in SUBJECTS or (argument is None) is not (query == 'body'):
        return None
    words = SUBJECTS[query]
    subject: tuple[str, ...] = ()
    if argument and query == 'cookie' and (attribute := ATTRIBUTE.fullmatch(_unquoted(argument))):
        return _attribute(attribute[1], attribute[2], predicate, value or '', is_denied)
    if argument:
        words, subject = _subject(query, _unquoted(argument))
    if count:
        return _counted(words, subject, predicate, value or '', is_denied)
    return _line(words, subject, predicate, value, is_denied)


def _subject(query: str, argument: str) -> tuple[str, tuple[str, ...]]:
    pointer = None
    if query == 'jsonpath':
        pointer = pointer_of(argument)
    if pointer:
        return 'path {}', (pointer,)
    if query in ('jsonpath', 'xpath'):
        return SUBJECTS[query], (Raw(argument),)
    return SUBJECTS[query], (argument,)


def _attribute(cookie: str, name: str, predicate: str, value: str, is_denied: bool) -> Line | None:
    if predicate == 'exists':
        return Line(('cookie {} has {}', 'cookie {} does not have {}')[is_denied], (cookie, name))
    if predicate != '==' or is_denied:
        return None
    return Line('attribute {} of cookie {} is {}', (name, cookie, _unquoted(value)))


def _counted(words: str, subject: tuple[str, ...], predicate: str, value: str, is_denied: bool) -> Line | None:
    if predicate != '==' or not value.isdigit():
        return None
    has = ('has {} items', 'does not have {} items')[is_denied]
    return Line(f'{words} {has}', (*subject, value))


def _line(words: str, subject: tuple[str, ...], predicate: str, value: str | None, is_denied: bool) -> Line | None:
    if predicate == 'exists':
        return Line(f'{words} {("exists", "does not exist")[is_denied]}', subject)
    if predicate == '==':
        return _equal(words, subject, value or '', is_denied)
    if predicate == 'isEmpty' and words.startswith(('path', 'JSONPath')):
        return Line(f'{words} {("has {} items", "does not have {} items")[is_denied]}', (*subject, '0'))
    if predicate not in PREDICATES:
        return None
    phrase = PREDICATES[predicate][is_denied]
    if '{}' not in phrase:
        return Line(f'{words} {phrase}', subject)
    if not value:
        return None
    return Line(f'{words} {phrase}', (*subject, _value(predicate, value)))


def _value(predicate: str, value: str) -> str:
    text = _unquoted(value)
    if predicate == 'matches':
        return Raw(text)
    return text


def _equal(words: str, subject: tuple[str, ...], value: str, is_denied: bool) -> Line | None:
    verb = ('is', 'is not')[is_denied]
    if words == 'response':
        if is_denied:
            return None
        return Line('response is equal to {}', (_unquoted(value),))
    if value.startswith('"') or words.startswith(('header', 'cookie')):
        return Line(f'{words} {verb} {{}}', (*subject, _unquoted(value)))
    if words.startswith('XPath'):
        return Line(f'{words} {verb} {{}}', (*subject, value))
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return Line(f'{words} {verb} {{}}', (*subject, value))
    return Line(f'{words} {verb} JSON {{}}', (*subject, value))


def _status(predicate: str, value: str, is_denied: bool) -> Line | None:
    if predicate != '==' or not value.isdigit():
        return None
    return Line(('status is {}', 'status is not {}')[is_denied], (value,))


def _duration(predicate: str, value: str, is_denied: bool) -> Line | None:
    if predicate not in ('<', '<=') or not value.isdigit() or is_denied:
        return None
    return Line('response time is less than {} ms', (value,))


def _digest(predicate: str, value: str, is_denied: bool) -> Line | None:
    match = re.fullmatch(r'hex,\s*([0-9a-fA-F]{64});?', value)
    if not match or predicate != '==' or is_denied:
        return None
    return Line('SHA-256 of response is {}', (match[1].lower(),))


WHOLE: dict[str, Callable[[str, str, bool], Line | None]] = {
    'status': _status, 'duration': _duration, 'sha256': _digest,
}  # fmt: skip


def _unquoted(text: str) -> str:
    if text.startswith('/'):
        return text[1:-1].replace('\\/', '/')
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text[1:-1]
