"""Steps that check one value: each subject (a path, a header, …) with each check of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zatools.apitest.failures import StepFailed
from zatools.apitest.state import answers, calling
from zatools.apitest.state.context import Context
from zatools.apitest.steps import items
from zatools.apitest.steps.checks import (
    CHECKS,
    HEADER,
    PATH,
    TYPED,
    VARIABLE,
    XPATH,
    Check,
    expectation,
    is_number,
)  # fmt: skip
from zatools.apitest.steps.phrase import PARAMETER, THEN, Phrase
from zatools.apitest.values import json_path, lookalikes, pointer, xpath
from zatools.apitest.values.compare import Difference, differences, explain, same, show
from zatools.place import nearest
from zatools.screens import quantity


@dataclass(frozen=True)
class Subject:
    """The subject of a check: how a step names it and how its value is found; `is_text` has its numbers in texts."""

    name: str
    words: str
    value: str
    get: Callable[[Context, Any], Any]
    section: str
    is_text: bool = False
    response: bool = True
    reads: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict, hash=False)
    like: str = ''
    is_each: bool = False

    def has(self, check: Check, is_denied: bool) -> bool:
        """Tells whether there is a step for a check of this subject."""
        if is_denied and not check.denial:
            return False
        subjects = check.subjects
        if is_denied and check.denied_subjects is not None:
            subjects = check.denied_subjects
        if not self.like:
            return self.name in subjects
        return self.like in subjects and check.words not in OLD_WORDS


def at_path(context: Context, path: Any) -> Any:
    """Returns the value at a path of the answer."""
    return pointer.get(answers.json(context), str(path))


def at_xpath(context: Context, path: Any) -> str:
    """Returns the text of the one element of the answer that an XPath selects."""
    return xpath.content(xpath.only(answers.tree(context), str(path), context.zato.request.ns_map))


def at_json_path(context: Context, query: Any) -> Any:
    """Returns the value that a query can select alone, else the list of those that it selects."""
    return json_path.get(answers.json(context), str(query))


def each_at_json_path(context: Context, query: Any) -> list[pointer.Selected]:
    """Returns the values that a query selects; none means that there is nothing to check."""
    found = json_path.select(answers.json(context), str(query))
    if not found:
        hint = f'if that is right: JSONPath "{query}" has "0" items'
        raise StepFailed('the query selects nothing, so there is no value to check', at='jsonpath', hint=hint)
    return found


def header(context: Context, name: Any) -> str:
    """Returns a header of the answer; raises StepFailed with the headers that there are where it is missing."""
    exchange = answered(context)
    value = exchange.headers.get(str(name))
    if value is None:
        hint = ''
        if similar := nearest(str(name), exchange.headers):
            hint = f'did you mean "{similar[0]}"? (its value is {show(exchange.headers[similar[0]], 80)})'
        listed = ', '.join(exchange.headers)
        raise StepFailed(f'the answer has no such header. It has: {listed}', at='header', hint=hint)
    return str(value)


def answered(context: Context) -> Any:
    """Returns the last exchange; raises StepBroken where it has no answer."""
    exchange = calling.last_exchange(context)
    if exchange is None or not exchange.status:
        raise answers.missing()
    return exchange


WRONG_TYPE = "the value is right, its type isn't. This would pass:"
QUERY = {'jsonpath': json_path.query}
AT_PATH = Subject(PATH, 'path "{path}"', '/user_name', at_path, 'JSON answers')
SUBJECTS = (
    AT_PATH,
    Subject(HEADER, 'header "{header}"', 'X-Zato-CID', header, 'Status and headers', is_text=True),
    Subject(VARIABLE, 'variable "{variable}"', '#user', lambda context, value: value, 'Variables', response=False),
    Subject(XPATH, 'XPath "{xpath}"', '//user/name', at_xpath, 'XML answers', is_text=True),
    Subject('each path', 'each item of path "{path}"', '/tags', items.each_at_path, 'JSON answers: each item of a list',
            like=PATH, is_each=True),
    Subject('jsonpath', 'JSONPath "{jsonpath}"', '$.users[*].name', at_json_path, 'JSON answers: JSONPath', like=PATH,
            reads=QUERY),
    Subject('each jsonpath', 'each value of JSONPath "{jsonpath}"', '$..name', each_at_json_path,
            'JSON answers: JSONPath', like=PATH, reads=QUERY, is_each=True),
)  # fmt: skip
#: Checks that newer subjects have in other words.
OLD_WORDS = frozenset({
    'is "{value}" (with literal_eval)', 'is a list "{value}"', 'is any Boolean', 'is a string "{value}"',
    'is a BASE32 Crockford, checksum "{checksum}"',
})  # fmt: skip


def _as_number(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def run_check(subject: Subject, check: Check, is_denied: bool, context: Context, *values: Any) -> None:
    """Checks a value; raises StepFailed where the check, or its negation, does not hold."""
    actual = subject.get(context, values[0])
    if subject.is_each:
        _check_each(check, is_denied, actual, values[1:])
        return
    if subject.is_text and check.numeric:
        actual = _as_number(actual)
    wanted = tuple(read_value(check, index, value) for index, value in enumerate(values[1:]))
    if does_hold(check, is_denied, actual, wanted):
        return
    failure = _failure(subject, check, is_denied, actual, wanted)
    if _passes_with_zato_apitest(subject, check, is_denied, actual, wanted):
        if context.is_compat:
            return
        failure.hints.append('zato-apitest let this pass; --compat restores that')
    raise failure


def _check_each(check: Check, is_denied: bool, found: list[pointer.Selected], values: tuple[Any, ...]) -> None:
    wanted = tuple(read_value(check, index, value) for index, value in enumerate(values))
    expected = expectation(check, wanted, is_denied)
    wrong = [one for one in found if not does_hold(check, is_denied, one.value, wanted)]
    if wrong:
        text = f'{len(wrong)} of {quantity(len(found), "value")} differ'
        raise StepFailed(text, detail=explain([Difference(path, expected, value) for path, value in wrong]))


def _passes_with_zato_apitest(
    subject: Subject, check: Check, is_denied: bool, actual: Any, wanted: tuple[Any, ...]
) -> bool:
    lax = check.lax
    if is_denied:
        lax = check.denied_lax
    return lax is not None and is_of_zato_apitest(subject, check, is_denied) and lax(actual, *wanted)


def read_value(check: Check, index: int, value: Any) -> Any:
    """Returns a value that a step gives, as the check needs it."""
    # Without a reader, a value is the text, or what a name in it stands for.
    if index < len(check.reads):
        return check.reads[index](value)
    return value


def is_of_zato_apitest(subject: Subject, check: Check, is_denied: bool) -> bool:
    """Tells whether zato-apitest has the phrase."""
    return subject.name in check.origins(is_denied)


def does_hold(check: Check, is_denied: bool, actual: Any, wanted: tuple[Any, ...]) -> bool:
    """Tells whether a check, or its negation, holds."""
    if is_denied and check.denied_holds:
        return check.denied_holds(actual, *wanted)
    return check.holds(actual, *wanted) != is_denied


def _failure(subject: Subject, check: Check, is_denied: bool, actual: Any, wanted: tuple[Any, ...]) -> StepFailed:
    expected = expectation(check, wanted, is_denied)
    failure = StepFailed('', at='value', expected=expected, actual=actual)
    if not is_denied and wanted and (looks := lookalikes.hint(wanted[0], actual)):
        failure.hints.append(looks)
    if check.why and (reason := check.why(actual, *wanted)):
        failure.hints.append(reason)
        return failure
    if not is_denied and subject.name in TYPED and wanted:
        failure.hints.extend(_typed(subject, actual, wanted[0]))
    if not is_denied and wanted and isinstance(actual, (dict, list)) and isinstance(wanted[0], type(actual)):
        failure.detail.extend(explain(list(differences(wanted[0], actual))))
    return failure


def _typed(subject: Subject, actual: Any, wanted: Any) -> list[str]:
    if not is_right_but_for_its_type(actual, wanted):
        return []
    return [WRONG_TYPE, f'    {{step}} {passing(subject, actual)}']


def is_right_but_for_its_type(actual: Any, wanted: Any) -> bool:
    """Tells whether two values look the same, and are of different types."""
    is_scalar = is_number(actual) or isinstance(actual, (str, bool))
    return is_scalar and _unquoted(wanted).lower() == _unquoted(actual).lower() and not same(actual, wanted)


def _unquoted(value: Any) -> str:
    if isinstance(value, str):
        return value
    return show(value)


def passing(subject: Subject, actual: Any) -> str:
    """Returns the words of the check that a value would pass."""
    if actual is None:
        return 'is null'
    if isinstance(actual, bool):
        return f'is {actual}'
    if isinstance(actual, int):
        return f'is an integer "{actual}"'
    if is_number(actual):
        return f'is a float "{actual}"'
    if not isinstance(actual, str):
        return f'is JSON "{show(actual)}"'
    if subject.name == VARIABLE:
        return f'is a string "{actual}"'
    return f'is "{actual}"'


def _phrases() -> list[Phrase]:
    rows = []
    for subject in SUBJECTS:
        for check in CHECKS:
            if subject.has(check, is_denied=False):
                rows.append(_phrase(subject, check, check.words, f'{_noun(subject)} {check.doc}'))
            if subject.has(check, is_denied=True):
                doc = f'{_noun(subject)} is anything but: {check.doc}'
                rows.append(_phrase(subject, check, check.denial, doc, is_denied=True))
    return rows


def _noun(subject: Subject) -> str:
    if subject.is_each:
        return 'each of the values'
    return 'the value'


def _phrase(subject: Subject, check: Check, words: str, doc: str, is_denied: bool = False) -> Phrase:
    text = f'{subject.words} {words}'
    _, *parameters = PARAMETER.findall(text)
    empty_holds = ''
    if check.empty_holds and not is_denied:
        empty_holds = parameters[0]
    return Phrase(
        text,
        THEN,
        partial(run_check, subject, check, is_denied),
        check.origins(is_denied).get(subject.name, ''),
        doc,
        (subject.value, *check.values),
        response=subject.response,
        section=subject.section,
        reads={**subject.reads, **dict(zip(parameters, check.reads, strict=False))},
        empty_holds=empty_holds,
    )


PHRASES = tuple(_phrases())
