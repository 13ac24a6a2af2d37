"""Topics of Kafka that steps look into, and messages that they publish, by confluent-kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from zatools.apitest.failures import StepBroken
from zatools.apitest.systems.kafka_address import read
from zatools.apitest.systems.message import Message
from zatools.place import did_you_mean

#: Seconds until brokers must have answered; seconds after which brokers that all refuse are taken to be down.
WAIT, GRACE = 10.0, 1.0
#: Seconds of one call of the library, at first: no Ctrl-C is heard in it.
SLICE = 0.25
#: Messages, and bytes of them, that are kept of a topic.
KEPT, KEPT_BYTES = 10_000, 64_000_000
HINT = 'is it up, and are login and TLS (kafkas://) right?'
#: How clients behave. The group has no members: partitions are assigned here, and nothing is committed.
CLIENT = {'log_level': 0, 'client.id': 'apitest', 'reconnect.backoff.ms': 50, 'reconnect.backoff.max.ms': 500}
CONSUMER = {
    'group.id': 'apitest', 'enable.auto.commit': False, 'enable.auto.offset.store': False, 'enable.partition.eof': True,
    'allow.auto.create.topics': False, 'auto.offset.reset': 'earliest', 'fetch.wait.max.ms': 50,
}  # fmt: skip
PRODUCER = {'message.timeout.ms': int(WAIT * 1000), 'topic.metadata.propagation.max.ms': 5_000, 'linger.ms': 0}
T = TypeVar('T')


class Kafka:
    """The brokers of an address, and what publishes there."""

    def __init__(self, address: str) -> None:
        self.shown, self._settings = read(address)
        self._errors: list[Any] = []
        self._producer: Any = None

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Gives up what is not sent yet, and closes the connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.flush(1)

    def client(self, kind: str, settings: Mapping[str, Any]) -> Any:
        """Returns a client of the library's class of this name, a Consumer or a Producer."""
        try:
            import confluent_kafka
        except ImportError:
            text = 'the library confluent-kafka is not installed'
            raise StepBroken(text, at='address', hint='pip install confluent-kafka') from None
        whole = {**CLIENT, **settings, **self._settings, 'error_cb': self._errors.append}
        try:
            return getattr(confluent_kafka, kind)(whole)
        except confluent_kafka.KafkaException as error:
            raise StepBroken(f'{self.shown}: {_reason(error)}', at='address') from None

    def ask(self, client: Any, call: Callable[[float], T]) -> T:
        """Returns what a call of the client returns, which gets its seconds; raises StepBroken where nobody answers."""
        from confluent_kafka import KafkaError, KafkaException

        self._errors.clear()
        start, seconds = time.monotonic(), SLICE
        while True:
            try:
                return call(seconds)
            except KafkaException as error:
                if error.args[0].code() not in (KafkaError._TRANSPORT, KafkaError._TIMED_OUT):
                    raise self.refused(error) from None
            # Here the client tells its errors.
            client.poll(0.02)
            passed = time.monotonic() - start
            is_down = any(one.code() == KafkaError._ALL_BROKERS_DOWN for one in self._errors)
            if passed >= WAIT or (is_down and passed >= GRACE):
                raise self.silent() from None
            if not is_down:
                seconds = min(seconds * 2, WAIT - passed)

    def refused(self, error: Any) -> StepBroken:
        """Returns what brokers say."""
        return StepBroken(f'Kafka says: {_reason(error)}', at='queue')

    def silent(self) -> StepBroken:
        """Returns that brokers do not answer, with the reason where one is known."""
        from confluent_kafka import KafkaError

        reasons = [one for one in self._errors if one.code() != KafkaError._ALL_BROKERS_DOWN]
        text = f'does not answer: nothing came in {WAIT:g} s'
        if reasons:
            text = f'does not answer: {_reason(reasons[-1])}'
            if reasons[-1].code() == KafkaError._AUTHENTICATION:
                text = f'does not let us in: {_reason(reasons[-1])}'
        return StepBroken(f'{self.shown} {text}', at='address', hint=HINT)

    def publish(self, topic: str, text: str, key: str | None, headers: Mapping[str, str]) -> None:
        """Publishes a message, and waits until the brokers have it."""
        import confluent_kafka

        if self._producer is None:
            self._producer = self.client('Producer', PRODUCER)
        told: list[Any] = []
        pairs = [(name, value.encode()) for name, value in headers.items()]
        key_bytes = None if key is None else key.encode()
        self._errors.clear()
        try:
            self._producer.produce(
                topic, text.encode(), key_bytes, headers=pairs, on_delivery=lambda error, sent: told.append(error)
            )
        except (confluent_kafka.KafkaException, BufferError) as error:
            raise self.refused(error) from None
        self._wait_for(told)
        if told and told[0] is not None:
            raise self.refused(confluent_kafka.KafkaException(told[0]))

    def _wait_for(self, told: list[Any]) -> None:
        from confluent_kafka import KafkaError

        start = time.monotonic()
        while not told:
            self._producer.poll(SLICE)
            passed = time.monotonic() - start
            is_down = any(one.code() == KafkaError._ALL_BROKERS_DOWN for one in self._errors)
            if not told and (passed >= WAIT or (is_down and passed >= GRACE)):
                self._producer.purge()
                raise self.silent()


