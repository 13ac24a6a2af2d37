"""Steps for topics of Kafka: what comes is looked into, and messages are published."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.state import defined
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps import messages
from zatools.apitest.steps.messages import TOPIC
from zatools.apitest.steps.phrase import GIVEN, WHEN, Phrase, in_section
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.systems.kafka import Kafka, Topic

KIND, WORDS = 'kafka', 'topic "{queue}"'
TABLE = '    | key         | 7   |\n    | header kind | new |'
MESSAGE = '{"user": "my.user"}'


def use_kafka(context: Context, address: Any) -> None:
    """Names the Kafka that messages are published to."""
    context.opened.add(KIND, str(address), _kafka(context, address))


def _kafka(context: Context, address: Any) -> Kafka:
    url = defined.address(context, defined.KAFKA, str(address), 'address')
    context.secrets.track_location(url)
    return Kafka(url)


def open_topic(context: Context, name: Any, address: Any) -> None:
    """Looks into a topic from now on."""
    topic = Topic(_kafka(context, address), str(name))
    # It is known before it is open, so that whatever ends the run closes it.
    context.opened.add(TOPIC, topic.name, topic)
    try:
        topic.open()
    except StepBroken:
        context.opened.systems.pop((TOPIC, topic.name)).close()
        raise


def _publisher(context: Context, topic: str) -> Kafka:
    opened: Topic | None = context.opened.systems.get((TOPIC, topic))
    if opened is not None:
        return opened.kafka
    named: Kafka | None = context.opened.current.get(KIND)
    if named is None:
        raise StepBroken('no step has named a Kafka', at='queue', hint='Given Kafka is "$KAFKA"')
    return named


def publish(context: Context, text: Any, topic: Any) -> None:
    """Publishes a message to a topic: of the Kafka where a step looks into it, else of the one that was named."""
    _publisher(context, str(topic)).publish(str(topic), messages.as_text(text), None, {})


def publish_with_key(context: Context, text: Any, topic: Any, key: Any) -> None:
    """Publishes a message with a key."""
    _publisher(context, str(topic)).publish(str(topic), messages.as_text(text), str(key), {})


def publish_with_table(context: Context, text: Any, topic: Any) -> None:
    """Publishes a message with the key and the headers of a table."""
    key, headers = _key_and_headers(context)
    _publisher(context, str(topic)).publish(str(topic), messages.as_text(text), key, headers)


def _key_and_headers(context: Context) -> tuple[str | None, dict[str, str]]:
    table = context.table
    if table is None or len(table.headings) != 2:
        text = 'a table of two columns belongs below this step: "key" or "header …", and the value'
        raise StepBroken(text, detail=TABLE.splitlines())
    key, headers = None, {}
    for name, cell in (table.headings, *table.rows):
        value = messages.as_text(expand(context, cell))
        if name == 'key':
            key = value
        elif name.startswith(messages.HEADER):
            headers[name.removeprefix(messages.HEADER)] = value
        else:
            raise StepBroken(f"'{name}' is nothing that a message has", hint='it has "key" and "header …"')
    return key, headers


PHRASES = (
    *in_section(
        'Kafka',
        Phrase('Kafka is "{address}"', GIVEN, use_kafka, '', 'publishes later messages to topics there', ('$KAFKA',)),
        Phrase('topic "{queue}" of "{address}"', GIVEN, open_topic, '',
               'looks into a topic from now on; it must be there', ('orders', '$KAFKA')),
        Phrase('message "{text}" is published to topic "{queue}"', WHEN, publish, '', 'publishes a message',
               (MESSAGE, 'orders'), acts=True),
        Phrase('message "{text}" is published to topic "{queue}" with key "{key}"', WHEN, publish_with_key, '',
               'publishes a message with a key', (MESSAGE, 'orders', '7'), acts=True),
        Phrase('message "{text}" is published to topic "{queue}" with', WHEN, publish_with_table, '',
               'publishes a message with a key, headers or both', (MESSAGE, 'orders'), acts=True, body=TABLE),
    ),
    *in_section(
        'Kafka',
        *with_waiting(*messages.checks(WORDS, TOPIC, 'orders')),
        messages.silence(WORDS, TOPIC, 'orders'),
        messages.storing(WORDS, TOPIC, 'orders'),
    ),
)  # fmt: skip
