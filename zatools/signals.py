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
