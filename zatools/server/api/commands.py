"""`self.commands`: runs commands of the shell, which services wait for or not."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from zatools.place import did_you_mean
from zatools.server.api.dotdict import DotDict
from zatools.server.call import new_cid

if TYPE_CHECKING:
    from zatools.server.api.service import Service

#: What stands for bytes that are no text in the encoding of a command.
REPLACEMENT = '\ufffd'
#: What calls may say besides the command; `timeout` is in seconds.
OPTIONS = {
    'cid': '',
    'timeout': 600.0,
    'callback': None,
    'stdin': '',
    'encoding': 'utf8',
    'use_pubsub': False,
    'replace_char': REPLACEMENT,
}


class CommandResult(DotDict):
    """What became of a command; keys are attributes."""

    def to_dict(self) -> dict[str, Any]:
        """Returns a plain dict."""
        return dict(self)


@dataclass(frozen=True)
class Wanted:
    """A command and how it is run."""

    command: str
    is_async: bool
    cid: str
    timeout: float
    callback: Any
    stdin: str
    encoding: str
    use_pubsub: bool
    replace_char: str


def _wanted(command: str, is_async: bool, given: Mapping[str, Any]) -> Wanted:
    for name in given.keys() - OPTIONS.keys():
        raise TypeError(f'self.commands knows no {name}=; {did_you_mean(name, OPTIONS)}'.rstrip('; '))
    options: dict[str, Any] = {**OPTIONS, **given}
    options['cid'] = options['cid'] or new_cid()
    return Wanted(command, is_async, **options)


class Commands:
    """Runs commands for a service. One that fails does not raise: `is_ok` says it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def invoke(self, command: str, **options: Any) -> CommandResult:
        """Runs a command of the shell, waits for its end and returns what became of it."""
        return self._done(_wanted(command, False, options))

    def invoke_async(self, command: str, **options: Any) -> CommandResult:
        """Starts a command of the shell and returns at once; what became of it goes to the callback."""
        wanted = _wanted(command, True, options)
        self._service.server.background.start('a command of the shell', wanted.cid, partial(self._done, wanted))
        return CommandResult({**_about(wanted), 'is_ok': True})

    def _done(self, wanted: Wanted) -> CommandResult:
        found = _run(wanted)
        callback: Any = wanted.callback
        if callback is None:
            return found
        if wanted.use_pubsub:
            self._service.pubsub.publish(callback, found.to_dict())
        elif isinstance(callback, (str, type)):
            self._service.invoke(callback, found)
        else:
            callback(found)
        return found


def _about(wanted: Wanted) -> dict[str, Any]:
    about = {name: getattr(wanted, name) for name in ('cid', 'command', 'callback', 'stdin', 'is_async', 'timeout')}
    empty = {'stdout': '', 'stderr': '', 'len_stdout_bytes': 0, 'len_stderr_bytes': 0, 'exit_code': -1}
    return {**about, **empty, 'is_ok': False, 'is_timeout': False, 'timeout_msg': ''}


def _run(wanted: Wanted) -> CommandResult:
    started = datetime.now(UTC)
    found: dict[str, Any] = {}
    # Whoever writes the service writes the command: a shell is what the platform gives it.
    process = subprocess.Popen(
        wanted.command,
        shell=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(wanted.stdin.encode(wanted.encoding), wanted.timeout)
    except subprocess.TimeoutExpired:
        found = {'is_timeout': True, 'timeout_msg': f'Command `{wanted.command}` timed out after {wanted.timeout} s'}
        _end(process)
        out, err = process.communicate()
    text = partial(_text, wanted)
    found |= {'stdout': text(out), 'stderr': text(err), 'len_stdout_bytes': len(out), 'len_stderr_bytes': len(err)}
    if not found.get('is_timeout'):
        found |= {'exit_code': process.returncode, 'is_ok': process.returncode == 0}
    return CommandResult({**_about(wanted), **found, **_times(started, datetime.now(UTC))})


def _end(process: subprocess.Popen[bytes]) -> None:
    import os
    import signal

    # The shell's own children too, which would hold its output open.
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def _text(wanted: Wanted, data: bytes) -> str:
    return data.decode(wanted.encoding, 'replace').replace(REPLACEMENT, wanted.replace_char)


def _times(start: datetime, end: datetime) -> dict[str, Any]:
    total = end - start
    seconds = total.total_seconds()
    found: dict[str, Any] = {'start_time': start, 'end_time': end, 'total_time': str(total), 'total_time_sec': seconds}
    return {**found, 'start_time_iso': start.isoformat(), 'end_time_iso': end.isoformat()}
