"""Completion as bash drives it: the installed script is sourced, its function is called, and once a Tab is typed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT, needs
from tests.test_golden import environment

pytestmark = needs('bash')
EXTRA = """
channel_rest:
  - {name: 'Größe: "a" & b', service: s, url_path: /size, security: zato-no-security, data_format: json}
"""
#: Calls the function that the shell calls, with the words of a command line; prints what it proposes.
DRIVER = """
source "$HOME/.bash_completions/zato.sh"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_zato_completion zato
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """A home with completion installed and a folder with an ODB and files."""

    def __init__(self, folder: Path) -> None:
        tools = folder / 'tools'
        self.folder = folder / 'work'
        for path in (tools, self.folder):
            path.mkdir()
        self.environ = environment(self.folder, tools)
        self.home = tools

    def run(self, *command: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environ, **(environ or {})},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def complete(self, *words: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """Returns what is proposed for the last word, as bash would insert it; nothing may be said on stderr."""
        done = self.run('bash', '-c', DRIVER, 'bash', 'zato', *words, environ=environ)
        assert (done.returncode, done.stderr) == (0, '')
        return done.stdout.split('\n')[:-1] if done.stdout != '\n' else []


@pytest.fixture(scope='module')
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = Shell(tmp_path_factory.mktemp('completion'))
    text = (ROOT / 'samples' / 'tutorial' / 'definitions.yaml').read_text()
    (made.folder / 'definitions.yaml').write_text(text.replace('${', '$${'))
    (made.folder / 'more.yaml').write_text(EXTRA)
    done = made.run('zato', 'enmasse', 'import', '.')
    assert done.returncode == 0, done.stderr
    done = made.run('bash', '-c', 'zato --install-completion; exit $?')
    assert done.returncode == 0, done.stderr
    return made


def test_installing_puts_the_script_where_bash_reads_it(shell: Shell) -> None:
    assert '.bash_completions/zato.sh' in (shell.home / '.bashrc').read_text()


def test_show_completion_prints_the_script(shell: Shell) -> None:
    done = shell.run('bash', '-c', 'zato --show-completion; exit $?')
    assert done.stdout.rstrip().endswith('complete -o default -F _zato_completion zato')


@pytest.mark.parametrize(
    ('words', 'proposed'),
    [
        (['e'], ['enmasse']),
        (['odb', ''], ['create', 'info']),
        (['enmasse', 's'], ['show', 'schema']),
        (['enmasse', 'diff', '--f'], ['--from']),
        (['enmasse', 'export', '--for', ''], ['3.2', '4.1']),
        (['enmasse', 'export', '--format', 'j'], ['json']),
        (['enmasse', 'validate', '--format', ''], ['text', 'json', 'github']),
        (['enmasse', 'merge', '--on-conflict', 'l'], ['last']),
        (['enmasse', 'list', '--type', 'channel_rest,bas'], ['channel_rest,basic_auth']),
        (['enmasse', 'show', 'C'], ['CRM']),
        (['enmasse', 'show', 'api'], ['api', 'api.user.get-details']),
        (['enmasse', 'export', '--name', 'Pay'], ['Payments']),
        (['enmasse', 'export', '--type', 'outgoing_rest', '--name', ''], ['CRM', 'Payments']),
        (['enmasse', 'show', '--from', 'more.yaml', '--type', 'security', ''], []),
        (['enmasse', 'import', 'definitions.yaml', '--name', 'Pay'], ['Payments']),
        # Names are escaped as bash wants them, but not within quotes.
        (['enmasse', 'show', r'Fraud\ Detection\ C'], [r'Fraud\ Detection\ Connection']),
        (['enmasse', 'show', '"Fraud Detection C'], ['Fraud Detection Connection']),
        (['enmasse', 'show', 'Gr'], [r'Größe\:\ \"a\"\ \&\ b']),
    ],
    ids=lambda words: ' '.join(words),
)
def test_the_shell_proposes(words: list[str], proposed: list[str], shell: Shell) -> None:
    assert shell.complete(*words) == proposed


@pytest.mark.parametrize(
    ('options', 'environ'),
    [
        (['--odb', 'missing.sqlite'], {}),
        (['--odb', 'definitions.yaml'], {}),
        (['--from', 'missing.yaml'], {}),
        (['--server', 'missing'], {}),
        (['--type', 'no_such_type'], {}),
        ([], {'ZATO_ODB': ''}),
        ([], {'ZATO_ODB': 'oracle://db/zato'}),
        ([], {'CI': 'true'}),
    ],
    ids=str,
)
def test_where_there_is_nothing_to_propose_nothing_is_said(
    options: list[str], environ: dict[str, str], shell: Shell
) -> None:
    assert shell.complete('enmasse', 'show', *options, '', environ=environ) == []


def _typed(shell: Shell, text: bytes, wanted: bytes) -> bytes:
    # A real terminal with a real bash: what is typed, then what stands there.
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(shell.folder)
        script = str(shell.home / '.bash_completions' / 'zato.sh')
        os.execvpe('bash', ['bash', '--noprofile', '--rcfile', script, '-i'], {**shell.environ, 'TERM': 'dumb'})
    seen, end, is_typed = b'', time.monotonic() + 20, False
    while time.monotonic() < end and wanted not in seen:
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
        elif not is_typed:
            is_typed = True
            os.write(terminal, text)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return seen


def test_a_tab_in_a_terminal_completes_a_name_with_blanks_that_the_command_then_takes(shell: Shell) -> None:
    seen = _typed(shell, b'zato enmasse show Fraud\\ Detection\\ D\t\n', b'referred to by')
    assert re.search(rb'Fraud\\ Detection\\ D[\r\n\x07 ]*efinition', seen.replace(b'\x08', b''))
    assert b"def_amqp 'Fraud Detection Definition'" in seen
