"""The clauses of what a system answers, and of what it was asked: their tables, and the rules that are made of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepProblem
from zatools.apitest.project import files
from zatools.apitest.steps.assertions import does_hold, read_value
from zatools.apitest.steps.checks import CHECKS, HEADER, PATH, VARIABLE, XPATH, Check
from zatools.apitest.steps.index import MARK
from zatools.apitest.steps.sentences import Clause, Entry, Grammar
from zatools.apitest.systems.played import ANY, SOAP, Call, Condition, Reply, Rule
from zatools.apitest.values import pointer, xml_text, xpath
from zatools.apitest.values.compare import described
from zatools.apitest.values.readers import as_integer, as_json, as_seconds
from zatools.secret import CREDENTIAL, MASK

METHODS = ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', SOAP)
#: Seconds that an answer may wait.
LONGEST = 600
WHEN, WITH = 'when', 'with'
JSON, XML, TEXT = 'application/json', 'text/xml; charset=utf-8', 'text/plain; charset=utf-8'
#: A clause that files become before a rule is made.
CONTENT = 'content "{type}" "{base64}"'
FILE = 'file "{file}"'
#: A clause that becomes a rule for each operation.
DESCRIBED = 'as "{file}" describes'
#: Names that stand for values, which are known when a step runs.
NAMES = re.compile(r'\A[$#@]|[$#@]\{')
SUFFIXES = {'.json': JSON, '.xml': XML, '.txt': TEXT}


@dataclass
class _Making:
    """A rule in the making."""

    method: str = ANY
    path: str = ''
    conditions: list[Condition] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    times: int | None = None


@dataclass(frozen=True)
class _Subject:
    """What a condition is about: its words, how it is found, and the subject of checks that it is like."""

    words: str
    get: Callable[..., Any]
    like: str
    has_name: bool = True


def _at_path(call: Call, path: str) -> Any:
    return pointer.get(call.document, path)


def _parameter(call: Call, name: str) -> Any:
    return call.parameters.get(name, NOTHING)


def _header(call: Call, name: str) -> Any:
    return call.headers.get(name.lower(), NOTHING)


def _at_xpath(call: Call, path: str) -> Any:
    return xpath.content(xpath.only(xml_text.parsed(call.text, 'the request', 'xpath'), path, {}))


SUBJECTS = (
    _Subject('path "{path}"', _at_path, PATH),
    _Subject('query "{name}"', _parameter, HEADER),
    _Subject('header "{name}"', _header, HEADER),
    _Subject('XPath "{xpath}"', _at_xpath, XPATH),
    _Subject('text', lambda call: call.text, XPATH, has_name=False),
    _Subject('state', lambda call: call.state, XPATH, has_name=False),
)


def _conditions(mode: str) -> Iterable[Entry]:
    for subject in SUBJECTS:
        for check in CHECKS:
            if subject.like not in check.subjects or check.subjects == frozenset({VARIABLE}):
                continue
            for words, is_denied in ((check.words, False), (check.denial, True)):
                if words:
                    run = partial(_add_condition, subject, check, is_denied)
                    yield Entry(mode, f'{subject.words} {words}', run, f'the {subject.words.split(" ")[0]} {check.doc}')


def _add_condition(subject: _Subject, check: Check, is_denied: bool, making: _Making, words: str, *values: str) -> None:
    start = int(subject.has_name)
    wanted = tuple(read_value(check, index, value) for index, value in enumerate(values[start:]))

    def failure(call: Call) -> str:
        try:
            actual = subject.get(call, *values[:start])
        except StepProblem as error:
            return f'{words}: {error.text}'
        if actual is NOTHING:
            return '' if is_denied else f'{words}: there is none'
        if does_hold(check, is_denied, actual, wanted):
            return ''
        shown = described(actual)
        if start and subject.like == HEADER and CREDENTIAL.search(values[0]):
            shown = MASK
        return f'{words}: it is {" ".join(shown.split())}'

    making.conditions.append(Condition(words, failure))


def _ask(method: str, making: _Making, words: str, path: str = '') -> None:
    making.method, making.path = method, path
    if '"' in path:
        _, _, rest = path.partition('"')
        raise StepBroken(f"'{rest.strip()[:60]}' is no clause of this step", at='clauses')
    if method not in (SOAP, ANY) and not path.startswith('/'):
        raise StepBroken(f"'{path}' is no path of a URL", at='clauses', hint=f'a path starts with a slash: "/{path}"')


def _put(making: _Making, **values: Any) -> None:
    making.replies[-1] = replace(making.replies[-1], **values)


def _status(making: _Making, words: str, status: str) -> None:
    number = as_integer(status)
    if not 200 <= number <= 599:
        raise StepBroken(f'{number} is no status of an answer', at='clauses', hint='from 200 to 599')
    _put(making, status=number)


def _header_line(making: _Making, words: str, name: str, value: str) -> None:
    if not name.isascii() or not all(letter.isalnum() or letter in '-_' for letter in name) or not name:
        raise StepBroken(f"'{name}' is no name of a header", at='clauses')
    if any(ord(letter) < 32 or ord(letter) > 255 for letter in value):
        raise StepBroken(f"the value of header '{name}' can't be sent: it has a letter that no header may have", at='-')
    if name.lower() in ('content-length', 'transfer-encoding', 'connection'):
        raise StepBroken(f"header '{name}' is the server's own", at='clauses', hint='leave it out')
    # A content type of one's own replaces that of the body.
    is_type = name.lower() == 'content-type'
    others = [one for one in making.replies[-1].headers if not (is_type and one[0].lower() == 'content-type')]
    _put(making, headers=(*others, (name, value)))


def _body(making: _Making, kind: str, body: bytes) -> None:
    others = making.replies[-1].headers
    if not any(name.lower() == 'content-type' for name, _ in others):
        others = (('Content-Type', kind), *others)
    _put(making, headers=others, body=body)


def _json(making: _Making, words: str, text: str) -> None:
    as_json(text, 'clauses')
    _body(making, JSON, text.encode())


def _xml(making: _Making, words: str, text: str) -> None:
    xml_text.parsed(text, 'this', 'clauses')
    _body(making, XML, text.encode())


def _text(making: _Making, words: str, text: str) -> None:
    _body(making, TEXT, text.encode())


def _content(making: _Making, words: str, kind: str, text: str) -> None:
    _body(making, kind, base64.b64decode(text))


def _no_file(making: _Making, words: str, name: str) -> None:
    raise StepBroken(f"the file '{name}' was not read", at='clauses')


def content_of(kind: str, body: bytes) -> tuple[str, tuple[str, str]]:
    """Returns the words and the values of the clause that has a body of that type."""
    return Entry(WITH, CONTENT, _content).outline, (kind, base64.b64encode(body).decode())


def _after(making: _Making, words: str, seconds: str) -> None:
    number = as_seconds(seconds)
    if number > LONGEST:
        raise StepBroken(f'nobody waits {number:g} s for an answer', at='clauses', hint=f'at most {LONGEST} s')
    _put(making, after=number)


def _times(count: int, making: _Making, words: str, *given: str) -> None:
    if given:
        count = as_integer(given[0])
    making.times = count
    if making.replies:
        if count < 1:
            raise StepBroken('an answer is given once at least', at='clauses')
        _put(making, times=count)


def _becomes(making: _Making, words: str, state: str) -> None:
    _put(making, state=state)


TIMES = (
    Entry('', 'once', partial(_times, 1), 'one time'),
    Entry('', 'twice', partial(_times, 2), 'two times'),
    Entry('', '"{n}" times', partial(_times, 0), 'so many times'),
)


@lru_cache(1)
def answers() -> Grammar:
    """Returns the clauses of an answer."""
    return Grammar('', (
        *(Entry('', f'{method} "{{path}}"', partial(_ask, method), f'to {method} of this path') for method in METHODS),
        Entry('', 'anything', partial(_ask, ANY), 'to any request'),
        Entry('', DESCRIBED, _no_file, 'to each operation of an OpenAPI document, by its examples'),
        *_conditions(WHEN),
        Entry(WITH, 'status "{status}"', _status, 'the status, 200 by default'),
        Entry(WITH, 'JSON "{json}"', _json, 'a body of JSON'),
        Entry(WITH, 'XML "{xml}"', _xml, 'a body of XML'),
        Entry(WITH, 'text "{text}"', _text, 'a body of text'),
        Entry(WITH, FILE, _no_file, 'the content of a file, which is beside the feature'),
        Entry(WITH, CONTENT, _content, ''),
        Entry(WITH, 'header "{name}" "{value}"', _header_line, 'a header'),
        Entry('', 'after "{seconds}"', _after, 'so much later'),
        *TIMES,
        Entry('', 'state becomes "{state}"', _becomes, 'later calls find the system in this state'),
    ))  # fmt: skip


@lru_cache(1)
def questions() -> Grammar:
    """Returns the clauses that say which calls are meant, and how many."""
    methods = (Entry('by', f'{method} "{{path}}"', partial(_ask, method)) for method in METHODS)
    return Grammar('', (*methods, *_conditions(WITH), *TIMES))


def answer_clauses(text: str) -> list[Clause]:
    """Reads what a system answers; a last value may be missing, which stands below the step."""
    return answers().parse(text)


def question_clauses(text: str) -> list[Clause]:
    """Reads which calls are meant."""
    return questions().parse(text)


def check_answer(text: str) -> None:
    """Raises StepBroken for clauses of an answer that can't be right, whatever names stand for."""
    for clause in answer_clauses(text):
        is_file = clause.words == _named_file() or is_description(clause)
        is_known = not is_file and not any(NAMES.search(value) for value in clause.values)
        if is_known and len(clause.values) == clause.words.count(MARK):
            _run(answers(), _Making(replies=[Reply()]), clause)


