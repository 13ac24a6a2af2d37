"""Describes a failed service to the log and to callers."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from types import TracebackType

from zatools.connections.pong import printable
from zatools.place import did_you_mean
from zatools.server.api.exceptions import SUPPORTED, HTTPException, UnsupportedError
from zatools.server.api.service import SET, Service
from zatools.server.call import NoServiceError
from zatools.server.http.sending import UnsendableError
from zatools.server.project.sections import option_behind

log = logging.getLogger('zatools.server')
#: The folder of this package, as it stands in the names of frames.
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
#: The log gets this many frames of a traceback, half of them from each end, and this many chained errors.
FRAMES, LINKS = 20, 5
#: What services of 3.2 find where those of 4.1 have a client of Redis.
OLDER = {
    'builtin': 'self.cache.builtin',
    'conn': 'self.kvdb.conn',
    'default': 'self.cache.default',
    'get_builtin_cache': 'self.cache.get_builtin_cache',
}
CAUSE = '\nThe above exception was the direct cause of the following exception:\n\n'
CONTEXT = '\nDuring handling of the above exception, another exception occurred:\n\n'


def text_of(error: BaseException) -> str:
    """Returns an error's text. The `__str__` of a user's class may fail itself."""
    try:
        return str(error)
    except BaseException as other:
        return f'its text fails with {type(other).__name__}'


def summary_of(error: BaseException) -> str:
    """Returns what a caller may read about an error: its type and the first line of its text."""
    first_line = (text_of(error).splitlines() or [''])[0]
    return printable(f'{type(error).__name__}: {first_line}')


def about_option(error: BaseException) -> str:
    """Returns an addition to an error's text: the option or the attribute that led to it; '' for none."""
    try:
        option = option_behind(error) or attribute_behind(error)
    except BaseException:
        # The text of the error can't be had.
        return ''
    if not option:
        return ''
    return f': {option}'


def attribute_behind(error: BaseException) -> str:
    """Returns what to try for an attribute that services don't have: a near name, or the page that lists them."""
    if not isinstance(error, AttributeError) or isinstance(error, UnsupportedError):
        return ''
    if error.name in OLDER and type(error.obj).__module__.startswith(('redis', 'fakeredis')):
        return f'{OLDER[error.name]} is unknown; on 4.1 self.cache, self.kvdb and self.redis are a client of Redis'
    if not isinstance(error.obj, Service):
        return ''
    if error.name in SET:
        return f'self.{error.name} is there once a call has begun, after __init__'
    names = [name for name in (*dir(type(error.obj)), *vars(error.obj), *SET) if not name.startswith('_')]
    return f'self.{error.name} is unknown; {did_you_mean(str(error.name), names) or SUPPORTED}'


def log_failure(what: str, error: BaseException, cid: str) -> None:
    """Writes a failure to the log: one line, and the traceback unless the line says it all."""
    if isinstance(error, UnsendableError):
        log.error('%s: %s (CID %s)', what, error, cid)
    elif isinstance(error, (HTTPException, NoServiceError)) and not _theirs(error.__traceback__):
        # There is no such service, or what it declares was not sent: no code of users has run.
        status = f'{error.status} {error.details}' if isinstance(error, HTTPException) else str(error)
        log.error('%s: %s (CID %s)', what, printable(status), cid)
    else:
        log.error('%s failed%s (CID %s)\n%s', what, about_option(error), cid, traced(error))


def traced(error: BaseException) -> str:
    """Returns an error's traceback without our frames; of many frames the first and the last."""
    parts: list[str] = []
    current: BaseException | None = error
    link = ''
    for _ in range(LINKS):
        if current is None:
            break
        message = ''.join(traceback.format_exception_only(current))
        parts.append(f'Traceback (most recent call last):\n{_frames(current.__traceback__)}{message}{link}')
        current, link = _origin(current)
    # Python prints the origin first, too.
    return ''.join(reversed(parts)).rstrip('\n')


def _origin(error: BaseException) -> tuple[BaseException | None, str]:
    if error.__cause__ is not None:
        return error.__cause__, CAUSE
    if error.__suppress_context__:
        return None, CONTEXT
    return error.__context__, CONTEXT


def _all(frame: TracebackType | None) -> Iterator[TracebackType]:
    while frame:
        yield frame
        frame = frame.tb_next


def _theirs(frame: TracebackType | None) -> list[TracebackType]:
    return [one for one in _all(frame) if not one.tb_frame.f_code.co_filename.startswith(OURS)]


def _frames(frame: TracebackType | None) -> str:
    # A traceback of our frames alone is shown as it is: it may be a bug of ours.
    theirs = _theirs(frame) or list(_all(frame))
    texts = [''.join(traceback.format_tb(frame, 1)) for frame in theirs]
    if len(texts) <= FRAMES:
        return ''.join(texts)
    half = FRAMES // 2
    return ''.join([*texts[:half], f'  ... {len(texts) - FRAMES} more ...\n', *texts[-half:]])
