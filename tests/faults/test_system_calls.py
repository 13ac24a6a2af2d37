"""The n-th write, sync, rename, … of a command fails, or the command dies in it: nothing is half done.

strace makes a system call fail. `ZATOOLS_FAULTS=all` tries every call, else a few of each sort are tried.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from tests.conftest import needs
from tests.server.running import until
from tests.warmed import Process, run

pytestmark = [needs('strace'), pytest.mark.skipif(sys.platform != 'linux', reason='strace is a program of Linux')]

#: What can run out of space or fail with its disk; what removes can only be the last that a command does.
WRITING = ('write', 'pwrite64', 'sendfile', 'copy_file_range', 'fsync', 'fdatasync', 'rename', 'link', 'mkdir', 'chmod')
REMOVING = ('unlink', 'rmdir', 'ftruncate')
FAULTS = {'error=ENOSPC': WRITING, 'error=EIO': WRITING, 'signal=KILL': (*WRITING, *REMOVING)}
CALL = re.compile(r'^(\d+) +(\w+)\(', re.MULTILINE)
TRIES_ALL = os.environ.get('ZATOOLS_FAULTS') == 'all'
#: What a command that is killed can't take away any more.
DRAFT = re.compile(r'(^|/)\.([^/]+\.\w{8}|zatools-export\.tmp|zatools-new\.[^/]+)(/|$)')
#: An export that is decided, and not in its place yet: who reads the folder is refused.
DECIDED = 'out/.zatools-export.new'
#: Exit codes that may be: the ODB or a file can't be written, or refused; never a bug of ours, never "done".
CODES = (4, 5)
OLD = """
security:
  - {name: api, type: basic_auth, username: api, password: s3cret-old, realm: old}
channel_rest:
  - {name: users, service: users.get, url_path: /users, security: api, data_format: json}
"""
NEW = OLD.replace('realm: old', 'realm: new')
NEW += '  - {name: more, service: users.get, url_path: /more, security: api, data_format: json}\n'
MORE = NEW + 'outgoing_rest:\n  - {name: CRM, host: "https://crm.example.com", url_path: /a, tls_verify: true}\n'

Tree = Mapping[str, object]


@dataclass(frozen=True)
class Play:
    """A command, the files and commands before it, and those of what it leaves that are not looked at."""

    command: str
    files: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()


FILES = {'old.yaml': OLD, 'new.yaml': NEW, 'more.yaml': MORE}
IMPORTED = 'enmasse import old.yaml --odb a.db'
PLAYS = {
    'first import': Play('enmasse import new.yaml --odb a.db', FILES),
    'import': Play('enmasse import new.yaml --odb a.db --replace', FILES, (IMPORTED,)),
    'create': Play('odb create --odb a.db --layout 4.1'),
    'export to a file': Play('enmasse export --odb a.db -o out.yaml', FILES, (IMPORTED,)),
    'export over a file': Play(
        'enmasse export --odb a.db -o out.yaml',
        FILES,
        (IMPORTED, 'enmasse export --odb a.db -o out.yaml', 'enmasse import more.yaml --odb a.db --replace'),
    ),
    'export to a folder': Play('enmasse export --odb a.db -o out/', FILES, (IMPORTED,)),
    'export over a folder': Play(
        'enmasse export --odb a.db -o out/',
        FILES,
        (IMPORTED, 'enmasse export --odb a.db -o out/', 'enmasse import more.yaml --odb a.db --replace'),
    ),
    'new project': Play('new project'),
}


def zato(folder: Path, arguments: str, *tracing: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, if so with strace and some options."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(('ZATO', 'CI'))}
    environ = {**environ, 'PYTHONDONTWRITEBYTECODE': '1', 'NO_COLOR': '1'}
    words = ['zato', *arguments.split()]
    if not tracing:
        return run(words, folder, environ)
    with Process(words, folder, environ, (DEVNULL, PIPE, PIPE), is_held=True) as process:
        # What is continued before it has stopped stops for ever.
        until(lambda: 'State:\tT' in status_of(process))
        with subprocess.Popen(['strace', '-f', '-qq', '-p', str(process.pid), *tracing]) as tracer:
            until(lambda: 'TracerPid:\t0\n' not in status_of(process) or tracer.poll() is not None)
            process.send_signal(signal.SIGCONT)
            out, err = process.communicate(timeout=120)
    assert tracer.returncode == 0
    return subprocess.CompletedProcess(words, process.wait(), out, err)


def status_of(process: Process) -> str:
    return Path(f'/proc/{process.pid}/status').read_text()


def rows_of(database: Path) -> object:
    # Sealed texts and times differ from one run to the next.
    with sqlite3.connect(database) as connection:
        try:
            return [
                connection.execute(f'select {columns} from {table} order by 1').fetchall()
                for table, columns in (
                    ('sec_base', 'name, username'),
                    ('sec_basic_auth', 'realm'),
                    ('http_soap', 'name, url_path'),
                    ('service', 'name'),
                )
            ]
        except sqlite3.OperationalError:
            return None
        finally:
            connection.rollback()


def tree(folder: Path) -> Tree:
    """Returns what is in a folder: an ODB by its objects, keys by their names, all else byte by byte."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob('*')):
        name = str(path.relative_to(folder))
        if path.suffix == '.db':
            found.update({name: rows} if (rows := rows_of(path)) else {})
        elif path.is_file() and not name.endswith(('.key', '-journal')):
            # A password in there is made up anew each time.
            found[name] = path.name if path.name == '.env' else path.read_bytes()
    return found