class Topic:
    """A topic that steps look into, from the ends that its partitions had when a step named it."""

    def __init__(self, kafka: Kafka, name: str) -> None:
        self.kafka, self.name = kafka, name
        self._consumer: Any = None
        # The offset that each partition is read up to.
        self._reached: dict[int, int] = {}
        self._found: list[Message] = []
        self._bytes = 0

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Closes the connections; the brokers know nothing of what was read."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()
        self.kafka.close()

    def open(self) -> None:
        """Looks for the topic, and reads what comes from now on; raises StepBroken where there is none."""
        self._consumer = consumer = self.kafka.client('Consumer', CONSUMER)
        from confluent_kafka import TopicPartition

        # A topic that is asked for by its name may be made thereby.
        known = self.kafka.ask(consumer, lambda seconds: consumer.list_topics(timeout=seconds)).topics
        if self.name not in known:
            hint = did_you_mean(self.name, list(known)) or 'the service, or a step, must make it first'
            raise StepBroken(f"{self.kafka.shown} has no topic '{self.name}'", at='queue', hint=hint)
        self._reached = dict.fromkeys(known[self.name].partitions, 0)
        self._reached = self._ends()
        consumer.assign([TopicPartition(self.name, number, offset) for number, offset in self._reached.items()])

    def _ends(self) -> dict[int, int]:
        # Returns the offset after the last message of each partition.
        from confluent_kafka import OFFSET_END, TopicPartition

        asked = [TopicPartition(self.name, number, OFFSET_END) for number in self._reached]
        found = self.kafka.ask(self._consumer, lambda seconds: self._consumer.offsets_for_times(asked, timeout=seconds))
        for one in found:
            if one.error:
                raise StepBroken(f'Kafka says: {one.error.str()}', at='queue')
        return {one.partition: one.offset for one in found}

    def messages(self) -> list[Message]:
        """Returns the messages that came since the topic was named, those too that came just now."""
        ends, before = self._ends(), len(self._found)
        last = time.monotonic()
        while any(self._reached[number] < end for number, end in ends.items()):
            event = self._consumer.poll(SLICE)
            if event is not None:
                self._take(event)
                last = time.monotonic()
            elif time.monotonic() - last > WAIT:
                raise self.kafka.silent()
        # Each partition is in order; of several, that of the brokers' clocks is the best there is.
        self._found[before:] = sorted(self._found[before:], key=lambda message: message.properties['timestamp'])
        return list(self._found)

    def _take(self, event: Any) -> None:
        from confluent_kafka import KafkaError

        error = event.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            # Errors without a topic are those of the group, which is not used.
            if event.topic():
                raise StepBroken(f'Kafka says: {error.str()}', at='queue')
            return
        if error is not None:
            # The end comes after marks of transactions too, which are no messages.
            self._reached[event.partition()] = max(event.offset(), self._reached[event.partition()])
            return
        self._reached[event.partition()] = event.offset() + 1
        self._bytes += len(event)
        if len(self._found) >= KEPT or self._bytes > KEPT_BYTES:
            text = f'too many messages came: {KEPT} of a topic are kept, and {KEPT_BYTES // 1_000_000} MB'
            raise StepBroken(text, at='queue', hint='look into a topic where less happens')
        self._found.append(message_of(event))


def message_of(event: Any) -> Message:
    """Returns the message that was read; key, partition, offset and timestamp are its properties."""
    key = event.key()
    properties = {'partition': event.partition(), 'offset': event.offset(), 'timestamp': event.timestamp()[1]}
    shown = ''
    if key is not None:
        shown = properties['key'] = _text(key)
    # Where a header is there twice, the last one counts, as for Kafka's own clients.
    headers = {name: _text(value) for name, value in event.headers() or ()}
    return Message(_text(event.value()), shown, headers, properties)


def _text(value: bytes | None) -> str:
    return (value or b'').decode('utf-8', 'replace')


def _reason(error: Any) -> str:
    # What was where for how long stands around the reason.
    inner = error
    if isinstance(error, Exception) and error.args:
        inner = error.args[0]
    text = str(inner)
    if hasattr(inner, 'str'):
        text = inner.str()
    return ' '.join(text.partition('/bootstrap: ')[2].split() or text.split()).partition(' (after ')[0]
