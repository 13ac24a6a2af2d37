"""What runs in a server, as rows of tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from zatools.kinds.traits import CHANNEL, OUTGOING, PUBLISHED, SCHEDULED, TOPICAL
from zatools.secret import CREDENTIAL, MASK, without_password
from zatools.server.dashboard.recent import Asked, Body, without_pairs
from zatools.server.runtime import Runtime
from zatools.state import Item, in_order, references

#: Fields that say where something is, in the order in which they are shown, each with what stands before it.
WHERE = {'host': '', 'address': '', 'port': ':', 'url_path': '', 'queue': 'queue ', 'db_name': '/'}
Mask = Callable[[str], str]


class Row(NamedTuple):
    """An object of the definitions: what it is, where, what it uses, and what to know of it."""

    section: str
    name: str
    kind: str
    where: str
    uses: str
    note: str
    can_ping: bool = False
    can_publish: bool = False


class ServiceRow(NamedTuple):
    """A service: its file and line, and the channels that call it."""

    name: str
    place: str
    channels: str


class JobRow(NamedTuple):
    """A job: its service, when it runs, and when next; '' where it does not."""

    name: str
    service: str
    when: str
    following: str


class TopicRow(NamedTuple):
    """A topic: how many messages wait in it, and who gets them."""

    name: str
    waiting: int
    subscribers: str


def channels(runtime: Runtime) -> list[Row]:
    """Returns the channels, those that are not served too."""
    return [_row(runtime, item) for item in _of_role(runtime, CHANNEL)]


def connections(runtime: Runtime) -> list[Row]:
    """Returns the outgoing connections."""
    return [_row(runtime, item) for item in _of_role(runtime, OUTGOING)]


def others(runtime: Runtime) -> list[Row]:
    """Returns all other objects: definitions of security, groups and the like."""
    rest = (item for item in in_order(runtime.state.values()) if item.kind.role not in (CHANNEL, OUTGOING))
    return [_row(runtime, item) for item in rest if item.kind.served not in (SCHEDULED, TOPICAL)]


def services(runtime: Runtime) -> list[ServiceRow]:
    """Returns the services, by name."""
    callers: dict[str, list[str]] = {}
    for item in _of_role(runtime, CHANNEL):
        callers.setdefault(str(item.values.get('service') or ''), []).append(item.name)
    return [
        ServiceRow(name, one.place.short, ', '.join(callers.get(name, ())))
        for name, one in sorted(runtime.services.items())
    ]


def jobs(runtime: Runtime) -> list[JobRow]:
    """Returns the jobs, those that services have made too."""
    if not runtime.parts.is_made('jobs'):
        return []
    from zatools.server.jobs.timing import words_of

    known, found = runtime.parts.jobs, []
    for name, job in sorted(known.all(with_inactive=True).items()):
        following = known.next_of(name)
        shown = f'{following:%Y-%m-%d %H:%M:%S} UTC' if following else ''
        found.append(JobRow(name, str(job.values.get('service') or ''), words_of(job.values), shown))
    return found


def topics(runtime: Runtime) -> list[TopicRow]:
    """Returns the topics, those that publishing made too."""
    if not runtime.parts.is_made('topics'):
        return []
    known, found = runtime.parts.topics, []
    subscribers = known.subscribers()
    for name, waiting in known.depths().items():
        those = [one.service or one.rest or one.who or one.sub_key for one in subscribers if name in one.topics]
        found.append(TopicRow(name, waiting, ', '.join(those)))
    return found


def _of_role(runtime: Runtime, role: str) -> Iterator[Item]:
    return (item for item in in_order(runtime.state.values()) if item.kind.role == role)


def _row(runtime: Runtime, item: Item) -> Row:
    values = item.values
    where = ''.join(f'{before}{values[name]}' for name, before in WHERE.items() if values.get(name))
    if item.kind.role == CHANNEL and values.get('method'):
        where = f'{values["method"]} {where}'
    uses = ', '.join(dict.fromkeys(key[1] for _, key in references(item)))
    return Row(
        item.kind.section,
        item.name,
        item.kind.label_in(runtime.generation),
        without_pairs(without_password(where)),
        uses,
        _note(runtime, item),
        item.kind.role != CHANNEL and bool(item.kind.protocol),
        item.kind.served == PUBLISHED,
    )


def _note(runtime: Runtime, item: Item) -> str:
    if item.values.get('is_active', True) is False:
        return 'inactive'
    if item.kind.role in (CHANNEL, OUTGOING) and not item.kind.served:
        return 'not served here'
    if item.kind.role == CHANNEL and (lacking := runtime.lacking(item)):
        return f"no service '{lacking[0]}'"
    return ''


def headers(asked: Asked) -> list[tuple[str, str]]:
    """Returns the headers of a call, credentials masked."""
    return [(name, MASK if CREDENTIAL.search(name) else value) for name, value in sorted(asked.headers.items())]


def text_of(body: Body, mask: Mask) -> str:
    """Returns a body as it is shown: JSON indented, secrets masked, what is no text in hexadecimal."""
    try:
        # Where it was cut, a letter may be in two.
        text = body.start.decode('utf-8', 'ignore' if body.is_cut else 'strict')
    except UnicodeDecodeError:
        return body.start[:500].hex(' ')
    # A body may hold passwords that no definition has, such as those of a login.
    return mask(without_pairs(_indented(text)))


def query_of(asked: Asked, mask: Mask) -> str:
    """Returns the query string of a call, secrets masked."""
    return mask(without_pairs(asked.query))


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