def without_drafts(found: Tree) -> Tree:
    return {path: content for path, content in found.items() if not DRAFT.search(path)}


def prepared(folder: Path, play: Play) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in play.files.items():
        (folder / name).write_text(text)
    for command in play.before:
        done = zato(folder, command)
        assert done.returncode == 0, done.stderr
    return folder


def copy(source: Path, target: Path) -> Path:
    subprocess.run(['cp', '-a', source, target], check=True)
    return target


def counted(folder: Path, command: str) -> Counter[str]:
    """Runs a command to its end; returns how many calls of each sort it makes, the most that one thread of it does.

    strace counts those of each thread by themselves.
    """
    trace = folder.parent / 'trace'
    done = zato(folder, command, '-o', str(trace), '-e', f'trace={",".join(FAULTS["signal=KILL"])}')
    assert done.returncode == 0, done.stderr
    most: Counter[str] = Counter()
    for (_, name), count in Counter(CALL.findall(trace.read_text(errors='replace'))).items():
        most[name] = max(most[name], count)
    return most


def some(count: int, fault: str) -> range:
    """Returns which calls are tried: all, or the one in the middle for errors, the last one for an end."""
    if TRIES_ALL:
        return range(1, count + 1)
    number = count if 'signal' in fault else (count + 1) // 2
    return range(number, number + 1)


def disturbed(folder: Path, command: str, call: str, number: int, fault: str) -> subprocess.CompletedProcess[str]:
    what = f'inject={call}:{fault}:when={number}' + ('' if 'signal' in fault else '+')
    return zato(folder, command, '-o', '/dev/null', '-e', f'trace={call}', '-e', what)


@pytest.mark.parametrize('fault', FAULTS if TRIES_ALL else ['error=ENOSPC', 'signal=KILL'])
@pytest.mark.parametrize('name', PLAYS)
def test_a_command_does_all_or_nothing(name: str, fault: str, tmp_path: Path) -> None:
    play = PLAYS[name]
    start = prepared(tmp_path / 'start', play)
    before = tree(start)
    end = copy(start, tmp_path / 'end')
    calls = counted(end, play.command)
    after = tree(end)
    wrong = []
    for call in FAULTS[fault]:
        for number in some(calls[call], fault) if calls[call] else ():
            folder = copy(start, tmp_path / f'{call}-{number}')
            done = disturbed(folder, play.command, call, number, fault)
            if problem := problem_of(done, folder, before, after, fault):
                wrong.append(f'{call} {number} of {calls[call]}: exit {done.returncode}: {problem}\n{done.stderr}')
            elif zato(folder, play.command).returncode not in (0, 5) or without_drafts(tree(folder)) != after:
                wrong.append(f'{call} {number} of {calls[call]}: what it left is in the way of the next\n{done.stderr}')
    assert not wrong, '\n'.join(wrong)


def problem_of(done: subprocess.CompletedProcess[str], folder: Path, before: Tree, after: Tree, fault: str) -> str:
    """Returns what is wrong after a command that was disturbed, '' for nothing."""
    if 'Traceback' in done.stderr or done.returncode == 70:
        return 'a bug of ours'
    if 'signal' not in fault and done.returncode not in (0, *CODES):
        return 'another exit code'
    found = tree(folder)
    if done.returncode == 0 and found != after:
        return 'said to be done'
    if (folder / DECIDED).exists():
        return '' if zato(folder, 'enmasse validate out').returncode == 3 else 'half an export can be read'
    if 'signal' in fault:
        found = without_drafts(found)
    if found not in (before, after):
        return f'half done: {sorted(found.keys() ^ before.keys())} {sorted(found.keys() ^ after.keys())}'
    return ''
