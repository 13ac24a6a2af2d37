"""What can go wrong, and the exit code that each of it ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zatools.place import Problem


class Exit(IntEnum):
    """The exit codes of both programs; README.md explains them to users."""

    OK = 0
    NO = 1
    USAGE = 2
    INVALID = 3
    STORAGE = 4
    REFUSED = 5
    BUG = 70
    INTERRUPTED = 130


def answer(is_yes: bool) -> Exit:
    """Returns the exit code of a command that answers yes or no."""
    if is_yes:
        return Exit.OK
    return Exit.NO


class ZatoolsError(Exception):
    """An expected failure: a sentence for the user, maybe a hint, and an exit code."""

    code = Exit.BUG

    def __init__(self, text: str, hint: str = '') -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class FailedError(ZatoolsError):
    """What was asked for was tried and did not work (exit 1)."""

    code = Exit.NO


class UsageError(ZatoolsError):
    """The command line is wrong (exit 2)."""

    code = Exit.USAGE


class InvalidError(ZatoolsError):
    """The input is wrong (exit 3); `problems` says where, all of them at once, `lines` gives a file's for excerpts."""

    code = Exit.INVALID

    def __init__(
        self,
        text: str,
        hint: str = '',
        problems: Sequence[Problem] = (),
        lines: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        super().__init__(text, hint)
        self.problems = list(problems)
        self.lines = lines


class StorageError(ZatoolsError):
    """What a command reads from or writes to can't be used: the ODB or a file (exit 4)."""

    code = Exit.STORAGE


class OdbError(StorageError):
    """The ODB can't be reached, opened, read, written or locked, or it is no ODB (exit 4)."""


class FileError(StorageError):
    """A file can't be written, or a server's configuration or key can't be read (exit 4)."""


class RefusedError(ZatoolsError):
    """We could but won't without a flag or a key (exit 5)."""

    code = Exit.REFUSED


class ConflictError(ZatoolsError):
    """Another program wrote the same rows at the same time (exit 5); from the start, it may work."""

    code = Exit.REFUSED
