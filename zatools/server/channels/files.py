"""3.2's file transfer channels: files of directories go to services, topics and REST connections, then elsewhere."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.connections.pong import printable
from zatools.server.call import Call, new_cid
from zatools.server.failing import log_failure, summary_of
from zatools.server.project.watching import watch_files
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Seconds for which a file must stay as it is before it is taken: whoever writes it may not be done.
SETTLED = 0.3
#: Bytes of a file that is read.
BIGGEST = 100 * 1024 * 1024
#: What changes nothing here.
WITHOUT_EFFECT = ('is_line_by_line', 'is_hot_deploy')


class Picked(NamedTuple):
    """A file that was found: its name, its directory as the definition names it and in full, what is in it."""

    name: str
    directory: str
    folder: str
    data: bytes

    @property
    def path(self) -> str:
        """The whole path."""
        return f'{self.folder.rstrip("/")}/{self.name}'


def place_of(item: Item, server: Runtime) -> str:
    """Returns what no other channel has: each looks into folders of its own."""
    return item.name


def opened(server: Runtime, place: str, items: list[Item]) -> Folders:
    """Begins to look into the folders of a channel. Raises ValueError."""
    return Folders(server, items[0])


def is_wanted(item: Item, name: str) -> bool:
    """Tells whether a channel takes a file of a name."""
    given = item.values.get('file_patterns') or ['*']
    return matches(name, given if isinstance(given, list) else [given], item.values.get('is_case_sensitive', True))


def matches(name: str, patterns: Iterable[Any], is_case_sensitive: bool = True) -> bool:
    """Tells whether a name is as one of some patterns."""
    if is_case_sensitive:
        return any(fnmatchcase(name, str(pattern)) for pattern in patterns)
    return any(fnmatchcase(name.lower(), str(pattern).lower()) for pattern in patterns)


def directories_of(item: Item) -> list[str]:
    """Returns the directories of a channel."""
    given = item.values.get('pickup_from_list') or []
    lines = given if isinstance(given, list) else str(given).splitlines()
    return [str(line).strip() for line in lines if str(line).strip()]


class Folders:
    """The folders of a channel on this machine. Those of other machines are for a job to look into."""

    def __init__(self, server: Runtime, item: Item) -> None:
        self._server, self._item = server, item
        self._stop = threading.Event()
        self._root = server.loader.root.resolve()
        self._named = {self._root / os.path.expanduser(line): line for line in directories_of(item)}
        source = str(item.values.get('source_type') or 'local')
        for name in WITHOUT_EFFECT:
            if item.values.get(name):
                log.warning("file transfer channel '%s': %s changes nothing here", item.name, name)
        if source != 'local':
            job = item.values.get('scheduler_job')
            if not job:
                raise ValueError(f'it looks into directories of {source}, and names no scheduler_job')
            log.info("file transfer channel '%s' looks when job '%s' runs", item.name, job)
            return
        if not self._named:
            raise ValueError('pickup_from_list names no directory')
        for folder in self._named:
            if not folder.is_dir():
                log.warning("file transfer channel '%s': there is no folder %s yet", item.name, folder)
        log.info("file transfer channel '%s' looks into %s", item.name, ', '.join(self._named.values()))
        watch_files(lambda: [folder for folder in self._named if folder.is_dir()], self._stop, self._changed)

    def stop(self) -> None:
        """Takes no more files."""
        self._stop.set()

    def close(self) -> None:
        """Takes no more files; what services do with those that were taken ends with the server's other work."""
        self.stop()

    def _changed(self, paths: set[Path]) -> None:
        before = {path: _state(path) for path in paths if path.parent in self._named}
        time.sleep(SETTLED)
        for path, seen in sorted(before.items()):
            # One that is still being written will be told again.
            if seen is not None and seen == _state(path) and not self._stop.is_set():
                self._found(path)

    def _found(self, path: Path) -> None:
        name, channel = path.name, self._item.name
        if not is_wanted(self._item, name):
            patterns = ', '.join(map(str, self._item.values.get('file_patterns') or ()))
            log.info("file transfer channel '%s': %s is not as %s", channel, printable(name), patterns)
            return
        cid = new_cid()
        try:
            data = _read(path)
        except (OSError, ValueError) as error:
            log.error("file transfer channel '%s': %s can not be read: %s", channel, printable(name), error)
            return
        picked = Picked(name, self._named[path.parent], str(path.parent), data)
        if deliver(self._server, self._item, picked, cid):
            _cleared(self._item, path, self._root, cid)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    # A link could lead to any file, and a pipe has no end.
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


