"""`docs/tutorial.md`: each command of the second terminal is typed, and gives what the page says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.running import programs

PAGE = (ROOT / 'docs' / 'tutorial.md').read_text(encoding='utf-8')
BLOCKS = re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Runs `zato demo my-demo --keep` and gives the environment of the second terminal."""
    environ = programs(tmp_path / 'bin')
    command = ['zato', 'demo', 'my-demo', '--keep']
    process = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        line = next(line for line in process.stdout if line.startswith('It goes on until Ctrl-C:'))
        found = re.search(r'-u api:(\S+) (http://\S+)/api', line)
        assert found
        yield {**environ, 'API_PASSWORD': found[1], 'ADDRESS': found[2]}
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def commands(block: str) -> list[tuple[str, str]]:
    parts = re.split(r'^\$ ', block, flags=re.MULTILINE)[1:]
    return [(part.partition('\n')[0], part.partition('\n')[2]) for part in parts]


def test_the_page_is_true(terminal: dict[str, str], tmp_path: Path) -> None:
    assert len(BLOCKS) == 7
    for command, expected in [pair for block in BLOCKS for pair in commands(block)]:
        done = subprocess.run(
            ['sh', '-c', command],
            cwd=tmp_path / 'my-demo',
            env=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        found = '\n'.join(line.rstrip() for line in done.stdout.splitlines())
        pattern = '.*'.join(re.escape(part) for part in expected.strip().split('…'))
        assert re.fullmatch(pattern, found.strip()), f'{command}\n{done.stdout}{done.stderr}'
