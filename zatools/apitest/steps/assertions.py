"""Steps that say something of a value: each subject (a path, a header, …) with each check of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from zatools.apitest.failures import StepFailed
from zatools.apitest.state import answers, calling
from zatools.apitest.state.context import Context
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
from zatools.apitest.values import lookalikes, pointer, xpath
from zatools.apitest.values.compare import differences, explain, same, show
from zatools.place import nearest


@dataclass(frozen=True)
class Subject:
    """What a check is about: how a step names it and how its value is found; a text may hold a number."""

    name: str
    words: str
    value: str
    get: Callable[[Context, Any], Any]
    section: str
    is_text: bool = False
    response: bool = True


def at_path(context: Context, path: Any) -> Any:
    """Returns the value at a path of the answer."""
    return pointer.get(answers.json(context), str(path))


def at_xpath(context: Context, path: Any) -> str:
    """Returns the text of the one element of the answer that an XPath selects."""
    return xpath.content(xpath.only(answers.tree(context), str(path), context.zato.request.ns_map))


def header(context: Context, name: Any) -> str:
    """Returns a header of the answer; the failure of a missing one names those that are near."""
    exchange = answered(context)
    value = exchange.headers.get(str(name))
    if value is None:
        near = nearest(str(name), exchange.headers, 1)
        listed = ', '.join(exchange.headers)
        hint = ''
        if near:
            hint = f'did you mean "{near[0]}"? (its value is {show(exchange.headers[near[0]], 80)})'
        raise StepFailed(f'the answer has no such header. It has: {listed}', at='header', hint=hint)
    return str(value)


def answered(context: Context) -> Any:
    """Returns the last exchange; raises where no answer came."""
    exchange = calling.last(context)
    if exchange is None or not exchange.status:
        raise answers.missing()
    return exchange


AT_PATH = Subject(PATH, 'path "{path}"', '/user_name', at_path, 'JSON answers')
SUBJECTS = (
    AT_PATH,
    Subject(HEADER, 'header "{header}"', 'X-Zato-CID', header, 'Status and headers', is_text=True),
    Subject(VARIABLE, 'variable "{variable}"', '#user', lambda context, value: value, 'Variables', response=False),
    Subject(XPATH, 'XPath "{xpath}"', '//user/name', at_xpath, 'XML answers', is_text=True),
)


def _as_number(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def say(subject: Subject, check: Check, is_denied: bool, context: Context, *values: Any) -> None:
    """Compares a value as a check says; raises StepFailed where it is something else."""
    actual = subject.get(context, values[0])
    if subject.is_text and check.numeric:
        actual = _as_number(actual)
    wanted = tuple(_read(check, index, value) for index, value in enumerate(values[1:]))
    if _holds(check, is_denied, actual, wanted):
        return
    failure = _failure(subject, check, is_denied, actual, wanted)
    if _passed_before(subject, check, is_denied, actual, wanted):
        if context.is_compat:
            return
        failure.hints.append('zato-apitest let this pass; --compat restores that')
    raise failure


def _passed_before(subject: Subject, check: Check, is_denied: bool, actual: Any, wanted: tuple[Any, ...]) -> bool:
    lax = check.denied_lax if is_denied else check.lax
    return lax is not None and is_known(subject, check, is_denied) and lax(actual, *wanted)


def _read(check: Check, index: int, value: Any) -> Any:
    return check.reads[index](value) if index < len(check.reads) else value


def is_known(subject: Subject, check: Check, is_denied: bool) -> bool:
    """Tells whether zato-apitest has a phrase."""
    return subject.name in (check.denied_origin if is_denied else check.origin)


def _holds(check: Check, is_denied: bool, actual: Any, wanted: tuple[Any, ...]) -> bool:
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
    elif not is_denied and subject.name in TYPED and wanted:
        failure.hints.extend(_typed(subject, actual, wanted[0]))
    if not is_denied and wanted and isinstance(actual, (dict, list)) and isinstance(wanted[0], type(actual)):
        failure.detail.extend(explain(list(differences(wanted[0], actual))))
    return failure


def _typed(subject: Subject, actual: Any, wanted: Any) -> list[str]:
    if not is_right_but_for_its_type(actual, wanted):
        return []
    return ["the value is right, its type isn't. This would pass:", f'    {{step}} {passing(subject, actual)}']


def is_right_but_for_its_type(actual: Any, wanted: Any) -> bool:
    """Tells whether two values read the same, and are of two types."""
    text = wanted if isinstance(wanted, str) else show(wanted)
    shown = actual if isinstance(actual, str) else show(actual)
    is_value = is_number(actual) or isinstance(actual, (str, bool))
    return is_value and text.lower() == shown.lower() and not same(actual, wanted)


def passing(subject: Subject, actual: Any) -> str:
    """Returns the words that a value would pass with."""
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
    return f'is a string "{actual}"' if subject.name == VARIABLE else f'is "{actual}"'


def _phrases() -> list[Phrase]:
    rows = []
    for subject in SUBJECTS:
        for check in CHECKS:
            for is_denied in (False, True):
                subjects = check.denied_subjects if is_denied and check.denied_subjects else check.subjects
                words = check.denial if is_denied else check.words
                if subject.name in subjects and words:
                    rows.append(_phrase(subject, check, is_denied, words))
    return rows


def _phrase(subject: Subject, check: Check, is_denied: bool, words: str) -> Phrase:
    origins = check.denied_origin if is_denied else check.origin
    doc = f'the value is anything but: {check.doc}' if is_denied else f'the value {check.doc}'
    text = f'{subject.words} {words}'
    _, *parameters = PARAMETER.findall(text)
    return Phrase(
        text,
        THEN,
        partial(say, subject, check, is_denied),
        origins.get(subject.name, ''),
        doc,
        (subject.value, *check.values),
        response=subject.response,
        section=subject.section,
        reads=dict(zip(parameters, check.reads, strict=False)),
        empty_holds=parameters[0] if check.empty_holds and not is_denied else '',
    )


PHRASES = tuple(_phrases())
