"""Steps for systems that the test plays: what they answer, and what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed, Words
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps import messages
from zatools.apitest.steps.makers import store
from zatools.apitest.steps.mock_files import expanded
from zatools.apitest.steps.mock_rules import (
    Question,
    answer_clauses,
    check_answer,
    check_question,
    question,
    question_clauses,
    rule,
    with_below,
)
from zatools.apitest.steps.phrase import GIVEN, THEN, Phrase, in_section
from zatools.apitest.steps.sentences import Clause, values_of
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.values.readers import as_integer
from zatools.place import did_you_mean
from zatools.screens import quantity

if TYPE_CHECKING:
    from zatools.apitest.systems.mock_client import MockClient
    from zatools.apitest.systems.played import Call

SYSTEM, MOCK = 'system', 'mock'
#: Calls that a failure shows.
LISTED = 5
COUNTS = {1: 'once', 2: 'twice'}
EXAMPLE = 'GET "/get-user" when path "/UserName" is "my.user" with JSON "{"UserType": "RGV"}"'
ASKED = 'once with path "/UserName" is "my.user"'


def use_mock(context: Context, address: Any) -> None:
    """Has the systems of a running `zato mock` answer what later steps say."""
    from zatools.apitest.systems.mock_client import MockClient

    for key in [key for key in context.opened.systems if key[0] == SYSTEM]:
        context.opened.systems.pop(key).close()
    context.opened.add(MOCK, str(address), MockClient(str(address)))


def listen(context: Context, name: Any, port: Any) -> None:
    """Begins to play a system on a port."""
    _play(context, str(name), as_integer(port))


def store_address(context: Context, name: Any, under: Any) -> None:
    """Stores the URL of a system that is played."""
    store(context, under, _system(context, name).address)


def answer(context: Context, name: Any, clauses: Any) -> None:
    """Has a system answer some calls from now on; one that is not played yet begins to listen."""
    from zatools.apitest.systems.mock_client import as_data

    system = _system(context, name)
    for found in expanded(_read(context, answer_clauses(str(clauses))), context.feature_folder):
        system.add(rule(found, f'{name} answers {clauses}', ''), as_data(found))


def _read(context: Context, clauses: Sequence[Clause]) -> list[Clause]:
    return values_of(with_below(clauses, context.below), lambda value: str(expand(context, value)))


def _play(context: Context, name: str, port: int = 0) -> Any:
    from zatools.apitest.systems.played_here import PlayedHere

    if before := context.opened.systems.pop((SYSTEM, name), None):
        before.close()
    system = PlayedHere(name, port)
    context.opened.add(SYSTEM, name, system)
    return system


def _system(context: Context, name: Any) -> Any:
    system = context.opened.systems.get((SYSTEM, str(name)))
    if system is None and MOCK in context.opened.current:
        mock: MockClient = context.opened.current[MOCK]
        system = mock.system(str(name))
        context.opened.systems[SYSTEM, str(name)] = system
    return system or _play(context, str(name))


def _known(context: Context, name: Any) -> Any:
    # Checks begin no system: nobody can have called it.
    if (SYSTEM, str(name)) not in context.opened.systems and MOCK not in context.opened.current:
        others = context.opened.names(SYSTEM)
        hint = did_you_mean(str(name), others) or f'before the call: Given system "{name}" answers …'
        raise StepBroken(f"no step plays a system '{name}'", at='system', hint=hint)
    return _system(context, name)


def _of_played(*phrases: Phrase) -> Iterator[Phrase]:
    # Checks of messages, of a system that is played.
    def known(run: Callable[..., None], context: Context, name: Any, *values: Any) -> None:
        _known(context, name)
        run(context, name, *values)

    return (replace(phrase, run=partial(known, phrase.run)) for phrase in phrases)


def was_called(context: Context, name: Any, clauses: Any = '') -> None:
    """Fails where a system got no such call, or another number of them."""
    found = _known(context, name).calls()
    asked = question(_read(context, question_clauses(str(clauses))))
    count = len(_fitting(found, asked))
    if (asked.times is None and count) or count == asked.times:
        return
    expected = Words(f'a call {clauses}'.strip())
    actual = Words(f'{quantity(count, "call")} of {len(found)}')
    if not found:
        actual = Words('no call')
    raise StepFailed('', at='clauses', expected=expected, actual=actual, detail=_listed(found, asked))


def was_not_called(context: Context, name: Any, clauses: Any = '') -> None:
    """Fails where a system got such a call."""
    found = _known(context, name).calls()
    fitting = _fitting(found, question(_read(context, question_clauses(str(clauses)))))
    if fitting:
        actual = Words(quantity(len(fitting), 'call'))
        detail = _listed(fitting, question([]))
        raise StepFailed('', at='system', expected=Words('no call'), actual=actual, detail=detail)


Found = list[tuple['Call', int]]


def _fitting(found: Found, asked: Question) -> Found:
    return [pair for pair in found if not asked.rule.failures(pair[0])]


def _listed(found: Found, asked: Question) -> list[str]:
    rows = []
    for number, (call, status) in list(enumerate(found, 1))[-LISTED:]:
        rows.append(f'{number}  {call.shown}  {status}')
        rows += [f'   {why}' for why in asked.rule.failures(call)]
    return rows


def _spellings(*phrases: Phrase) -> Iterator[Phrase]:
    # With the word and quotes around the name, or without both.
    for phrase in phrases:
        yield phrase
        yield replace(phrase, text=phrase.text.replace('system "{system}"', '{system}'), doc=f'the same: {phrase.doc}')


def _check(words: str, run: Callable[..., None], doc: str, clauses: str = '') -> Phrase:
    reads = {}
    if clauses:
        words, reads = f'{words} {{clauses}}', {'clauses': check_question}
    return Phrase(f'system "{{system}}" {words}', THEN, run, '', doc, ('CRM', *filter(None, [clauses])), response=False,
                  reads=reads)  # fmt: skip


PHRASES = (
    *in_section(
        'Systems that the test plays',
        Phrase('systems are played by "{address}"', GIVEN, use_mock, '',
               'has a running zato mock do what later steps say; begins anew, its own rules stay', ('$ZATO_MOCK',)),
        Phrase('system "{system}" listens on port "{port}"', GIVEN, listen, '', 'plays a system here, on this port',
               ('CRM', '18001'), reads={'port': as_integer}),
        Phrase('I store address of system "{system}" under "{name}"', GIVEN, store_address, '',
               'stores its URL', ('CRM', 'crm'), stores='name'),
        *_spellings(
            Phrase('system "{system}" answers {clauses}', GIVEN, answer, '',
                   'answers such calls in this scenario; the last rule that fits counts', ('CRM', EXAMPLE),
                   reads={'clauses': check_answer}),
        ),
        *_spellings(
            *with_waiting(
                _check('was called', was_called, 'it got a call'),
                _check('was called', was_called, 'it got such calls, so many', ASKED),
            ),
            _check('was not called', was_not_called, 'it got no call'),
            _check('was not called', was_not_called, 'it got no such call', 'with path "/UserName" is "my.user"'),
        ),
        *with_waiting(*_of_played(*messages.checks('system "{queue}"', SYSTEM, 'Fraud Detection Connection'))),
        *_of_played(messages.silence('system "{queue}"', SYSTEM, 'Fraud Detection Connection')),
    ),
)  # fmt: skip
