"""REST calls that publish to topics and get their messages, at the paths of each generation."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote

from zatools.connections.login import secret_of
from zatools.errors import ZatoolsError
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.server.api.exceptions import HTTPException, Inactive, ZatoException
from zatools.server.runtime import Runtime
from zatools.server.topics.broker import Post, about_of
from zatools.server.topics.messages import USUAL, PubSubMessage, pulled
from zatools.server.topics.subscribers import Subscriber, cased, may, permission_of
from zatools.state import Item, State

#: Most messages of a call, and how many there are where it doesn't say.
MOST, MANY = 1000, 50
#: Most letters of their data.
LENGTH = 20_000_000


class Reply(NamedTuple):
    """What is answered: a status and what the body says."""

    status: int
    body: Any


@dataclass(frozen=True)
class Asked:
    """A call: who sends it, and what it says."""

    server: Runtime
    login: Item | None
    has_login: bool
    cid: str
    body: Mapping[str, Any]

    @property
    def permission(self) -> Item | None:
        """What says which topics the caller may use."""
        if self.login is None:
            return None
        return permission_of(self.login.name, self.server.state, self.server.generation)


def answer(server: Runtime, environ: Mapping[str, Any], path: str, cid: str) -> Reply:
    """Answers a call."""
    method, rest = environ['REQUEST_METHOD'], path.partition('/pubsub/')[2]
    try:
        body = json.loads(environ['wsgi.input'].read() or b'{}')
    except (ValueError, RecursionError):
        body = None
    login, has_login = _caller(environ, server.state), bool(environ.get('HTTP_AUTHORIZATION'))
    if server.generation == '3.2':
        asked = Asked(server, login, has_login, cid, body if isinstance(body, dict) else {})
        return _older(asked, method, rest)
    if not isinstance(body, dict):
        return _refused(400, cid, 'Invalid input: no JSON object')
    return _newer(Asked(server, login, has_login, cid, body), method, rest)


def _caller(environ: Mapping[str, Any], state: State) -> Item | None:
    from werkzeug.datastructures import Authorization

    given = Authorization.from_header(environ.get('HTTP_AUTHORIZATION'))
    if given is None or given.type != 'basic':
        return None
    user, password, found = str(given.username).encode(), str(given.password).encode(), None
    for login in state.values():
        if login.kind.login != PASSWORD_LOGIN or not login.values.get('is_active', True):
            continue
        # Both are always compared, since the time that it takes must not tell which of them is wrong.
        is_user = hmac.compare_digest(user, str(login.values.get('username') or '').encode())
        secret = _secret(login)
        if hmac.compare_digest(password, secret) and is_user and secret:
            found = found or login
    return found


def _secret(login: Item) -> bytes:
    try:
        return secret_of(login).encode()
    except ZatoolsError:
        # The secret is sealed and there is no key, so nobody can log in.
        return b''


def _refused(status: int, cid: str, details: str) -> Reply:
    shown = f'{status} {HTTPStatus(status).phrase}'
    return Reply(status, {'is_ok': False, 'cid': cid, 'status': shown, 'details': details})


def _fine(cid: str, **further: Any) -> Reply:
    return Reply(200, {'is_ok': True, 'cid': cid, 'status': '200 OK', **further})


def _newer(asked: Asked, method: str, rest: str) -> Reply:
    kind, _, name = rest.partition('/')
    if method != 'POST':
        return _refused(405, asked.cid, 'Method not allowed')
    if not asked.has_login:
        return _refused(401, asked.cid, 'Authentication required')
    if asked.login is None:
        return _refused(401, asked.cid, 'Invalid credentials')
    if kind == 'topic':
        return _publish_41(asked, cased(unquote(name), '4.1'))
    return _pull_41(asked)


def _publish_41(asked: Asked, topic: str) -> Reply:
    if not may('pub', topic, asked.permission, '4.1'):
        return _refused(401, asked.cid, 'Permission denied')
    topics = asked.server.parts.topics
    if not topics.is_active(topic):
        return _refused(403, asked.cid, f'Topic {topic} is inactive')
    if 'data' not in asked.body:
        return _refused(400, asked.cid, "Invalid input: 'data' element missing")
    about = about_of(asked.body, cid=asked.cid, ext_pub_time=asked.body.get('pub_time'), publisher=_who(asked))
    about.setdefault('correl_id', asked.cid)
    post = Post(asked.body['data'], asked.body.get('priority', USUAL), asked.body.get('expiration'), about)
    try:
        return _fine(asked.cid, msg_id=topics.publish(topic, post))
    except HTTPException as error:
        return _refused(error.status, asked.cid, error.details)


def _who(asked: Asked) -> str:
    if asked.login is None:
        return ''
    return asked.login.name


def _pull_41(asked: Asked) -> Reply:
    topics = asked.server.parts.topics
    mine = [one for one in topics.subscribers() if one.who and one.who == _who(asked)]
    if not mine:
        return _refused(401, asked.cid, 'No subscription found for user')
    most, length = _count(asked.body.get('max_messages'), MANY), _count(asked.body.get('max_len'), LENGTH)
    found = topics.waiting(mine[0].sub_key, max(1, min(most, MOST)), max_len=max(1, length))
    topics.done(found)
    messages = [pulled(one) for one in found]
    return _fine(asked.cid, message_count=len(messages), messages=messages)


def _count(value: Any, usual: int) -> int:
    try:
        return min(int(value), LENGTH)
    except (TypeError, ValueError, OverflowError):
        return usual


def _forbidden(asked: Asked) -> Reply:
    return _error(asked, 403, 'Forbidden')


def _error(asked: Asked, status: int, details: str) -> Reply:
    return Reply(status, {'result': 'Error', 'cid': asked.cid, 'details': details})


def _older(asked: Asked, method: str, rest: str) -> Reply:
    if asked.permission is None:
        return _forbidden(asked)
    for start, calls in CALLS_32.items():
        if rest.startswith(start) and method in calls:
            return calls[method](asked, unquote(rest.removeprefix(start)))
    return _error(asked, 404, f'URL not found (CID:{asked.cid})')


def _topic_32(asked: Asked, name: str, right: str) -> str:
    # Names of topics begin with a slash, and so does what follows the path; both spellings are taken.
    topics = asked.server.parts.topics
    for topic in (name, f'/{name}'):
        if topics.has(topic) and may(right, topic, asked.permission, '3.2'):
            return topic
    return ''


def _publish_32(asked: Asked, name: str) -> Reply:
    topic = _topic_32(asked, name, 'pub')
    if not topic:
        return _forbidden(asked)
    if 'data' not in asked.body:
        return _error(asked, 400, 'No data sent on input')
    body = asked.body
    about = about_of(body, publisher=_endpoint(asked), has_gd=body.get('has_gd'))
    post = Post(body['data'], body.get('priority') or USUAL, body.get('expiration'), about)
    try:
        return Reply(200, {'msg_id': asked.server.parts.topics.publish(topic, post)})
    except HTTPException as error:
        return _error(asked, error.status, error.details)
    except Inactive:
        return _forbidden(asked)
    except ZatoException as error:
        return _error(asked, 400, error.msg)


def _endpoint(asked: Asked) -> str:
    if asked.permission is None:
        return ''
    return asked.permission.name


def _mine(asked: Asked, topic: str) -> Subscriber | None:
    found = asked.server.parts.topics.subscribers()
    return next((one for one in found if one.who == _endpoint(asked) and topic in one.topics), None)


def _get_32(asked: Asked, name: str) -> Reply:
    topic = _topic_32(asked, name, 'sub')
    if not topic:
        return _forbidden(asked)
    mine = _mine(asked, topic)
    if mine is None:
        return _error(asked, 400, f'You are not subscribed to topic `{topic}`')
    topics = asked.server.parts.topics
    found = topics.waiting(mine.sub_key, MOST, topic)
    topics.done(found)
    return Reply(200, [PubSubMessage(one).to_external_dict() for one in found])


def _subscribe_32(asked: Asked, name: str) -> Reply:
    topic = _topic_32(asked, name, 'sub')
    if not topic:
        return _forbidden(asked)
    if _mine(asked, topic) is not None:
        return Reply(200, {})
    topics = asked.server.parts.topics
    key = topics.subscribe(topic, who=_endpoint(asked))
    return Reply(200, {'sub_key': key, 'queue_depth': topics.depth(key)})


def _unsubscribe_32(asked: Asked, name: str) -> Reply:
    topic = _topic_32(asked, name, 'sub')
    if not topic:
        return _forbidden(asked)
    mine = _mine(asked, topic)
    if mine is not None:
        asked.server.parts.topics.unsubscribe(topic, mine.sub_key)
    return Reply(200, {})


def _delete_32(asked: Asked, msg_id: str) -> Reply:
    topics = asked.server.parts.topics
    keys = {one.sub_key for one in topics.subscribers() if one.who == _endpoint(asked)}
    topics.done([one for one in topics.message(msg_id) if one.sub_key in keys])
    return Reply(200, {})


#: Calls of 3.2, by the beginning of what follows the path, and by method.
CALLS_32: Mapping[str, Mapping[str, Callable[[Asked, str], Reply]]] = {
    'subscribe/topic/': {'POST': _subscribe_32, 'DELETE': _unsubscribe_32},
    'topic/': {'POST': _publish_32, 'PATCH': _get_32},
    'msg/': {'DELETE': _delete_32},
}
