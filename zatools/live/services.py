"""Waits for services that are being deployed while an import begins."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from zatools.errors import UsageError
from zatools.kinds.traits import DEPLOYED
from zatools.odb.odb import is_missing
from zatools.odb.running import missing_services
from zatools.odb.target import OdbChoice, Target
from zatools.state import State, references
from zatools.world import World

#: Seconds between two looks into the ODB.
PAUSE = 0.5
UNITS = {'': 1, 's': 1, 'm': 60, 'h': 3600}


def seconds(text: str, flag: str = '--wait-services') -> float:
    """Reads a duration: 60s, 2m, or a number of seconds."""
    found = re.fullmatch(r'(\d+(?:\.\d+)?)\s*([smh]?)', text.strip())
    if found is None:
        raise UsageError(f'{flag} must be a duration', 'as in 60s or 2m')
    return float(found[1]) * UNITS[found[2]]


def names_of(state: State) -> list[str]:
    """Returns the names of the services that objects refer to."""
    keys = (key for item in state.values() for _, key in references(item))
    return sorted({name for section, name in keys if section in DEPLOYED})


def wait_for(world: World, choice: OdbChoice, target: Target, names: Iterable[str], longest: float) -> None:
    """Waits until a server's ODB has all of the services, or `longest` seconds; the import then says what lacks."""
    names = list(names)
    if is_missing(target) or not names:
        return
    end = time.monotonic() + longest
    missing = missing_services(target, choice, names)
    if not missing:
        return
    world.say(f'Waiting up to {longest:g} s for services to be deployed: {", ".join(missing)}')
    while missing and time.monotonic() < end:
        time.sleep(max(0.0, min(PAUSE, end - time.monotonic())))
        missing = missing_services(target, choice, missing)
    if missing:
        world.say(f'Not deployed in time: {", ".join(missing)}')
    else:
        world.say('All of them are deployed.')
