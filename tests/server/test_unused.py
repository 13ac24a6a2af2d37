"""A server imports nothing for kinds of channels, limits and documents that its definitions don't have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.server.running import environment, write

#: Modules, or packages with all that is in them, that only some definitions need.
SOME = (
    'requests',
    'zatools.connections.calls',
    'zatools.connections.issuer',
    'hl7apy',
    'lxml',
    'socketserver',
    'websockets',
    'zatools.server.channels',
    'zatools.server.http.limits',
    'zatools.server.http.cached',
    'zatools.server.http.soap',
    'zatools.server.openapi',
)
SERVICE = """
import sys
from zato.server.service import Service


class Loaded(Service):
    name = 'loaded'

    def handle(self):
        self.response.payload = sorted(sys.modules)
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: loaded, service: loaded, url_path: /loaded, security: api, data_format: json}
"""


def test_a_plain_channel_needs_none_of_them(tmp_path: Path) -> None:
    folder = write(tmp_path, {'services/a.py': SERVICE, 'd.yaml': DEFINITIONS})
    command = [sys.executable, '-m', 'zatools', 'invoke', 'loaded', '--file', 'd.yaml']
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert 'zatools.server.http.channels' in loaded
    assert [name for name in loaded if name.startswith(SOME)] == []
