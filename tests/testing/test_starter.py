"""The tests of a project that lies as the vendor's starter project does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.server.running import environment, write
from tests.server.test_layouts import VENDOR


def test_the_tests_of_the_starter_project_run_by_its_own_command(tmp_path: Path) -> None:
    folder = write(tmp_path, VENDOR)
    command = [sys.executable, '-m', 'pytest', 'myproject/testing/tests/', '-v', '--junitxml=test-results.xml']
    environ = environment({'PYTHONPATH': 'myproject/impl/src'})
    result = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    assert (result.returncode, '2 passed' in result.stdout) == (0, True), result.stdout + result.stderr
