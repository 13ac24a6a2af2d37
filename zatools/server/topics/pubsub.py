"""`self.pubsub`: publishing and subscribing by services, as each generation has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zatools.server.api.exceptions import Forbidden
from zatools.server.api.models import Model
from zatools.server.api.supported import Supported
from zatools.server.topics.broker import Post, about_of
from zatools.server.topics.messages import USUAL, PubSubMessage, pulled

if TYPE_CHECKING:
    from zatools.server.api.service import Service
    from zatools.server.channels.web_clients import Client

#: Keywords of 3.2's publish beside those that a message keeps.
KNOWN_32 = frozenset(
    ['data_list', 'msg_id', 'has_gd', 'priority', 'expiration', 'mime_type', 'correl_id', 'cid', 'in_reply_to']
    + [
        'ext_client_id',
        'ext_pub_time',
        'reply_to_sk',
        'deliver_to_sk',
        'user_ctx',
        'zato_ctx',
        'service',
        'endpoint_id',
    ]
)
KNOWN_41 = frozenset(['priority', 'expiration', 'correl_id', 'in_reply_to', 'ext_client_id', 'pub_time', 'cid'])
#: Keywords of self.publish that are no data.
ASIDE = KNOWN_41 - {'correl_id'}


class Published:
    """What 4.1's publish returns."""

    def __init__(self, msg_id: str) -> None:
        self.msg_id = msg_id

    def __repr__(self) -> str:
        return f'<Published {self.msg_id}>'


def pubsub_of(service: Service) -> Older | Newer:
    """Returns `self.pubsub` of a service."""
    if service.server.generation == '3.2':
        return Older(service)
    return Newer(service)


def _check(given: dict[str, Any], known: frozenset[str]) -> None:
    for name in given.keys() - known:
        raise TypeError(f"self.pubsub.publish has no '{name}'")


def _name(service: Any) -> str:
    if isinstance(service, str):
        return service
    return str(service.get_name())


def _client(service: Any) -> Client:
    found = service.environ.get('web_socket')
    if found is None:
        name = service.get_name()
        raise ValueError(f"service '{name}' handles no message of a WebSocket client: give service= the one that does")
    client: Client = found._client
    return client


class Older(Supported):
    """`self.pubsub` of 3.2."""

    called = 'self.pubsub'

    def __init__(self, service: Service) -> None:
        self._service = service
        self._topics = service.server.parts.topics

    def publish(self, name: Any, data: Any = '', **given: Any) -> Any:
        """Publishes to a topic, or straight to a service, and returns the message's id; of a data_list all of them."""
        _check(given, KNOWN_32)
        about = about_of(given, publisher=self._service.get_name(), has_gd=given.get('has_gd'))
        about['correl_id'] = given.get('correl_id') or given.get('cid') or self._service.cid
        found = []
        for one in given.get('data_list') or [data]:
            post = Post(one, given.get('priority') or USUAL, given.get('expiration'), about)
            found.append(self._topics.publish(_name(name), post))
        if given.get('data_list'):
            return found
        return found[0]

    def subscribe(
        self, topic: str, endpoint_name: str = '', use_current_wsx: bool = False, service: Any = None, **given: Any
    ) -> str:
        """Subscribes to a topic, and returns the key of the subscription.

        With `use_current_wsx` it is the WebSocket client whose message `service` handles. Raises Forbidden.
        """
        if use_current_wsx:
            if not self._topics.has(topic):
                raise Forbidden(None, f"there is no topic '{topic}'", needs_msg=True)
            return self._topics.sockets.subscribe(topic, _client(service or self._service))
        return self._topics.subscribe(topic, who=endpoint_name or self._service.get_name())

    def resume_wsx_subscription(self, sub_key: str, service: Any = None, **given: Any) -> None:
        """Has the WebSocket client whose message `service` handles get the messages of a subscription again."""
        self._topics.sockets.resume(sub_key, _client(service or self._service))

    def create_topic(self, name: str, has_gd: bool = False, **given: Any) -> None:
        """Makes a topic."""
        self._topics.create(name)

    def get_messages(
        self, topic: str, sub_key: str, needs_details: bool = False, needs_msg_id: bool = False, **given: Any
    ) -> list[Any]:
        """Returns what waits in a queue, and takes it off."""
        found = self._topics.waiting(sub_key, 1000, topic)
        self._topics.done(found)
        if needs_details:
            return [PubSubMessage(one).to_dict() for one in found]
        if needs_msg_id:
            return [(one.msg_id, one.data) for one in found]
        return [one.data for one in found]

    def read_messages(self, topic: str, sub_key: str, **given: Any) -> list[Any]:
        """Returns what waits in a queue, and leaves it there."""
        return [PubSubMessage(one).to_dict() for one in self._topics.waiting(sub_key, 1000, topic)]

    def read_message(self, topic: str, msg_id: str, **given: Any) -> Any:
        """Returns a message, and leaves it where it is; None for none."""
        for one in self._topics.message(msg_id):
            return PubSubMessage(one).to_dict()
        return None

    def delete_message(self, sub_key: str, msg_id: str, has_gd: bool = False, **given: Any) -> None:
        """Takes a message off a queue."""
        self._topics.done(self._topics.message(msg_id, sub_key))


class Newer(Supported):
    """`self.pubsub` of 4.1."""

    called = 'self.pubsub'

    def __init__(self, service: Service) -> None:
        self._service = service
        self._topics = service.server.parts.topics

    def publish(self, topic: Any, data: Any = '', **given: Any) -> Published:
        """Publishes to a topic, or straight to a service; what is returned has the message's `msg_id`."""
        _check(given, KNOWN_41)
        about = about_of(given, publisher=self._service.get_name(), cid=given.get('cid') or self._service.cid)
        about['ext_pub_time'] = given.get('pub_time')
        if isinstance(data, Model):
            about['data_class'] = type(data).__name__
            data = data.to_dict()
        post = Post(data, given.get('priority', USUAL), given.get('expiration'), about)
        return Published(self._topics.publish(_name(topic), post))

    def subscribe(self, topic: str, sub_key: str) -> str:
        """Subscribes to a topic by a key of one's own."""
        return self._topics.subscribe(topic, sub_key)

    def unsubscribe(self, topic: str, sub_key: str) -> None:
        """Ends such a subscription."""
        self._topics.unsubscribe(topic, sub_key)

    def get_messages(self, sub_key: str, max_messages: int = 50, max_len: int = 20_000_000) -> list[dict[str, Any]]:
        """Returns what waits in a queue, and leaves it there, as 4.1 does."""
        return [pulled(one) for one in self._topics.waiting(sub_key, max_messages, max_len=max_len)]


def publish_of(service: Service, topic: Any, data: Any, given: dict[str, Any]) -> Published:
    """Publishes what `self.publish` of 4.1 does: without data, other keywords are the data."""
    if data in ('', None):
        fields = {name: value for name, value in given.items() if name not in ASIDE}
        given = {name: value for name, value in given.items() if name in ASIDE}
        data = fields or data
    return Newer(service).publish(topic, data, **given)
