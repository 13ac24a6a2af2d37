"""Reasons why a step did not pass: the API's answer is wrong (a failure), or the step can't be done (an error)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class _Nothing:
    def __repr__(self) -> str:
        return 'nothing'


#: Stands for a value that is not there; None is a value of JSON.
NOTHING: Any = _Nothing()


class StepProblem(Exception):
    """A step that did not pass: a sentence, the parameter that it is about, hints, further lines."""

    status = 'error'
    #: Why a call got no answer: connection, timeout, tls or size; '' for other problems.
    kind = ''
    #: Whether there is an answer that checks can look at all the same.
    has_answer = False

    def __init__(self, text: str, *, at: str = '', hint: str = '', detail: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.at = at
        # Checks add further hints.
        self.hints: list[str] = []
        if hint:
            self.hints.append(hint)
        self.detail = list(detail)


class StepFailed(StepProblem):
    """The answer isn't what the step expects; `expected` and `actual` are shown with their types."""

    status = 'failed'

    def __init__(
        self,
        text: str,
        *,
        at: str = '',
        hint: str = '',
        detail: Sequence[str] = (),
        expected: Any = NOTHING,
        actual: Any = NOTHING,
    ) -> None:
        super().__init__(text, at=at, hint=hint, detail=detail)
        self.expected = expected
        self.actual = actual


class AnsweredFailed(StepFailed):
    """The answer of a call is wrong, and checks can look at it all the same."""

    has_answer = True


class ContractBroken(AnsweredFailed):
    """A call and its answer are not as the API's document describes them."""


class StepBroken(StepProblem):
    """The step can't be done: a name, file or server is missing, or a value can't be read."""


class MissingName(StepBroken):
    """No value has the name that a step uses."""


class CallFailed(StepBroken):
    """The call got no answer; `kind` is connection, timeout, tls or size, `peer` the host and port that were called."""

    def __init__(self, text: str, *, kind: str, peer: str, hint: str = '') -> None:
        super().__init__(text, hint=hint)
        self.kind = kind
        self.peer = peer


class Words(str):
    """A value that messages show as it is, without quotes and type."""
