"""Steps that check the text of an answer, whatever its format."""

from __future__ import annotations

from functools import partial
from typing import Any

from zatools.apitest.state import answers
from zatools.apitest.state.context import Context
from zatools.apitest.steps.assertions import Subject, run_check
from zatools.apitest.steps.checks import CHECKS, HEADER, TYPED
from zatools.apitest.steps.phrase import PARAMETER, THEN, Phrase

TEXT = Subject(HEADER, 'response', '', lambda context, _: answers.text(context), 'Answers as a whole')
#: Words of the checks that an answer's text has; others are there for its JSON.
WORDS = ('starts with "{value}"', 'ends with "{value}"', 'contains text "{text}"', 'matches "{regex}"')


def _run(check: Any, is_denied: bool, context: Context, *values: Any) -> None:
    run_check(TEXT, check, is_denied, context, '', *values)


def _phrases() -> list[Phrase]:
    rows = []
    for check in CHECKS:
        if check.words in WORDS and check.subjects > TYPED:
            for words, is_denied in ((check.words, False), (check.denial, True)):
                doc = f'the text of the answer {check.doc}'
                if is_denied:
                    doc = f'the text of the answer is anything but: {check.doc}'
                rows.append(_phrase(check, words, doc, is_denied))
    return rows


def _phrase(check: Any, words: str, doc: str, is_denied: bool) -> Phrase:
    (parameter,) = PARAMETER.findall(words)
    empty_holds = parameter
    if is_denied:
        empty_holds = ''
    return Phrase(
        f'{TEXT.words} {words}',
        THEN,
        partial(_run, check, is_denied),
        '',
        doc,
        check.values,
        section=TEXT.section,
        reads=dict(zip((parameter,), check.reads, strict=False)),
        empty_holds=empty_holds,
    )


PHRASES = tuple(_phrases())
