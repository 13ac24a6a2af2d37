"""What tests of connections share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.web import authority
from zatools.connections import http, tls


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
