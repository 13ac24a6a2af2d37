"""Commands that run other processes end when they are asked to, whatever becomes of the asking."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.conftest import ROOT

#: A signal that comes while an object is finalised: Python prints its exception, and goes on.
LOST = """
import signal
from zatools.processes import cleaned_up, until_interrupted

class Finalised:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

with cleaned_up():
    for _ in until_interrupted():
        Finalised()
print('ended')
"""


def test_an_interrupt_that_a_finaliser_loses_ends_the_command_all_the_same() -> None:
    environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run([sys.executable, '-c', LOST], env=environ, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, 'ended\n'), done.stderr
    assert 'KeyboardInterrupt' in done.stderr
