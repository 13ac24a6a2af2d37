"""Rows of one table that differ in what `opaque1` holds, or in how their names begin: each belongs to one kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.calls import import_files
from tests.conftest import Console, copy_real
from tests.databases import Layout
from zatools.errors import Exit, InvalidError
from zatools.kinds import KINDS, more_particular
from zatools.kinds.model import GENERATIONS
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice

AMQP = 'channel_amqp:\n  - {name: a, address: "amqp://h:5672/v", queue: q, service: my.service, data_format: json}\n'
AZURE = AMQP.replace('channel_amqp', 'channel_azure_service_bus')
RPC = 'json_rpc:\n  - {name: %s, url_path: /rpc, service_whitelist: [my.service]}\n'


def put(layout: Layout, text: str, **options: object) -> str:
    path = Path(layout.url.removeprefix('sqlite:///')).parent / 'a.yaml'
    path.write_text(text)
    console = Console(layout.environ)
    assert import_files(console.world, OdbChoice(path=layout.path), [str(path)], **options) is Exit.OK
    return console.text


def refused(layout: Layout, text: str) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        put(layout, text)
    return [problem.text for problem in caught.value.problems if not problem.is_warning]


def test_no_two_kinds_say_the_same_of_rows() -> None:
    said = Counter(
        (generation, row.table, *(tuple(sorted(part.items())) for part in (row.match, row.opaque)), row.prefix)
        for generation in GENERATIONS
        for row in (kind.rows[0] for kind in KINDS if generation in kind.generations)
    )
    assert [one for one, count in said.items() if count > 1] == []
    assert {kind.label for kind in KINDS if more_particular(kind)} >= {'channel_rest', 'outgoing_rest', 'channel_amqp'}


def test_a_row_belongs_to_one_kind_and_each_keeps_its_own(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    both = AMQP + AZURE.replace('name: a', 'name: b')
    put(layout, both)
    assert 'Nothing to do' in put(layout, both)
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert list(odb.loaded.state) == [('channel_amqp', 'a'), ('channel_azure_service_bus', 'b')]
    # Each is deleted by its own section alone.
    assert 'Deleted 1.' in put(layout, 'channel_amqp: []\n', delete=True)
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert list(odb.loaded.state) == [('channel_azure_service_bus', 'b')]


def test_a_name_that_two_kinds_would_share_in_a_table_is_an_error(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    where = tmp_path / 'a.yaml'
    text = f"channel_azure_service_bus 'a': its row would have the name of channel_amqp 'a' ({where}:2:5): 'a'"
    assert refused(layout, AMQP + AZURE) == [text]
    put(layout, AMQP)
    assert refused(layout, AZURE) == [text.replace(f'{where}:2:5', 'the ODB')]
    # The name is free where the other object goes.
    assert 'deleted 1.' in put(layout, f'channel_amqp: []\n{AZURE}', delete=True).lower()


def test_a_prefix_is_in_the_row_and_in_no_file(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, RPC % 'mine')
    rows = layout.execute("select name, method from http_soap where url_path = '/rpc'")
    assert [tuple(row) for row in rows] == [('json.rpc.channel.mine', 'POST')]
    assert 'Nothing to do' in put(layout, RPC % 'mine')
    # What is in the column has room for the prefix too.
    text = f"json_rpc '{'x' * 190}': name has 190 characters, the ODB has room for 183"
    assert refused(layout, (RPC % ('x' * 190)).replace('/rpc', '/other')) == [text]
