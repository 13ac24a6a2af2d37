"""Looks for changes while a server runs: files as they change, definitions every two seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import thread_time
from typing import TypeVar

log = logging.getLogger('zatools.server')
#: Seconds between two looks at definitions; reading them in vain takes at most one part in twenty.
PAUSE = 2.0
SHARE = 20
Found = TypeVar('Found')


def watch_files(folders: Sequence[Path], stop: threading.Event, on_change: Callable[[set[Path]], None]) -> None:
    """Calls `on_change` with the paths that changed in folders, until told to stop. Runs in a thread of its own."""
    from watchfiles import DefaultFilter, watch

    def run() -> None:
        for changes in watch(
            *folders,
            stop_event=stop,
            debounce=200,
            step=30,
            recursive=False,
            raise_interrupt=False,
            watch_filter=DefaultFilter(),
            ignore_permission_denied=True,
        ):
            _safely(lambda found={Path(path) for _, path in changes}: on_change(found))  # type: ignore[misc]

    logging.getLogger('watchfiles').setLevel(logging.ERROR)
    threading.Thread(target=run, name='files', daemon=True).start()


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
