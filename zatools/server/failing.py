"""What the log and callers are told of a service that failed."""

from __future__ import annotations

import logging
import os
import traceback
from types import TracebackType

from zatools.connections.pong import printable
from zatools.server.sections import blamed
from zatools.server.sending import UnsendableError

log = logging.getLogger('zatools.server')
#: The folder of this package, as it stands in the names of frames.
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
#: Frames of a traceback that the log gets, half of them from each end, and errors that led to one another.
FRAMES, LINKS = 20, 5
CAUSE = '\nThe above exception was the direct cause of the following exception:\n\n'
CONTEXT = '\nDuring handling of the above exception, another exception occurred:\n\n'


def text_of(error: BaseException) -> str:
    """Returns an error's text; that of users' classes may itself fail."""
    try:
        return str(error)
    except BaseException as other:
        return f'its text fails with {type(other).__name__}'


def said(error: BaseException) -> str:
    """Returns what a caller is told of an error: its type and the first line of its text."""
    first = (text_of(error).splitlines() or [''])[0]
    return printable(f'{type(error).__name__}: {first}')


def because(error: BaseException) -> str:
    """Returns what is added to an error: which option of the user configuration it is about, if any."""
    try:
        option = blamed(error)
    except BaseException:
        # Its text fails.
        option = ''
    return f': {option}' if option else ''


def tell(what: str, error: BaseException, cid: str) -> None:
    """Writes a failure to the log: one line, and the traceback unless the line says it all."""
    if isinstance(error, UnsendableError):
        log.error('%s: %s (CID %s)', what, error, cid)
    else:
        log.error('%s failed%s (CID %s)\n%s', what, because(error), cid, traced(error))


def traced(error: BaseException) -> str:
    """Returns an error's traceback without our frames; of many the first and the last."""
    found: list[str] = []
    one: BaseException | None = error
    link = ''
    for _ in range(LINKS):
        if one is None:
            break
        only = ''.join(traceback.format_exception_only(one))
        found.append(f'Traceback (most recent call last):\n{_frames(one.__traceback__)}{only}{link}')
        is_caused = one.__cause__ is not None
        link = CAUSE if is_caused else CONTEXT
        one = one.__cause__ if is_caused or one.__suppress_context__ else one.__context__
    return ''.join(reversed(found)).rstrip('\n')


def _frames(last: TracebackType | None) -> str:
    found = []
    while last:
        found.append(last)
        last = last.tb_next
    # What is ours alone is shown: then it may be a bug of ours.
    own = [one for one in found if not one.tb_frame.f_code.co_filename.startswith(OURS)] or found
    texts = [''.join(traceback.format_tb(one, 1)) for one in (own if len(own) <= FRAMES else _ends(own))]
    if len(own) > FRAMES:
        texts.insert(FRAMES // 2, f'  ... {len(own) - FRAMES} more ...\n')
    return ''.join(texts)


def _ends(frames: list[TracebackType]) -> list[TracebackType]:
    return [*frames[: FRAMES // 2], *frames[-FRAMES // 2 :]]
