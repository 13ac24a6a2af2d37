"""A program that starts warm does what one of a new Python does."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_golden import environment
from tests.warm import may_start_warm

#: What shows the streams, folder, environment, file mode and exit code that a program has.
SCRIPTS = (
    'printf "security: [{name: a, type: basic_auth, username: a}]" | zato enmasse validate -',
    'zato enmasse validate none.yaml; echo $?',
    'cd sub && zato enmasse validate a.yaml >/dev/null; echo $?',
    'ZATO_ODB=nowhere zato enmasse export',
    'umask 077; zato odb create --odb a.db >/dev/null 2>&1; ls -l a.db | cut -c1-10',
    'zato enmasse list --odb sub/none.db >/dev/full; echo $?',
    'zato enmasse schema | head -1; zato --version | cat',
    'zato enmasse nothing 2>&1',
)


@pytest.mark.parametrize('script', SCRIPTS)
def test_it_does_what_a_new_python_does(script: str, tmp_path: Path) -> None:
    found = []
    for is_warm in (False, True):
        folder, tools = tmp_path / f'case {is_warm}', tmp_path / f'tools {is_warm}'
        (folder / 'sub').mkdir(parents=True)
        (folder / 'sub' / 'a.yaml').write_text('security: [{name: a, type: basic_auth, username: a, password: b}]\n')
        tools.mkdir()
        command = ['sh', '-c', script]
        environ = environment(folder, tools, is_warm)
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
        found.append((done.returncode, done.stdout, done.stderr.replace(str(folder), '')))
    cold, warmed = found
    assert cold == warmed
    assert any(cold)


#: Imports as what forks does; prints what of its surroundings a module of ours looked at.
WATCHED = """
import os, sys
from importlib import import_module
from tests.warm import LIBRARIES, OURS

def watched(name, real):
    def look(*given):
        print(name, *given[1:])
        return real(*given)
    return look

for name in LIBRARIES:
    import_module(name)
os._Environ.__getitem__ = watched('environ', os._Environ.__getitem__)
os._Environ.__iter__ = watched('environ', os._Environ.__iter__)
for name in ('getcwd', 'getcwdb', 'isatty', 'getpid', 'umask'):
    setattr(os, name, watched(name, getattr(os, name)))
for name in OURS:
    import_module(name)
print('rich' in sys.modules, 'zatools.odb.odb' in sys.modules)
"""


def test_nothing_that_is_imported_before_it_starts_reads_its_surroundings() -> None:
    done = subprocess.run([sys.executable, '-c', WATCHED], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ('False True\n', '')


def test_one_that_is_killed_ends_so_for_its_caller(warm: str, tmp_path: Path) -> None:
    (tmp_path / 'killing.py').write_text('import os, signal; os.kill(os.getpid(), signal.SIGUSR1)')
    done = subprocess.run(['sh', '-c', f'exec {warm} zato invoke killing'], cwd=tmp_path, timeout=60)
    assert done.returncode == -signal.SIGUSR1


@pytest.mark.parametrize('script', ['zato server & kill $!', 'LC_ALL=C zato', 'zato >&-', 'PYTHONUTF8=0 zato', 'a &'])
def test_what_it_could_tell_is_not_started_warm(script: str) -> None:
    assert not may_start_warm(script)


@pytest.mark.parametrize('script', ['zato a 2>&1', 'zato a && zato b', 'zato a >b 2>c || echo $?'])
def test_what_it_can_not_tell_is(script: str) -> None:
    assert may_start_warm(script)
