"""Checks that are made again and again, until they hold or their time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from zatools.apitest.failures import StepFailed
from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import Phrase
from zatools.apitest.values.readers import as_seconds

#: Seconds between two looks, at first and at last.
FIRST, LAST = 0.05, 1.0


def within(check: Callable[..., None], context: Context, seconds: Any, *values: Any) -> None:
    """Checks until it holds; fails as the last check does when the time is over."""
    limit = as_seconds(seconds)
    end, pause = time.monotonic() + limit, FIRST
    while True:
        try:
            check(context, *values)
            return
        except StepFailed as error:
            left = end - time.monotonic()
            if left <= 0:
                error.text = f'not within {limit:g} s. {error.text}'.strip()
                raise
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LAST)


def with_waiting(*phrases: Phrase) -> Iterator[Phrase]:
    """Yields each phrase, and the one that waits for it."""
    for phrase in phrases:
        yield phrase
        yield replace(
            phrase,
            text=f'within "{{seconds}}" {phrase.text}',
            run=partial(within, phrase.run),
            doc=f'at last, before the time is over: {phrase.doc}',
            values=('5s', *phrase.values),
            reads={**phrase.reads, 'seconds': as_seconds},
        )
