"""A server under coverage: what was run is recorded."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.server.running import Local, environment, write
from tests.server.test_debugging import FILES


def test_coverage_records_what_a_server_ran(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    words = ['-m', 'zatools', 'server', '.', '--file', 'd.yaml', '--port', '0']
    process = subprocess.Popen(
        [sys.executable, '-m', 'coverage', 'run', '--source', 'services', *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    local = Local(process, folder)
    try:
        local.wait_up()
        assert local.call('/stops').json() == {'found': 41}
        assert local.stop(signal.SIGINT) == 0, local.log
    finally:
        process.kill()
        local.close()
    command = [sys.executable, '-m', 'coverage', 'report', '-m']
    report = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    assert re.search(r'services.a\.py +\d+ +1 +\d+% +11\n', report), report
