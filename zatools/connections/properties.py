"""Properties of AMQP messages: checks what callers give, and converts it for brokers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pika

from zatools.kinds.amqp import MODES
from zatools.place import did_you_mean


class PropertyError(ValueError):
    """A message can't have a property. The text has its name and what it takes, never the value."""


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str | int):
        raise ValueError
    str(value).encode()
    return str(value)


def _timestamp(value: Any) -> int:
    number = int(value)
    if not 0 <= number < 2**64:
        raise ValueError
    return number


def _mode(value: Any) -> int:
    if value in MODES:
        return MODES[value]
    return {1: 1, 2: 2}[value]


def _priority(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= 255:
        raise ValueError
    return number


def _expiration(value: Any) -> str:
    # Definitions have seconds, as Zato's servers read them. Brokers take milliseconds, as a text.
    return str(int(float(value) * 1000))


def _headers(value: Any) -> dict[str, Any]:
    headers = dict(value)
    # Raises an error for values that no broker takes.
    pika.BasicProperties(headers=headers).encode()
    return headers


TEXT = _text, 'a text'
#: Each property: how to read it, and what it takes, in words.
PROPERTIES: dict[str, tuple[Callable[[Any], Any], str]] = {
    'app_id': TEXT,
    'cluster_id': TEXT,
    'content_encoding': TEXT,
    'content_type': TEXT,
    'correlation_id': TEXT,
    'delivery_mode': (_mode, '1 (non_persistent) or 2 (persistent)'),
    'expiration': (_expiration, 'a number of seconds'),
    'headers': (_headers, 'a dict of texts, whole numbers, booleans, lists and dicts'),
    'message_id': TEXT,
    'priority': (_priority, 'a number from 0 to 255'),
    'reply_to': TEXT,
    'timestamp': (_timestamp, 'a number of seconds since 1970'),
    'type': TEXT,
    'user_id': TEXT,
}


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns properties as brokers take them, without those that are None. Raises PropertyError."""
    return {name: _read(name, value) for name, value in given.items() if value is not None}


def _read(name: str, value: Any) -> Any:
    if name not in PROPERTIES:
        hint = did_you_mean(name, PROPERTIES) or f'there are: {", ".join(PROPERTIES)}'
        raise PropertyError(f"messages have no property '{name}'; {hint}")
    reader, takes = PROPERTIES[name]
    try:
        return reader(value)
    # pika's encoder has no exception of its own for such values, and some of its messages quote the value.
    except Exception:
        raise PropertyError(f"property '{name}' of a message takes {takes}") from None
