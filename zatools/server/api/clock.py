"""`self.time`: dates and times as texts, in arrow's formats."""

from __future__ import annotations

from typing import Any

from zatools.server.api.supported import Supported

MOMENT, DAY, ISO = 'YYYY-MM-DDTHH:mm:ss', 'YYYY-MM-DD', 'YYYY-MM-DDTHH:mm:ss.SSSSSS'


class Clock(Supported):
    """The time, and times before and after it."""

    called = 'self.time'

    def now(self, format: str = MOMENT, tz: str = 'local', needs_format: bool = True, delta: Any = None) -> Any:
        """Returns the time in a time zone."""
        import arrow

        moment = arrow.now(tz)
        if delta:
            moment += delta
        return _shown(moment, format, needs_format)

    def utcnow(self, format: str = MOMENT, needs_format: bool = True) -> Any:
        """Returns the time in UTC."""
        return self.now(format, 'UTC', needs_format)

    def today(self, format: str = DAY, tz: str = 'local', needs_format: bool = True) -> Any:
        """Returns the day of today."""
        return self.now(format, tz, needs_format)

    def yesterday(self, format: str = MOMENT, tz: str = 'local', needs_format: bool = True) -> Any:
        """Returns the time a day ago."""
        return _shown(self.now(tz=tz, needs_format=False).shift(days=-1), format, needs_format)

    def tomorrow(self, format: str = MOMENT, tz: str = 'local', needs_format: bool = True) -> Any:
        """Returns the time in a day."""
        return _shown(self.now(tz=tz, needs_format=False).shift(days=1), format, needs_format)

    def one_day_from(self, start: Any, format: str = DAY, needs_format: bool = True) -> Any:
        """Returns what is a day after a time."""
        return _after(start, format, needs_format, days=1)

    def one_hour_from(self, start: Any, format: str = DAY, needs_format: bool = True) -> Any:
        """Returns what is an hour after a time."""
        return _after(start, format, needs_format, hours=1)

    def one_minute_from(self, start: Any, format: str = DAY, needs_format: bool = True) -> Any:
        """Returns what is a minute after a time."""
        return _after(start, format, needs_format, minutes=1)

    def isonow(self, tz: str = 'local', needs_format: bool = True) -> Any:
        """Returns the time with microseconds."""
        return self.now(ISO, tz, needs_format)

    def isoutcnow(self, needs_format: bool = True) -> Any:
        """Returns the time in UTC with microseconds."""
        return self.now(ISO, 'UTC', needs_format)

    def utcnow_as_float(self) -> float:
        """Returns the seconds since 1970."""
        moment: float = self.utcnow(needs_format=False).timestamp()
        return moment

    def reformat(self, value: str, from_: str, to: str) -> str:
        """Returns a time in another format."""
        import arrow

        return arrow.get(value, from_).format(to)


def _after(start: Any, form: str, needs_format: bool, **distance: Any) -> Any:
    import arrow

    return _shown(arrow.get(start).shift(**distance), form, needs_format)


def _shown(moment: Any, form: str, needs_format: bool) -> Any:
    if needs_format:
        return moment.format(form)
    return moment
