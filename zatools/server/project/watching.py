"""Watches for changes while a server runs: files at once, definitions every two seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import thread_time
from typing import TypeVar

log = logging.getLogger('zatools.server')
#: Seconds between two looks at definitions. Reading them in vain takes at most one twentieth of the time.
PAUSE = 2.0
SHARE = 20
#: Milliseconds between two looks for folders that come or go.
TICK = 500
Found = TypeVar('Found')


def watch_files(
    folders: Callable[[], Iterable[Path]], stop: threading.Event, on_change: Callable[[set[Path]], None]
) -> None:
    """Calls `on_change` with the paths that changed in folders, and with folders that come or go, until told to stop.

    `folders` returns the folders that exist now. Runs in a thread of its own.
    """

    def run() -> None:
        before: dict[Path, int] = {}
        while not stop.is_set():
            now = _marks(folders())
            # A folder may go before it is watched.
            with suppress(FileNotFoundError):
                for changed in _changes(now, stop):
                    # The watcher tells changes from here on. It does not tell what came into a new folder
                    # before, so a folder that is new counts as changed itself.
                    paths = changed | {path for path, _ in now.items() ^ before.items()}
                    before = now
                    if paths:
                        _safely(lambda changed_paths=paths: on_change(changed_paths))  # type: ignore[misc]
                    if _marks(folders()) != now:
                        break

    logging.getLogger('watchfiles').setLevel(logging.ERROR)
    threading.Thread(target=run, name='files', daemon=True).start()


def _marks(folders: Iterable[Path]) -> dict[Path, int]:
    # By inode: a folder that was moved away and created again is another one.
    inodes = {}
    for path in folders:
        with suppress(OSError):
            inodes[path] = path.stat().st_ino
    return inodes


def _changes(folders: Iterable[Path], stop: threading.Event) -> Iterator[set[Path]]:
    # Yields empty sets too, so that the caller can look at the folders from time to time.
    from watchfiles import DefaultFilter, watch

    if not folders:
        while not stop.wait(TICK / 1000):
            yield set()
        return
    for changes in watch(
        *folders,
        stop_event=stop,
        debounce=200,
        step=30,
        rust_timeout=TICK,
        yield_on_timeout=True,
        recursive=False,
        raise_interrupt=False,
        watch_filter=DefaultFilter(),
        ignore_permission_denied=True,
    ):
        yield {Path(path) for _, path in changes}


def watch_definitions(stop: threading.Event, look: Callable[[], Found | None], take: Callable[[Found], None]) -> None:
    """Looks every two seconds and hands what is new to `take`, until told to stop. Runs in a thread of its own."""

    def run() -> None:
        pause = PAUSE
        while not stop.wait(pause):
            started = thread_time()
            definitions = _safely(look)
            if definitions:
                pause = PAUSE
                _safely(lambda new=definitions: take(new))  # type: ignore[misc]
            else:
                # A look that finds nothing costs its time again and again: a slow one waits longer.
                pause = max(PAUSE, (thread_time() - started) * SHARE)

    threading.Thread(target=run, name='definitions', daemon=True).start()


def _safely(do: Callable[[], Found]) -> Found | None:
    try:
        return do()
    # Services of users are loaded here. And a thread that ends would take no change over any more, without a word.
    except Exception:
        log.exception('a change could not be taken over; what ran before goes on')
        return None