def check_question(text: str) -> None:
    """Raises StepBroken for clauses of a question that can't be right."""
    for clause in question_clauses(text):
        if not any(NAMES.search(value) for value in clause.values):
            _run(questions(), _Making(), clause)


def _named_file() -> str:
    return Entry(WITH, FILE, _no_file).outline


def is_description(clause: Clause) -> bool:
    """Tells whether a clause names an OpenAPI document, which stands for many rules."""
    return clause.words == Entry('', DESCRIBED, _no_file).outline


def with_below(clauses: Sequence[Clause], below: str | None) -> list[Clause]:
    """Returns clauses with the text below the step for the value that is missing."""
    found = list(clauses)
    if found and found[-1].words.count(MARK) > len(found[-1].values):
        if below is None:
            raise StepBroken(
                'the last value of this step is missing', at='clauses', hint='in quotes, or below the step'
            )
        found[-1] = found[-1]._replace(values=(*found[-1].values, below))
    elif below is not None:
        raise StepBroken('the text below this step belongs to no clause', at='clauses', hint='end it with: with JSON')
    return found


def with_files(clauses: Iterable[Clause], folder: Path) -> list[Clause]:
    """Returns clauses with the contents of files for their names."""
    import mimetypes

    named = _named_file()
    found = []
    for clause in clauses:
        if clause.words == named:
            path = folder / clause.values[0]
            kind = SUFFIXES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or 'application/octet-stream'
            words, values = content_of(kind, files.read_bytes(path, 'clauses'))
            clause = clause._replace(words=words, values=values)
        found.append(clause)
    return found


