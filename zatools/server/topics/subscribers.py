"""Who gets the messages of topics, and who may publish and subscribe, as definitions of each generation say it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zatools.kinds.traits import PERMITTED, SUBSCRIBED, TOPICAL
from zatools.server.parts import is_on
from zatools.state import Item, State

if TYPE_CHECKING:
    from zatools.server.channels.web_clients import Client

#: Roles of 3.2's endpoints, by what they may do.
ROLES: Mapping[str, tuple[str, ...]] = {'pub': ('pub-sub', 'pub-only'), 'sub': ('pub-sub', 'sub-only')}
#: What separates the levels of a topic's name.
SEPARATORS = {'3.2': '/', '4.1': '.'}
#: What patterns are made of.
WILDCARD = re.compile(r'\*\*+|.', re.DOTALL)


@dataclass(frozen=True)
class Subscriber:
    """Who gets messages of topics, and how: pushed to a service, a REST connection or a client, else pulled."""

    sub_key: str
    topics: frozenset[str]
    #: The endpoint (3.2), or the security definition (4.1).
    who: str = ''
    service: str = ''
    rest: str = ''
    method: str = 'POST'
    batch: int = 1
    is_listed: bool = False
    is_on: bool = True
    most_tries: int = 0
    #: Seconds to wait after an error of the network, and after another.
    waits: tuple[float, float] = (3.0, 3.0)
    #: The client of a WebSocket channel, while it is connected.
    client: Client | None = None

    @property
    def is_pushed(self) -> bool:
        """Whether messages go to it by themselves."""
        return self.is_on and bool(self.service or self.rest or self.client)


def key_of(prefix: str, *parts: str) -> str:
    """Returns a subscription's key, which definitions don't say: always the same for the same subscription."""
    return prefix + hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:24]


def of_service(name: str, topic: str, generation: str) -> Subscriber:
    """Returns the subscriber of messages that are published straight to a service."""
    is_listed = generation == '3.2'
    return Subscriber(f'zato.service.{name}', frozenset([topic]), name, service=name, is_listed=is_listed)


def topics_of(state: State, generation: str) -> dict[str, Item]:
    """Returns the topics of definitions, by name; on 4.1 letters are small."""
    found = {}
    for item in state.values():
        if item.kind.served == TOPICAL:
            found[cased(item.name, generation)] = item
    return found


def cased(topic: str, generation: str) -> str:
    """Returns a topic's name as the generation has it."""
    if generation == '3.2':
        return topic
    return topic.lower()


def subscribers_of(state: State, generation: str) -> Iterator[Subscriber]:
    """Returns the subscribers of definitions."""
    endpoints = {item.name: item for item in state.values() if item.kind.served == PERMITTED}
    for item in state.values():
        if item.kind.served == SUBSCRIBED:
            yield BY_GENERATION[generation](item, endpoints)


def _older(item: Item, endpoints: Mapping[str, Item]) -> Subscriber:
    values, who, topic = item.values, str(item.values.get('endpoint_name') or ''), str(item.values.get('topic') or '')
    endpoint = endpoints.get(who)
    service = ''
    if endpoint is not None:
        service = str(endpoint.values.get('service') or '')
    said = {name: values.get(name, item.kind.by_name[name].default_of('3.2')) for name in NUMBERS}
    batch = max(1, int(said['delivery_batch_size'] or 1))
    is_pulled = values.get('delivery_method') == 'pull'
    return Subscriber(
        key_of('zpsk.rest.', who, topic),
        frozenset([topic]),
        who,
        service=service if not is_pulled else '',
        rest=str(values.get('rest_connection') or '') if not is_pulled else '',
        method=str(values.get('rest_method') or 'POST'),
        batch=batch,
        is_listed=batch > 1 or values.get('wrap_one_msg_in_list', True) is not False,
        most_tries=int(said['delivery_max_retry'] or 0),
        waits=(float(said['wait_sock_err'] or 0), float(said['wait_non_sock_err'] or 0)),
    )


NUMBERS = ('delivery_batch_size', 'delivery_max_retry', 'wait_sock_err', 'wait_non_sock_err')


def _newer(item: Item, endpoints: Mapping[str, Item]) -> Subscriber:
    values = item.values
    service = rest = ''
    if values.get('delivery_type') == 'push':
        rest = str(values.get('push_rest_endpoint') or '')
        if not rest:
            service = str(values.get('push_service') or '')
    topics = frozenset(cased(str(topic), '4.1') for topic in values.get('topic_list') or ())
    is_active = values.get('is_delivery_active', True) is not False
    return Subscriber(key_of('sk', item.name), topics, item.name, service=service, rest=rest, is_on=is_active)


BY_GENERATION: Mapping[str, Callable[[Item, Mapping[str, Item]], Subscriber]] = {'3.2': _older, '4.1': _newer}


def permission_of(login: str, state: State, generation: str) -> Item | None:
    """Returns what says which topics somebody may use: on 3.2 the endpoint of a login, on 4.1 its permission."""
    for item in state.values():
        if item.kind.served != PERMITTED or not is_on(item, generation):
            continue
        who = item.name
        if generation == '3.2':
            who = item.kind.login_in(item.values)
        if who == login:
            return item
    return None


def may(right: str, topic: str, permission: Item | None, generation: str) -> bool:
    """Tells whether a permission lets somebody publish to (`pub`) or get the messages of (`sub`) a topic."""
    if permission is None:
        return False
    patterns = permission.values.get(right) or ()
    if generation == '3.2':
        lines = permission.values.get('topic_patterns') or ()
        patterns = [line.partition('=')[2] for line in lines if line.strip().startswith(f'{right}=')]
        if permission.values.get('role', 'pub-sub') not in ROLES[right]:
            return False
    return matches(topic, patterns, generation)


def matches(topic: str, patterns: Iterable[str], generation: str) -> bool:
    """Tells whether one of the patterns fits: `*` is one level, `**` any number of them."""
    separator = SEPARATORS[generation]
    found = [pattern.strip() for pattern in patterns]
    if generation != '3.2':
        found = [pattern.lower() for pattern in found]
        # a.** is a, too.
        found += [pattern.removesuffix('.**') for pattern in found if pattern.endswith('.**')]
    return any(_fits(tuple(WILDCARD.findall(pattern)), topic, separator) for pattern in found)


def _fits(tokens: tuple[str, ...], topic: str, separator: str) -> bool:
    # All places in the pattern where the letters so far may end are looked at together: no pattern takes long.
    # On 4.1 a dot beside wildcards is any letter, as on the platform.
    is_loose = separator == '.' and any('*' in token for token in tokens)
    places = _skipped({0}, tokens)
    for letter in topic:
        following = set()
        for place in places:
            token = tokens[place] if place < len(tokens) else ''
            if token.startswith('**') or (token == '*' and letter != separator):
                following.add(place)
            elif token == letter or (token == '.' and is_loose):
                following.add(place + 1)
        places = _skipped(following, tokens)
    return len(tokens) in places


def _skipped(places: set[int], tokens: tuple[str, ...]) -> set[int]:
    # A wildcard may stand for nothing.
    found = set()
    for place in places:
        found.add(place)
        while place < len(tokens) and tokens[place].startswith('*'):
            place += 1
            found.add(place)
    return found
