"""What holds when objects move between the generations: for every kind, and every field that one of them lacks."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.calls import diff as diff_command, export, import_files, merge
from tests.conftest import KEY, Console, Layout
from tests.laws import samples
from zatools import generations
from zatools.errors import Exit, InvalidError
from zatools.files.reader import read
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.broker import broker
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice
from zatools.place import Place, Problem
from zatools.state import Item, State

ENVIRON = {'ZATO_SECRET_KEY': KEY}
OTHER = {'3.2': '4.1', '4.1': '3.2'}
BROKER = ('def_name', 'address', 'username', 'password', 'frame_max', 'heartbeat')
ONE_SIDED = [
    (kind, field)
    for kind in KINDS
    for field in kind.fields
    if len(kind.generations) == 2
    and len(field.generations) == 1
    and not (kind.section.endswith('_amqp') and field.name in BROKER)
]
BOTH = [kind for kind in KINDS if len(kind.generations) == 2]


def label(one: Kind | Field) -> str:
    """Returns what a case of a test is called."""
    return one.label if isinstance(one, Kind) else one.name


def one_sided(kind: Kind, field: Field) -> Item:
    """Returns an object with one field that the other generation lacks."""
    item = samples.item(kind, 1, field.generations[0], is_minimal=True)
    item.values = {name: value for name, value in item.values.items() if name not in BROKER}
    given = samples.value(kind, field, 1, field.generations[0]) if not field.ref else 'one'
    item.values[field.name] = given
    item.places[field.name] = Place('a.yaml', 7, 5)
    return item


def converted(item: Item, generation: str, skips: bool) -> tuple[State, list[Problem]]:
    problems: list[Problem] = []
    return generations.convert({item.key: item}, generation, {}, problems, skips), problems


@pytest.mark.parametrize(('kind', 'field'), ONE_SIDED, ids=label)
def test_what_the_other_generation_lacks_is_an_error_with_its_place(kind: Kind, field: Field) -> None:
    item = one_sided(kind, field)
    _, problems = converted(item, OTHER[field.generations[0]], skips=False)
    assert [(problem.place, problem.is_warning) for problem in problems] == [(Place('a.yaml', 7, 5), False)]
    text = "static tokens'" if field.name == 'is_static_token' else f"no '{field.name}'"
    assert text.rstrip("'") in problems[0].text
    assert problems[0].text.startswith(f'{item}: Zato {OTHER[field.generations[0]]} has ')


@pytest.mark.parametrize(('kind', 'field'), ONE_SIDED, ids=label)
def test_what_is_skipped_is_a_warning_and_gone(kind: Kind, field: Field) -> None:
    item = one_sided(kind, field)
    found, problems = converted(item, OTHER[field.generations[0]], skips=True)
    assert [(problem.place, problem.is_warning) for problem in problems] == [(Place('a.yaml', 7, 5), True)]
    if generations.is_essential(item, field.name):
        assert found == {}
    else:
        assert found[item.key].values == {name: value for name, value in item.values.items() if name != field.name}


@pytest.mark.parametrize(('kind', 'field'), ONE_SIDED, ids=label)
def test_what_is_at_its_default_is_carried_over_without_a_word(kind: Kind, field: Field) -> None:
    item = one_sided(kind, field)
    item.values[field.name] = field.default_of(field.generations[0])
    found, problems = converted(item, OTHER[field.generations[0]], skips=False)
    assert problems == []
    assert field.name not in found[item.key].values


#: Kinds of one generation, without those that have a section in the other.
ALONE = [kind for kind in KINDS if len(kind.generations) == 1 and not kind.becomes]


@pytest.mark.parametrize('kind', ALONE, ids=lambda kind: kind.label)
def test_a_kind_that_the_other_generation_lacks_is_named_or_left_out(kind: Kind) -> None:
    item = samples.item(kind, 1, kind.generations[0])
    item.place = Place('a.yaml', 2, 3)
    for skips in (False, True):
        found, problems = converted(item, OTHER[kind.generations[0]], skips)
        assert [(problem.place, f'{item}: ' in problem.text) for problem in problems] == [(item.place, True)]
        assert (item.key in found) == (not skips and kind.section != 'def_amqp')


def shared(kinds: Iterable[Kind], generation: str) -> State:
    """Returns an object of each kind and what it refers to, with those fields only that both generations have."""
    other = OTHER[generation]
    found: State = {}
    for kind in kinds:
        for item in samples.state(generation).values():
            is_definition = item.kind.section == 'def_amqp' and kind.section.endswith('_amqp')
            if item.kind is kind or is_definition or item.kind.label in ('basic_auth', 'groups'):
                keeps = BROKER if item.kind.section.endswith('_amqp') else ()
                names = [name for name in item.values if name in keeps or other in item.kind.by_name[name].generations]
                found[item.key] = Item(item.kind, {name: item.values[name] for name in names})
    return found


@dataclass(frozen=True)
class Case:
    """On which database, whose ODBs of both generations, and the kinds that move between them."""

    database: str
    owner: str
    kinds: tuple[Kind, ...]

    def __str__(self) -> str:
        what = 'all'
        if 0 < len(self.kinds) < len(BOTH):
            what = f'{self.kinds[0].label}-to-{self.kinds[-1].label}'
        return f'{self.database}-{self.owner}-{what}'

    def make(self, generation: str, folder: Path, worker: str) -> Layout:
        """Returns an ODB that has no objects yet."""
        folder.mkdir()
        return databases.provide(self.database, f'{self.owner}-{generation}', folder, worker)


#: A database is read as a whole, so a few kinds at a time where that takes no time; all of them together on each
#: database, in ODBs of ours and of Zato. Each kind alone goes through files.
FEW = 8
MOVES = [
    *(Case('sqlite', 'ours', tuple(BOTH[first : first + FEW])) for first in range(0, len(BOTH), FEW)),
    *(Case(database, owner, tuple(BOTH)) for database in databases.DATABASES for owner in ('ours', 'zato')),
]


def choice(layout: Layout) -> OdbChoice:
    return OdbChoice(path=layout.path)


def stored(layout: Layout) -> dict[Any, Any]:
    with opened(choice(layout), layout.environ) as odb:
        for item in odb.loaded.state.values():
            for field in item.kind.fields:
                if field.secret and field.name in item.values:
                    item.values[field.name].reveal()
        return {key: (item.kind.label, item.values) for key, item in odb.loaded.state.items()}


def put(layout: Layout, path: Path) -> str:
    console = Console(layout.environ)
    assert import_files(console.world, choice(layout), [str(path)], replace=True) is Exit.OK, console.text
    return console.text


def written_and_read(state: State, generation: str, path: Path) -> State:
    path.write_text(emit(state, Style(generation), 'yaml'))
    found = read([str(path)], io.BytesIO(), {})
    assert found.problems == []
    return found.state


@pytest.mark.parametrize('generation', GENERATIONS)
@pytest.mark.parametrize('kind', BOTH, ids=label)
def test_each_kind_alone_goes_there_and_back_through_files(kind: Kind, generation: str, tmp_path: Path) -> None:
    path = tmp_path / 'wanted.yaml'
    before = written_and_read(shared((kind,), generation), generation, path)
    assert kind in {item.kind for item in before.values()}
    problems: list[Problem] = []
    there = generations.convert(before, OTHER[generation], {}, problems)
    there = written_and_read(there, OTHER[generation], path)
    back = written_and_read(generations.convert(there, generation, {}, problems), generation, path)
    assert problems == []
    # Without an ODB a definition that was inline in between gets the name of its broker.
    renamed = {'def_name'}
    for key, item in before.items():
        if key[0] != 'def_amqp':
            kept = {name: value for name, value in item.values.items() if name not in renamed}
            assert {name: back[key].values.get(name) for name in kept} == kept
    assert len(back) == len(before)


@pytest.mark.parametrize('generation', GENERATIONS)
@pytest.mark.parametrize('case', MOVES, ids=str)
def test_there_and_back_through_files_and_databases_changes_nothing(
    case: Case, generation: str, tmp_path: Path, worker_id: str
) -> None:
    here = case.make(generation, tmp_path / 'here', worker_id)
    there = case.make(OTHER[generation], tmp_path / 'there', worker_id)
    path = tmp_path / 'wanted.yaml'
    path.write_text(emit(shared(case.kinds, generation), Style(generation), 'yaml'))
    put(here, path)
    before = stored(here)
    assert {label for label, _ in before.values()} >= {kind.label for kind in case.kinds}
    # Back in the spelling of the other generation: an inline broker finds its definition again.
    for source, target, wanted in ((here, there, OTHER[generation]), (there, here, '')):
        export(Console(source.environ).world, choice(source), output=str(path), secrets=True, generation=wanted)
        put(target, path)
    assert stored(here) == before
    for source, target in ((here, there), (there, here)):
        console = Console(ENVIRON)
        code = diff_command(console.world, OdbChoice(), source=source.path, target=target.path)
        assert code is Exit.OK, console.text


@pytest.mark.parametrize('generation', GENERATIONS)
@pytest.mark.parametrize('case', MOVES, ids=str)
def test_a_file_of_one_generation_goes_into_the_database_of_the_other(
    case: Case, generation: str, tmp_path: Path, worker_id: str
) -> None:
    there = case.make(OTHER[generation], tmp_path / 'there', worker_id)
    path = tmp_path / 'wanted.yaml'
    path.write_text(emit(shared(case.kinds, generation), Style(generation), 'yaml'))
    put(there, path)
    assert 'Nothing to do' in put(there, path)


@pytest.mark.parametrize('database', databases.DATABASES)
def test_five_connections_that_share_a_definition_become_inline_and_use_it_again(
    database: str, tmp_path: Path, worker_id: str
) -> None:
    case = Case(database, 'ours', ())
    here, there = (case.make(one, tmp_path / one, worker_id) for one in ('3.2', '4.1'))
    path = tmp_path / 'wanted.yaml'
    names = [f'connection {number}' for number in range(5)]
    path.write_text(
        'def_amqp:\n  - {name: Shared, host: amqps://mq.example.com, port: 5671, vhost: /, username: u, password: pw}\n'
        'outconn_amqp:\n' + ''.join(f'  - {{name: {name}, def_name: Shared}}\n' for name in names)
    )
    put(here, path)
    put(there, path)
    inline = stored(there)
    assert {inline['outgoing_amqp', name][1]['address'] for name in names} == {'amqps://mq.example.com:5671'}
    assert {inline['outgoing_amqp', name][1]['password'].reveal() for name in names} == {'pw'}
    export(Console(ENVIRON).world, choice(there), output=str(path), secrets=True)
    assert 'Nothing to do: 5 objects' in put(here, path)
    merge(Console(ENVIRON).world, [str(path)], output=str(tmp_path / 'v32.yaml'), generation='3.2')
    text = (tmp_path / 'v32.yaml').read_text()
    assert (text.count('    host:'), text.count('def_name: u@mq.example.com:5671/\n')) == (1, 5)


@pytest.mark.parametrize('database', databases.DATABASES)
def test_nothing_is_written_where_something_cannot_be_carried_over(
    database: str, tmp_path: Path, worker_id: str
) -> None:
    here = Case(database, 'ours', ()).make('4.1', tmp_path / 'here', worker_id)
    path = tmp_path / 'wanted.yaml'
    path.write_text('outgoing_rest:\n  - {name: CRM, host: https://x, url_path: /, max_retries: 3}\n')
    put(here, path)
    with pytest.raises(InvalidError) as found:
        export(Console(ENVIRON).world, choice(here), output=str(tmp_path / 'v32.yaml'), generation='3.2')
    assert [problem.text for problem in found.value.problems] == ["outgoing_rest 'CRM': Zato 3.2 has no 'max_retries'"]
    assert not (tmp_path / 'v32.yaml').exists()


@pytest.mark.parametrize(
    'address',
    ['amqp://[::1]:5672/orders', 'amqps://[2001:db8::1]:5671/', 'amqp://mq.example.com:5672/a%2Fb', 'amqp://[::1]:1/'],
)
def test_an_address_becomes_a_definition_of_the_same_broker_and_back(address: str) -> None:
    item = samples.item(SPELLINGS['outgoing_amqp'][0], 1, '4.1', is_minimal=True)
    item.values['address'] = address
    old, _ = converted(item, '3.2', False)
    definition = next(one for one in old.values() if one.kind.label == 'def_amqp')
    assert generations.broker_of(definition) == broker(address)
    there = generations.convert(old, '4.1', {}, [], False)
    back = there['outgoing_amqp', item.name].values['address']
    assert broker(str(back)) == broker(address)


def test_two_ports_are_two_brokers(tmp_path: Path) -> None:
    one = '  - {{name: {0}, address: "amqp://mq.example.com:{0}/", username: u, password: p}}\n'
    (tmp_path / 'a.yaml').write_text('outgoing_amqp:\n' + one.format(5672) + one.format(5673))
    merge(Console(ENVIRON).world, [str(tmp_path / 'a.yaml')], output=str(tmp_path / 'v32.yaml'), generation='3.2')
    text = (tmp_path / 'v32.yaml').read_text()
    assert text.count('    host: mq.example.com\n') == 2
    assert 'port: 5673\n' in text


@pytest.mark.parametrize(
    'address', ['', 'amqp://', 'amqp://[::1', 'amqp://::1:5672', 'amqp://[abc:1]', 'amqp://a:0', 'amqp://a:b', 'x://a']
)
def test_what_is_no_address_is_none(address: str) -> None:
    assert broker(address) is None
