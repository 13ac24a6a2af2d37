"""Addresses that are none: each kind of connection that is pinged says so, whatever stands in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.laws import samples
from zatools.connections.clients import CLIENTS
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict
from zatools.kinds.model import GENERATIONS
from zatools.kinds.traits import CHANNEL, OPENED
from zatools.server.api.opened import Opened
from zatools.state import Item

ODD = ('http://[::1', '[::1', 'ws://[::1]x:99999/', 'tcp://:::', '//', 'http://127.0.0.1:port/', 'a,[', ' ', '%00')
#: Fields that say where the other side is.
WHERE = ('host', 'address', 'server_list', 'hosts', 'servers', 'contact_points', 'url')


def odd_ones(generation: str) -> Iterator[Item]:
    """Yields outgoing connections of each kind that is pinged, each with each of the addresses."""
    for item in samples.state(generation).values():
        fields = [name for name in WHERE if name in item.kind.by_name]
        if item.kind.role == CHANNEL or not item.kind.protocol:
            continue
        for odd in ODD if fields else ():
            values = {**item.values, 'is_active': True}
            for name in fields:
                values[name] = [odd] if item.kind.by_name[name].type == 'list' else odd
            yield Item(item.kind, values)


@pytest.mark.parametrize('generation', GENERATIONS)
def test_each_kind_says_what_is_no_address(generation: str) -> None:
    state = samples.state(generation)
    pinged = set()
    for item in odd_ones(generation):
        pong = connect(item, state).ping(Attempt(2))
        assert pong.verdict in (Verdict.FAILED, Verdict.SKIPPED), item.values
        assert pong.sentence, item.values
        pinged.add((item.kind.protocol, pong.verdict))
    assert len([one for one in pinged if one[1] is Verdict.FAILED]) > 10


@pytest.mark.parametrize('generation', GENERATIONS)
def test_services_get_such_a_connection_or_a_sentence(generation: str) -> None:
    found = []
    for item in odd_ones(generation):
        if item.kind.served != OPENED:
            continue
        opened = Opened()
        opened.update({**samples.state(generation), item.key: item}, generation)
        entry = CLIENTS[item.kind.protocol]
        try:
            opened.view(entry, entry.seen[0], item.name)
        except ConnectionError as error:
            found.append(str(error))
        opened.close()
    assert [text for text in found if ' ' not in text] == []
    assert generation == '4.1' or any('an address is one such as http://host:9200' in text for text in found)
