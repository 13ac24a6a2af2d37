"""The systems of `zato mock`: they answer by rules of files, and by those that features send while they run."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zatools.apitest.failures import StepBroken
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Step
from zatools.apitest.project.config import Selected
from zatools.apitest.state.names import BRACED
from zatools.apitest.steps import index, mocks
from zatools.apitest.steps.index import spans
from zatools.apitest.steps.mock_files import expanded
from zatools.apitest.steps.mock_rules import answer_clauses, rule, with_below
from zatools.apitest.steps.sentences import Clause, values_of
from zatools.apitest.systems.listener import Listener
from zatools.apitest.systems.message import Message
from zatools.apitest.systems.mock_client import HEADER, call_as_data, message_as_data
from zatools.apitest.systems.played import Call, Played, Reply, Rule, application
from zatools.place import Place, Problem, did_you_mean
from zatools.screens import quantity

#: Where features ask; no system has such a path.
CONTROL = '/.zato-mock'
ONLY = 'here stand steps that say what a system answers'
#: What a message quotes first.
QUOTED = re.compile(r"'(.+?)'(?!\w)")
HINT = 'Given CRM answers GET "/users" with JSON "…"'
#: Files that are watched.
WATCHED = 10_000
#: Parts of an answer that features may send.
PARTS = 100


#: Rules, each with the name of its system, and times and sizes of files.
Rules = tuple[tuple[str, Rule], ...]
State = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Ruled:
    """The rules of files, each with the name of its system, and what is wrong in the files."""

    rules: Rules
    problems: tuple[Problem, ...]
    lines: Mapping[str, Sequence[str]]


def read_rules(paths: Sequence[str], systems: Sequence[str], environ: Mapping[str, str]) -> Ruled:
    """Reads the rules of files and folders; `systems` are the names that they may speak of."""
    found: list[tuple[str, Rule]] = []
    problems: list[Problem] = []
    lines = {}
    for path in _files(paths):
        feature = reader.read(Selected(path))
        lines[feature.label] = feature.lines
        problems += feature.problems
        # The steps of a background belong to each of its scenarios.
        steps = {step.line: step for scenario in feature.scenarios for step in scenario.steps}
        for step in steps.values():
            try:
                found += _rules(feature, step, systems, environ)
            except StepBroken as error:
                start, end = _span(error, feature.written(step), step)
                place = Place(feature.label, step.line, feature.column(step) + start)
                problems.append(Problem(place, error.text, ' '.join(error.hints), end - start))
    return Ruled(tuple(found), tuple(problems), lines)


def _span(error: StepBroken, written: str, step: Step) -> tuple[int, int]:
    # What the message quotes, where the step has it; else the value that the message is about.
    quoted = QUOTED.match(error.text)
    if quoted and quoted[1] in written:
        start = written.index(quoted[1])
        return start, start + len(quoted[1])
    match = index().find(step.group, step.text, step.below is not None)
    if match is None:
        return 0, len(written)
    return spans(match.phrase, written).get(error.at, (0, len(written)))


def record(mock: Mock, real: Mapping[str, tuple[str, bool]], write: Callable[[str], None]) -> None:
    """Has what no rule answers go through to the real systems, and be written as rules.

    `real` has, by name, the address of each, and whether its certificate is verified.
    """
    from zatools.apitest.systems.recording import Real, Recording

    recording = Recording(write)
    for name, one in real.items():
        mock.systems[name].beyond = recording.beyond(name, Real(*one))


def state_of(paths: Sequence[str]) -> State:
    """Returns times and sizes of the files with rules, and of those beside them, which rules may name."""
    found: State = {}
    for folder in {path.parent for path in _files(paths)} | {Path(path) for path in paths if Path(path).is_dir()}:
        for path in folder.iterdir():
            if len(found) >= WATCHED:
                return found
            # One may be gone again.
            with suppress(OSError):
                status = path.stat()
                found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found


def _files(paths: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(path.rglob('*.feature'))
        else:
            found.append(path)
    return [path.absolute() for path in found]


def _rules(
    feature: Feature, step: Step, systems: Sequence[str], environ: Mapping[str, str]
) -> Iterator[tuple[str, Rule]]:
    match = index().find(step.group, step.text)
    if match is None or match.phrase.run is not mocks.answer:
        raise StepBroken(ONLY, hint=HINT)
    name, text = match.values
    if name not in systems:
        hint = did_you_mean(name, systems) or f'there are: {", ".join(systems) or "none"}'
        raise StepBroken(f"the definitions have no outgoing connection '{name}'", at='system', hint=hint)
    clauses = with_below(answer_clauses(text), step.below)
    clauses = values_of(clauses, lambda value: _filled(value, environ))
    for one in expanded(clauses, feature.path.parent):
        yield name, rule(one, f'{name} answers {text}', f'{feature.label}:{step.line}')


def _filled(text: str, environ: Mapping[str, str]) -> str:
    if re.fullmatch(r'\$\w+', text):
        text = f'${{{text[1:]}}}'

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        if match[2] != '$' or match[3] not in environ:
            raise StepBroken(f"there is no value '{match[2]}{match[3]}' here", hint='variables alone: $NAME, ${NAME}')
        return environ[match[3]]

    return BRACED.sub(value, text)


@dataclass
class Mock:
    """All systems that are played: those called by HTTP, and brokers by the names of their connections."""

    systems: dict[str, Played] = field(default_factory=dict)
    brokers: dict[str, Any] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep_rules(self, rules: Sequence[tuple[str, Rule]]) -> None:
        """Gives systems the rules of files, which stay whatever features say."""
        for name, one in rules:
            if name in self.systems:
                self.systems[name].add(one)
        self.kept = {name: system.mark() for name, system in self.systems.items()}

    def renew_rules(self, rules: Sequence[tuple[str, Rule]]) -> None:
        """Puts other rules in place of those of files."""
        for name, system in self.systems.items():
            own = [one for of, one in rules if of == name]
            system.replace(self.kept.get(name, 0), own)
            self.kept[name] = len(own)

    def answer(self, command: str, content: Any) -> Any:
        """Does what a feature asks for, and returns the answer; raises StepBroken for what it can't ask."""
        if command == 'systems':
            return self.addresses
        if command == 'reset':
            for name, system in self.systems.items():
                system.reset(self.kept.get(name, 0))
            for broker in self.brokers.values():
                broker.reset()
            return ''
        name = str(content.get('system', ''))
        if command == 'messages':
            broker = self.brokers.get(name)
            return [message_as_data(message) for message in broker.messages()] if broker else []
        if name not in self.systems:
            raise StepBroken(f"'{name}' is not called by HTTP")
        if command == 'calls':
            return [call_as_data(call, status) for call, status in self.systems[name].calls()]
        if command == 'rules':
            clauses = [_clause(*data) for data in content['clauses']]
            if any(clause.part >= PARTS for clause in clauses):
                raise StepBroken(f'an answer has at most {PARTS} parts')
            self.systems[name].add(rule(clauses, str(content.get('written', '')), 'a step of a feature'))
            return ''
        raise StepBroken(f"there is no '{command}'")

    def control(self, call: Call) -> Reply:
        """Answers a request of a feature."""
        status, found = 200, {}
        try:
            if HEADER.lower() not in call.headers:
                raise StepBroken(f'this is zato mock; its own requests have the header {HEADER}')
            content = json.loads(call.body or b'{}')
            found = {'result': self.answer(call.path.removeprefix(f'{CONTROL}/'), content)}
        except StepBroken as error:
            status, found = 400, {'error': error.text}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            status, found = 400, {'error': 'this request is none of a feature'}
        return Reply(status, (('Content-Type', 'application/json'),), json.dumps(found).encode())


