"""Command lines in hints do what they say: they are taken out of the output and typed into a shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import KEY

BASE = """security:
  - {name: api, type: basic_auth, username: "${NAME_OF_USER}", password: '${PW}'}
channel_rest:
  - {name: my channel, service: s, url_path: /c, data_format: json, security: api}
"""
SEEN = re.compile(r'see them: (.*?)    update them:')


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Types a line into a shell, where `zato` is this one."""
    program = folder / 'zato'
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m zatools "$@"\n')
    program.chmod(0o755)
    environ = {**os.environ, 'PATH': f'{folder}:{os.environ["PATH"]}', 'ZATO_SECRET_KEY': KEY, 'COLUMNS': '300'}
    environ.pop('CI', None)
    return subprocess.run(['sh', '-c', line], cwd=folder, env=environ, capture_output=True, text=True, timeout=120)


def test_what_was_refused_is_seen_by_typing_the_hint(tmp_path: Path) -> None:
    (tmp_path / 'my base.yaml').write_text(BASE)
    (tmp_path / 'over.yaml').write_text('channel_rest:\n  - {name: my channel, url_path: /other}\n')
    (tmp_path / 'the.env').write_text('PW=secret-word\nNAME_OF_USER=ada\n')
    options = "--odb 'my odb.sqlite' --env-file the.env --type channel_rest --name 'my *' --with-references"
    first = run(tmp_path, f"zato enmasse import 'my base.yaml' {options}")
    assert first.returncode == 0, first.stderr
    refused = run(tmp_path, f"zato enmasse import 'my base.yaml' --overlay over.yaml {options}")
    assert refused.returncode == 5, refused.stderr
    found = SEEN.search(refused.stderr)
    assert found, refused.stderr
    shown = run(tmp_path, found[1])
    assert shown.returncode == 1, shown.stderr
    assert "~ 'my channel'" in shown.stdout
    assert '/c  ->  /other' in shown.stdout
    assert 'secret-word' not in refused.stderr + shown.stdout
