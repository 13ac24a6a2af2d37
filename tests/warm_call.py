"""Asks what forks for a program; as a program it is that one for the shell that called it: `SOCKET zato WORD…`.

It runs for each program of each script, so it imports next to nothing: `socket` alone would double what it takes.
"""

from __future__ import annotations

import _socket
import marshal
import os
import sys

STANDARD = (0, 1, 2)
SIZE = 8

#: The program's name, its words, folder, mask of file modes, environment, and whether it waits to be continued.
Program = tuple[str, list[str], bytes, int, dict[bytes, bytes], bool]


def begin(place: str, program: Program, streams: tuple[int, ...]) -> tuple[_socket.socket, int]:
    """Starts a program with three streams; returns what its status comes from when it ends, and its process's ID."""
    text = marshal.dumps(program)
    server = _socket.socket(_socket.AF_UNIX)
    server.connect(place)
    rights = b''.join(stream.to_bytes(4, sys.byteorder) for stream in streams)
    server.sendmsg([len(text).to_bytes(SIZE, 'little')], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    server.sendall(text)
    return server, number_of(server)


def number_of(server: _socket.socket) -> int:
    """Returns the next number that what forks tells: the ID, or at the end the status as `os.wait` has it."""
    given = server.recv(SIZE, _socket.MSG_WAITALL)
    if len(given) < SIZE:
        raise EOFError('what started the program is gone')
    return int.from_bytes(given, 'little')


def _call(place: str, name: str, words: list[str]) -> int:
    server, _ = begin(place, (name, words, os.getcwdb(), os.umask(0), dict(os.environb), False), STANDARD)
    status = number_of(server)
    if os.WIFSIGNALED(status):
        import signal

        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


if __name__ == '__main__':
    sys.exit(_call(sys.argv[1], sys.argv[2], sys.argv[3:]))
