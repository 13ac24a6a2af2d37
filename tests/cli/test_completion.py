"""Completion as shells drive it: bash's function is called, and in bash, zsh and fish a Tab is typed."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT, needs
from tests.test_golden import environment

pytestmark = needs('bash')
PROGRAMS = ('bash', 'zsh', 'fish')
EXTRA = r"""
channel_rest:
  - {name: 'Größe: "a" & b', service: s, url_path: /size, security: zato-no-security, data_format: json}
  - {name: 'it''s in C:\temp', service: s, url_path: /temp, security: zato-no-security, data_format: json}
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
        tools, warm = folder / 'tools', folder / 'warm'
        self.folder = folder / 'work'
        for path in (tools, warm, self.folder):
            path.mkdir()
        # What installs or shows a script looks for the shell among the processes that it was started by.
        self.environ = environment(self.folder, tools, is_warm=False)
        self.completing = {**self.environ, 'PATH': environment(self.folder, warm)['PATH']}
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
        done = self.run('bash', '-c', DRIVER, 'bash', 'zato', *words, environ={**self.completing, **(environ or {})})
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
    for program in filter(shutil.which, PROGRAMS):
        # A shell that has no more to do is no longer there when it is asked for its name.
        done = made.run(program, '-c', 'zato --install-completion || exit 1')
        assert (done.returncode, done.stdout.split()[:1]) == (0, [program]), done
    return made


def test_installing_puts_the_script_where_bash_reads_it(shell: Shell) -> None:
    assert '.bash_completions/zato.sh' in (shell.home / '.bashrc').read_text()


def test_show_completion_prints_the_script(shell: Shell) -> None:
    done = shell.run('bash', '-c', 'zato --show-completion; exit $?')
    assert done.stdout.rstrip().endswith('complete -o default -F _zato_completion zato')


@pytest.mark.parametrize(
    ('words', 'proposed'),
    [
        (['en'], ['enmasse', 'env']),
        (['odb', ''], ['create', 'info', 'history']),
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
        (['enmasse', 'show', 'it'], [r'it\'s\ in\ C\:\\temp']),
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


def _typed(shell: Shell, program: str, *keys: bytes, wanted: bytes) -> bytes:
    # A real terminal with a real shell, each thing typed when it is quiet; returns what stands there in the end.
    # Without it, fish reads all manual pages of the machine at its first start, beside what is tested here.
    (shell.home / '.local/share/fish/generated_completions').mkdir(parents=True, exist_ok=True)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(shell.folder)
        script = str(shell.home / '.bash_completions' / 'zato.sh')
        options = ['--noprofile', '--rcfile', script] if program == 'bash' else []
        os.execvpe(program, [program, *options, '-i'], {**shell.completing, 'TERM': 'dumb'})
    seen, end, waiting = b'', time.monotonic() + 20, list(keys)
    while time.monotonic() < end and wanted not in seen:
        if select.select([terminal], [], [], 0.3)[0]:
            seen += os.read(terminal, 65536)
        elif waiting:
            os.write(terminal, waiting.pop(0))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return seen


@pytest.mark.parametrize(
    ('typed', 'printed'),
    [
        ('zato enmasse show Fraud\\ Detection\\ D', "def_amqp 'Fraud Detection Definition'"),
        ('zato enmasse show "Fraud Detection D', "def_amqp 'Fraud Detection Definition'"),
        ('zato enmasse show it', "channel_rest 'it's in C:\\temp'"),
        ("zato enmasse show it\\'s\\ ", "channel_rest 'it's in C:\\temp'"),
        ('zato enmasse list --type channel_rest,bas', 'basic_auth    api'),
        ('zato enm', 'Move definitions between files and the ODB.'),
        ('zato enmasse validate mo', '2 objects, no problems'),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    'program', ['bash', pytest.param('zsh', marks=needs('zsh')), pytest.param('fish', marks=needs('fish'))]
)
def test_the_first_tab_in_a_terminal_completes_to_what_the_command_takes(
    program: str, typed: str, printed: str, shell: Shell
) -> None:
    assert printed.encode() in _typed(shell, program, typed.encode(), b'\t', b'\n', wanted=printed.encode())


@needs('zsh')
def test_a_script_that_is_shown_may_be_read_by_the_shell(shell: Shell) -> None:
    asks = 'autoload -Uz compinit; compinit; zato --show-completion > shown || exit 1; . ./shown; echo $_comps[zato]'
    assert shell.run('zsh', '-f', '-c', asks).stdout == '_zato_completion\n'
