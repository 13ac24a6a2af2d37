"""`zato publish`: one message through an outgoing AMQP connection, confirmed by the broker."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.connections.connect import connect
from zatools.connections.pong import TIMEOUT, Attempt, Connection, Pong, Verdict
from zatools.connections.pool import ping_all
from zatools.errors import Exit, FailedError, InvalidError, RefusedError, UsageError, answer
from zatools.live.outgoing import Source, Wanted, check, check_variables, pick, read_definitions, running_server
from zatools.state import Item
from zatools.world import World

MESSAGE = 'Hello from Zato!'


@dataclass(frozen=True)
class Properties:
    """Properties of a message that go over those of its connection; None is not given."""

    delivery_mode: str | None = None
    priority: int | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    expiration: float | None = None
    user_id: str | None = None
    app_id: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that are given."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Post:
    """What is published, through which connection and where."""

    name: str
    exchange: str
    routing_key: str
    message: str | None = None
    message_file: str = ''
    properties: Properties = field(default_factory=Properties)


@dataclass(frozen=True)
class How:
    """How a message is published and answered; the timeout is in seconds."""

    timeout: float | None = None
    includes_inactive: bool = False
    as_json: bool = False


def publish(world: World, source: Source, post: Post, how: How) -> Exit:
    """Publishes a message; exit 1 where no queue has it."""
    check(source, Wanted((post.name,)))
    if post.message is not None and post.message_file:
        raise UsageError('--message or --message-file, not both')
    if source.via_server and post.properties.given:
        names = ', '.join(f'--{name.replace("_", "-")}' for name in post.properties.given)
        raise UsageError(f'{names} with --via-server: servers take them from the definition', 'leave out one of them')
    body = _body(world, post)
    publish_it = _from_here
    if source.via_server:
        publish_it = _at_server
    pong = publish_it(world, source, post, body, how)
    if how.as_json:
        world.print_json(json.dumps(_as_json(post, pong), indent=2))
    elif pong.verdict is Verdict.OK:
        world.print(pong.sentence)
    else:
        raise FailedError(f'Not published: {pong.text}', pong.hint)
    return answer(pong.verdict is Verdict.OK)


def _body(world: World, post: Post) -> bytes:
    if not post.message_file:
        if post.message is None:
            return MESSAGE.encode()
        return post.message.encode()
    if post.message_file == '-':
        return world.stdin.read()
    try:
        return Path(post.message_file).expanduser().read_bytes()
    except OSError as error:
        raise InvalidError(
            f"{post.message_file}: the message can't be read: {(error.strerror or '').lower()}"
        ) from None


def _chosen(items: list[Item], name: str, among: str, includes_inactive: bool) -> Item:
    item = pick(items, Wanted((name,), ('amqp',)), among)[0]
    if item.values.get('is_active') is False and not includes_inactive:
        raise RefusedError(f'{item} is not active', 'publish all the same: --include-inactive')
    return item


def _from_here(world: World, source: Source, post: Post, body: bytes, how: How) -> Pong:
    definitions = read_definitions(world, source)
    world.say("from this machine (the server's view: --via-server)")
    item = _chosen(definitions.items, post.name, source.among, how.includes_inactive)
    check_variables(definitions, [item])
    connection = connect(item, definitions.state, definitions.foreign)
    from zatools.connections.amqp import AmqpConnection, Message

    message = Message(body, post.exchange, post.routing_key, post.properties.given)
    attempts: list[Attempt] = []

    def send(one: Connection, attempt: Attempt) -> Pong:
        attempts.append(attempt)
        if isinstance(one, AmqpConnection):
            return one.publish(attempt, message)
        # Its definition is incomplete: a ping says why it can't be tried.
        return one.ping(attempt)

    try:
        return ping_all([connection], 1, how.timeout, lambda *_: None, send)[0]
    except KeyboardInterrupt:
        if attempts and attempts[0].stage == 'confirm':
            raise _unknown() from None
        raise


def _unknown() -> FailedError:
    error = FailedError('Interrupted: whether the broker has the message is not known.')
    error.code = Exit.INTERRUPTED
    return error


def _at_server(world: World, source: Source, post: Post, body: bytes, how: How) -> Pong:
    from zatools.connections import server as servers

    seconds = how.timeout or TIMEOUT
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidError(
            'the message is no UTF-8 text, and servers take no other', 'leave out --via-server'
        ) from None
    server = running_server(world, source, seconds)
    world.say(f'from {server.title}')
    listed = servers.connections_of(server, Attempt(seconds))
    _chosen([one.item for one in listed], post.name, f'at {server.name}', how.includes_inactive)
    try:
        return servers.publish(server, post.name, post.exchange, post.routing_key, text, Attempt(seconds))
    except KeyboardInterrupt:
        raise _unknown() from None


def _as_json(post: Post, pong: Pong) -> dict[str, Any]:
    return {
        'name': post.name,
        'exchange': post.exchange,
        'routing_key': post.routing_key,
        'is_published': pong.verdict is Verdict.OK,
        'is_confirmed': pong.verdict is Verdict.OK and pong.facts.get('confirmed', True),
        'took_ms': pong.took_ms,
        'text': pong.text,
        'hint': pong.hint,
        'failure': pong.failure or None,
    }
