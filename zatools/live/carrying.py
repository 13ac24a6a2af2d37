"""Carries out steps over a few connections to a running server, and remembers how each of them went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zatools.errors import FailedError
from zatools.live.calls import Call, Registry, Step

if TYPE_CHECKING:
    from zatools.connections.server import Line

#: Called with each step when its answers have come, in the order of the plan.
Report = Callable[[Step], None]


@dataclass
class Progress:
    """How far it went: steps that are done, the step that failed and why, those that were begun and never answered."""

    done: list[Step] = field(default_factory=list)
    failed: list[tuple[Step, FailedError]] = field(default_factory=list)
    is_interrupted: bool = False
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def is_whole(self) -> bool:
        """Tells whether all of it is done."""
        return not self.failed and not self.is_interrupted

    def stop(self) -> None:
        """Lets nothing more begin."""
        self._stop.set()

    @property
    def is_stopped(self) -> bool:
        """Tells whether nothing more begins."""
        return self._stop.is_set()


@dataclass(frozen=True)
class Carrier:
    """A server that is asked, what is known of ids, and over how many connections."""

    line: Line
    known: Registry
    jobs: int = 4

    def carry_out(self, waves: Sequence[Sequence[Step]], report: Report) -> Progress:
        """Invokes the services of all steps, wave by wave; the first that fails is the last that begins."""
        progress = Progress()
        with self._workers() as workers:
            for wave in waves:
                self._wave(workers, wave, report, progress)
                if progress.is_stopped:
                    break
        return progress

    @contextmanager
    def _workers(self) -> Iterator[ThreadPoolExecutor]:
        workers = ThreadPoolExecutor(self.jobs, thread_name_prefix='live')
        try:
            yield workers
        finally:
            # What was begun is waited for: nobody could say what became of it otherwise.
            workers.shutdown(wait=True, cancel_futures=True)

    def _wave(self, workers: ThreadPoolExecutor, wave: Sequence[Step], report: Report, progress: Progress) -> None:
        begun = [workers.submit(self._step, step, progress) for step in wave]
        try:
            for step, future in zip(wave, begun, strict=True):
                self._note(step, future, report, progress)
        except KeyboardInterrupt:
            progress.is_interrupted = True
            progress.stop()

    @staticmethod
    def _note(step: Step, future: Future[bool], report: Report, progress: Progress) -> None:
        try:
            if future.result():
                progress.done.append(step)
                report(step)
        except FailedError as error:
            progress.failed.append((step, error))
        except Exception as error:
            # What is done has to be undone even so; its own text may quote a secret.
            progress.failed.append((step, FailedError(f'a bug of zatools: {type(error).__name__}')))

    def _step(self, step: Step, progress: Progress) -> bool:
        # Whether it was begun at all.
        if progress.is_stopped:
            return False
        try:
            for call in step.calls:
                self._call(step, call)
        except BaseException:
            progress.stop()
            raise
        return True

    def _call(self, step: Step, call: Call) -> None:
        answer = self.line.ask(call.service, call.payload(self.known))
        if call.is_making:
            self.known.note(step.change.item, _id_in(answer, call.service))


def _id_in(answer: Any, service: str) -> int:
    try:
        return int(answer['id'])
    except (TypeError, KeyError, ValueError):
        raise FailedError(f'{service} has not said which id it gave') from None
