"""Steps for messages: queues that are looked into, and messages that are published."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed, Words
from zatools.apitest.state import defined
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.makers import store
from zatools.apitest.steps.phrase import GIVEN, THEN, WHEN, Phrase, in_section
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.systems.amqp import Broker, Queue
from zatools.apitest.systems.message import Message
from zatools.apitest.values import pointer
from zatools.apitest.values.compare import same, show
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.readers import as_integer, as_seconds
from zatools.apitest.values.table import cell_fits
from zatools.place import did_you_mean
from zatools.screens import quantity

QUEUE, BROKER, TOPIC = 'queue', 'broker', 'topic'
TABLE = '    | /user       | my.user |\n    | routing key | api     |'
KEY, TEXT, HEADER = 'routing key', 'text', 'header '
#: What the key of a message is called, where it is no routing key: a property of the message.
KEYS = {TOPIC: 'key'}
#: What a step before the call must say.
BEFORE = {
    QUEUE: 'before the call: Given queue "{}" of "$BROKER"',
    TOPIC: 'before the call: Given topic "{}" of "$KAFKA"',
    'Redis channel': 'before the call: Given Redis channel "{}" is listened to',
    'system': 'before the call: Given systems are played by "$ZATO_MOCK"',
    'WebSocket': 'before it: Given WebSocket "{}" is connected to "$ADDRESS"',
}
#: Characters of a message, and messages, that a failure shows.
SHOWN, LISTED = 200, 5
#: Says of a message why it is not the one that is looked for.
Why = Callable[[Message], str]


def use_broker(context: Context, address: Any) -> None:
    """Names the broker that messages are published to."""
    context.opened.add(BROKER, str(address), _broker(context, address))


def _broker(context: Context, address: Any) -> Broker:
    url = defined.address(context, defined.AMQP, str(address), 'address')
    context.secrets.track_location(url)
    return Broker(url)


def open_queue(context: Context, name: Any, address: Any) -> None:
    """Looks into a queue from now on; one that is not there is made, and removed at the end of the feature."""
    _open(context, name, address)


def open_bound_queue(context: Context, name: Any, address: Any, exchange: Any, key: Any) -> None:
    """Looks into a queue that gets the messages of an exchange with a routing key."""
    queue = _open(context, name, address)
    queue.bind(str(exchange), str(key))


def _open(context: Context, name: Any, address: Any) -> Queue:
    if (QUEUE, str(name)) in context.opened.systems:
        # A second look into it would find what the first one holds.
        context.opened.systems.pop((QUEUE, str(name))).close()
    queue = Queue(_broker(context, address), str(name))
    # It is known before it is made, so that whatever ends the run removes it.
    context.opened.add(QUEUE, str(name), queue)
    try:
        queue.open()
    except StepBroken:
        context.opened.systems.pop((QUEUE, str(name))).close()
        raise
    if BROKER not in context.opened.current:
        use_broker(context, address)
    return queue


def publish(context: Context, text: Any, exchange: Any, key: Any) -> None:
    """Publishes a message to an exchange."""
    broker: Broker | None = context.opened.current.get(BROKER)
    if broker is None:
        raise StepBroken('no step has named a broker', at='-', hint='Given broker is "$BROKER"')
    broker.publish(str(exchange), str(key), as_text(text))


def publish_to_queue(context: Context, text: Any, name: Any) -> None:
    """Puts a message into a queue."""
    publish(context, text, '', name)


def as_text(value: Any) -> str:
    """Returns a value as the text of a message: JSON, where it is no text."""
    if isinstance(value, str):
        return value
    return show(value, 10_000_000)


def _messages(kind: str, context: Context, name: Any) -> list[Message]:
    queue = context.opened.systems.get((kind, str(name)))
    if queue is None:
        hint = did_you_mean(str(name), context.opened.names(kind)) or BEFORE[kind].format(name)
        raise StepBroken(f"no step looks into a {kind} '{name}'", at='queue', hint=hint)
    found: list[Message] = queue.messages()
    return found


def has_message(kind: str, context: Context, name: Any) -> None:
    """Fails where no message has come."""
    if not _messages(kind, context, name):
        raise _missing([], 'a message')


def has_path(kind: str, context: Context, name: Any, path: Any, value: Any) -> None:
    """Fails where no message has a value at a path."""
    found = _messages(kind, context, name)
    if not any(_has_value(message, path, value) for message in found):
        raise _missing(
            found, f'a message with {path} {show(value, 80)}', lambda message: why_not(message.json(), str(path))
        )


def _has_value(message: Message, path: Any, value: Any) -> bool:
    document = message.json()
    return document is not NOTHING and same(pointer.find(document, str(path)), value)


def has_text(kind: str, context: Context, name: Any, text: Any) -> None:
    """Fails where no message has a text in it."""
    found = _messages(kind, context, name)
    if not any(str(text) in message.text for message in found):
        raise _missing(found, f'a message with the text {show(text, 80)}')


def has_all(kind: str, context: Context, name: Any) -> None:
    """Fails where no message has all that the table says."""
    rows, found = _rows(kind, context), _messages(kind, context, name)
    if not any(all(_has(message, key, value) for key, value in rows) for message in found):
        wanted = ', '.join(f'{key} {show(value, 60)}' for key, value in rows)
        raise _missing(found, f'a message with {wanted}', lambda message: _why_not_all(message, rows))


def why_not(document: Any, path: str) -> str:
    """Returns what stands at a path of a document in place of what is looked for."""
    if document is NOTHING:
        return 'it is no JSON'
    actual = pointer.find(document, path)
    if actual is NOTHING:
        return f'there is no {path}'
    return f'{path} is {show(actual, 80)}'


def _why_not_all(message: Message, rows: list[tuple[str, Any]]) -> str:
    key = next(key for key, value in rows if not _has(message, key, value))
    if key.startswith('/'):
        return why_not(message.json(), key)
    return f'it has another {key}'


def _rows(kind: str, context: Context) -> list[tuple[str, Any]]:
    table = context.table
    if table is None or len(table.headings) != 2:
        key = KEYS.get(kind, KEY)
        text = f'a table of two columns belongs below this step: a path, "{key}", "header …", "text" or a property'
        raise StepBroken(text, detail=_worded(kind, TABLE).splitlines())
    return [(key, expand(context, cell)) for key, cell in (table.headings, *table.rows)]


def _worded(kind: str, table: str) -> str:
    # Columns stay where they are.
    return table.replace(KEY, KEYS.get(kind, KEY).ljust(len(KEY)))


def _has(message: Message, key: str, value: Any) -> bool:
    if key.startswith('/'):
        document = message.json()
        return document is not NOTHING and _fits(pointer.find(document, key), value)
    if key == KEY:
        return message.key == str(value)
    if key == TEXT:
        return message.text == str(value)
    if key.startswith(HEADER):
        return _fits(message.headers.get(key.removeprefix(HEADER), NOTHING), value)
    return _fits(message.properties.get(key.replace(' ', '_'), NOTHING), value)


def _fits(actual: Any, value: Any) -> bool:
    return actual is not NOTHING and cell_fits(actual, value)


def has_count(kind: str, context: Context, name: Any, number: Any) -> None:
    """Fails where another number of messages has come."""
    found = _messages(kind, context, name)
    if len(found) != as_integer(number):
        expected = Words(quantity(as_integer(number), 'message'))
        raise StepFailed('', at='n', expected=expected, actual=Words(quantity(len(found), 'message')),
                         detail=_listed(found))  # fmt: skip


def has_none(kind: str, context: Context, name: Any, seconds: Any) -> None:
    """Waits the whole time; fails as soon as a message has come."""
    end = time.monotonic() + as_seconds(seconds)
    while True:
        if found := _messages(kind, context, name):
            actual = Words(quantity(len(found), 'message'))
            raise StepFailed('', at='queue', expected=Words('no message'), actual=actual, detail=_listed(found))
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(0.1, left))


def _missing(found: list[Message], wanted: str, why: Why | None = None) -> StepFailed:
    actual = Words(f'{quantity(len(found), "message")}, and none of them is it')
    if not found:
        actual = Words('no message')
    return StepFailed('', at='queue', expected=Words(wanted), actual=actual, detail=_listed(found, why))


def _listed(found: list[Message], why: Why | None = None) -> list[str]:
    rows = []
    for number, message in enumerate(found[-LISTED:], max(len(found) - LISTED, 0) + 1):
        rows.append(f'{number}  {_shown(message)}')
        if why:
            rows.append(f'   {why(message)}')
    return rows


def _shown(message: Message) -> str:
    text = cut(' '.join(message.text.split()), SHOWN)
    if message.key:
        return f'{message.key}: {text}'
    return text


def store_message(kind: str, context: Context, name: Any, under: Any) -> None:
    """Stores the last message of a queue: its JSON, else its text."""
    found = _messages(kind, context, name)
    if not found:
        raise _missing(found, 'a message')
    document = found[-1].json()
    if document is NOTHING:
        document = found[-1].text
    store(context, under, document)


def checks(words: str, kind: str, example: str) -> tuple[Phrase, ...]:
    """Returns the checks of what has messages: a queue, a channel."""
    return tuple(
        Phrase(
            f'{words} has {rest}',
            THEN,
            partial(check, kind),
            '',
            doc,
            (example, *values),
            response=False,
            body=_worded(kind, body),
            reads=reads,
        )
        for rest, check, doc, values, body, reads in _CHECKS
    )


_CHECKS: tuple[tuple[str, Callable[..., None], str, tuple[str, ...], str, dict[str, Callable[[Any], Any]]], ...] = (
    ('a message', has_message, 'a message has come', (), '', {}),
    ('a message with path "{path}" is "{value}"', has_path, 'one of its messages is JSON with this value',
     ('/user', 'my.user'), '', {}),
    ('a message with text "{text}"', has_text, 'one of its messages has this in it', ('my.user',), '', {}),
    ('a message with', has_all, 'one of its messages has all of these', (), TABLE, {}),
    ('"{n}" messages', has_count, 'so many messages have come', ('1',), '', {'n': as_integer}),
)  # fmt: skip


def silence(words: str, kind: str, example: str) -> Phrase:
    """Returns the check that no message comes."""
    return Phrase(
        f'{words} has no message for "{{seconds}}"',
        THEN,
        partial(has_none, kind),
        '',
        'no message comes in this time, which is waited for',
        (example, '1s'),
        response=False,
        reads={'seconds': as_seconds},
    )


def storing(words: str, kind: str, example: str) -> Phrase:
    """Returns the step that stores the last message."""
    return Phrase(
        f'I store message of {words} under "{{name}}"',
        THEN,
        partial(store_message, kind),
        '',
        'stores its last message: JSON, else text',
        (example, 'message'),
        acts=True,
        response=False,
        stores='name',
    )


PHRASES = (
    *in_section(
        'Messages',
        Phrase('broker is "{address}"', GIVEN, use_broker, '', 'publishes later messages there, by AMQP',
               ('$BROKER',)),
        Phrase('queue "{queue}" of "{address}"', GIVEN, open_queue, '',
               'looks into a queue from now on; one that is not there is made, and removed afterwards',
               ('audit', '$BROKER')),
        Phrase('queue "{queue}" of "{address}" bound to exchange "{exchange}" with routing key "{key}"', GIVEN,
               open_bound_queue, '', 'the same, and has it get the messages of an exchange',
               ('audit', '$BROKER', '/tutorial', 'api')),
        Phrase('message "{text}" is published to exchange "{exchange}" with routing key "{key}"', WHEN, publish, '',
               'publishes a message', ('{"user": "my.user"}', '/tutorial', 'api'), acts=True),
        Phrase('message "{text}" is put into queue "{queue}"', WHEN, publish_to_queue, '', 'puts a message there',
               ('{"user": "my.user"}', 'audit'), acts=True),
    ),
    *in_section(
        'Messages',
        *with_waiting(*checks('queue "{queue}"', QUEUE, 'audit')),
        silence('queue "{queue}"', QUEUE, 'audit'),
        storing('queue "{queue}"', QUEUE, 'audit'),
    ),
)  # fmt: skip
