"""A plan: what files want of an ODB, what that takes, and what must be allowed before it is carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zatools import checks
from zatools.errors import RefusedError
from zatools.files.reader import Read
from zatools.odb.odb import Odb
from zatools.plan import moves
from zatools.plan.dangers import with_warnings
from zatools.plan.reading import raise_errors
from zatools.plan.selection import ALL, Selection
from zatools.plan.wanted import check_variables, compared, deletions, prepare
from zatools.state import Change, Difference, Item, State, effective_state

#: So many objects may be deleted without a number that is named, or a tenth of those of the sections.
FREE_DELETIONS = 5
#: So many objects are named where they can't all be.
SHOWN = 10


@dataclass(frozen=True)
class Demand:
    """What is asked of a plan: which objects, whether those in no file go, which problems count.

    One that is only compared takes variables without a value, and rows that the database would refuse.
    """

    chosen: Selection = ALL
    delete: bool = False
    require_secrets: bool = False
    strict: bool = False
    is_compared: bool = False


@dataclass(frozen=True)
class Plan:
    """What it takes to make an ODB hold what files want.

    Its checks are to be called before it is carried out; its changes have warnings about what is dangerous.
    """

    files: Read
    wanted: State
    stored: State
    difference: Difference

    def check_deletions(self, yes: int | None) -> None:
        """Raises RefusedError for many deletions, unless `yes` is their number."""
        # What a file names as absent is meant.
        count = sum(1 for change in self.difference.of('delete') if change.item.key not in self.files.moves.gone)
        sections = {section for section, _ in self.files.sections}
        total = sum(1 for section, _ in self.stored if section in sections)
        check_count(count, total, yes)

    def check_replacing(self, hint: str) -> None:
        """Raises RefusedError, with the hint, if objects that exist would change."""
        updates = self.difference.replacing
        if not updates:
            return
        names = ', '.join(map(_differing, updates[:SHOWN]))
        if len(updates) > SHOWN:
            names += f', and {len(updates) - SHOWN} more'
        verb = 'object exists and differs'
        if len(updates) > 1:
            verb = 'objects exist and differ'
        raise RefusedError(f'{len(updates)} {verb}: {names}\nNothing was changed.', hint)


def check_count(count: int, total: int, yes: int | None) -> None:
    """Raises RefusedError for many deletions among so many objects, unless `yes` is their number."""
    if yes is not None and yes != count:
        raise RefusedError(f'--yes {yes} was given, but {count} objects would be deleted. Nothing was changed.')
    if count > max(FREE_DELETIONS, total // 10) and yes is None:
        raise RefusedError(
            f'{count} of {total} objects would be deleted. Nothing was changed.', f'if so: --yes {count}'
        )


def _differing(change: Change) -> str:
    place = ''
    if change.item.place:
        place = change.item.place.short
    return f'{change.item} ({place}: {", ".join(field.name for field in change.fields)})'


def planned(odb: Odb, files: Read, demand: Demand) -> Plan:
    """Returns what files want of an ODB and what it takes; raises all problems at once."""
    made = moves.renames(files, odb.loaded.state, demand.chosen)
    renamed = odb.rename(made) if made else None
    known = odb.known()
    wanted = prepare(files, known, odb.generation, demand.chosen, demand.delete)
    check_variables(files, wanted, known.state, demand.is_compared, demand.require_secrets)
    found = compared(wanted, known.state, odb.generation, files)
    if renamed:
        found = moves.with_renames(found, renamed, made, wanted, known.state)
    found = odb.mended(found, wanted)
    going = moves.gone(files, known.state, known.internal, demand.chosen)
    if demand.delete:
        going = deletions(known, wanted, files, demand.chosen)
    if going:
        found = moves.with_hints(_with_deletions(odb, found, files, going, wanted))
    closing = ''
    if not demand.is_compared:
        files.problems.extend(odb.limits(found.changes))
        closing = f'Nothing was changed in {odb.target.shown}.'
    raise_errors(files, closing, demand.strict)
    return Plan(files, wanted, known.state, with_warnings(found))


def _with_deletions(odb: Odb, found: Difference, files: Read, going: Sequence[Item], wanted: State) -> Difference:
    # An object can't be deleted while another one that stays refers to it.
    known = odb.known()
    gone = [moves.deleted(item, files) for item in going]
    keys = {change.item.key for change in gone}
    after = effective_state(wanted, known.state)
    checks.in_use([change.item for change in gone], after, files.problems)
    files.problems.extend(odb.in_use(gone))
    rest = tuple(item for item in found.only_stored if item.key not in keys)
    return replace(found, changes=(*found.changes, *gone), only_stored=rest)
