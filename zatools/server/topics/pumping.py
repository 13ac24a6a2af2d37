"""Delivers the messages of one subscriber, in order: what is refused goes round, and the others wait behind it."""

from __future__ import annotations

import json
import logging
import math
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.failing import log_failure
from zatools.server.runtime import Runtime
from zatools.server.topics.messages import Message, PubSubMessage, pushed
from zatools.server.topics.subscribers import Subscriber

if TYPE_CHECKING:
    from zatools.server.channels.web_clients import Client
    from zatools.server.topics.broker import Topics

#: Seconds between two looks for messages that another process has published.
LOOK = 1.0
#: Seconds that a delivery has to finish when the server stops.
PATIENCE = 6.0
#: Seconds after which 4.1 gives a message up, and the longest that it waits between two times.
GIVEN_UP, LONGEST = 30 * 86400.0, 10.0
log = logging.getLogger('zatools.server')


class RefusedError(ConnectionError):
    """A REST connection answers with an error."""


class Pump(threading.Thread):
    """A thread that delivers to one subscriber."""

    def __init__(self, server: Runtime, topics: Topics, subscriber: Subscriber) -> None:
        super().__init__(name=f'topic-{subscriber.sub_key}', daemon=True)
        self.subscriber = subscriber
        self._server, self._topics = server, topics
        self._something = threading.Event()
        self._ending = threading.Event()

    def wake(self) -> None:
        """Says that there is something to deliver."""
        self._something.set()

    def stop(self) -> None:
        """Delivers nothing more; what is being delivered goes on."""
        self._ending.set()
        self._something.set()

    def finish(self) -> None:
        """Waits for what is being delivered."""
        if self.is_alive():
            self.join(PATIENCE)

    def run(self) -> None:
        """Delivers until it is stopped."""
        failures = 0
        while not self._ending.is_set():
            self._something.clear()
            try:
                failures = self._round(failures)
            # A bug of ours, or a file that can't be read for a moment: the thread goes on.
            except Exception as error:
                log_failure(f'delivery to {self._shown}', error, new_cid())
                self._ending.wait(self.subscriber.waits[0])

    @property
    def _shown(self) -> str:
        one = self.subscriber
        if one.service:
            return f"service '{one.service}'"
        if one.client:
            return f"a client of WebSocket channel '{one.client.item.name}'"
        return f"REST connection '{one.rest}'"

    def _round(self, failures: int) -> int:
        if self._is_away():
            self._ending.wait(LOOK)
            return 0
        batch = self._topics.waiting(self.subscriber.sub_key, self.subscriber.batch)
        if not batch:
            self._something.wait(LOOK)
            return 0
        cid = new_cid()
        try:
            self._deliver(batch, cid)
        # Any exception at all: a service that calls sys.exit() has refused the message, too.
        except BaseException as error:
            if self._is_away():
                return 0
            self._refused(batch, error, cid)
            self._ending.wait(self._pause(error, failures))
            return failures + 1
        self._topics.done(batch)
        return 0

    def _is_away(self) -> bool:
        # A client that left: its messages wait until it comes again.
        client = self.subscriber.client
        return client is not None and not client.is_valid

    def _refused(self, batch: list[Message], error: BaseException, cid: str) -> None:
        what = f"topic '{batch[0].topic}': {self._shown} refused message {batch[0].msg_id}"
        if len(batch) > 1:
            what += f' and {len(batch) - 1} more'
        if isinstance(error, (NoServiceError, RefusedError)) or self.subscriber.client:
            log.error('%s: %s (CID %s)', what, error, cid)
        else:
            log_failure(f'{what}; it', error, cid)
        over = [message for message in batch if self._is_over(message)]
        if over:
            log.error("topic '%s': %s is given up", batch[0].topic, ', '.join(one.msg_id for one in over))
            self._topics.done(over)
        self._topics.tried(batch)

    def _is_over(self, message: Message) -> bool:
        if self._server.generation != '3.2':
            return message.published + GIVEN_UP < time.time()
        return 0 < self.subscriber.most_tries <= message.tries + 1

    def _pause(self, error: BaseException, failures: int) -> float:
        of_network, other = self.subscriber.waits
        if self._server.generation == '3.2':
            if isinstance(error, OSError):
                return of_network
            return other
        grown = min(other + math.log2(failures + 1), LONGEST)
        return grown * (1 + random.random() / 10)

    def _deliver(self, batch: list[Message], cid: str) -> None:
        if self.subscriber.service:
            self._to_service(batch, cid)
        elif self.subscriber.client:
            self._to_client(batch, self.subscriber.client)
        else:
            self._to_rest(batch, cid)

    def _to_service(self, batch: list[Message], cid: str) -> None:
        server = self._server
        deployed = server.deployed(self.subscriber.service)
        payload: Any = self._listed([PubSubMessage(one) for one in batch])
        if server.generation != '3.2':
            payload = batch[0].text
            if deployed.input:
                payload = json.loads(payload)
        server.call(deployed, Call(cid, payload, payload, channel=server.about('invoke')))

    def _listed(self, found: list[Any]) -> Any:
        if self.subscriber.is_listed or len(found) > 1:
            return found
        return found[0]

    def _to_client(self, batch: list[Message], client: Client) -> None:
        # It has them once it answers.
        client.ask([PubSubMessage(one).to_external_dict() for one in batch], kind='zwsx.psrq')

    def _to_rest(self, batch: list[Message], cid: str) -> None:
        server, name = self._server, self.subscriber.rest
        connection = server.out.rest[name]
        body: Any = self._listed([PubSubMessage(one).to_external_dict() for one in batch])
        if server.generation != '3.2':
            # 4.1 sends them without the security of the connection.
            connection = server.out.bare(name, server.state)
            body = pushed(batch[0])
        headers = {'Content-Type': 'application/json'}
        text = json.dumps(body, ensure_ascii=False)
        answer = connection.http_request(self.subscriber.method, cid, text, None, headers)
        if answer.status_code >= 400:
            raise RefusedError(f'it answers {answer.status_code}')
