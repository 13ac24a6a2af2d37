"""What is asked of an ODB without files, of objects as they were or are to be: checked and planned as an import is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zatools import checks
from zatools.checks import Checks
from zatools.errors import InvalidError
from zatools.odb.odb import Odb
from zatools.odb.renaming import Rename, Renamed
from zatools.place import Problem
from zatools.plan.dangers import with_warnings
from zatools.plan.moves import with_renames
from zatools.reports import problems as reports
from zatools.secret import Secret
from zatools.state import Change, Difference, Item, State, diff, effective_state, in_order


@dataclass
class Wish:
    """What is wanted: objects, objects that are to go, how many are as wanted already, and renames that were begun."""

    wanted: State = field(default_factory=dict)
    gone: list[Item] = field(default_factory=list)
    same: int = 0
    renames: Sequence[Rename] = ()
    renamed: Renamed | None = None


def planned(odb: Odb, wish: Wish) -> Difference:
    """Returns what a wish takes; raises InvalidError where it can't be."""
    known = odb.known()
    problems: list[Problem] = []
    going = {item.key for item in wish.gone}
    rest = {key: item for key, item in known.state.items() if key not in going}
    Checks(wish.wanted, replace(known, state=rest), odb.generation, problems).run()
    found = diff(wish.wanted, known.state, odb.generation)
    if wish.renamed:
        found = with_renames(found, wish.renamed, wish.renames, wish.wanted, known.state)
    found = odb.mended(found, wish.wanted)
    gone = [Change('delete', item, item, ()) for item in reversed(in_order(wish.gone))]
    checks.in_use(wish.gone, effective_state(wish.wanted, known.state), problems)
    problems.extend(odb.in_use(gone))
    found = replace(found, changes=(*found.changes, *gone), only_stored=(), same=found.same + wish.same)
    problems.extend(odb.limits(found.changes))
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise InvalidError(f'{reports.count(errors, 0)} Nothing was changed in {odb.target.shown}.', problems=errors)
    return with_warnings(found)


def whole(item: Item, generation: str) -> Item:
    """Returns an object that says all that it is: what an import would keep, too, nothing included."""
    said = {name: nothing(item, name, generation) for name in item.kind.kept if name in item.kind.names[generation]}
    return Item(item.kind, {**said, **item.values})


def nothing(item: Item, name: str, generation: str) -> Any:
    """Returns what a field is where it has no value: a secret that is none, or the default."""
    if item.kind.by_name[name].secret:
        return Secret('')
    return item.kind.defaults[generation].get(name)
