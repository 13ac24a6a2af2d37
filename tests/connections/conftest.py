"""What tests of connections share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.peers.web import authority
from zatools.connections import http, tls
from zatools.errors import Exit


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes this machine trust the tests' CA."""
    authority().cert_pem.write_to_path(str(tmp_path / 'ca.pem'))
    monkeypatch.setenv('SSL_CERT_FILE', str(tmp_path / 'ca.pem'))
    for cached in (tls.context_for, http.session_for):
        cached.cache_clear()
    yield
    for cached in (tls.context_for, http.session_for):
        cached.cache_clear()


def interrupted_publish(moment: threading.Event, *options: str) -> tuple[int, str, str]:
    """Presses Ctrl-C at a moment of `zato publish`; returns its exit code, its output, and its last word."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'zatools', 'publish', 'Orders', '--routing-key', 'api', '--timeout', '60s', *options],
        env={**os.environ, 'PYTHONPATH': str(ROOT), 'ZATO_SERVER_PASSWORD': 's3cret'},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert moment.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    return process.returncode, out, err.splitlines()[-1]


#: What that is where the message was sent already.
UNKNOWN = (Exit.INTERRUPTED, '', 'Interrupted: whether the broker has the message is not known.')
