"""Tells a running server of what an import changed: 4.1 re-reads its configuration, 3.2 syncs its security."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zatools.errors import Exit, FailedError, UsageError
from zatools.kinds import KINDS, SYNCS
from zatools.kinds.traits import CONSUMED
from zatools.live.flaws import say_unreadable
from zatools.live.logins import login_of
from zatools.odb.odb import Odb
from zatools.odb.running import password_of, unreadable
from zatools.state import Change, Difference, State, show
from zatools.world import World

if TYPE_CHECKING:
    from zatools.connections.server import RunningServer

SHOWN = 10
#: Seconds that a server may take to read its configuration.
PATIENCE = 120
#: Gives the name and the type of each security definition that a 3.2 server has, but for those of its own.
LISTED = 'zato.security.get-list'


@dataclass(frozen=True)
class Told:
    """A running server that is told of an import, and what the ODB had of security before it.

    `definitions` are the types of the security definitions of its cluster, by name.
    """

    server: RunningServer
    cluster_id: int = 0
    definitions: Mapping[str, str] = field(default_factory=dict)

    def ask(self, service: str, payload: Mapping[str, object]) -> Any:
        """Invokes a service and returns what it answers; raises FailedError."""
        from zatools.connections.pong import Attempt
        from zatools.connections.server import asked

        return asked(self.server, service, payload, Attempt(PATIENCE))


def find(odb: Odb, url: str, environ: Mapping[str, str]) -> Told:
    """Returns the server of an ODB; raises what is wrong with that before anything is changed."""
    if odb.is_ours:
        raise UsageError('--reload is for the ODB of a server; this one is of zatools itself')
    address = ''
    if url:
        address = _address(url)
    elif odb.target.server:
        address = odb.target.server.url
    if not address:
        raise UsageError('--reload: where the server listens is not known', 'give --server DIR or --server-url URL')
    # An import that tells no server does without requests.
    from zatools.connections.server import RunningServer

    user, password = login_of(environ, lambda user: password_of(odb, user, environ))
    server = RunningServer(address, urlsplit(address).netloc, odb.generation, user, password)
    sections = {kind.section for kind in KINDS if kind.sync}
    definitions = {name: type_ for section in sections for name, type_ in odb.loaded.types[section].items()}
    return Told(server, odb.cluster_id, definitions)


def telling(odb: Odb, url: str, environ: Mapping[str, str], is_wanted: bool) -> Callable[[World, Difference], Exit]:
    """Returns what tells the server of an ODB, which is found now, of the changes once the ODB is left.

    It does nothing unless it `is_wanted`.
    """
    if not is_wanted:
        return lambda world, found: Exit.OK
    told, stored = find(odb, url, environ), odb.loaded.state
    return lambda world, found: reload(world, told, found, stored)


def _address(url: str) -> str:
    if '://' not in url:
        url = f'http://{url}'
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ('http', 'https') and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_right = False
    if not is_right or parts.username or parts.path.strip('/') or parts.query:
        raise UsageError('--server-url must be the address of a server alone', 'as in http://zato.example.com:17010')
    return f'{parts.scheme}://{parts.netloc}'


def warn(world: World, odb: Odb) -> None:
    """Names the rows at which a 4.1 server will stop its reload half way."""
    if odb.generation == '4.1':
        say_unreadable(world, odb, unreadable(odb), 'the server will stop its reload there')


def reload(world: World, told: Told, found: Difference, stored: State) -> Exit:
    """Tells a server of the changes of an import that is done; `stored` is what was there before it.

    Exit 1 where that fails: the import stands.
    """
    world.resume()
    try:
        if told.server.generation == '4.1':
            _reread(world, told, _active_channels(found, stored))
        else:
            _sync(world, told, found)
    except FailedError as error:
        _say_failed(world, told, error)
        return Exit.NO
    return Exit.OK


def _say_failed(world: World, told: Told, error: FailedError) -> None:
    reason = error.text
    if not reason.endswith('?'):
        reason += '.'
    hint = 'a restart of the server does it too'
    if error.hint:
        hint = error.hint
    elif told.server.generation == '4.1':
        hint = f'the same command tries it again, {hint}'
    world.say(f'The import stands, but the server has not taken it over: {reason}')
    world.say(f'hint: {hint}')


def _active_channels(found: Difference, stored: State) -> int:
    after = {**stored, **{change.item.key: change.item for change in found.changes}}
    for change in found.of('delete'):
        del after[change.item.key]
    channels = (item for item in after.values() if item.kind.served == CONSUMED)
    return sum(item.values.get('is_active') is not False for item in channels)


def _reread(world: World, told: Told, channels: int) -> None:
    if channels:
        what = 'channel_amqp are'
        if channels == 1:
            what = 'channel_amqp is'
        world.say(f'warning: {channels} {what} active: each reload adds consumers to their queues, until a restart')
    from zatools.connections.server import ServiceFailedError

    try:
        told.ask('zato.server.invoker', {'func_name': 'reload_config'})
    except ServiceFailedError as error:
        # A reload that fails stops where it is.
        hint = 'it stopped half way and serves what it had; mend what its log names, then the same command again'
        raise FailedError(error.text, hint) from None
    world.say(f'The server at {told.server.url} has re-read its configuration.')


def _is_synced(change: Change) -> bool:
    return bool(change.item.kind.sync) and change.op != 'delete'


def _is_lost(change: Change) -> bool:
    # The server has the definition under its old type, which the ODB no longer has.
    if not change.item.kind.sync:
        return False
    return change.op == 'delete' or any(field.name == 'type' for field in change.fields)


def _sync(world: World, told: Told, found: Difference) -> None:
    synced = [change for change in found.changes if _is_synced(change)]
    obstacle = _obstacle(told, found, synced)
    if obstacle:
        world.say(obstacle)
        _say_waiting(world, found.changes)
        return
    wanted = {change.item.kind.sync for change in synced}
    told.ask('pub.zato.common.sync-objects', {name: name in wanted for name in sorted(SYNCS, reverse=True)})
    world.say(f'The server at {told.server.url} syncs its security definitions now; its log says how that went.')
    world.say('Until its restart, channels created or edited in it whose security is an API key will answer 401.')
    _say_waiting(world, [change for change in found.changes if not _is_synced(change)])


def _obstacle(told: Told, found: Difference, synced: Sequence[Change]) -> str:
    # Why the server is not asked to sync; '' where it is.
    lost = [change for change in found.changes if _is_lost(change)]
    if lost:
        verb = 'given another type'
        if lost[0].op == 'delete':
            verb = 'deleted'
        return f'Not synced: {lost[0].item} was {verb}, and a sync would wait for what it was.'
    if not synced:
        return 'Nothing to sync: no security definition was created or changed.'
    gone = _gone(told, synced)
    if not gone:
        return ''
    names = gone[0]
    if len(gone) > 1:
        names += f' and {len(gone) - 1} more'
    return f'Not synced: the server holds {names}, which the ODB no longer has; a sync would wait for it.'


def _gone(told: Told, synced: Sequence[Change]) -> list[str]:
    # What the server has read and the ODB lacks: deleted, renamed or given another type since, by whomever.
    types = {change.item.name: str(change.item.kind.rows[0].match['sec_type']) for change in synced}
    known = {**told.definitions, **types}
    rows = told.ask(LISTED, {'cluster_id': told.cluster_id})
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and 'name' in row for row in rows):
        raise FailedError(f'{LISTED} has not answered with definitions', 'a sync may wait for what is gone')
    held = [(str(row['name']), str(row.get('sec_type', ''))) for row in rows]
    return [
        f"{show(type_)} '{show(name)}'".strip()
        for name, type_ in held
        if name not in known or (type_ and known[name] != type_)
    ]


def _say_waiting(world: World, changes: Sequence[Change]) -> None:
    if changes:
        names = ', '.join(str(change.item) for change in changes[:SHOWN])
        if len(changes) > SHOWN:
            names += f', and {len(changes) - SHOWN} more'
        world.say(f'To be read at the restart of the server: {names}')
