"""Calls that Schemathesis makes of an OpenAPI document, right and wrong ones, and what is wrong with their answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zatools.apitest.openapi.document import Document, load
from zatools.errors import InvalidError, UsageError

RIGHT, WRONG = 'positive', 'negative'
#: Seconds that a call may take, and bytes of its answer.
WAIT, LARGEST = 10, 10_000_000
#: What stands around the reason in texts of requests.
AROUND = ')\'"'
#: What Schemathesis adds to each call, and what says where it comes from.
OWN = frozenset({'x-schemathesis-testcaseid', 'user-agent', 'accept-encoding', 'connection'})


@dataclass(frozen=True)
class Limits:
    """How many calls an operation gets of each sort, what they are made by, and the headers of each."""

    calls: int = 50
    seed: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Whether certificates are verified, or the file of authorities.
    trust: bool | str = True


@dataclass(frozen=True)
class Wrong:
    """A call whose answer is wrong: what is wrong, and the call with its answer; `status` is 0 without one."""

    texts: tuple[tuple[str, str], ...]
    request: Any
    status: int = 0
    reason: str = ''
    kind: str = ''
    body: str = ''
    seconds: float = 0.0


@dataclass(frozen=True)
class Tested:
    """An operation: how many calls it got, and the first wrong one of each sort, as small as it could be made."""

    name: str
    calls: int
    wrong: tuple[Wrong, ...]


class _SilentError(BaseException):
    # No Exception: Hypothesis would call again and again, to find the smallest call without an answer.
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.texts)
        self.wrong = wrong


class _BrokenError(Exception):
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.texts)
        self.wrong = wrong


def library() -> Any:
    """Returns Schemathesis; raises UsageError where it is not installed."""
    try:
        import schemathesis
    except ImportError:
        hint = 'pip install schemathesis'
        raise UsageError('the library schemathesis is not installed', hint) from None
    return schemathesis


def checked(path: Path) -> Document:
    """Returns a document whose references all lead to files of its folder: nothing is fetched."""
    document = load(path)
    waiting: list[tuple[Document, Any]] = [(document, document.content)]
    seen: set[Path] = set()
    met: set[int] = set()
    while waiting:
        of, node = waiting.pop()
        if not isinstance(node, (dict, list)) or id(node) in met:
            continue
        # What YAML names once may stand in many places.
        met.add(id(node))
        below = node
        if isinstance(node, dict):
            if isinstance(node.get('$ref'), str):
                of.resolved({'$ref': node['$ref']})
            below = list(node.values())
        waiting += [(of, item) for item in below]
        for other in of.others.keys() - seen:
            seen.add(other)
            waiting.append((Document(other, of.others[other], of.others), of.others[other]))
    return document


def operations(path: Path, wanted: Sequence[str], headers: Collection[str] = ()) -> list[Any]:
    """Returns the operations of a document, all or those of some names; raises InvalidError for what is none.

    `headers` are what each call gets as it is: none of them is made, or left out to see whether it is needed.
    """
    from schemathesis.errors import SchemathesisError

    library()
    checked(path)
    try:
        schema = library().openapi.from_path(path)
        found = [_operation(result, path) for result in schema.get_all_operations()]
    except SchemathesisError as error:
        raise InvalidError(f'{path} is nothing that tests can be made of: {_line(error)}') from None
    given = {name.lower() for name in headers}
    for one in found:
        one.headers.items = [parameter for parameter in one.headers.items if parameter.name.lower() not in given]
    return [one for one in found if not wanted or one.label in wanted]


def _operation(result: Any, path: Path) -> Any:
    from schemathesis.core.result import Err

    if isinstance(result, Err):
        raise InvalidError(f'{path}: {_line(result.err())}')
    return result.ok()


def _line(error: object) -> str:
    return ' '.join(str(error).split())[:300]


def test(operation: Any, url: str, limits: Limits, session: Any) -> Tested:
    """Calls an operation with what it takes, and with what it does not."""
    count = [0]
    wrong: list[Wrong] = []
    for mode in (RIGHT, WRONG):
        # What is wrong with every answer is told once.
        known = frozenset(text for one in wrong for text in one.texts)
        found = _first_wrong(operation, mode, limits, _caller(url, limits, session, count, known))
        if found:
            wrong.append(found)
        if found and not found.status:
            break
    return Tested(operation.label, count[0], tuple(wrong))


def _first_wrong(operation: Any, mode: str, limits: Limits, call: Callable[[Any], None]) -> Wrong | None:
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity, errors
    from schemathesis.generation import GenerationMode

    logging.getLogger('hypothesis').setLevel(logging.CRITICAL)
    chosen: Any = hypothesis.settings(
        max_examples=limits.calls, deadline=None, database=None, derandomize=False, print_blob=False,
        verbosity=Verbosity.quiet, report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    strategy = operation.as_strategy(generation_mode=GenerationMode(mode))
    given: Any = hypothesis.given
    run: Any = hypothesis.seed(limits.seed)(chosen(given(strategy)(call)))
    try:
        run()
    except (_BrokenError, _SilentError) as error:
        return error.wrong
    except (errors.Unsatisfiable, errors.FlakyFailure):
        # An operation that takes nothing can't be called wrongly; what is right at the second try is no failure.
        return None
    return None


def _caller(
    url: str, limits: Limits, session: Any, count: list[int], known: frozenset[tuple[str, str]]
) -> Callable[[Any], None]:
    # Hypothesis looks at the function's own signature.
    def call(case: Any) -> None:
        count[0] += 1
        wrong = answered(case, url, limits, session)
        if wrong and (texts := tuple(text for text in wrong.texts if text not in known)):
            raise _BrokenError(replace(wrong, texts=texts))

    return call


def answered(case: Any, url: str, limits: Limits, session: Any) -> Wrong | None:
    """Calls, and returns what is wrong with the answer."""
    import requests

    options = case.as_transport_kwargs(base_url=url)
    options['headers'] = {name: value for name, value in options['headers'].items() if name.lower() not in OWN}
    options['headers'] |= limits.headers
    request = session.prepare_request(requests.Request(**{**options, 'headers': dict(options['headers'])}))
    try:
        answer = session.send(
            request, timeout=WAIT, allow_redirects=False, verify=limits.trust, stream=True, proxies={}
        )
        answer._content = _body(answer)
    except (requests.RequestException, OSError) as error:
        text = re.sub(r'\[Errno \d{1,4}\] ', '', _line(error).rpartition(': ')[2]).rstrip(AROUND)
        raise _SilentError(Wrong((('No answer', text),), request)) from None
    texts = tuple(dict.fromkeys(_texts(case, answer)))
    if not texts:
        return None
    kind = answer.headers.get('Content-Type', '').partition(';')[0]
    body = answer.content[:64_000].decode('utf-8', 'replace')
    seconds = answer.elapsed.total_seconds()
    return Wrong(texts, request, answer.status_code, answer.reason or '', kind, body, seconds)


def _body(answer: Any) -> bytes:
    content = b''
    for block in answer.iter_content(65_536):
        content += block
        if len(content) > LARGEST:
            raise OSError(f'the answer has more than {LARGEST:,} bytes')
    return content


def _texts(case: Any, answer: Any) -> Iterator[tuple[str, str]]:
    from schemathesis.core.failures import FailureGroup

    try:
        case.validate_response(answer, checks=_checks())
    except FailureGroup as error:
        for failure in error.exceptions:
            yield str(getattr(failure, 'title', 'Failure')), str(getattr(failure, 'message', failure))


def _checks() -> list[Any]:
    # Those that look at the answer alone: others call again, with other logins or methods.
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
        checks.negative_data_rejection,
    ]
