"""Topics: what is published is kept until whoever is subscribed has it, through restarts too."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.api.exceptions import BadRequest, Forbidden, Inactive, ZatoException
from zatools.server.parts import is_on
from zatools.server.topics.messages import ABOUT, HIGHEST, LOWEST, USUAL, Message, message_of, text_of
from zatools.server.topics.sockets import PREFIX, Sockets
from zatools.server.topics.subscribers import Subscriber, cased, key_of, of_service, subscribers_of, topics_of
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime
    from zatools.server.topics.pumping import Pump

#: Seconds that messages live unless they say so; on 3.2 that is the most, too, unless the topic says another.
LIVES = {'3.2': 86400.0, '4.1': 31536000.0}
#: Letters of a topic's name on 4.1.
LONGEST = 200
ROW = (
    'insert into queued (sub_key, topic, msg_id, text, is_json, about, priority, published, expires)'
    ' values (?, ?, ?, ?, ?, ?, ?, ?, ?)'
)
log = logging.getLogger('zatools.server')


class Post(NamedTuple):
    """What is published: its data, and what was said of it."""

    data: Any
    priority: Any = USUAL
    expiration: Any = None
    about: Mapping[str, Any] = {}


class Topics:
    """The topics of a server: of definitions, of services, and those that publishing brings into being."""

    def __init__(self, server: Runtime) -> None:
        self._server = server
        self._kept = server.parts.kept
        self._known: dict[str, Item] = {}
        self._defined: dict[str, Subscriber] = {}
        self._pumps: dict[str, Pump] = {}
        self._changing = threading.RLock()
        self.sockets = Sockets(server, self._pump_all)
        self._read()

    @property
    def _generation(self) -> str:
        return self._server.generation

    def _read(self) -> None:
        self._known = topics_of(self._server.state, self._generation)
        self._defined = {one.sub_key: one for one in subscribers_of(self._server.state, self._generation)}

    def update(self) -> None:
        """Takes over definitions, and delivers what was kept."""
        with self._changing:
            self._read()
            for one in self._pump_all():
                if one.service and one.service not in self._server.services:
                    log.warning(
                        "topic %s: no service '%s', its messages wait", ', '.join(sorted(one.topics)), one.service
                    )
            for name, item in self._known.items():
                if item.values.get('hook_service'):
                    log.warning("topic '%s': its hook_service is not called here", name)

    def _pump_all(self) -> list[Subscriber]:
        # Returns those that messages go to by themselves.
        with self._changing:
            wanted = {one.sub_key: one for one in self.subscribers() if one.is_pushed}
            for key in [key for key, pump in self._pumps.items() if wanted.get(key) != pump.subscriber]:
                self._pumps.pop(key).stop()
            for one in wanted.values():
                self._pump(one)
            return list(wanted.values())

    def _pump(self, subscriber: Subscriber) -> None:
        if not self._server.parts.is_running or subscriber.sub_key in self._pumps:
            return
        from zatools.server.topics.pumping import Pump

        self._pumps[subscriber.sub_key] = pump = Pump(self._server, self, subscriber)
        pump.start()

    def subscribers(self) -> list[Subscriber]:
        """Returns all that are subscribed: by definitions, by calls, and services that were published to."""
        found = dict(self._defined)
        for row in self._kept.all('select sub_key, topic, who, service from subscribed order by sub_key, topic'):
            topics = frozenset([row['topic']])
            before = found.get(row['sub_key'])
            if before is not None:
                found[row['sub_key']] = replace(before, topics=before.topics | topics)
            elif row['service']:
                found[row['sub_key']] = of_service(row['service'], row['topic'], self._generation)
            elif row['sub_key'].startswith(PREFIX):
                found[row['sub_key']] = self.sockets.subscriber(row['sub_key'], topics, row['who'])
            else:
                found[row['sub_key']] = Subscriber(row['sub_key'], topics, row['who'])
        return list(found.values())

    def publish(self, name: str, post: Post) -> str:
        """Keeps a message for each subscriber, and returns its id.

        Raises Forbidden for a topic that 3.2 does not have, BadRequest for a priority or an expiration that it refuses.
        """
        topic = self._resolved(name)
        item = self._known.get(topic)
        if item is not None and not is_on(item, self._generation):
            raise Inactive(f"topic '{topic}' is not active")
        priority, lifetime = self._limits(post, item)
        keys = [one.sub_key for one in self.subscribers() if topic in one.topics]
        self._check_depth(topic, item)
        msg_id, now = f'zpsm{token_hex(12)}', time.time()
        text, is_json = text_of(post.data)
        about = json.dumps({key: value for key, value in post.about.items() if value is not None}, default=str)
        rows = [(key, topic, msg_id, text, is_json, about, priority, now, now + lifetime) for key in keys]
        if not keys:
            log.info("topic '%s' has no subscribers: message %s is dropped", topic, msg_id)
        self._kept.many(ROW, rows)
        for key in keys:
            if pump := self._pumps.get(key):
                pump.wake()
        return msg_id

    def _resolved(self, name: str) -> str:
        # Straight to a service it goes by a topic of its own, which comes into being.
        is_service = name in self._server.services
        topic = cased(name, self._generation)
        if self._generation == '3.2':
            if self.has(name):
                return name
            if not is_service:
                hint = did_you_mean(name, [*self._known, *self._server.services])
                raise Forbidden(None, f"there is no topic or service '{name}'; {hint}".rstrip('; '), needs_msg=True)
            return self._made_for(name, f'/zato/s/to/{"".join(one if one.isalnum() else "-" for one in name)}')
        if is_service:
            return self._made_for(name, f'zato.s.to.{name}'.lower())
        if not topic.isascii() or '#' in topic or not 0 < len(topic) <= LONGEST:
            raise BadRequest(
                None, f"'{name[:60]}' is no name of a topic: ASCII, no #, at most {LONGEST}", needs_msg=True
            )
        return topic

    def _made_for(self, service: str, topic: str) -> str:
        one = of_service(service, topic, self._generation)
        self.subscribe(topic, one.sub_key, service=service)
        self._pump(one)
        return topic

    def has(self, topic: str) -> bool:
        """Tells whether there is a topic."""
        return topic in self._known or bool(self._kept.all('select 1 from topic where name = ?', topic))

    def is_active(self, topic: str) -> bool:
        """Tells whether a topic is active; one that nobody defined is."""
        item = self._known.get(topic)
        return item is None or is_on(item, self._generation)

    def create(self, name: str) -> None:
        """Makes a topic that no definition has."""
        self._kept.do('insert or ignore into topic values (?)', cased(name, self._generation))

    def _limits(self, post: Post, item: Item | None) -> tuple[int, float]:
        priority, expiration = _whole(post.priority), _number(post.expiration)
        most = LIVES[self._generation]
        if self._generation != '3.2':
            lowest = 0
            lifetime = most
            if expiration is not None:
                lifetime = max(1.0, expiration)
            if priority is None or not lowest <= priority <= HIGHEST:
                priority = USUAL
            return priority, lifetime
        if priority is None or not LOWEST <= priority <= HIGHEST:
            raise BadRequest(None, f'priority is from {LOWEST} to {HIGHEST}', needs_msg=True)
        if post.expiration not in (None, '') and (expiration is None or expiration < 0):
            raise BadRequest(None, 'expiration is a number of seconds', needs_msg=True)
        if item is not None:
            most = float(item.values.get('limit_message_expiry') or most)
        return priority, min(expiration or most, most)

    def _check_depth(self, topic: str, item: Item | None) -> None:
        if self._generation != '3.2' or item is None:
            return
        name = 'max_depth_non_gd'
        if item.values.get('has_gd'):
            name = 'max_depth_gd'
        most = int(item.values.get(name) or item.kind.by_name[name].default_of('3.2'))
        found = self._kept.all('select count(distinct msg_id) from queued where topic = ?', topic)[0][0]
        if found >= most:
            raise ZatoException(None, f"topic '{topic}' has {found} messages that nobody took: {name} is {most}")

    def subscribe(self, topic: str, sub_key: str = '', who: str = '', service: str = '') -> str:
        """Subscribes somebody to a topic, and returns the key of the subscription."""
        topic = cased(topic, self._generation)
        key = sub_key or key_of('zpsk.api.', who, topic)
        self._kept.do('insert or ignore into subscribed values (?, ?, ?, ?)', key, topic, who, service)
        return key

    def unsubscribe(self, topic: str, sub_key: str) -> None:
        """Ends a subscription that a call made, and drops what waits for it."""
        topic = cased(topic, self._generation)
        with self._kept.together():
            self._kept.do('delete from subscribed where sub_key = ? and topic = ?', sub_key, topic)
            self._kept.do('delete from queued where sub_key = ? and topic = ?', sub_key, topic)

    def waiting(self, sub_key: str, most: int, topic: str = '', max_len: int = 0) -> list[Message]:
        """Returns messages that wait for a subscriber, in their order; what has expired is dropped."""
        now = time.time()
        if self._kept.all('select 1 from queued where sub_key = ? and expires < ? limit 1', sub_key, now):
            self._kept.do('delete from queued where sub_key = ? and expires < ?', sub_key, now)
        rows = self._kept.all(
            "select * from queued where sub_key = ? and (? = '' or topic = ?) order by priority desc, id limit ?",
            sub_key, cased(topic, self._generation), cased(topic, self._generation), most,
        )  # fmt: skip
        found = [message_of(row) for row in rows]
        size = 0
        for number, message in enumerate(found):
            size += message.size
            if max_len and number and size > max_len:
                return found[:number]
        return found

    def done(self, messages: Iterable[Message]) -> None:
        """Takes messages off their queues."""
        self._kept.many('delete from queued where id = ?', [(message.id,) for message in messages])

    def tried(self, messages: Iterable[Message]) -> None:
        """Counts a delivery that failed."""
        self._kept.many('update queued set tries = tries + 1 where id = ?', [(message.id,) for message in messages])

    def message(self, msg_id: str, sub_key: str = '') -> list[Message]:
        """Returns a message in the queues that it is in, or in that of one subscriber."""
        rows = self._kept.all(
            "select * from queued where msg_id = ? and (? = '' or sub_key = ?)", msg_id, sub_key, sub_key
        )
        return [message_of(row) for row in rows]

    def depth(self, sub_key: str) -> int:
        """Returns how many messages wait for a subscriber."""
        return int(self._kept.all('select count(*) from queued where sub_key = ?', sub_key)[0][0])

    def depths(self) -> dict[str, int]:
        """Returns how many messages wait in each topic, for all of its subscribers together."""
        rows = self._kept.all('select topic, count(*) as number from queued group by topic')
        waiting = {row['topic']: row['number'] for row in rows}
        names = {*self._known, *waiting, *(topic for one in self.subscribers() for topic in one.topics)}
        return {name: waiting.get(name, 0) for name in sorted(names)}

    def stop(self) -> None:
        """Delivers nothing more."""
        with self._changing:
            for pump in self._pumps.values():
                pump.stop()

    def close(self) -> None:
        """Stops, once what is being delivered is finished."""
        self.stop()
        for pump in self._pumps.values():
            pump.finish()


def about_of(given: Mapping[str, Any], **further: Any) -> dict[str, Any]:
    """Returns what a published message says of itself."""
    return {**{name: given[name] for name in ABOUT if given.get(name)}, **further}


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _number(value: Any) -> float | None:
    try:
        return min(float(value), 1e10)
    except (TypeError, ValueError, OverflowError):
        return None
