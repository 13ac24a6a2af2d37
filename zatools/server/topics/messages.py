"""Messages of topics, as they are kept, and as services and clients of each generation see them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zatools.server.http.formats import plain

#: What a published message may say of itself, besides priority and expiration.
ABOUT = (
    'correl_id',
    'in_reply_to',
    'ext_client_id',
    'ext_pub_time',
    'mime_type',
    'reply_to_sk',
    'user_ctx',
    'zato_ctx',
)
LOWEST, USUAL, HIGHEST = 1, 5, 9


def text_of(data: Any) -> tuple[str, bool]:
    """Returns data as the text that is kept, and whether that is JSON."""
    if isinstance(data, str):
        return data, False
    if isinstance(data, (bytes, bytearray)):
        return bytes(data).decode('utf-8', 'replace'), False
    return json.dumps(data, default=plain, ensure_ascii=False), True


def iso(seconds: float) -> str:
    """Returns a time as text, in UTC without a zone."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


@dataclass(frozen=True)
class Message:
    """One message in the queue of one subscriber; times are seconds since 1970."""

    id: int
    sub_key: str
    topic: str
    msg_id: str
    text: str
    is_json: bool
    about: Mapping[str, Any]
    priority: int
    published: float
    expires: float
    tries: int

    @property
    def data(self) -> Any:
        """What was published: a text, or what its JSON holds."""
        if self.is_json:
            return json.loads(self.text)
        return self.text

    @property
    def size(self) -> int:
        """The length of its text."""
        return len(self.text)


def message_of(row: sqlite3.Row) -> Message:
    """Returns the message that a row keeps."""
    values = {name: row[name] for name in row.keys() if name not in ('about', 'is_json')}  # noqa: SIM118
    return Message(**values, about=json.loads(row['about']), is_json=bool(row['is_json']))


#: Names of 3.2's messages that stay within the server.
INTERNAL = frozenset(['sub_key', 'server_name', 'user_ctx', 'zato_ctx', 'reply_to_sk', 'pub_msg_id', 'pub_correl_id'])


class PubSubMessage:
    """A message as 3.2's services get it."""

    def __init__(self, message: Message) -> None:
        about = message.about
        self.data = message.data
        self.pub_msg_id = self.msg_id = message.msg_id
        self.pub_correl_id = self.correl_id = about.get('correl_id')
        self.in_reply_to, self.ext_client_id = about.get('in_reply_to'), about.get('ext_client_id')
        self.topic_name, self.sub_key = message.topic, message.sub_key
        self.priority, self.delivery_count, self.size = message.priority, message.tries, message.size
        self.expiration = int(message.expires - message.published)
        self.pub_time_iso = self.recv_time_iso = iso(message.published)
        self.ext_pub_time_iso, self.expiration_time_iso = about.get('ext_pub_time'), iso(message.expires)
        self.mime_type, self.has_gd = about.get('mime_type') or 'text/plain', bool(about.get('has_gd'))
        self.user_ctx, self.zato_ctx = about.get('user_ctx'), about.get('zato_ctx')
        self.reply_to_sk = about.get('reply_to_sk')

    def to_dict(self) -> dict[str, Any]:
        """Returns all of it."""
        return dict(vars(self))

    def to_external_dict(self) -> dict[str, Any]:
        """Returns what clients see of it."""
        found = {name: value for name, value in vars(self).items() if name not in INTERNAL and value is not None}
        if self.reply_to_sk:
            found['ctx'] = {'reply_to_sk': self.reply_to_sk}
        return found

    def to_json(self) -> str:
        """Returns all of it as JSON."""
        return json.dumps(self.to_dict(), default=plain)

    def to_external_json(self) -> str:
        """Returns what clients see of it as JSON."""
        return json.dumps(self.to_external_dict(), default=plain)

    def __repr__(self) -> str:
        return f'<PubSubMessage {self.pub_msg_id} of {self.topic_name}>'


def pulled(message: Message) -> dict[str, Any]:
    """Returns a message as 4.1's clients get it that ask for their messages."""
    now = time.time()
    meta = {
        'topic_name': message.topic,
        'size': message.size,
        'priority': message.priority,
        'expiration': int(message.expires - message.published),
        'msg_id': message.msg_id,
        'sub_key': message.sub_key,
        'pub_time_iso': iso(message.published),
        'recv_time_iso': iso(message.published),
        'expiration_time_iso': iso(message.expires),
        'time_since_pub': round(now - message.published, 3),
        'time_since_recv': round(now - message.published, 3),
    }
    return {'data': _parsed(message), 'meta': meta | _given(message)}


def pushed(message: Message) -> dict[str, Any]:
    """Returns a message as 4.1 sends it to REST connections."""
    found = {
        'msg_id': message.msg_id,
        'sequence_id': message.id,
        'topic_name': message.topic,
        'data': message.text,
        'data_class': message.about.get('data_class') or '',
        'data_size': message.size,
        'data_preview': message.text[:200],
        'priority': message.priority,
        'expiration': int(message.expires - message.published),
        'pub_time_iso': iso(message.published),
        'recv_time_iso': iso(message.published),
        'expiration_time_iso': iso(message.expires),
    }
    others = {name: message.about[name] for name in ('publisher', 'cid') if message.about.get(name)}
    return found | others | _given(message)


def _given(message: Message) -> dict[str, Any]:
    names = ('correl_id', 'in_reply_to', 'ext_client_id')
    return {name: message.about[name] for name in names if message.about.get(name)}


def _parsed(message: Message) -> Any:
    try:
        return json.loads(message.text)
    except (ValueError, RecursionError):
        return message.text
