"""`zato enmasse policy steps`: what policies are written in."""

from __future__ import annotations

import json

from zatools.errors import Exit
from zatools.policies.steps import STEPS
from zatools.screens import quantity
from zatools.world import World


def steps(world: World, *, as_json: bool = False) -> Exit:
    """Prints each step with an example."""
    if as_json:
        rows = [{'step': f'{one.keyword} {one.pattern}', 'doc': one.doc, 'example': one.example} for one in STEPS]
        world.print_json(json.dumps(rows, indent=2))
        return Exit.OK
    for one in STEPS:
        world.print(f'{one.keyword} {one.pattern}\n    {one.doc}\n    {one.example}')
    world.say(f'{quantity(len(STEPS), "step")}; ready policies: samples/policies')
    return Exit.OK
