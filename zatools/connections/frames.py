"""MLLP's frames: bytes before and after each message, for channels and for connections."""

from __future__ import annotations

from collections.abc import Iterator


class FrameError(ValueError):
    """What was sent is no frame, or too large a one."""


class Frames:
    """Takes bytes, and gives the messages in them. `start` and `end` are bytes in hexadecimal.

    Raises ValueError where they are not.
    """

    def __init__(self, start: str, end: str, biggest: int) -> None:
        self._start, self._end = bytes.fromhex(start), bytes.fromhex(end)
        if not self._start or not self._end:
            raise ValueError('a frame has a start and an end')
        self._biggest = biggest
        self._held = bytearray()
        #: How much of that was looked through for an end.
        self._looked = 0

    @property
    def is_begun(self) -> bool:
        """Whether there is a message that has no end yet."""
        return bool(self._held)

    def taken(self, data: bytes) -> Iterator[bytes]:
        """Yields the messages that have come to their end. Raises FrameError."""
        self._held += data
        while self._held:
            start = self._held[: len(self._start)]
            if start != self._start[: len(start)]:
                raise FrameError(f'a frame begins with {bytes(start).hex(" ")}, not with {self._start.hex(" ")}')
            end = self._held.find(self._end, max(len(self._start), self._looked - len(self._end)))
            self._looked = len(self._held)
            if (end if end >= 0 else len(self._held)) - len(self._start) > self._biggest:
                raise FrameError(f'a message has more than {self._biggest} bytes')
            if end < 0:
                return
            message = bytes(self._held[len(self._start) : end])
            del self._held[: end + len(self._end)]
            self._looked = 0
            yield message

    def framed(self, message: bytes) -> bytes:
        """Returns a message as it is sent. Raises FrameError for one with the end of a frame in it."""
        if self._end in message + self._end[:-1]:
            raise FrameError(f'a message has {self._end.hex(" ")} in it, which is the end of a frame')
        return self._start + message + self._end