def rule(clauses: Sequence[Clause], shown: str, place: str) -> Rule:
    """Returns the rule of an answer's clauses; raises StepBroken for values that can't be read."""
    making = _Making(replies=[Reply()])
    for clause in clauses:
        while len(making.replies) <= clause.part:
            making.replies.append(Reply())
        _run(answers(), making, clause)
    for reply in making.replies[:-1]:
        if not reply.times:
            raise StepBroken('nothing comes after an answer that is given for ever', at='clauses',
                             hint='with status "503" twice, then with …')  # fmt: skip
    return Rule(making.method, making.path, tuple(making.conditions), tuple(making.replies), shown, place)


@dataclass(frozen=True)
class Question:
    """Which calls are meant, and how many: None is any number but none."""

    rule: Rule
    times: int | None


def question(clauses: Sequence[Clause]) -> Question:
    """Returns what the clauses of a check ask for."""
    making = _Making()
    for clause in clauses:
        _run(questions(), making, clause)
    return Question(Rule(making.method, making.path, tuple(making.conditions), ()), making.times)


def _run(grammar: Grammar, making: _Making, clause: Clause) -> None:
    entry = grammar.by_key.get((clause.mode, clause.words))
    if entry is None or len(clause.values) != clause.words.count(MARK):
        raise StepBroken('this is no clause', at='clauses')
    entry.run(making, clause.shown, *clause.values)
