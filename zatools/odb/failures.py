"""What goes wrong with databases, in words: which one, what, and what to do; never a statement or a value."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Transaction

from zatools.errors import ConflictError, OdbError, ZatoolsError
from zatools.odb.target import Target

RIGHTS = 'reading takes SELECT on all tables; writing INSERT, UPDATE and DELETE too, and the use of all sequences'
TLS = "see the ssl options of the URL, or the ssl keys of the server's [odb]"
#: What drivers say -> what we say, and a hint: SQLite's words, SQLSTATEs of PostgreSQL, numbers of MariaDB and MySQL.
MEANINGS: tuple[tuple[tuple[str | int, ...], str, str], ...] = (
    (('locked', '55P03', 1205), 'is locked by another process', 'try again when it is done, or give --lock-timeout'),
    (('readonly', 'read-only', '25006', 1290, 1792, 1836), 'is read-only', ''),
    (('disk is full', '53100', 1021, 1114), "can't be written: the disk is full", ''),
    (('disk I/O error',), "can't be read or written: the disk fails", 'is it full, or a limit reached?'),
    (('not a database',), 'is no SQLite database', ''),
    (('malformed',), 'is damaged', ''),
    (('unable to open',), "can't be opened", 'is there such a folder, and may you read it?'),
    (('no such table', '42P01', 1146), 'is no ODB: a table is missing', ''),
    (
        ('28P01', '28000', 1045, 1698, 'password authentication failed', 'role "'),
        'refuses the user or the password',
        '',
    ),
    (('no pg_hba.conf entry', 1130), 'lets nobody in from here', "see the server's pg_hba.conf, or its grants"),
    (
        ('3D000', 1049, 'does not exist'),
        'is not there: the server has no such database',
        'its administrator makes it: CREATE DATABASE',
    ),
    (('42501', 1044, 1142, 1143, 1227), "can't be used: the user lacks the rights", RIGHTS),
    (('53300', 1040, 1203), "can't be reached: the server has too many connections", 'try again later'),
    (('57P03', 1053), "can't be reached: the server is starting or stopping", 'try again later'),
    (
        ('08000', '08003', '08006', '57P01', '57P02', 2006, 2013, 'connection is lost', 'closed the connection'),
        'went away in the middle',
        'is the server up? try again',
    ),
    (('root certificate file',), "can't be reached over TLS: its sslrootcert is no file that can be read", TLS),
    (('SSL', 2026, 'certificate'), "can't be reached over TLS", TLS),
    (
        ('failed to resolve', 'could not translate', 'not known', 'name resolution', 'getaddrinfo', 'No address'),
        "can't be reached: its host has no address",
        'is the name of the host right, and does this machine know it?',
    ),
    (
        (2003, 2002, 'Connection refused', 'timeout', 'timed out'),
        "can't be reached",
        'is the server up, and are host and port right?',
    ),
    (('23505', 1062, 'UNIQUE constraint'), 'has an object with such a name or key already', ''),
    (('23503', 1451, 1452, 'FOREIGN KEY constraint'), 'has rows that refer to each other otherwise', ''),
    (('22001', 1406), 'has no room for a value that is too long', ''),
    (('22P05', '22021', 1366, 3854), "can't hold a character of a value: its character set lacks it", ''),
)
#: Two transactions got in each other's way, and one may simply begin anew.
CONFLICTS = frozenset({'40001', '40P01', 1213, 1020})

# Without a handler of their own, what they log goes to stderr: tracebacks, and values of the rows being written.
for _name in ('psycopg', 'sqlalchemy'):
    logging.getLogger(_name).addHandler(logging.NullHandler())


@contextmanager
def errors(target: Target, outcome: str = '') -> Iterator[None]:
    """Turns what drivers raise into OdbErrors that name the ODB and the outcome, without statements or values."""
    try:
        yield
    except sa.exc.NoSuchTableError:
        raise _with(outcome, _meaning(target, 'no such table', None)) from None
    except sa.exc.DBAPIError as error:
        constraint = _constraint(error.orig)
        raise _with(outcome, _meaning(target, str(error.orig), _code(error.orig), constraint)) from None
    except sqlite3.Error as error:
        raise _with(outcome, _meaning(target, str(error), None)) from None


@contextmanager
def begun(connection: Connection) -> Iterator[Transaction]:
    """A transaction; when it is interrupted the connection is dropped, which rolls back whatever the driver is at."""
    try:
        with connection.begin() as transaction:
            try:
                yield transaction
            except BaseException as error:
                if _is_interrupted(error):
                    connection.invalidate()
                raise
    except Exception as error:
        if _is_interrupted(error):
            raise KeyboardInterrupt from None
        raise


def _is_interrupted(error: BaseException | None) -> bool:
    # Drivers stumble over an interruption, and raise what they stumbled over.
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _with(outcome: str, error: ZatoolsError) -> ZatoolsError:
    # What is tried again has no outcome yet.
    if outcome and isinstance(error, OdbError):
        return OdbError(f'{error.text}. {outcome}', error.hint)
    return error


def _code(error: object) -> str | int | None:
    # MariaDB's numbers say more than its SQLSTATEs.
    arguments = getattr(error, 'args', ())
    if arguments and isinstance(arguments[0], int) and arguments[0]:
        return arguments[0]
    return getattr(error, 'sqlstate', None)


def _constraint(error: object) -> str:
    # The constraint's name and no more: what else the driver says holds values of rows.
    name = getattr(getattr(error, 'diag', None), 'constraint_name', None)
    if name:
        return str(name)
    found = re.search(r"(?: for key '|constraint failed: )([\w.$]{1,200})'?$", str(error)[-300:])
    return found[1] if found else ''


def _meaning(target: Target, text: str, code: str | int | None, constraint: str = '') -> ZatoolsError:
    if code in CONFLICTS:
        return ConflictError(f'{target.shown} was changed by another program at the same time', 'try again')
    for marks, words, hint in MEANINGS:
        # What keeps a connection from being made has no code of its own.
        has_words = code in (None, 2003) and any(isinstance(mark, str) and mark in text for mark in marks)
        if has_words or code in marks:
            if constraint:
                words = f'{words} ({constraint})'
            return OdbError(f'{target.shown} {words}', hint)
    first, *_ = (text or 'unknown error').splitlines()
    return OdbError(f'{target.shown}: {first}')
