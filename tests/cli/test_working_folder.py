"""A working folder that was removed is told as the cause."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = 'import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])'


@pytest.mark.parametrize(
    ('command', 'code'),
    [
        ('zato enmasse list', 4),
        ('zato enmasse validate a.yaml', 3),
        ('zato new project', 4),
        ('zato server start', 4),
        ('apitest run', 4),
        ('apitest check a.feature', 4),
    ],
)
def test_a_working_folder_that_is_gone_is_told(tmp_path: Path, command: str, code: int) -> None:
    program, *arguments = command.split()
    script = Path(sys.executable).with_name(program)
    folder = tmp_path / 'gone'
    folder.mkdir()
    environ = {name: value for name, value in os.environ.items() if name not in ('CI', 'ZATO_ODB')}
    words = [sys.executable, '-c', START, str(script), *arguments]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert 'the working folder is gone: it was removed' in done.stderr
    assert 'bug' not in done.stderr
    assert "output can't be written" not in done.stderr
