"""The objects of an ODB as files have them: selected, in the form of a generation."""

from __future__ import annotations

from zatools import generations
from zatools.files.writer import Style, variables
from zatools.odb.odb import Odb
from zatools.place import Problem
from zatools.plan.reading import raise_or_say
from zatools.plan.selection import Selection
from zatools.state import State
from zatools.world import World


def style_of(odb: Odb, state: State, generation: str, is_full: bool, shows_secrets: bool) -> Style:
    """Returns how an ODB's objects are written; variables are told apart over the whole ODB."""
    return Style(
        generation or odb.generation,
        odb.is_ours and not generation,
        is_full,
        shows_secrets,
        variables({**state, **odb.loaded.state}.values()),
    )


def selected(world: World, odb: Odb, chosen: Selection, generation: str = '') -> State:
    """Returns the objects to export, in the form of `generation`."""
    state = chosen.take(odb.loaded.state)
    if not generation or generation == odb.generation:
        return state
    problems: list[Problem] = []
    state = generations.convert(state, generation, odb.loaded.state, problems, chosen.skips_unsupported)
    raise_or_say(world, problems, 'Nothing was written.')
    return state
