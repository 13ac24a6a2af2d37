"""A live import leaves in the ODB what a direct one does, for every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.conftest import copy_real
from tests.laws import samples
from tests.live.places import load, put, served, write
from zatools.errors import Exit
from zatools.kinds import KINDS
from zatools.kinds.live import LIVE, service_of
from zatools.state import Item, State

KINDS_32 = [kind for kind in KINDS if '3.2' in kind.generations]


#: What services check and the ODB does not.
CHECKED = {'content_encoding': 'gzip'}


def full_state() -> State:
    """One of each kind with all its fields, as services take them."""
    state = samples.state('3.2')
    for item in state.values():
        item.values.update({name: value for name, value in CHECKED.items() if name in item.values})
    return state


def seen(state: State, wanted: State) -> dict[Any, Any]:
    """What must be the same in both: all but secrets that nobody gave, which are made up, and moments of creation."""
    found = {}
    for key, item in state.items():
        given = wanted[key].values if key in wanted else {}
        made = {one.name for one in item.kind.fields if one.made or one.made_up or one.secret} - set(given)
        values = {name: value for name, value in item.values.items() if name not in made and not is_default(item, name)}
        found[key] = (item.kind.label, values)
    return found


def is_default(item: Item, name: str) -> bool:
    default = item.kind.defaults['3.2'].get(name)
    return item.values[name] == default or (item.values[name] in ('', None, []) and default in ('', None, []))


@pytest.mark.parametrize('database', ['sqlite', 'postgresql'])
def test_all_kinds_at_once(database: str, tmp_path: Path, worker_id: str) -> None:
    (tmp_path / 'live').mkdir()
    direct = copy_real('3.2', tmp_path)
    live = databases.provide(database, 'zato-3.2', tmp_path / 'live', worker_id)
    full, least = full_state(), samples.state('3.2', is_minimal=True)
    with served(live) as server:
        for wanted in (least, full, least):
            path = write(tmp_path, wanted)
            assert put(direct, path, direct=True)[0] is Exit.OK
            code, console = put(live, path, live_url=server.url)
            assert code is Exit.OK, console.text
            assert seen(load(live), wanted) == seen(load(direct), wanted), console.text
        nothing = tmp_path / 'nothing.yaml'
        nothing.write_text(''.join(f'{section}: []\n' for section in {kind.section for kind in KINDS_32}))
        # A section of many types names none of them.
        staying = {key for key in least if key[0] == 'zato_generic_connection'}
        code, console = put(live, str(nothing), live_url=server.url, delete=True, yes=len(least) - len(staying))
        assert code is Exit.OK, console.text
        assert set(load(live)) == staying
    asked = {service for service, _ in server.platform.asked}
    able = [kind for kind, one in LIVE.items() if not one.chokes and 'create' not in one.lacks]
    assert {service_of(kind, 'create') for kind in able} <= asked
