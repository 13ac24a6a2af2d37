"""What files want of a target: selected, in its generation, checked; and what is to go."""

from __future__ import annotations

from dataclasses import replace

from zatools import checks, generations
from zatools.checks import Checks, Known
from zatools.files.reader import Read
from zatools.files.values import Id
from zatools.kinds import taken_for
from zatools.kinds.model import Made
from zatools.place import Problem
from zatools.plan.selection import ALL, Selection
from zatools.state import Difference, Item, State, diff, in_order


def by_names(state: State, known: Known, problems: list[Problem]) -> None:
    """Puts names in place of the ids that stand alone in files."""
    for item in state.values():
        for field in item.kind.refs:
            value = item.values.get(field.name)
            if not isinstance(value, Id):
                continue
            ids = {id_: name for name, id_ in getattr(known.names.get(field.ref, {}), 'items', dict)()}
            if value in ids:
                item.values[field.name] = ids[value]
            else:
                del item.values[field.name]
                problems.append(
                    Problem(
                        item.place_of(field.name),
                        f'{item}: {field.name} is given by its id {int(value)} alone',
                        'give its name: ids differ from one environment to the next',
                        1,
                    )
                )


def prepare(files: Read, known: Known, generation: str, chosen: Selection = ALL, is_deleting: bool = False) -> State:
    """Returns what the files want of a target: selected, without internal objects, converted and checked.

    Problems are added to those of `files`.
    """
    problems = files.problems
    if files.has_ids:
        by_names(files.counted, known, problems)
    state = chosen.take(files.state)
    if files.foreign:
        state = _without_skipped(state, files, known)
    internal = state.keys() & known.internal
    for item in in_order(state[key] for key in internal):
        problems.append(Problem(item.place, f'{item} is internal to the platform: skipped', is_warning=True))
    wanted = state
    if internal:
        wanted = {key: item for key, item in state.items() if key not in internal}
    wanted = _without_companions(_without_taken(wanted, generation, problems), generation)
    if generation:
        wanted = generations.convert(wanted, generation, known.state, problems, chosen.skips_unsupported)
    left_out = frozenset(files.state.keys() - state.keys())
    remaining, gone = known.state, set(files.moves.gone)
    if is_deleting:
        gone.update(item.key for item in deletions(known, wanted, files, chosen))
    if gone:
        remaining = {key: item for key, item in known.state.items() if key not in gone}
    Checks(wanted, replace(known, state=remaining, left_out=left_out), generation, problems).run()
    return wanted


def _without_skipped(state: State, files: Read, known: Known) -> State:
    # What refers to an object that can't be read yet goes with it, unless the target has such an object.
    gone = [(section, name) for section, name in files.foreign if name not in known.names.get(section, ())]
    return generations.without(state, gone, files.problems)


def _without_taken(state: State, generation: str, problems: list[Problem]) -> State:
    # Files of 3.2's own enmasse have JSON-RPC channels twice, once among those of REST; it skips these.
    found = {key: other for key, item in state.items() if (other := taken_for(item.kind, item.name, generation))}
    for key, other in found.items():
        name = state[key].name.removeprefix(other.rows[0].prefix)
        if (other.section, name) not in state:
            text = f'{state[key]} would be a {other.called} to Zato {generation}: skipped'
            hint = f"if one is meant: '{name}' in the section {other.section}"
            problems.append(Problem(state[key].place, text, hint, is_warning=True))
    if not found:
        return state
    return {key: item for key, item in state.items() if key not in found}


def _without_companions(state: State, generation: str) -> State:
    # 4.1's own exports have the channels that gateways keep: whoever imports the gateway has them.
    kinds = {item.kind for item in state.values()}
    owned = {
        (companion.kind.section, made.name): made
        for item in state.values()
        for companion in item.kind.companions
        if companion.kind in kinds
        for made in companion.make(item.values, 0, generation)
    }
    found = [key for key in owned.keys() & state.keys() if _is_made(state[key], owned[key])]
    return {key: item for key, item in state.items() if key not in found} if found else state


def _is_made(item: Item, made: Made) -> bool:
    return bool(made.values.get('service')) and item.values.get('service') == made.values['service']


def deletions(known: Known, wanted: State, files: Read, chosen: Selection) -> list[Item]:
    """Returns what --delete asks for: stored objects of sections that the files have, selected, in no file.

    What may be another cluster's stays.
    """
    # What the files have and --skip-unsupported leaves out is not to go either.
    taken = wanted.keys() | files.state.keys()
    named = files.moves.gone
    return [
        item
        for item in reversed(in_order(item for key, item in known.state.items() if key not in taken))
        if item.key in named
        or (item.kind not in known.everybodys and item.kind.is_in(files.sections, item.values) and chosen.has(item))
    ]


def compared(wanted: State, stored: State, generation: str, files: Read) -> Difference:
    """Compares what files want with what an ODB has; what they leave to the ODB is in no file at all."""
    found = diff(wanted, stored, generation)
    only_stored = tuple(item for item in found.only_stored if item.key not in files.state)
    return replace(found, only_stored=only_stored)


def check_variables(files: Read, wanted: State, stored: State, is_lenient: bool, needs_secrets: bool) -> None:
    """Adds what variables without a value mean here to the problems."""
    if files.has_unset:
        checks.unset(wanted, stored, is_lenient, needs_secrets, files.problems)
