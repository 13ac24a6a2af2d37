"""What services start and do not wait for: other services, and functions of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from zatools.server.failing import log_failure

log = logging.getLogger('zatools.server')
#: So many run at once; more of them wait.
WORKERS = 16


class Background:
    """Threads of their own: what runs there keeps no request waiting."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pending: set[Future[Any]] = set()
        self._making = threading.Lock()

    def start(self, what: str, cid: str, run: Callable[[], Any]) -> Future[Any]:
        """Runs something later; what it raises is logged."""

        def logged() -> Any:
            try:
                return run()
            # Any exception at all: nobody waits for it.
            except BaseException as error:
                log_failure(what, error, cid)
                return None

        with self._making:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(WORKERS, 'background')
            started = self._pool.submit(logged)
            self._pending.add(started)
        started.add_done_callback(self._pending.discard)
        return started

    def finish(self) -> None:
        """Waits until all is done that was started, and what that started in turn."""
        while pending := list(self._pending):
            wait(pending)

    def close(self) -> None:
        """Starts nothing more; what has not begun is lost, as on the platform."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