def _clause(mode: str, words: str, values: Sequence[str], part: int, shown: str) -> Clause:
    return Clause(mode, words, tuple(map(str, values)), int(part), str(shown))


Told = Callable[[str], None]


def played(names: Sequence[str], brokers: Sequence[str], told: Told) -> Mock:
    """Returns systems by the names of their connections; they don't listen yet."""

    def called(name: str) -> Callable[[Call, int, str], None]:
        return lambda call, status, place: told(f'{name}  {call.shown}  {status}  {place}'.rstrip())

    mock = Mock({name: Played(name, called(name)) for name in names})
    if brokers:
        mock.brokers = dict.fromkeys(brokers)
    return mock


def listen(mock: Mock, port: int, stack: Any) -> str:
    """Has all systems called by HTTP listen: each on a port, or on one below their names. Returns the control's URL."""
    if port:
        below = {_below(name): system for name, system in mock.systems.items()}
        listener = _listener(mock, lambda call: _shared(mock, below, call), port, stack)
        for start, system in below.items():
            mock.addresses[system.name] = f'{listener.address}{start}'
        return f'{listener.address}{CONTROL}'
    for name, system in mock.systems.items():
        mock.addresses[name] = _listener(mock, system.answer, 0, stack).address
    return f'{_listener(mock, mock.control, 0, stack).address}{CONTROL}'


def _listener(mock: Mock, answer: Callable[[Call], Reply], port: int, stack: Any) -> Listener:
    listener = Listener(application(answer, mock.over.wait), port)
    stack.callback(listener.close)
    # What waits for its time must not hold up the end.
    stack.callback(mock.over.set)
    return listener


def _below(name: str) -> str:
    return '/' + quote(re.sub(r'[^\w.-]+', '-', name.lower()))


def _shared(mock: Mock, below: Mapping[str, Played], call: Call) -> Reply:
    if call.path.startswith(f'{CONTROL}/'):
        return mock.control(call)
    start, _, rest = call.path[1:].partition('/')
    system = below.get(f'/{quote(start)}')
    if system is None:
        content = {'error': f'no system is played below /{start}', 'there are': list(below)}
        return Reply(501, (('Content-Type', 'application/json'),), json.dumps(content).encode())
    return system.answer(replace(call, path=f'/{rest}'))


def begin_broker(mock: Mock, names: Sequence[str], port: int, stack: Any, told: Told) -> Any:
    """Begins to play the broker of some connections; returns it."""
    from zatools.apitest.systems.amqp_broker import AmqpBroker

    def published(message: Message) -> None:
        size = quantity(len(message.text), 'character')
        told(f'{", ".join(names)}  {message.properties["exchange"]}  {message.key}  {size}')

    broker = AmqpBroker(names[0], port, published)
    stack.callback(broker.close)
    for name in names:
        mock.brokers[name] = broker
        mock.addresses[name] = broker.address
    return broker
