"""Steps for Redis: keys, lists and channels."""

from __future__ import annotations

import json
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed, Words
from zatools.apitest.state.context import Context
from zatools.apitest.steps import messages
from zatools.apitest.steps.phrase import GIVEN, THEN, WHEN, Phrase, in_section
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.systems.redis_server import RedisServer
from zatools.apitest.values import pointer
from zatools.apitest.values.compare import same, show
from zatools.apitest.values.readers import as_integer
from zatools.screens import quantity

KIND, CHANNEL, WORDS = 'redis', 'Redis channel', 'Redis channel "{queue}"'
#: Items of a list that a failure shows.
LISTED = 5


def use_redis(context: Context, address: Any) -> None:
    """Names the server that later steps ask."""
    context.secrets.track_location(str(address))
    context.opened.add(KIND, KIND, RedisServer(str(address)))


def _server(context: Context) -> RedisServer:
    found: RedisServer | None = context.opened.current.get(KIND)
    if found is None:
        raise StepBroken('no step has named a Redis', at='-', hint='Given Redis is "$REDIS"')
    return found


def set_key(context: Context, key: Any, value: Any) -> None:
    """Sets a key; one that was not there is removed at the end."""
    _server(context).change(str(key), lambda client: client.set(str(key), messages.as_text(value)))


def remove_key(context: Context, key: Any) -> None:
    """Removes a key."""
    _server(context).ask(lambda client: client.delete(str(key)))


def push(context: Context, text: Any, key: Any) -> None:
    """Appends an item to a list."""
    _server(context).change(str(key), lambda client: client.rpush(str(key), messages.as_text(text)))


def publish(context: Context, text: Any, channel: Any) -> None:
    """Publishes a message to a channel."""
    _server(context).ask(lambda client: client.publish(str(channel), messages.as_text(text)))


def listen(context: Context, channel: Any) -> None:
    """Listens to a channel from now on."""
    context.opened.add(CHANNEL, str(channel), _server(context).listen(str(channel)))


def key_exists(context: Context, key: Any) -> None:
    """Fails where there is no such key."""
    if not _server(context).ask(lambda client: client.exists(str(key))):
        raise StepFailed('', at='key', expected=Words(f'a key {key}'), actual=Words('no such key'))


def key_does_not_exist(context: Context, key: Any) -> None:
    """Fails where there is such a key."""
    if _server(context).ask(lambda client: client.exists(str(key))):
        raise StepFailed('', at='key', expected=Words('no such key'), actual=Words(f'a key {key}'))


def key_is(context: Context, key: Any, value: Any) -> None:
    """Fails where a key has another value."""
    actual = _server(context).ask(lambda client: client.get(str(key)))
    if actual is None:
        raise StepFailed('', at='key', expected=messages.as_text(value), actual=Words('no such key'))
    if actual != messages.as_text(value):
        raise StepFailed('', at='value', expected=messages.as_text(value), actual=actual)


def _items(context: Context, key: Any) -> list[str]:
    found: list[str] = _server(context).ask(lambda client: client.lrange(str(key), 0, -1))
    return found


def has_items(context: Context, key: Any, number: Any) -> None:
    """Fails where a list has another length."""
    found = _items(context, key)
    if len(found) != as_integer(number):
        expected, actual = (Words(quantity(count, 'item')) for count in (as_integer(number), len(found)))
        raise StepFailed('', at='n', expected=expected, actual=actual, detail=_listed(found))


def has_item(context: Context, key: Any, value: Any) -> None:
    """Fails where a list lacks an item."""
    found = _items(context, key)
    if messages.as_text(value) not in found:
        raise _missing(found, f'a list with {show(value, 80)}')


def has_item_with(context: Context, key: Any, path: Any, value: Any) -> None:
    """Fails where no item of a list is JSON with a value at a path."""
    found = _items(context, key)
    if not any(same(pointer.find(_json(item), str(path)), value) for item in found):
        raise _missing(found, f'an item with {path} {show(value, 80)}', str(path))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING


def _missing(found: list[str], wanted: str, path: str = '') -> StepFailed:
    actual = Words(quantity(len(found), 'item'))
    return StepFailed('', at='value', expected=Words(wanted), actual=actual, detail=_listed(found, path))


def _listed(found: list[str], path: str = '') -> list[str]:
    rows = []
    for item in found[-LISTED:]:
        rows.append(show(item, 200))
        if path:
            rows.append(f'   {messages.why_not(_json(item), path)}')
    return rows


CHECKS = (
    Phrase('Redis key "{key}" exists', THEN, key_exists, '', 'there is such a key', ('user:1',), response=False),
    Phrase('Redis key "{key}" does not exist', THEN, key_does_not_exist, '', 'there is no such key', ('user:2',),
           response=False),
    Phrase('Redis key "{key}" is "{value}"', THEN, key_is, '', 'the key has this text', ('user:1', 'Ada'),
           response=False),
    Phrase('Redis list "{key}" has "{n}" items', THEN, has_items, '', 'the list has so many items', ('jobs', '1'),
           response=False, reads={'n': as_integer}),
    Phrase('Redis list "{key}" has an item "{value}"', THEN, has_item, '', 'the list has this text', ('jobs', 'a'),
           response=False),
    Phrase('Redis list "{key}" has an item with path "{path}" is "{value}"', THEN, has_item_with, '',
           'one of its items is JSON with this value', ('jobs', '/user', 'my.user'), response=False),
)  # fmt: skip
PHRASES = (
    *in_section(
        'Redis',
        Phrase('Redis is "{address}"', GIVEN, use_redis, '', 'names the server that later steps ask', ('$REDIS',)),
        Phrase('Redis key "{key}" is set to "{value}"', GIVEN, set_key, '',
               'sets it; a key that was not there is removed at the end of the feature', ('user:1', 'Ada')),
        Phrase('Redis key "{key}" is removed', GIVEN, remove_key, '', 'removes it', ('user:1',)),
        Phrase('Redis channel "{queue}" is listened to', GIVEN, listen, '', 'keeps what is published there from now on',
               ('events',)),
        Phrase('message "{text}" is pushed to Redis list "{key}"', WHEN, push, '', 'appends it', ('a', 'jobs'),
               acts=True),
        Phrase('message "{text}" is published to Redis channel "{channel}"', WHEN, publish, '', 'publishes it',
               ('{"user": "my.user"}', 'events'), acts=True),
    ),
    *in_section(
        'Redis',
        *with_waiting(*CHECKS, *messages.checks(WORDS, CHANNEL, 'events')),
        messages.silence(WORDS, CHANNEL, 'events'),
    ),
)  # fmt: skip
