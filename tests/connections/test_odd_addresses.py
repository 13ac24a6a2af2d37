"""Addresses that are none: each kind of connection that is pinged says so, whatever stands in its place."""

from __future__ import annotations

import pytest

from tests.laws import samples
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict
from zatools.kinds.model import GENERATIONS
from zatools.kinds.traits import OUTGOING
from zatools.state import Item

ODD = ('http://[::1', '[::1', 'ws://[::1]x:99999/', 'tcp://:::', '//', 'http://127.0.0.1:port/', 'a,[', ' ', '%00')
#: Fields that say where the other side is.
WHERE = ('host', 'address', 'server_list', 'hosts')


@pytest.mark.parametrize('generation', GENERATIONS)
def test_each_kind_says_what_is_no_address(generation: str) -> None:
    state = samples.state(generation)
    pinged = set()
    for item in list(state.values()):
        fields = [name for name in WHERE if name in item.kind.by_name]
        if item.kind.role != OUTGOING or not item.kind.protocol or not fields:
            continue
        for odd in ODD:
            values = {**item.values, 'is_active': True}
            for name in fields:
                values[name] = [odd] if item.kind.by_name[name].type == 'list' else odd
            pong = connect(Item(item.kind, values), state).ping(Attempt(2))
            assert pong.verdict in (Verdict.FAILED, Verdict.SKIPPED), (item, odd)
            assert pong.sentence, (item, odd)
            pinged.add((item.kind.protocol, pong.verdict))
    assert len([one for one in pinged if one[1] is Verdict.FAILED]) > 10
