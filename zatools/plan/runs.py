"""What the history says of a run itself: who, where, when, from which files, in which job of a pipeline."""

from __future__ import annotations

import os
import pwd
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from zatools.errors import RefusedError, UsageError
from zatools.files.revision import commit_of
from zatools.odb import history
from zatools.odb.odb import Odb
from zatools.odb.target import OdbChoice, line
from zatools.plan.ids import plan_id
from zatools.secret import without_password
from zatools.state import Difference
from zatools.world import World

#: What the history calls its own beginning: what was there then is its first run.
BEGINNING = 'odb history on'
#: Who is behind a job, and where it is shown, as pipelines tell; the first that all variables of are set counts.
ACTORS = ('GITHUB_ACTOR', 'GITLAB_USER_LOGIN', 'BUILD_REQUESTEDFOREMAIL', 'BUILD_USER_ID', 'CIRCLE_USERNAME')
JOBS = (
    '{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}',
    '{CI_JOB_URL}',
    '{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}',
    '{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}',
    '{BUILDKITE_BUILD_URL}',
    '{CIRCLE_BUILD_URL}',
    '{DRONE_BUILD_LINK}',
    '{BUILD_URL}',
)
COMMITS = ('GITHUB_SHA', 'CI_COMMIT_SHA', 'BUILD_SOURCEVERSION', 'GIT_COMMIT')
#: So many characters of each text, and so many files.
LONGEST = 300
MOST = 20
SINCE = re.compile(r'([0-9]{1,5})([mhdw])')
UNITS = {'m': 'minutes', 'h': 'hours', 'd': 'days', 'w': 'weeks'}


def note(world: World, odb: Odb, done: Difference, paths: Iterable[str], **more: Any) -> int:
    """Writes what was just applied into the history; returns the run's number, 0 where none is kept.

    `more` says what else the run was: its `command`, the id of the `plan` that was looked at, the run that it `undoes`.
    """
    if not done.changes or not history.is_on(odb):
        return 0
    paths = list(paths)
    about = {
        **whose(world.environ),
        'files': [_short(path) for path in paths[:MOST]],
        'more_files': max(0, len(paths) - MOST),
        'commit': _commit(world.environ, paths),
        'counts': {op: len(done.of(op)) for op in ('create', 'update', 'delete')},
        'same': done.same,
        'generation': odb.generation,
        **more,
    }
    return history.write(odb, about, done.changes)


def whose(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns when something is done, by whom and where, for what keeps it."""
    return {'at': datetime.now(UTC).isoformat(timespec='seconds'), **_who(environ)}


def plan_of(odb: Odb, found: Difference) -> str:
    """Returns the id of a plan for the history, before it is carried out; '' where none is kept."""
    if not history.is_on(odb):
        return ''
    return plan_id(odb, found)


def _who(environ: Mapping[str, str]) -> dict[str, str]:
    actor = next((environ[name] for name in ACTORS if environ.get(name)), '')
    return {
        'user': _short(actor or _user(environ)),
        'host': _short(environ.get('HOSTNAME') or socket.gethostname()),
        'pipeline': _pipeline(environ),
    }


def _user(environ: Mapping[str, str]) -> str:
    for name in ('LOGNAME', 'USER'):
        if environ.get(name):
            return environ[name]
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())


def _pipeline(environ: Mapping[str, str]) -> str:
    for form in JOBS:
        with suppress(KeyError):
            url = form.format_map({name: value for name, value in environ.items() if value})
            if url.startswith(('https://', 'http://')):
                return _short(url)
    return ''


def _commit(environ: Mapping[str, str], paths: Iterable[str]) -> str:
    for path in paths:
        found = commit_of(path)
        if found:
            return found
    return next((_short(environ[name]) for name in COMMITS if environ.get(name)), '')


def _short(text: str) -> str:
    shown = without_password(''.join(char if char.isprintable() else '?' for char in text[: 2 * LONGEST]))
    return shown[:LONGEST]


def since(text: str) -> datetime | None:
    """Returns the moment that a time such as 7d or 12h, or a date, is before now; None for none."""
    if not text:
        return None
    found = SINCE.fullmatch(text.strip())
    if found:
        return datetime.now(UTC) - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        # The first and the last days that there are have no other time zone.
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        raise UsageError('--since wants a time as in 90m, 12h, 7d or 2w, or a date as in 2030-01-31') from None


def shown_moment(run: history.Run) -> str:
    """Returns when a run was, for screens: in UTC, to the second."""
    moment = moment_of(run)
    if moment is None:
        return '?'
    return f'{moment:%Y-%m-%d %H:%M:%S} UTC'


def moment_of(run: history.Run) -> datetime | None:
    """Returns when a run was; None where the history has no time that can be read."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(run.text('at'))
        return moment.astimezone(UTC)
    return None


def needed(odb: Odb, choice: OdbChoice) -> list[history.Run]:
    """Returns the runs of an ODB, the last one first; raises RefusedError where no history is kept."""
    if not history.is_on(odb):
        raise RefusedError(f'{odb.target.shown} keeps no history', line('zato odb history on', choice))
    return history.runs(odb)


def run_of(known: Sequence[history.Run], number: int) -> history.Run:
    """Returns the run of a number; UsageError where there is none."""
    for run in known:
        if run.number == number:
            return run
    hint = 'there is none yet'
    if known:
        hint = f'the last one is {known[0].number}'
    raise UsageError(f'there is no run {number}', hint)
