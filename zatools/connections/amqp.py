"""Outgoing AMQP connections: a ping opens a connection and a channel, the broker confirms a publish."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pika
from pika.adapters.utils import connection_workflow
from pika.exceptions import (
    AMQPHeartbeatTimeout,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    NackError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
    UnroutableError,
)

from zatools.connections import causes, properties, tls
from zatools.connections.causes import Names
from zatools.connections.failures import fail
from zatools.connections.login import password_spot, secret_of
from zatools.connections.pong import TIMEOUT, Attempt, Pong, Verdict, duration, printable, spot
from zatools.errors import ZatoolsError
from zatools.kinds.broker import Broker
from zatools.state import Item

# pika logs its arguments, and each failure several times. Arguments may hold secrets.
logging.getLogger('pika').setLevel(logging.CRITICAL + 1)

FRAME_MAX = 4096, 131072
HEARTBEAT_MAX = 65535
#: Bytes that AMQP has for a name: that of a virtual host, an exchange, a routing key, a property.
LONGEST = 255
NOT_FOUND = 404
Error = TypeVar('Error', bound=Exception)
REPLY = re.compile(r'\(\d+\) ["\']')
NAMES: Names = (
    (ProbableAuthenticationError, 'amqp-login'),
    (ProbableAccessDeniedError, 'amqp-access'),
    (AMQPHeartbeatTimeout, 'heartbeat'),
    (ConnectionBlockedTimeout, 'blocked'),
    (UnroutableError, 'unroutable'),
    (NackError, 'nack'),
    (ChannelClosedByBroker, 'message'),
    (ConnectionClosedByBroker, 'amqp-closed'),
    (connection_workflow.AMQPConnectorSocketConnectError, 'connect'),
    (connection_workflow.AMQPConnectorStackTimeout, 'read-timeout'),
)
LAST: Names = (((IncompatibleProtocolError, StreamLostError), 'amqp-protocol'), (UnicodeError, 'address'))


@dataclass(frozen=True)
class Message:
    """What to publish, and where; `properties` win over those of the connection."""

    body: bytes
    exchange: str
    routing_key: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AmqpConnection:
    """An outgoing AMQP connection. It logs in with its definition (3.2) or with its own values (4.1)."""

    item: Item
    broker: Broker
    login: Item
    default_heartbeat: int
    timeout: float = TIMEOUT

    @property
    def target(self) -> str:
        """The broker's address, as users see it."""
        return printable(str(self.broker))

    @property
    def user(self) -> str:
        """The name of the user that it logs in as."""
        return str(self.login.values.get('username', 'guest'))

    def ping(self, attempt: Attempt) -> Pong:
        """Opens a connection and a channel."""
        try:
            too_long = self._too_long(attempt)
            if too_long:
                return too_long
            with self.opened(attempt) as connection:
                return self._pong(connection, attempt)
        except ZatoolsError as error:
            return self._fail('sealed', attempt, reason=error.text)
        # pika decodes whatever a broker sends, and raises any exception of Python's for what it can't decode.
        except Exception as error:
            return self.failed(error, attempt)

    def publish(self, attempt: Attempt, message: Message) -> Pong:
        """Publishes a message and waits until the broker confirms that a queue has it."""
        words = {'exchange': printable(message.exchange), 'key': printable(message.routing_key)}
        refused = self.refused(message, attempt)
        if refused:
            return refused
        try:
            with self.opened(attempt) as connection:
                return self._publish(connection, attempt, message)
        except ZatoolsError as error:
            return self._fail('sealed', attempt, reason=error.text)
        # As in a ping.
        except Exception as error:
            return self.failed(error, attempt, **words)

    def refused(self, message: Message, attempt: Attempt) -> Pong | None:
        """Returns why no broker would take a message; None where one may."""
        try:
            texts = {'exchange': message.exchange, 'routing_key': message.routing_key}
            return self._too_long(attempt, {**texts, **self.properties(message.properties)})
        except properties.PropertyError as error:
            return self._fail('property', attempt, reason=str(error))
        except UnicodeError:
            return self._fail('property', attempt, reason='the exchange or the routing key is no text in UTF-8')

    def opened(self, attempt: Attempt) -> _Opened:
        """Opens a connection for a `with` block, which closes it at its end. Raises the errors of pika."""
        connection = pika.BlockingConnection(self.parameters(attempt.remaining))
        attempt.stage = 'answer'
        properties_of_server = connection._impl.server_properties or {}
        for name in ('product', 'version'):
            attempt.facts[name] = printable(str(properties_of_server.get(name, '')), 40)
        attempt.facts['vhost'] = self.broker.vhost
        # pika gives no public access to its socket. Without the socket only the facts of TLS are missing.
        attempt.facts.update(tls.facts_of(getattr(connection._impl._transport, '_sock', None)))
        # The blocking connection itself would report a blocked one only after its timeout.
        connection._impl.add_on_connection_blocked_callback(
            lambda _, frame: attempt.facts.__setitem__('blocked', printable(str(frame.method.reason)))
        )
        return _Opened(connection)

    def parameters(self, seconds: float) -> pika.ConnectionParameters:
        """Returns the parameters for pika; no step of connecting takes longer than `seconds`."""
        values = self.login.values
        low, high = FRAME_MAX
        secure = None
        if self.broker.scheme == 'amqps':
            secure = pika.SSLOptions(tls.context_for(tls.VERIFIED), self.broker.host)
        return pika.ConnectionParameters(
            host=self.broker.host,
            port=self.broker.port,
            virtual_host=self.broker.vhost,
            credentials=pika.PlainCredentials(self.user, secret_of(self.login), erase_on_connect=True),
            heartbeat=min(max(values.get('heartbeat', self.default_heartbeat), 0), HEARTBEAT_MAX),
            frame_max=min(max(values.get('frame_max') or high, low), high),
            ssl_options=secure,
            connection_attempts=1,
            socket_timeout=seconds,
            stack_timeout=seconds,
            blocked_connection_timeout=max(0.1, seconds - 0.2),
            client_properties={'product': 'zatools', 'connection_name': f'zatools: {self.item.name}'},
        )

    def _pong(self, connection: pika.BlockingConnection, attempt: Attempt) -> Pong:
        connection.channel()
        took = attempt.took
        product = ' '.join(filter(None, (attempt.facts['product'], attempt.facts['version'])))
        text = ', '.join([product or 'AMQP', duration(took), *tls.words_of(attempt.facts)])
        return Pong(Verdict.OK, text, took, facts=dict(attempt.facts))

    def _publish(self, connection: pika.BlockingConnection, attempt: Attempt, message: Message) -> Pong:
        channel = connection.channel()
        channel.confirm_delivery()
        given = pika.BasicProperties(**self.properties(message.properties))
        attempt.stage = 'confirm'
        sent = attempt.took
        channel.basic_publish(message.exchange, message.routing_key, message.body, given, mandatory=True)
        took = attempt.took - sent
        text = (
            f"Published to exchange '{printable(message.exchange)}', routing key '{printable(message.routing_key)}', "
            f'confirmed by the broker in {duration(took)}'
        )
        return Pong(Verdict.OK, text, took, facts=dict(attempt.facts))

    def properties(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a message's properties: the given ones, and else the connection's. Raises PropertyError."""
        values = self.item.values
        names = ('content_type', 'content_encoding', 'priority', 'user_id', 'app_id')
        own = {name: values[name] for name in names if values.get(name)}
        own.setdefault('priority', 5)
        own['delivery_mode'] = values.get('delivery_mode') or 'persistent'
        own['expiration'] = values.get('expiration') or None
        return properties.read({**own, **given})

    def failed(self, error: Exception, attempt: Attempt, **words: str) -> Pong:
        """Returns the pong for an exception."""
        name, reason = causes.name_of(error, NAMES, LAST)
        closed = _first_of(ChannelClosedByBroker, error)
        if name == 'connect':
            name, reason = causes.name_of(error)
            # The socket timed out while it connected, so nobody waited for an answer yet.
            if name == 'read-timeout':
                name = 'connect-timeout'
        elif name in ('amqp-access', 'amqp-closed'):
            name, reason = _reason_of_close(error)
        elif closed is not None:
            name = 'message'
            if closed.reply_code == NOT_FOUND:
                name = 'queue' if words.get('queue') else 'exchange'
            reason = printable(closed.reply_text)
            words['advice'] = self._advice(closed.reply_text)
        elif name == 'unroutable' and not words.get('exchange'):
            name = 'no-queue'
        elif name == 'blocked':
            reason = attempt.facts.get('blocked', '')
        elif name == 'amqp-protocol' and attempt.stage != 'look-up':
            name = 'reset'
        if name in ('tls-name', 'tls-ca', 'tls-expired'):
            words.update(tls.described(self.broker.host, self.broker.port, attempt.remaining))
        return self._fail(name, attempt, reason=reason, **words)

    def _advice(self, reply: str) -> str:
        if 'user_id' in reply:
            return f"user_id must be '{printable(self.user)}', as whom the connection logs in"
        if 'expiration' in reply:
            return 'expiration is in seconds: is it as long as that?'
        return 'what do the permissions and policies of the broker say?'

    def _too_long(self, attempt: Attempt, texts: Mapping[str, Any] | None = None) -> Pong | None:
        if len(self.broker.vhost.encode()) > LONGEST:
            return self._fail('amqp-settings', attempt, what='virtual host')
        for name, value in (texts or {}).items():
            if isinstance(value, str) and len(value.encode()) > LONGEST:
                field = f'--{name.replace("_", "-")}'
                if self.item.values.get(name) == value:
                    field = spot(self.item, name)
                return self._fail('amqp-settings', attempt, what=name.replace('_', ' '), field=field)
        return None

    def _fail(self, name: str, attempt: Attempt, **values: Any) -> Pong:
        name_of_field = {
            'amqp-vhost': 'vhost',
            'amqp-access': 'vhost',
            'amqp-settings': 'vhost',
            'message': 'user_id',
            'queue': 'queue',
        }.get(name, 'host')
        if name_of_field in ('host', 'vhost') and 'address' in self.login.values:
            name_of_field = 'address'
        item = self.login
        if name in ('message', 'queue'):
            item = self.item
        words = {**self.words(), 'field': spot(item, name_of_field), **values}
        if name == 'amqp-login':
            name_of_field = 'password'
        return fail(name, attempt, item.place_of(name_of_field), **words)

    def words(self) -> dict[str, str]:
        """Returns the values that sentences about this connection need."""
        address = 'address' if 'address' in self.login.values else 'host'
        return {
            'host': printable(self.broker.host),
            'where': printable(self.broker.netloc),
            'target': self.target,
            'field': spot(self.login, address),
            'user': printable(self.user),
            'vhost': printable(self.broker.vhost),
            'password': password_spot(self.login),
            'timeout': '--timeout',
            'tls': 'amqp:// in place of amqps://',
            'plain': 'amqp',
            'heartbeat': spot(self.login, 'heartbeat'),
            'exchange': '',
            'key': '',
            'or_exchange': ', or --exchange',
            'or_key': ', or --routing-key',
        }


def _first_of(wanted: type[Error], error: Exception) -> Error | None:
    return next((cause for cause in causes.chain(error) if isinstance(cause, wanted)), None)


def _quoted(text: str) -> str:
    match = REPLY.search(text)
    if match is None or not text.endswith(('"', "'")):
        return ''
    return text[match.end() : -1]


def _reason_of_close(error: Exception) -> tuple[str, str]:
    # The broker gives a reason when it closes a connection. pika has that as an exception, or quotes it in the text
    # of another one.
    closed = _first_of(ConnectionClosedByBroker, error)
    reply = _quoted(str(error))
    if closed:
        reply = closed.reply_text
    if not reply:
        return 'reset', ''
    if 'refused for user' in reply and 'limit' not in reply:
        return 'amqp-access', ''
    if reply.endswith('not found'):
        return 'amqp-vhost', ''
    return 'amqp-closed', printable(reply)


@dataclass(frozen=True)
class _Opened:
    # Closes its connection at the end of a `with` block, whatever state the connection is in.
    connection: pika.BlockingConnection

    def __enter__(self) -> pika.BlockingConnection:
        return self.connection

    def __exit__(self, *error: object) -> None:
        if error[0] is None or issubclass(error[0], Exception):  # type: ignore[arg-type]
            # A connection that broke can't be closed. That is no news: what the block raised says it.
            with suppress(Exception):
                self.connection.close()
