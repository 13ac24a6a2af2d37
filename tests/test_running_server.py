"""A server that runs while an import goes on beside it, in whole processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Layout, copy_real, deploy
from tests.standin import password_of, standing_in

COMMAND = [sys.executable, '-m', 'zatools', 'enmasse']
ENVIRON = {**os.environ, 'PYTHONPATH': str(ROOT)}


def password(layout: Layout) -> str:
    return password_of((Path(layout.path) / 'config' / 'repo' / 'server.conf').read_text())


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=ENVIRON, text=True
    )


def test_ctrl_c_while_the_server_reloads_leaves_the_import(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    (tmp_path / 'a.yaml').write_text('security:\n  - {name: a, type: basic_auth, username: a, password: pw}\n')
    arguments = ['--server', layout.path, str(tmp_path / 'a.yaml')]
    with standing_in('4.1', password(layout), 'slow') as server:
        with started('import', *arguments, '--reload', '--server-url', server.url) as process:
            while not server.asked:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=20)
        assert process.returncode == 130
    assert talk.splitlines()[-1] == 'Interrupted: the changes stand.'
    done = subprocess.run([*COMMAND, 'diff', *arguments], env=ENVIRON, capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_service_that_is_deployed_in_time_is_found(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    path = tmp_path / 'a.yaml'
    path.write_text(
        "channel_rest:\n  - {name: a, service: orders.take, url_path: /a, security: '', data_format: json}\n"
    )
    with started('import', '--server', layout.path, str(path), '--wait-services', '1m') as process:
        assert process.stderr
        first = process.stderr.readline()
        # The database must not be locked while the import waits.
        deploy(layout, 'orders.take')
        _, talk = process.communicate(timeout=30)
    assert first == 'Waiting up to 60 s for services to be deployed: orders.take\n'
    assert (talk.splitlines()[0], process.returncode) == ('All of them are deployed.', 0)
