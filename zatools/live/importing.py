"""An import through a running 3.2 server: its services are invoked one by one, and the ODB is read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zatools.errors import Exit, FailedError, RefusedError, UsageError, ZatoolsError
from zatools.kinds.live import GENERATION, LISTED
from zatools.live.calls import Registry, Work, work_of
from zatools.live.carrying import Carrier, Progress, Report
from zatools.live.comparing import is_only_beside, left, merged, sealing, wanted_of
from zatools.live.logins import login_of
from zatools.live.undoing import Before, differing, obstacle
from zatools.live.ways import Way, answers
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, opened
from zatools.odb.running import password_of
from zatools.odb.snapshots import keep_undeclared, taken
from zatools.plan import ids, runs
from zatools.plan.importing import Order
from zatools.reports.problems import objects
from zatools.secret import Secret
from zatools.state import Change, Difference, Key
from zatools.world import World

if TYPE_CHECKING:
    from zatools.connections.server import Line

#: Seconds that a server may take for one call.
PATIENCE = 60.0


@dataclass(frozen=True)
class Live:
    """A live import that is ready to begin: all that can be checked has been, and nothing was changed."""

    world: World
    order: Order
    carrier: Carrier
    work: Work
    found: Difference
    before: Before
    undoes: bool
    #: The id of the plan, for the history.
    plan: str = ''

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.carrier.line.server.url

    def run(self, report: Report = lambda step: None, on_end: Callable[[], None] = lambda: None) -> Exit:
        """Makes the calls, writes what they leave, and reads back whether all is as wanted.

        `report` hears of each step that is done, `on_end` is called when nothing more is to be heard.
        """
        if not self.found.changes:
            return Exit.OK
        self.world.foretell('How far it went, zato enmasse diff shows.')
        progress = self.carrier.carry_out(self.work.waves, report)
        on_end()
        if not progress.is_whole:
            return self._failed(progress)
        return self._finish()

    def _odb(self, is_written: bool) -> AbstractContextManager[Odb]:
        wait = None
        if is_written:
            wait = Wait(self.order.lock_timeout, self.world.say)
        return opened(self.order.choice, self.world.environ, wait, self.order.target)

    # After the calls

    def _finish(self) -> Exit:
        wanted = wanted_of(self.found.changes)
        with self._odb(is_written=True) as odb:
            if keep_undeclared(odb, self.before.rows, wanted):
                odb.load()
            now = odb.loaded.state
            rest = left(wanted, now)
            beside = [change for change in rest if change.item.key in self.work.reasons or is_only_beside(change)]
            called = {key: item for key, item in wanted.items() if key not in self.work.reasons}
            wrong = {change.item.key for change in rest} - {change.item.key for change in beside}
            sealed = sealing({key: item for key, item in called.items() if key not in wrong}, now)
            odb.apply(merged(beside, sealed))
            odb.relist(self.found.changes)
            paths, command = self.order.files.sources.paths, f'{self.order.command} --live'
            runs.note(self.world, odb, self.found, paths, command=command, plan=self.plan)
            commit(odb)
        self._say_waiting(beside)
        return self._read_back(wanted)

    def _read_back(self, wanted: Mapping[Key, object]) -> Exit:
        with self._odb(is_written=False) as odb:
            now = odb.loaded.state
        lines = differing(wanted_of(self.found.changes), now)
        lines += [f'{self.before.state[key]}: is gone' for key in self.before.state if key not in {**now, **wanted}]
        if not lines:
            return Exit.OK
        self.world.say(f'{objects(len(lines))} not as wanted, though the server said so:')
        self._say_all(lines)
        self.world.say('hint: its services left these out, or somebody else wrote; --direct writes them into the ODB')
        return Exit.NO

    def _say_waiting(self, beside: Sequence[Change]) -> None:
        if not beside:
            return
        self.world.say(f'{objects(len(beside))} written into the ODB, for the server to read at its restart:')
        lines = []
        for change in beside:
            why = self.work.reasons.get(change.item.key)
            lines.append(f'{change.item}: {why or ", ".join(field.name for field in change.fields)}')
        self._say_all(lines)

    def _say_all(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.world.say(f'  {line}')

    # After a failure

    def _failed(self, progress: Progress) -> Exit:
        # What is left to do must not be interrupted: it is short, and nobody could say how far it went.
        self.world.settle()
        code = Exit.NO
        if progress.is_interrupted:
            code = Exit.INTERRUPTED
        try:
            self._tell(progress)
            if self.undoes:
                self._undo()
            else:
                self.world.say('What is done stands. The same command goes on from there.')
        except ZatoolsError as error:
            self.world.say(f'{error.text}. What is done stands; zato enmasse diff shows what is not.')
        return code

    def _tell(self, progress: Progress) -> None:
        with self._odb(is_written=False) as odb:
            now = odb.loaded.state
        touched = {change.item.key for change in self.before.undone(now)}
        reasons = {step.change.item.key: error for step, error in progress.failed}
        if progress.is_interrupted:
            self.world.say('Interrupted.')
        for change in self.found.changes:
            key = change.item.key
            if key in reasons:
                note = ''
                if key in touched:
                    note = ' (part of it was done)'
                self.world.say(f'FAILED     {change.op} {change.item}: {reasons[key].text}{note}')
            elif key in touched:
                self.world.say(f'done       {change.op} {change.item}')
            else:
                self.world.say(f'not begun  {change.op} {change.item}')

    def _undo(self) -> None:
        is_there = answers(self.url)
        with self._odb(is_written=False) as odb:
            work = self.before.reverse(odb.loaded.state)
            # Ids of what was made, though no answer came, are known now.
            carrier = replace(self.carrier, known=registry_of(odb), jobs=1)
        if is_there:
            progress = carrier.carry_out(work.waves, lambda step: None)
            if not progress.is_whole:
                self._say_stuck(progress)
                return
        with self._odb(is_written=True) as odb:
            self.before.put_back(odb, self.before.order)
        with self._odb(is_written=False) as odb:
            lines = differing(self.before.items, odb.loaded.state)
        if lines:
            self.world.say(f'{objects(len(lines))} not as before:')
            self._say_all(lines)
            return
        how = 'by the server too'
        if not is_there:
            how = 'in the ODB; the server does not answer, and reads it when it starts'
        self.world.say(f'Undone, {how}: the ODB is as it was.')

    def _say_stuck(self, progress: Progress) -> None:
        step, error = progress.failed[0]
        self.world.say(f'Undoing failed at {step.change.item}: {error.text}')
        with self._odb(is_written=False) as odb:
            lines = differing(self.before.items, odb.loaded.state)
        self.world.say(f'{objects(len(lines))} not as before:')
        self._say_all(lines)


def ready(world: World, order: Order, odb: Odb, found: Difference, way: Way) -> Live:
    """Checks all that can be before the first call, and returns what makes them; the ODB must not be written yet.

    Raises UsageError, RefusedError or FailedError where it can't begin.
    """
    if any(change.is_rename for change in found.changes):
        raise RefusedError('services of the server rename nothing that others use', 'into the ODB: --direct')
    line = _line(world, odb, way.url)
    _check_whose(line, odb)
    loaded = odb.loaded
    work = work_of(found.changes, loaded.state)
    keys = [*(step.change.item.key for step in work.steps), *(change.item.key for change, _ in work.beside)]
    before = Before(dict(loaded.state), taken(odb, [key for key in keys if key in loaded.state]), keys)
    reason = obstacle(found.changes)
    if reason and way.undoes:
        raise RefusedError(f'--rollback could not undo all of it: {reason}', 'leave it out')
    if reason and way.undoes is None:
        world.say(f'A failure will not be undone: {reason}')
    world.masks.hide(_secrets(found.changes))
    carrier = Carrier(line, registry_of(odb), way.jobs)
    undoes = way.undoes is not False and not reason
    return Live(world, order, carrier, work, found, before, undoes, ids.plan_id(odb, found))


def registry_of(odb: Odb) -> Registry:
    """Returns the ids and types that an ODB has now; a trial import would add to its own."""
    loaded = odb.loaded
    ids = {section: dict(names) for section, names in loaded.ids.items()}
    for (section, name), stored in loaded.stored.items():
        ids.setdefault(section, {})[name] = stored.id
    types = {section: dict(names) for section, names in loaded.types.items()}
    return Registry(odb.cluster_id, ids, types)


def _line(world: World, odb: Odb, url: str) -> Line:
    # An import that asks no server does without requests.
    from urllib.parse import urlsplit

    from zatools.connections.pong import Attempt
    from zatools.connections.server import Line, RunningServer, generation_of

    if odb.is_ours:
        raise UsageError('--live is for the ODB of a server; this one is of zatools itself')
    if odb.generation != GENERATION:
        raise UsageError(f'--live is for Zato {GENERATION}; on {odb.generation}, --reload puts an import in force')
    address = url.rstrip('/')
    if not address and odb.target.server:
        address = odb.target.server.url
    if not address:
        raise UsageError('--live: where the server listens is not known', 'give --server DIR or --live-url URL')
    found = generation_of(address, Attempt(10))
    if found != GENERATION:
        raise FailedError(f'{address} is a server of Zato {found}, the ODB is of {GENERATION}. Nothing was changed.')
    user, password = login_of(world.environ, lambda user: password_of(odb, user, world.environ))
    return Line(RunningServer(address, urlsplit(address).netloc, GENERATION, user, password), PATIENCE)


def _check_whose(line: Line, odb: Odb) -> None:
    # Services are told ids: those of another ODB would be other objects.
    service, given = LISTED
    rows = line.ask(service, {'cluster_id': odb.cluster_id, **given})
    known = {id_: name for section in odb.loaded.types for name, id_ in odb.loaded.ids.get(section, {}).items()}
    listed: dict[Any, Any] = {row.get('id'): row.get('name') for row in rows or () if isinstance(row, Mapping)}
    same = [id_ for id_ in listed if known.get(id_) == listed[id_]]
    # One that only the server has was deleted in the ODB, which it has not noticed.
    if not same or any(id_ in known and id_ not in same for id_ in listed):
        raise RefusedError(
            f'the server at {line.server.url} has another ODB. Nothing was changed.',
            'is it the right address? a server whose ODB was written behind its back needs a restart first',
        )


def _secrets(changes: Sequence[Change]) -> list[str]:
    values = (value for change in changes for value in (*change.item.values.values(), *change.before.values()))
    return [value.reveal() for value in values if isinstance(value, Secret) and value.can_reveal]