def _read(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), 'rb') as file:
        data = file.read(BIGGEST + 1)
    if len(data) > BIGGEST:
        raise ValueError(f'it has more than {BIGGEST // 1024 // 1024} MB')
    return data


def _cleared(item: Item, path: Path, root: Path, cid: str) -> None:
    where, target = str(item.values.get('move_processed_to') or ''), None
    try:
        if where:
            folder = root / os.path.expanduser(where)
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / path.name
            if target.exists():
                target = folder / stamped(path.name)
            shutil.move(path, target)
        elif item.values.get('should_delete_after_pickup', True):
            path.unlink()
    except OSError as error:
        what = f'moved to {where}' if where else 'deleted'
        log.error("file transfer channel '%s': %s is not %s: %s (CID %s)", item.name, path.name, what, error, cid)


def stamped(name: str) -> str:
    """Returns a name that no earlier file has, for one whose name is taken."""
    return f'{name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}'


def deliver(server: Runtime, item: Item, picked: Picked, cid: str) -> bool:
    """Hands a file to all that the channel names, which it does not wait for; tells whether they are all there."""
    values = item.values
    if lacking := server.lacking(item):
        words = f"no service '{lacking[0]}', the file stays"
        log.error("file transfer channel '%s': %s: %s (CID %s)", item.name, printable(picked.name), words, cid)
        return False
    payload, told = _payload(item, picked)
    log.info(
        "file transfer channel '%s': %s, %d bytes (CID %s)", item.name, printable(picked.name), len(picked.data), cid
    )
    about = server.about('file-transfer', item)
    for name in values.get('service_list') or ():
        call = Call(cid, payload, payload, channel=about)
        _start(server, f"service '{name}'", cid, lambda name=name, call=call: server.call(server.deployed(name), call))  # type: ignore[misc]
    for topic in values.get('topic_list') or ():
        _start(server, f"topic '{topic}'", cid, lambda topic=topic: _publish(server, topic, told))  # type: ignore[misc]
    for rest in values.get('outconn_rest_list') or ():
        _start(server, f"REST '{rest}'", cid, lambda rest=rest: server.out.rest[rest].conn.post(cid, told))  # type: ignore[misc]
    return True


def _start(server: Runtime, what: str, cid: str, run: Callable[[], Any]) -> None:
    server.background.start(what, cid, run)


def _publish(server: Runtime, topic: str, told: Mapping[str, Any]) -> None:
    from zatools.server.topics.broker import Post

    server.parts.topics.publish(topic, Post(dict(told)))


def _payload(item: Item, picked: Picked) -> tuple[dict[str, Any], dict[str, Any]]:
    # What services get, and what of it can be sent elsewhere.
    values = item.values
    raw: Any = ''
    if values.get('should_read_on_pickup', True):
        raw = picked.data
        patterns = [one.strip() for one in str(values.get('binary_file_patterns') or '').split(',') if one.strip()]
        if not matches(picked.name, patterns, values.get('is_case_sensitive', True)):
            raw = picked.data.decode(str(values.get('data_encoding') or 'utf-8'), 'replace')
    told = {
        'full_path': picked.path,
        'file_name': picked.name,
        'relative_dir': picked.directory,
        'base_dir': picked.folder,
        'channel_name': item.name,
        'ts_utc': datetime.now(UTC).replace(tzinfo=None).isoformat(),
        'raw_data': raw,
        'has_raw_data': bool(raw),
    }
    data, problem = None, None
    if values.get('should_parse_on_pickup') and values.get('parse_with') and isinstance(raw, str):
        try:
            data = _parsed(str(values['parse_with']), raw)
        # Whatever a parser raises is for the service to look at.
        except Exception as error:
            problem = summary_of(error)
            log_failure(f"file transfer channel '{item.name}': {values['parse_with']}", error, '')
    more = {'data': data, 'has_data': data is not None, 'parse_error': problem, 'config': dict(values)}
    if isinstance(raw, bytes):
        told = {**told, 'raw_data': raw.decode('latin-1')}
    return {**told, 'raw_data': raw, **more}, told


def _parsed(parser: str, raw: str) -> Any:
    module, _, name = parser.removeprefix('py:').rpartition('.')
    parse = getattr(import_module(module), name)
    # csv.reader wants lines, json.loads a text.
    with suppress(TypeError):
        return parse(StringIO(raw))
    return parse(raw)
