"""New ODBs of ours. A SQLite one is made in a file of another name, and gets its own when it is whole."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zatools.errors import OdbError
from zatools.odb import engine as engines, failures, locks, schema
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, understand
from zatools.odb.seal import Sealer, key_for, new_key, sealer_for
from zatools.odb.target import OdbChoice, Target, line


@contextmanager
def alone(target: Target, wait: Wait) -> Iterator[None]:
    """Lets one process at a time make an ODB in the folder of a SQLite file: the next one finds it there."""
    handle = _folder(target)
    try:
        if handle is not None:
            _lock(handle, target, wait)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _folder(target: Target) -> int | None:
    try:
        return os.open(os.path.dirname(os.path.realpath(target.sqlite_path)), os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        # Whoever may not read a folder may make a file in it: two at once would then be told so.
        return None


def _lock(handle: int, target: Target, wait: Wait) -> None:
    end, is_told = time.monotonic() + wait.seconds, False
    while not _is_locked(handle):
        if time.monotonic() >= end:
            raise OdbError(f'{target.shown} is being made by another process', 'try again when it is done')
        if not is_told:
            wait.say(f'Waiting for another process that makes an ODB (--lock-timeout {wait.seconds:g})')
            is_told = True
        time.sleep(0.02)


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks has to do without.
        return True
    return True


@contextmanager
def created(
    target: Target, layout: str, choice: OdbChoice, environ: Mapping[str, str], wait: Wait, is_kept: bool = True
) -> Iterator[Odb]:
    """Makes a new ODB of ours; unless it is committed, no file is left. Not `is_kept`: it never gets a file."""
    key = key_for(target, True, choice.server_key, environ)
    sealer = sealer_for(key)
    _check_folder(target)
    draft = place = ''
    trial_key = None
    if is_kept:
        draft = _draft(target)
        place = draft or target.sqlite_path
    elif sealer is None:
        trial_key = new_key()
        sealer = Sealer(trial_key)
    where = Target(_url(target, place, is_kept), target.shown, place, None, target.is_default, target.tls)
    try:
        # MariaDB makes tables for good at once.
        with failures.errors(target, 'Nothing was changed.' if target.sqlite_path else ''):
            engine = engines.open_engine(where, wait, may_create=True)
            try:
                with engine.connect() as connection, failures.begun(connection) as transaction:
                    locks.take(connection, wait)
                    schema.create(connection, layout, target.shown, f'see what: {line("zato odb info", choice)}')
                    odb = understand(where, connection, choice)
                    odb.target = target if is_kept else where
                    odb.sealer, odb.new_key = sealer, trial_key
                    odb.is_new, odb.draft = True, draft
                    odb.load()
                    yield odb
                    if transaction.is_active:
                        transaction.rollback()
            finally:
                engine.dispose()
    finally:
        if draft:
            Path(draft).unlink(missing_ok=True)


def _url(target: Target, place: str, is_kept: bool) -> str:
    if not target.sqlite_path:
        return target.url
    if not is_kept:
        return 'sqlite://'
    return f'sqlite:///{place}'


def _check_folder(target: Target) -> None:
    # A dry run makes no file, so it must look whether the import could.
    path = Path(os.path.realpath(target.sqlite_path))
    place = path if path.exists() else path.parent
    if target.sqlite_path and not os.access(place, os.W_OK):
        raise _unopened(target)


def _unopened(target: Target) -> OdbError:
    return OdbError(f"{target.shown} can't be opened", 'is there such a folder, and may you write to it?')


def _draft(target: Target) -> str:
    # An empty file that is there already becomes the ODB itself: it may be anybody's.
    path = os.path.realpath(target.sqlite_path)
    if not target.sqlite_path or os.path.lexists(path):
        return ''
    folder, name = os.path.split(path)
    draft = os.path.join(folder, f'.{name[:100]}.{secrets.token_hex(4)}')
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL, 0o644))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OdbError(f"{target.shown} can't be written: the disk is full") from None
        raise _unopened(target) from None
    return draft
