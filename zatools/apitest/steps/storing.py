"""Steps that store values, and some others: Base64, sleeping, clean-up, scenarios of other files."""

from __future__ import annotations

import base64
import time
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed
from zatools.apitest.state import answers, formats
from zatools.apitest.state.again import Again
from zatools.apitest.state.context import Context
from zatools.apitest.steps.answer import as_status
from zatools.apitest.steps.assertions import header
from zatools.apitest.steps.makers import RANDOM_DATE, store
from zatools.apitest.steps.phrase import GIVEN, THEN, Phrase, in_section
from zatools.apitest.values import pointer, xpath
from zatools.apitest.values.compare import show
from zatools.apitest.values.readers import as_number


def store_value(context: Context, value: Any, name: Any) -> None:
    """Stores a value; one that was stored before keeps its type."""
    store(context, name, value)


def store_random_date(context: Context, name: Any, date_format: Any) -> None:
    """Stores a random date."""
    store(context, name, RANDOM_DATE.made(context, date_format))


def store_base64(context: Context, value: Any, name: Any) -> None:
    """Stores a text in Base64."""
    store(context, name, base64.b64encode(str(value).encode()).decode())


def _from_answer(context: Context, path: str) -> Any:
    if formats.of_response(context.zato.request) == 'XML':
        nodes = xpath.select(answers.tree(context), path, context.zato.request.ns_map)
        texts = [xpath.content(node) for node in nodes]
        if not texts:
            return NOTHING
        # A single text is stored as such, not as a list.
        if len(texts) == 1:
            return texts[0]
        return texts
    return pointer.find(answers.json(context), path)


def store_from_answer(context: Context, path: Any, name: Any) -> None:
    """Stores the value at a path (in XML at an XPath) of the answer."""
    value = _from_answer(context, str(path))
    if value is NOTHING:
        # These raise the errors that explain why.
        if formats.of_response(context.zato.request) == 'XML':
            xpath.only(answers.tree(context), str(path), context.zato.request.ns_map)
        pointer.get(answers.json(context), str(path))
    store(context, name, value)


def store_with_default(context: Context, path: Any, name: Any, default: Any) -> None:
    """Stores the value at a path of the answer, or a default where there is none."""
    value = _from_answer(context, str(path))
    if value is NOTHING:
        value = default
    store(context, name, value)


def store_header(context: Context, name: Any, under: Any) -> None:
    """Stores a header of the answer."""
    store(context, under, header(context, name))


def store_answer(context: Context, name: Any) -> None:
    """Stores the whole answer: its JSON, else its text."""
    try:
        store(context, name, answers.json(context))
    except StepFailed:
        store(context, name, answers.text(context))


def log_context(context: Context) -> None:
    """Notes the stored values, secrets masked."""
    for name, value in context.zato.user_ctx.items():
        context.notes.append(f'#{name} = {show(value)}')


def run_again_at(context: Context, name: Any, file: Any, status: Any) -> None:
    """Runs a scenario of another file whenever a call is answered with a status, and makes the call once more."""
    context.zato.http.again = Again(as_status(status), str(name), str(file))


def sleep(context: Context, seconds: Any) -> None:
    """Waits for some seconds."""
    wanted = as_number(seconds)
    if not 0 <= wanted <= 86_400:
        raise StepBroken(f"can't sleep for {seconds} seconds", at='sleep_time')
    time.sleep(wanted)


def proceed(context: Context) -> None:
    """Does nothing: the step is there to be read."""


def clean_up(context: Context) -> None:
    """Forgets all: values, logins, the request and the answer."""
    context.reset()


def clean_up_form(context: Context) -> None:
    """Forgets the fields and files of the form."""
    for part in ('form', 'files'):
        context.zato.request.pop(part, None)


def run_scenario(context: Context, name: Any, file: Any) -> None:
    """Runs a scenario of another file, once in a run, and takes over the values that it has stored."""
    context.run_scenario(context, str(name), str(file), float('inf'))


def run_scenario_again(context: Context, name: Any, file: Any, minutes: Any) -> None:
    """Runs a scenario of another file, unless it ran in the last minutes, and takes over the values that it stored."""
    context.run_scenario(context, str(name), str(file), as_number(minutes) * 60)


PHRASES = (
    *in_section(
        'Storing values',
        Phrase('I store "{value}" under "{name}"', GIVEN, store_value, 'ABO', 'stores it; #user is its value',
               ('my.user', 'user'), stores='name'),
        Phrase('I store a random date under "{name}", format "{format}"', GIVEN, store_random_date, 'ABO',
               'stores a random date', ('day', 'default'), stores='name'),
        Phrase('I encode "{value}" using Base64 under "{name}"', GIVEN, store_base64, 'ABO', 'stores it in Base64',
               ('abc', 'encoded'), stores='name'),
        Phrase('I store "{path}" from response under "{name}"', THEN, store_from_answer, 'ABO',
               'stores the value at the path, with its type; with XML, the text at the XPath', ('/id', 'id'),
               acts=True, checks=True, stores='name'),
        Phrase('I store "{path}" from response under "{name}", default "{default}"', THEN, store_with_default, 'ABO',
               'the same, and the default where there is no such path', ('/id', 'id', 'none'), acts=True,
               stores='name'),
        Phrase('I store header "{header}" under "{name}"', THEN, store_header, '', 'stores a header of the answer',
               ('X-Zato-CID', 'cid'), acts=True, checks=True, stores='name'),
        Phrase('I store response under "{name}"', THEN, store_answer, '', 'stores the whole answer: JSON, else text',
               ('answer',), acts=True, stores='name'),
        Phrase('context is logged', THEN, log_context, 'B', 'shows the stored values, secrets masked', acts=True,
               response=False),
    ),
    *in_section(
        'Order and clean-up',
        Phrase('scenario "{name}" from "{file}" has run', GIVEN, run_scenario, '',
               'runs it once in a run, whoever asks, and shares what it stored', ('Log in', 'common.feature'),
               acts=True, files={'file': '.'}, runs_scenario=True),
        Phrase('scenario "{name}" from "{file}" has run, at most every "{minutes}" minutes', GIVEN,
               run_scenario_again, '', 'the same, again after some time: for tokens that expire',
               ('Log in', 'common.feature', '10'), acts=True, reads={'minutes': as_number},
               files={'file': '.'}, runs_scenario=True),
        Phrase('scenario "{name}" from "{file}" runs again when status is "{status}"', GIVEN, run_again_at, '',
               'then the call is made once more, with what the scenario stored anew: for tokens that expire',
               ('Log in', 'common.feature', '401'), reads={'status': as_status}, files={'file': '.'},
               runs_scenario=True),
        Phrase('I sleep for "{sleep_time}"', THEN, sleep, 'ABO', 'waits, in seconds', ('0.5',), acts=True,
               response=False, reads={'sleep_time': as_number}),
        Phrase('I proceed further', THEN, proceed, 'B', 'does nothing: it makes a scenario read well', acts=True,
               response=False),
        Phrase('context is cleaned up', THEN, clean_up, 'ABO',
               'forgets stored values, logins, request and answer', acts=True, response=False),
        Phrase('form is cleaned up', THEN, clean_up_form, 'ABO', 'forgets the fields and files of the form', acts=True,
               response=False),
    ),
)  # fmt: skip
