"""Programs of ours that start warm: a process that has imported the libraries forks for each, in place of a new one.

Most of what a command takes is the import of modules, and hundreds of cases run one or more. None of those that are
imported before reads its surroundings as it is imported, as rich does. What differs from a new Python is the process
group, the seed of hashes and what is imported, so cases about signals, surroundings and imports start cold.

As a program it is both ends: `serve SOCKET`, until standard input ends, and `call SOCKET zato WORD…`. What a test
starts without a shell is started by tests/warmed.py.
"""

from __future__ import annotations

import marshal
import os
import re
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
STANDARD = (0, 1, 2)
SIZE = 8

#: The program's name, its words, folder, mask of file modes and environment.
Program = tuple[str, list[str], bytes, int, dict[bytes, bytes]]


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
        command = [sys.executable, __file__, 'serve', place]
        with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == b'ready\n'
            yield place
            process.stdin.close()


def line_of(place: str) -> str:
    """Returns the words that `zato` or `apitest` follow in a command line of a shell."""
    return f'"{sys.executable}" -I -S "{__file__}" call "{place}"'


def begin(place: str, program: Program, streams: Sequence[int]) -> tuple[socket.socket, int]:
    """Starts a program with three streams; returns its process's ID, and what its status comes from when it ends."""
    text = marshal.dumps(program)
    server = socket.socket(socket.AF_UNIX)
    server.connect(place)
    socket.send_fds(server, [len(text).to_bytes(SIZE, 'little')], streams)
    server.sendall(text)
    return server, _number(server)


def status_of(server: socket.socket) -> int:
    """Waits until a program ends; returns its status as `os.wait` has it."""
    return _number(server)


def _number(server: socket.socket) -> int:
    given = server.recv(SIZE, socket.MSG_WAITALL)
    if len(given) < SIZE:
        raise EOFError('what started the program is gone')
    return int.from_bytes(given, 'little')


def _serve(place: str) -> str:
    # Returns in a process that has become a program: what that runs.
    import gc
    import select
    import signal
    from importlib import import_module

    # Whoever ends is gone: nobody waits for what is between a program and its caller.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.path[0] = ''
    for name in (*LIBRARIES, *OURS):
        import_module(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        os.write(1, b'ready\n')
        while True:
            ready, _, _ = select.select([listener, 0], [], [])
            if 0 in ready:
                os._exit(0)
            caller, _ = listener.accept()
            if not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                # Ended by the signal of a closed terminal, also where the tests run under nohup.
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
                listener.close()
                return _program(caller)
            caller.close()


def _program(caller: socket.socket) -> str:
    given, streams, _, _ = socket.recv_fds(caller, SIZE, len(STANDARD))
    left = int.from_bytes(given, 'little')
    text = b''
    while len(text) < left:
        text += caller.recv(left - len(text))
    name, words, folder, mask, environ = marshal.loads(text)
    program = os.fork()
    if program:
        for stream in streams:
            os.close(stream)
        caller.sendall(program.to_bytes(SIZE, 'little'))
        _, status = os.waitpid(program, 0)
        caller.sendall(status.to_bytes(SIZE, 'little'))
        os._exit(0)
    caller.close()
    _become(words, folder, mask, environ)
    _take(streams)
    return STARTS[name]


def _become(words: list[str], folder: bytes, mask: int, environ: dict[bytes, bytes]) -> None:
    os.chdir(folder)
    os.umask(mask)
    os.environb.clear()
    os.environb.update(environ)
    sys.dont_write_bytecode = b'PYTHONDONTWRITEBYTECODE' in environ
    sys.argv = ['-c', *words]


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


def _call(place: str, name: str, words: list[str]) -> int:
    program = (name, words, os.getcwdb(), os.umask(0), dict(os.environb))
    server, _ = begin(place, program, STANDARD)
    status = status_of(server)
    if os.WIFSIGNALED(status):
        import signal

        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


if __name__ == '__main__':
    what, where, *rest = sys.argv[1:]
    if what == 'call':
        sys.exit(_call(where, rest[0], rest[1:]))
    exec(_serve(where), {'__name__': '__main__'})
