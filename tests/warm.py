"""Programs of ours that start warm: a process that has imported the libraries forks for each, in place of a new one.

Most of what a command takes is the import of modules, and hundreds of cases run one or more. None of those that are
imported before reads its surroundings as it is imported, as rich does. What differs from a new Python is the process
group, the seed of hashes and what is imported, so cases about signals, surroundings and imports start cold.

As a program, `warm.py SOCKET` is what forks, until its standard input ends. Shells ask it by tests/warm_call.py, tests
without a shell by tests/warmed.py.
"""

from __future__ import annotations

import marshal
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests import warm_call
from tests.warm_call import SIZE, STANDARD

LIBRARIES = (
    'arrow',
    'behave.runner',
    'configobj',
    'cryptography.fernet',
    'jsonpointer',
    'jsonschema',
    'lxml.etree',
    'pika',
    'psycopg',
    'pymysql',
    'requests',
    'sqlalchemy.dialects.mysql.pymysql',
    'sqlalchemy.dialects.postgresql.psycopg',
    'sqlalchemy.dialects.sqlite.pysqlite',
    'typer',
    'xml.sax',
    'yaml',
)
#: What most commands import of ours, with all that these import.
OURS = (
    'zatools.apitest.commands.run',
    'zatools.cli.apitest',
    'zatools.cli.app',
    'zatools.commands.diff',
    'zatools.commands.export',
    'zatools.commands.import_',
    'zatools.commands.invoke',
    'zatools.commands.log',
    'zatools.commands.ping',
    'zatools.commands.server',
    'zatools.commands.validate',
)
#: What each program runs, as `python -m zatools` and the program of an installation do.
STARTS = {
    'zato': 'import os, runpy, sys; sys.path[0] = os.getcwd(); runpy.run_module("zatools", alter_sys=True)',
    'apitest': 'import sys; sys.argv[0] = "apitest"; from zatools.cli.apitest import main; main()',
}
#: What a script does to its programs, or sets for Python, that a process which has begun already does not notice.
COLD = re.compile(
    r'\b(kill|trap|timeout|ulimit|strace|nohup|PYTHON\w*|LANG|LC_\w+)\b|(?<![&>])&(?![&>\d])|[<>]&-|/dev/fd'
)
#: Of prctl(2), which a system that is not Linux does not have, nor strace.
PR_SET_PTRACER = 0x59616D61


def may_start_warm(script: str) -> bool:
    """Tells whether the programs of a script can't tell how they were started."""
    return not COLD.search(script)


@contextmanager
def serving(root: str) -> Iterator[str]:
    """Runs what forks until the block ends; yields the place of its socket."""
    import subprocess
    import tempfile

    environ = {
        'PATH': os.environ['PATH'],
        'LANG': 'C.UTF-8',
        'PYTHONDONTWRITEBYTECODE': '1',
        'PYTHONPATH': root,
        # Read once in the life of a process: no name server is ever asked.
        'RES_OPTIONS': 'attempts:0',
    }
    with tempfile.TemporaryDirectory(prefix='warm') as folder:
        place = f'{folder}/socket'
        command = [sys.executable, __file__, place]
        with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == b'ready\n'
            yield place
            process.stdin.close()


def line_of(place: str) -> str:
    """Returns the words that `zato` or `apitest` follow in a command line of a shell."""
    return f'"{sys.executable}" -I -S "{warm_call.__file__}" "{place}"'


def _serve(place: str) -> str:
    # Returns in a process that has become a program: what that runs.
    import gc
    import signal
    from importlib import import_module

    sys.path[0] = ''
    # Modules look whether the signal of a closed terminal is ignored, as under nohup: for programs it is not.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    for name in (*LIBRARIES, *OURS):
        import_module(name)
    signal.signal(signal.SIGHUP, before)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        os.write(1, b'ready\n')
        return _forked(listener)


def _forked(listener: socket.socket) -> str:
    import select
    import signal

    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    callers: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, 0, woken], [], [])
        if 0 in ready:
            os._exit(0)
        if woken in ready:
            os.read(woken, 4096)
            _tell_ended(callers)
        if listener not in ready:
            continue
        caller, _ = listener.accept()
        text, streams = _asked(caller)
        program = os.fork()
        if not program:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Ended by the signal of a closed terminal, also where the tests run under nohup.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            for other in (caller, *callers.values()):
                other.close()
            os.closerange(woken, wakes + 1)
            name, words, folder, mask, environ, is_held = marshal.loads(text)
            _become(words, folder, mask, environ)
            _take(streams)
            if is_held:
                _hold()
            return STARTS[name]
        for stream in streams:
            os.close(stream)
        callers[program] = caller
        _tell(caller, program)


def _asked(caller: socket.socket) -> tuple[bytes, list[int]]:
    given, streams, _, _ = socket.recv_fds(caller, SIZE, len(STANDARD))
    left = int.from_bytes(given, 'little')
    text = b''
    while len(text) < left and (part := caller.recv(left - len(text))):
        text += part
    return text, streams


def _tell_ended(callers: dict[int, socket.socket]) -> None:
    while callers:
        program, status = os.waitpid(-1, os.WNOHANG)
        if not program:
            return
        with callers.pop(program) as caller:
            _tell(caller, status)


def _tell(caller: socket.socket, number: int) -> None:
    # A caller that is gone itself has no use for it.
    with suppress(OSError):
        caller.sendall(number.to_bytes(SIZE, 'little'))


def _become(words: list[str], folder: bytes, mask: int, environ: dict[bytes, bytes]) -> None:
    os.chdir(folder)
    os.umask(mask)
    os.environb.clear()
    os.environb.update(environ)
    sys.dont_write_bytecode = b'PYTHONDONTWRITEBYTECODE' in environ
    sys.argv = ['-c', *words]


def _hold() -> None:
    # Until it is continued, and whoever likes may trace it: some systems let only its parents.
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)


def _take(streams: list[int]) -> None:
    for stream, number in zip(streams, STANDARD, strict=True):
        os.dup2(stream, number)
        os.close(stream)
    for number, (name, mode) in enumerate((('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w'))):
        before = getattr(sys, name)
        is_eager = name == 'stderr' or os.isatty(number)
        opened = open(  # noqa: SIM115
            number, mode, encoding=before.encoding, errors=before.errors, newline='\n', closefd=False
        )
        opened.reconfigure(line_buffering=is_eager)
        setattr(sys, name, opened)
        setattr(sys, f'__{name}__', opened)


if __name__ == '__main__':
    exec(_serve(sys.argv[1]), {'__name__': '__main__'})
