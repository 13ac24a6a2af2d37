"""Plan ids: one plan has one id wherever it is made, any other plan another, and none tells a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.conftest import KEY
from tests.laws import samples
from tests.laws.test_laws import put
from zatools.kinds import KINDS
from zatools.kinds.model import GENERATIONS
from zatools.odb.odb import Odb, opened
from zatools.odb.seal import Sealer, new_key
from zatools.odb.target import OdbChoice
from zatools.plan.ids import plan_id
from zatools.secret import Secret
from zatools.state import Change, Difference, FieldChange, Item, State, diff, in_order


@contextmanager
def odb_of(database: str, whose: str, folder: Path, worker: str) -> Iterator[Odb]:
    """An ODB with the key of the tests."""
    layout = databases.provide(database, whose, folder, worker)
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        odb.sealer = Sealer(Secret(KEY))
        yield odb


def creation(item: Item) -> Difference:
    return Difference((Change('create', item, None, ()),), (), 0)


def update(before: Item, after: Item, generation: str) -> Difference:
    return diff({after.key: after}, {before.key: before}, generation)


def with_value(item: Item, name: str, value: Any) -> Item:
    return Item(item.kind, {**item.values, name: value})


def other(value: Any) -> Any:
    """Returns a value of the same type that differs."""
    if isinstance(value, Secret):
        return Secret(f'{value.reveal()}x')
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, list):
        return [*value, *value]
    return f'{value}x'


@pytest.mark.parametrize('whose', databases.WHOSE)
def test_a_plan_has_one_id_on_every_database_of_a_layout(whose: str, tmp_path: Path, worker_id: str) -> None:
    wanted: State = samples.state(whose.partition('-')[2])
    found = set()
    for database in databases.DATABASES:
        folder = tmp_path / database
        folder.mkdir()
        with odb_of(database, whose, folder, worker_id) as odb:
            found.add(plan_id(odb, diff(wanted, {}, odb.generation)))
    assert len(found) == 1


@pytest.mark.parametrize('whose', ['zato-3.2', 'ours-4.1'])
def test_what_an_odb_holds_makes_one_id_on_every_database(whose: str, tmp_path: Path, worker_id: str) -> None:
    # Each database has types of its own; what was loaded is the same value from all of them.
    generation = whose.partition('-')[2]
    full, least = samples.state(generation), samples.state(generation, is_minimal=True)
    found = set()
    for database in databases.DATABASES:
        folder = tmp_path / database
        folder.mkdir()
        layout = databases.provide(database, whose, folder, worker_id)
        put(layout, folder, full)
        with opened(OdbChoice(path=layout.path), layout.environ) as odb:
            stored = {key: item for key, item in odb.loaded.state.items() if key in full}
            gone = Difference(tuple(Change('delete', item, item, ()) for item in in_order(stored.values())), (), 0)
            found.add((plan_id(odb, diff(least, stored, generation)), plan_id(odb, gone)))
    assert len(found) == 1


@pytest.mark.parametrize('generation', GENERATIONS)
def test_any_other_value_is_another_plan(generation: str, tmp_path: Path, worker_id: str) -> None:
    with odb_of('sqlite', f'ours-{generation}', tmp_path, worker_id) as odb:
        for kind in (kind for kind in KINDS if generation in kind.generations):
            item = samples.item(kind, 1, generation)
            differing = [with_value(item, name, other(value)) for name, value in item.values.items()]
            ids = [plan_id(odb, creation(one)) for one in (item, *differing)]
            assert len(set(ids)) == len(ids), kind
            # So it is with what is there before: the plan of an object that somebody changed is another one.
            changes = [FieldChange('name', 'a', 'b')]
            stored = [Difference((Change('update', item, one, tuple(changes)),), (), 0) for one in (item, *differing)]
            wanted = [Difference((Change('update', one, item, tuple(changes)),), (), 0) for one in differing]
            ids = [plan_id(odb, one) for one in (*stored, *wanted)]
            assert len(set(ids)) == len(ids), kind


SECRETS = [
    ('password', lambda text: Secret(text)),
    ('host', lambda text: f'https://user:{text}@crm.example.com'),
    ('request_headers', lambda text: [{'key': 'Authorization', 'value': text}]),
]


@pytest.mark.parametrize(('name', 'make'), SECRETS, ids=[name for name, _ in SECRETS])
def test_without_the_key_no_guess_can_be_tried_on_an_id(name: str, make: Any, tmp_path: Path, worker_id: str) -> None:
    kind = next(kind for kind in KINDS if kind.section == 'outgoing_rest')
    one, two = (Item(kind, {'name': 'CRM', name: make(text)}) for text in ('one', 'two'))
    with odb_of('sqlite', 'ours-3.2', tmp_path, worker_id) as odb:
        with_key = {plan_id(odb, creation(item)) for item in (one, two)}
        odb.sealer = Sealer(new_key())
        with_other = {plan_id(odb, creation(item)) for item in (one, two)}
        odb.sealer = None
        without = {plan_id(odb, creation(item)) for item in (one, two)}
    assert (len(with_key), len(with_key | with_other), len(without)) == (2, 4, 1)


def test_nothing_to_do_has_no_id(tmp_path: Path, worker_id: str) -> None:
    with odb_of('sqlite', 'ours-3.2', tmp_path, worker_id) as odb:
        assert plan_id(odb, Difference((), (), 3)) == ''


def test_another_cluster_or_generation_is_another_plan(tmp_path: Path, worker_id: str) -> None:
    item = samples.item(KINDS[0], 1, '3.2')
    with odb_of('sqlite', 'ours-3.2', tmp_path, worker_id) as odb:
        others = [odb, replace(odb, cluster='another'), replace(odb, generation='4.1')]
        assert len({plan_id(one, creation(item)) for one in others}) == 3
