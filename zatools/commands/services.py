"""`zato services`: the services of a folder, what leads to each and what each uses. No code of theirs is run."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zatools.errors import Exit
from zatools.kinds.scheduler import JOB
from zatools.kinds.traits import CHANNEL, DEFINITION, OUTGOING, SCHEDULED, TOPICAL
from zatools.live.local import Project, check_generation, source_if_any
from zatools.live.outgoing import Source, read_definitions
from zatools.place import Place, Problem
from zatools.reports.problems import render
from zatools.screens import quantity
from zatools.server.jobs.timing import words_of
from zatools.server.project.layouts import find
from zatools.server.project.loader import Loader
from zatools.server.project.uses import PLAIN, SERVICE, TOPIC, Found, Use, read_services
from zatools.server.topics.subscribers import cased, subscribers_of
from zatools.state import Item, State, in_order
from zatools.world import World


@dataclass(frozen=True)
class Line:
    """One thing about a service: how it is related, what it is, its name, more about it, where; a problem, if any."""

    how: str
    what: str
    name: str
    more: str
    place: Place | None
    problem: str = ''

    def as_json(self) -> dict[str, Any]:
        """Returns it for programs."""
        file, number = None, None
        if self.place is not None:
            file, number = self.place.path, self.place.line
        told = {'what': self.what, 'name': self.name or None, 'about': self.more or None, 'file': file, 'line': number}
        return {**told, 'problem': self.problem or None}


Lines = dict[str, list[Line]]


def list_services(world: World, source: Source, project: Project, as_json: bool = False) -> Exit:
    """Prints the services of a folder; exit 3 where a file can't be read or parsed."""
    check_generation(project.generation, source)
    folders = find(project.folder)
    state: State = {}
    chosen = source_if_any(source, folders.root, world)
    if chosen is not None:
        state = read_definitions(world, chosen).state
    generation = project.generation or _generation(state)
    loader = Loader(folders.services, folders.root, folders.base)
    problems: list[Problem] = []
    services = read_services([(path, loader.shown(path)) for path in loader.paths()], problems)
    services.sort(key=lambda one: one.name)
    lines = {one.name: list(_lines(one, services, state, generation)) for one in services}
    absent = dict(_absent(services, state, generation))
    if as_json:
        _print_json(world, services, lines, absent, problems)
    else:
        _print(world, services, lines, absent, state)
    if problems:
        world.say(render(problems))
        return Exit.INVALID
    return Exit.OK


def _generation(state: State) -> str:
    from zatools import generations

    return generations.needed(state)[0] or '3.2'


def _lines(one: Found, services: Iterable[Found], state: State, generation: str) -> Iterator[Line]:
    yield from _leading(one.name, state, generation)
    names = {other.name for other in services}
    for use in one.uses:
        yield Line('uses', use.what, use.name, '', use.place, _problem_of(use, names, state, generation))


def _problem_of(use: Use, services: Collection[str], state: State, generation: str) -> str:
    # Names that the code makes are not known, and any topic will do on 4.1.
    if not use.name:
        return ''
    if use.what == SERVICE and use.name not in services:
        return 'no file has it'
    if use.what == TOPIC and generation == '3.2' and not _has_topic(use.name, services, state):
        return 'no definition has it'
    if _is_connection(use.what, state) and not _has_connection(use.name, state):
        return 'no definition has it'
    return ''


def _has_connection(name: str, state: State) -> bool:
    return any(item.name == name for item in state.values() if item.kind.role in (OUTGOING, DEFINITION))


def _has_topic(name: str, services: Collection[str], state: State) -> bool:
    return name in services or any(item.name == name for item in state.values() if item.kind.served == TOPICAL)


def _is_connection(what: str, state: State) -> bool:
    # Without definitions nothing is said of connections.
    return bool(state) and any(item.kind.protocol == what for item in state.values())


def _leading(service: str, state: State, generation: str) -> Iterator[Line]:
    # What invokes a service: channels, jobs, topics.
    for item in in_order(state.values()):
        if str(item.values.get('service') or '') != service:
            continue
        if item.kind.role == CHANNEL:
            yield Line('channel', item.kind.title, item.name, _where(item), item.place)
        elif item.kind.served == SCHEDULED:
            yield Line(JOB.noun, item.kind.title, item.name, words_of(item.values), item.place)
    for one in subscribers_of(state, generation):
        if one.service == service:
            for topic in sorted(one.topics):
                yield Line('topic', TOPIC, topic, f'for {one.who}', _topic_place(topic, state, generation))


def _topic_place(topic: str, state: State, generation: str) -> Place | None:
    for item in state.values():
        if item.kind.served == TOPICAL and cased(item.name, generation) == topic:
            return item.place
    return None


def _where(item: Item) -> str:
    for name in ('url_path', 'queue', 'address'):
        if item.values.get(name):
            return str(item.values[name])
    return ''


def _absent(services: Iterable[Found], state: State, generation: str) -> Iterator[tuple[str, list[Line]]]:
    names = {one.name for one in services}
    callers = [item for item in state.values() if item.kind.role == CHANNEL or item.kind.served == SCHEDULED]
    wanted = {str(item.values.get('service') or '') for item in callers}
    wanted |= {one.service for one in subscribers_of(state, generation)}
    for name in sorted(wanted - names - {''}):
        yield name, list(_leading(name, state, generation))


def _print(world: World, services: list[Found], lines: Lines, absent: Lines, state: State) -> None:
    for one in services:
        world.print(f'{one.name}  {one.place.short}')
        _print_lines(world, lines[one.name])
    for name, leading in absent.items():
        world.print(f'{name}  in no file')
        _print_lines(world, leading)
    every = [line.how for some in (*lines.values(), *absent.values()) for line in some]
    counts = [quantity(every.count(how), how) for how in ('channel', JOB.noun)]
    topics = sum(item.kind.served == TOPICAL for item in state.values())
    world.say(f'{", ".join([quantity(len(services), SERVICE), *counts, quantity(topics, TOPIC)])}.')


def _print_lines(world: World, lines: Iterable[Line]) -> None:
    for line in lines:
        where, what = '', line.how
        if line.place is not None:
            where = line.place.short
        if line.how == 'uses':
            what = f'uses {line.what}'
        name = line.name
        if not name and line.what not in PLAIN:
            name = '…'
        parts = [f'    {what:14}', name, line.more, where]
        if line.problem:
            parts.append(f'({line.problem})')
        world.print('  '.join(filter(None, parts)))


def _print_json(world: World, services: list[Found], lines: Lines, absent: Lines, problems: list[Problem]) -> None:
    rows = []
    for one in services:
        row: dict[str, Any] = {'name': one.name, 'file': one.place.path, 'line': one.place.line}
        rows.append(row | _by_how(lines[one.name]))
    others = [{'name': name, 'file': None, 'line': None, **_by_how(leading)} for name, leading in absent.items()]
    wrong = [{'place': str(problem.place), 'text': problem.text} for problem in problems]
    world.print_json(json.dumps({'services': rows, 'absent': others, 'problems': wrong}, indent=2, ensure_ascii=False))


def _by_how(lines: list[Line]) -> dict[str, Any]:
    names = {'channel': 'channels', JOB.noun: 'jobs', 'topic': 'topics', 'uses': 'uses'}
    return {name: [line.as_json() for line in lines if line.how == how] for how, name in names.items()}
