"""The signals that end a program."""

from __future__ import annotations

import signal

#: What a terminal sends when it is closed, where there is that. Under nohup it is ignored, and stays so.
HANGUP: signal.Signals | None = getattr(signal, 'SIGHUP', None)
ENDING = (
    signal.SIGINT,
    signal.SIGTERM,
    *([HANGUP] if HANGUP and signal.getsignal(HANGUP) is not signal.SIG_IGN else []),
)
#: Those of them that come from no key.
OTHERS = tuple(number for number in ENDING if number != signal.SIGINT)


class EndedError(KeyboardInterrupt):
    """A signal of OTHERS ends the program: whoever sent it may have sent it to this process alone."""


def end_at_once() -> None:
    """Has an interrupt end the program without a word: while its modules are loaded it has done nothing."""
    # Who starts a program in the background has it ignore interrupts.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_in_order() -> None:
    """Has an interrupt be an exception again."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
