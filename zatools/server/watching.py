"""Looks for changes while a server runs: files as they change, definitions every two seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import thread_time
from typing import TypeVar

log = logging.getLogger('zatools.server')
#: Seconds between two looks at definitions; reading them in vain takes at most one part in twenty.
PAUSE = 2.0
SHARE = 20
#: Milliseconds between two looks at which folders there are.
TICK = 500
Found = TypeVar('Found')


def watch_files(
    folders: Callable[[], Iterable[Path]], stop: threading.Event, on_change: Callable[[set[Path]], None]
) -> None:
    """Calls `on_change` with the paths that changed in folders, and with folders that come or go, until told to stop.

    `folders` returns those that are there now. Runs in a thread of its own.
    """

    def run() -> None:
        last: dict[Path, int] = {}
        while not stop.is_set():
            now = _marks(folders())
            # One may go before it is watched.
            with suppress(FileNotFoundError):
                for changed in _changes(now, stop):
                    # From here on changes are told; what came into a new folder before that is not.
                    paths = changed | {path for path, _ in now.items() ^ last.items()}
                    last = now
                    if paths:
                        _safely(lambda found=paths: on_change(found))  # type: ignore[misc]
                    if _marks(folders()) != now:
                        break

    logging.getLogger('watchfiles').setLevel(logging.ERROR)
    threading.Thread(target=run, name='files', daemon=True).start()


def _marks(folders: Iterable[Path]) -> dict[Path, int]:
    # One that was moved away and made anew is another one.
    found = {}
    for path in folders:
        with suppress(OSError):
            found[path] = path.stat().st_ino
    return found


def _changes(folders: Iterable[Path], stop: threading.Event) -> Iterator[set[Path]]:
    # Empty ones too, so that somebody looks from time to time.
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
    """Looks every two seconds, and has taken over what was found, until told to stop. Runs in a thread of its own."""

    def run() -> None:
        pause = PAUSE
        while not stop.wait(pause):
            started = thread_time()
            found = _safely(look)
            # What is found costs once; what has to be read to find nothing would cost every time.
            pause = PAUSE if found else max(PAUSE, (thread_time() - started) * SHARE)
            if found:
                _safely(lambda new=found: take(new))  # type: ignore[misc]

    threading.Thread(target=run, name='definitions', daemon=True).start()


def _safely(do: Callable[[], Found]) -> Found | None:
    try:
        return do()
    except Exception:
        log.exception('a change could not be taken over; what ran before goes on')
        return None
