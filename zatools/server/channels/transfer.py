"""Files of other machines: jobs look into directories of FTP, SFTP and the like, and services get what is new there."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from zatools.connections.pong import printable
from zatools.kinds.scheduler import TRANSFERS
from zatools.kinds.traits import FILES, OPENED
from zatools.server.call import Call, new_cid
from zatools.server.channels.files import BIGGEST, Picked, deliver, directories_of, is_wanted, matches, stamped
from zatools.server.failing import log_failure
from zatools.server.parts import is_on
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: What ends the names of files that are being worked on, so that nobody else takes them.
CLAIMED = '.claimed'
#: Services of 4.1 that jobs of schedules run: their beginning and their end.
START, END = 'zato.outgoing.', '.process-files'


@dataclass
class FileTransferItem:
    """A file, as services of 4.1 get it."""

    conn_type: str
    conn_name: str
    schedule_name: str
    directory: str
    file_name: str
    full_path: str
    size: int
    last_modified: str
    data: bytes = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Returns all that is known of it."""
        return asdict(self)


def is_own(service: str) -> bool:
    """Tells whether a service is one of those that jobs of file transfer run: the platform has them itself."""
    return service == TRANSFERS or (service.startswith(START) and service.endswith(END))


def jobs_of(item: Item, generation: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the jobs that the schedules of a connection are: their names and their values."""
    if item.kind.served != OPENED or not item.values.get('schedules'):
        return
    for companion in item.kind.companions:
        for made in companion.make(item.values, 0, generation):
            if is_own(str(made.values.get('service') or '')):
                yield made.name, {'job_type': 'interval_based', **made.values}


def run(server: Runtime, job: str, values: Mapping[str, Any], cid: str) -> int:
    """Takes the files that are due, and returns how many these were."""
    if values.get('service') != TRANSFERS:
        return _scheduled(server, values, cid)
    items = [item for item in server.state.values() if item.kind.served == FILES and is_on(item, server.generation)]
    found = [item for item in items if item.values.get('scheduler_job') == job]
    if not found:
        log.warning("job '%s': no file transfer channel names it", job)
    return sum(_of_channel(server, item) for item in found)


def _shelf(server: Runtime, protocol: str, name: str) -> Any:
    if server.generation != '3.2':
        return server.opened.roots[protocol][name]
    return server.opened.roots['out'][protocol][name]


def _files(shelf: Any, directory: str, takes: Callable[[str], bool]) -> Iterator[Mapping[str, Any]]:
    for one in shelf.list(directory):
        name = str(one['name'])
        # A server may say what it likes of names: nothing beside the directory is touched.
        if one['is_file'] and '/' not in name and name not in ('', '.', '..') and takes(name):
            if int(one['size'] or 0) > BIGGEST:
                log.error('%s is too large, it stays', printable(name))
                continue
            yield one


def _mark(one: Mapping[str, Any]) -> tuple[Any, Any]:
    return one['size'], one['last_modified']


def _of_channel(server: Runtime, item: Item) -> int:
    source, taken = str(item.values.get('source_type') or ''), 0
    shelf = _shelf(server, source, str(item.values.get(f'{source}_source') or ''))
    # Files that stay where they are, and were taken as they are now.
    seen = server.parts.remembered.setdefault(item.key, {})
    for directory in directories_of(item):
        for one in _files(shelf, directory, lambda name: is_wanted(item, name)):
            cid, name = new_cid(), str(one['name'])
            path = f'{directory.rstrip("/")}/{name}'
            if seen.get(path) == _mark(one):
                continue
            picked = Picked(name, directory, directory, shelf.read(path))
            if deliver(server, item, picked, cid):
                taken += 1
                seen[path] = _mark(one)
                _cleared(shelf, item, path, name)
    return taken


def _cleared(shelf: Any, item: Item, path: str, name: str) -> None:
    where = str(item.values.get('move_processed_to') or '')
    if where:
        _moved(shelf, path, where, name)
    elif item.values.get('should_delete_after_pickup', True):
        shelf.delete_file(path)


def _moved(shelf: Any, path: str, directory: str, name: str) -> None:
    shelf.create_directory(directory)
    target = f'{directory.rstrip("/")}/{name}'
    if shelf.exists(target):
        target = f'{directory.rstrip("/")}/{stamped(name)}'
    shelf.move(path, target)


def _scheduled(server: Runtime, values: Mapping[str, Any], cid: str) -> int:
    extra = json.loads(str(values.get('extra') or '{}'))
    schedule, name = extra['schedule'], str(extra['conn_name'])
    protocol = str(values['service']).removeprefix(START).removesuffix(END)
    shelf, directory = _shelf(server, protocol, name), str(schedule['directory'])
    service = server.deployed(str(schedule['service']))
    taken = 0
    for one in _due(shelf, directory, schedule):
        file = str(one['name'])
        path = held = f'{directory.rstrip("/")}/{file}'
        if schedule.get('should_claim'):
            held = f'{path}{CLAIMED}'
            shelf.move(path, held)
        about = (str(extra['conn_type']), name, str(schedule['name']), directory, file, path)
        item = FileTransferItem(*about, int(one['size'] or 0), str(one['last_modified']), shelf.read(held))
        log.info("schedule '%s' of %s '%s': %s (CID %s)", schedule['name'], protocol, name, printable(file), cid)
        try:
            server.call(service, Call(cid, item, item.data, channel=server.about('file-transfer')))
        # The file stays, and the next run takes it again.
        except BaseException as error:
            log_failure(f"schedule '{schedule['name']}': {printable(file)}: service '{service.name}'", error, cid)
            if held != path:
                shelf.move(held, path)
            continue
        taken += 1
        _done(shelf, schedule, directory, held, file)
    return taken


def _due(shelf: Any, directory: str, schedule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    marker = str(schedule.get('marker_suffix') or '.done')
    is_marked = schedule.get('ready_how') == 'marker'

    def takes(name: str) -> bool:
        is_other = name.endswith(CLAIMED) or (is_marked and name.endswith(marker))
        return not is_other and matches(name, [schedule.get('pattern') or '*'])

    found = list(_files(shelf, directory, takes))
    if is_marked:
        names = {str(one['name']) for one in shelf.list(directory)}
        return [one for one in found if f'{one["name"]}{marker}' in names]
    if not found:
        return []
    time.sleep(float(schedule.get('stability_delay', 2) or 0))
    after = {str(one['name']): _mark(one) for one in shelf.list(directory)}
    return [one for one in found if after.get(str(one['name'])) == _mark(one)]


def _done(shelf: Any, schedule: Mapping[str, Any], directory: str, path: str, name: str) -> None:
    if schedule.get('on_success') == 'delete':
        shelf.delete_file(path)
    else:
        _moved(shelf, path, f'{directory.rstrip("/")}/{schedule.get("move_directory") or "processed"}', name)
    if schedule.get('ready_how') == 'marker':
        shelf.delete_file(f'{directory.rstrip("/")}/{name}{schedule.get("marker_suffix") or ".done"}')
