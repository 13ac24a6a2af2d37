"""Kafka, with confluent-kafka: its brokers for pings, and messages that services send to the topic of a definition."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Conn, RefusedError
from zatools.connections.pong import Attempt, printable

#: One broker of an address.
SERVER = re.compile(r'(\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253}):([0-9]{1,5})')
#: Seconds of one call of the library, and after which brokers that all refuse are taken to be down.
SLICE, GRACE = 0.25, 1.0
#: Fields with files of TLS, and the settings of librdkafka that they are.
FILES = {
    'ssl_ca_file': 'ssl.ca.location',
    'ssl_cert_file': 'ssl.certificate.location',
    'ssl_key_file': 'ssl.key.location',
}
#: How clients behave. librdkafka would write to stderr.
CLIENT = {'log_level': 0, 'client.id': 'zatools', 'reconnect.backoff.ms': 50, 'reconnect.backoff.max.ms': 2000}
UNVERIFIED = 'certificate verify failed'
#: What librdkafka says of brokers that can't be reached, and what we say of those that hang up.
ABSENT = re.compile('refused|timed out|unreachable|no route', re.IGNORECASE)
ENDED = 'it ends each connection: is it Kafka, and are login and TLS right?'


@dataclass(frozen=True)
class Peer(peer.Peer):
    """The brokers of a definition."""

    word = 'Kafka'
    address = 'address'
    blamed = {'ca-certificate': 'ssl_ca_file', 'client-certificate': 'ssl_cert_file'}

    @property
    def target(self) -> str:
        """The brokers."""
        return f'kafka://{printable(self.about.text("address"))}'

    @property
    def host(self) -> str:
        """The host of the first broker."""
        return self._first()[0]

    @property
    def port(self) -> int:
        """The port of the first broker."""
        return self._first()[1]

    def _first(self) -> tuple[str, int]:
        found = SERVER.match(self.about.text('address').strip())
        if not found or int(found[2]) > 65535:
            return '', 0
        return found[1].strip('[]'), int(found[2])

    def settings(self) -> dict[str, Any]:
        """Returns what librdkafka must know. Raises RefusedError, ZatoolsError."""
        about = self.about
        servers = [one.strip() for one in about.text('address').split(',')]
        if not all(_is_server(one) for one in servers):
            advice = 'as in kafka.example.com:9092, several by commas'
            raise RefusedError('client-setting', setting=self.target, advice=advice)
        is_tls, user = bool(about.get('ssl')), self.login
        protocol = ('sasl_' if user else '') + ('ssl' if is_tls else 'plaintext')
        found: dict[str, Any] = {**CLIENT, 'bootstrap.servers': ','.join(servers), 'security.protocol': protocol}
        if user:
            found |= {'sasl.mechanism': 'PLAIN', 'sasl.username': user, 'sasl.password': about.secret()}
        if is_tls:
            found |= {setting: about.text(name) for name, setting in FILES.items() if about.text(name)}
        return found

    def made(self, kind: str, more: Mapping[str, Any]) -> Any:
        """Returns a client of the library's class of this name; errors of connections are in its `told`."""
        import confluent_kafka

        errors = Errors()
        try:
            client = getattr(confluent_kafka, kind)({**self.settings(), **more, 'error_cb': errors.add})
        except confluent_kafka.KafkaException as error:
            raise self._unusable(reason_of(error)) from None
        return Made(client, errors)

    def _unusable(self, reason: str) -> RefusedError:
        if FILES['ssl_ca_file'] in reason:
            return RefusedError('ca-certificate', reason='no certificates in PEM')
        if 'ssl.certificate' in reason or 'ssl.key' in reason:
            return RefusedError('client-certificate', reason='no certificate and key in PEM')
        return RefusedError('client-setting', setting=self.target, advice=printable(reason))

    def open(self, seconds: float) -> Any:
        """Returns a client; it connects by itself. Raises RefusedError."""
        return self.made('Producer', {})

    def greet(self, client: Made, attempt: Attempt) -> str:
        """Asks which brokers there are, and whether they have the topic."""
        attempt.stage = 'look-up'
        found = client.asked(attempt.remaining)
        attempt.stage = 'answer'
        said = f'{len(found.brokers)} brokers' if len(found.brokers) > 1 else '1 broker'
        topic = self.about.text('topic')
        if topic and topic not in found.topics:
            said += f", no topic '{printable(topic, 40)}' yet"
        return f'Kafka, {said}'

    def close(self, client: Any) -> None:
        """Forgets a client: the library closes what nobody holds."""

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells logins that are refused, and certificates."""
        from confluent_kafka import KafkaError, KafkaException

        if not isinstance(error, KafkaException):
            return '', {}
        code, reason = error.args[0].code(), reason_of(error)
        if code == KafkaError._AUTHENTICATION:
            return 'client-login', {}
        if code == KafkaError._SSL and UNVERIFIED in reason:
            return 'tls-ca', {}
        if code == KafkaError._ALL_BROKERS_DOWN:
            reason = ENDED
        elif code in (KafkaError._TIMED_OUT, KafkaError._MSG_TIMED_OUT, KafkaError._RESOLVE) or ABSENT.search(reason):
            # Another look says which of host, port and network it is.
            return 'read-timeout', {}
        return 'client-failed', {'reason': printable(reason)}


def _is_server(text: str) -> bool:
    found = SERVER.fullmatch(text)
    return found is not None and 0 < int(found[2]) < 65536


class Errors:
    """What went wrong with connections to brokers, the last of each sort."""

    def __init__(self) -> None:
        self._last: dict[int, Any] = {}

    def add(self, error: Any) -> None:
        """Notes an error."""
        self._last[error.code()] = error

    @property
    def down(self) -> Any:
        """The error of no broker being reachable, None without it."""
        from confluent_kafka import KafkaError

        return self._last.get(KafkaError._ALL_BROKERS_DOWN)

    def worst(self) -> Any:
        """Returns the error that says most, None where there is none."""
        from confluent_kafka import KafkaError

        codes = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._RESOLVE, KafkaError._TRANSPORT)
        return next((self._last[code] for code in codes if code in self._last), None)

    def clear(self) -> None:
        """Forgets all."""
        self._last.clear()


@dataclass(frozen=True)
class Made:
    """A client of the library, and what goes wrong with it."""

    client: Any
    errors: Errors

    def asked(self, seconds: float) -> Any:
        """Returns what brokers say of themselves and of topics. Raises KafkaException."""
        from confluent_kafka import KafkaError, KafkaException

        until = time.monotonic() + seconds
        started = time.monotonic()
        while True:
            try:
                return self.client.list_topics(timeout=SLICE)
            except KafkaException:
                # Errors of connections are told here.
                self.client.poll(0)
                now, worst = time.monotonic(), self.errors.worst()
                if now > until or (self.errors.down and now - started > GRACE):
                    raise KafkaException(worst or self.errors.down or KafkaError(KafkaError._TIMED_OUT)) from None


class Kafka(Conn):
    """`self.out.kafka['Orders']`."""

    called = 'self.out.kafka[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._making = threading.Lock()
        self._made: Made | None = None

    def send(self, data: Any, key: str | bytes | None = None, headers: Mapping[str, Any] | None = None) -> None:
        """Sends a message, and returns once the brokers have it. Raises ConnectionError where they don't.

        What is neither a text nor bytes is sent as JSON.
        """
        from confluent_kafka import KafkaException

        attempt = Attempt(self._connection.timeout)
        try:
            made = self._opened(attempt)
            error = self._delivered(made, data, key, headers)
        except (RefusedError, KafkaException, BufferError) as other:
            raise self._told(other, attempt) from None
        if error is not None:
            attempt.stage = 'look-up'
            raise self._told(KafkaException(made.errors.worst() or error), attempt)

    def _delivered(self, made: Made, data: Any, key: Any, headers: Mapping[str, Any] | None) -> Any:
        # Returns what is wrong with it, once that is known: the library gives up by itself.
        told: list[Any] = []
        topic = self._connection.peer.about.text('topic')
        pairs = [(name, _bytes(value)) for name, value in (headers or {}).items()]
        made.errors.clear()
        made.client.produce(
            topic, _bytes(data), key, headers=pairs, on_delivery=lambda error, message: told.append(error)
        )
        while not told:
            made.client.poll(SLICE)
        return told[0]

    def _opened(self, attempt: Attempt) -> Made:
        with self._making:
            if self._made is None:
                peer_: Any = self._connection.peer
                seconds = int(self._connection.timeout * 1000)
                made: Made = peer_.made('Producer', {'message.timeout.ms': seconds, 'linger.ms': 0})
                # Brokers that are not there are known at once; a message would be waited for until its end.
                attempt.stage = 'look-up'
                made.asked(attempt.remaining)
                self._made = made
            attempt.stage = 'answer'
            return self._made

    def close(self) -> None:
        """Forgets the client; all that was sent is there, or its service was told."""
        self._made = None


def _bytes(data: Any) -> bytes:
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    if isinstance(data, str):
        return data.encode()
    return json.dumps(data).encode()


def reason_of(error: Any) -> str:
    """Returns the reason that an error of the library has, without where it was and for how long."""
    inner = error
    if isinstance(error, Exception) and error.args:
        inner = error.args[0]
    text = inner.str() if hasattr(inner, 'str') else str(inner)
    return ' '.join(text.partition('/bootstrap: ')[2].split() or text.split()).partition(' (after ')[0]
