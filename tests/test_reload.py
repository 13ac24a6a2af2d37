"""A server that is told of an import, in whole processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, copy_real
from tests.standin import password_of, standing_in


def test_ctrl_c_while_the_server_reloads_leaves_the_import(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    (tmp_path / 'a.yaml').write_text('security:\n  - {name: a, type: basic_auth, username: a, password: pw}\n')
    config = Path(layout.path) / 'config' / 'repo' / 'server.conf'
    command = [sys.executable, '-m', 'zatools', 'enmasse']
    arguments = ['--server', layout.path, str(tmp_path / 'a.yaml')]
    environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
    with standing_in('4.1', password_of(config.read_text()), 'slow') as server:
        with subprocess.Popen(
            [*command, 'import', *arguments, '--reload', '--server-url', server.url],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environ,
            text=True,
        ) as process:
            while not server.asked:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=20)
        assert process.returncode == 130
    assert talk.splitlines()[-1] == 'Interrupted: the changes stand.'
    assert subprocess.run([*command, 'diff', *arguments], env=environ, capture_output=True, check=False).returncode == 0
