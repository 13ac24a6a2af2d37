"""Headers that are sent several times, a line for each value."""

from __future__ import annotations

from collections.abc import Iterable


class HeaderLines(str):
    """The value of a header as everybody reads it, with commas; `lines` are the values that are sent one by one."""

    lines: tuple[str, ...]

    def __new__(cls, values: Iterable[str]) -> HeaderLines:
        """Returns the header of these values."""
        lines = tuple(values)
        header = super().__new__(cls, ', '.join(lines))
        header.lines = lines
        return header


def lines_of(value: str) -> tuple[str, ...]:
    """Returns the values that a header is sent with."""
    if isinstance(value, HeaderLines):
        return value.lines
    return (value,)
