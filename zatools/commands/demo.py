"""`zato demo`: the tutorial from its files to its answer, on this machine, each step as a command to type."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import zatools
from zatools.atomic import write_file
from zatools.errors import Exit, FailedError, UsageError
from zatools.kinds import amqp
from zatools.kinds.broker import url_host
from zatools.processes import cleaned_up, process, until_interrupted
from zatools.screens import word
from zatools.secret import Secret
from zatools.state import Item, State
from zatools.template import copied, sample
from zatools.world import World

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zatools.connections.inbox import Inbox
    from zatools.connections.mocked import MockInbox

PORT = 17010
FRAUD = 'Fraud Detection Connection'
EXCHANGE, ROUTING_KEY = '/tutorial', 'api'
LOG = 'server.log'
#: The job of what is added, and what its topic's subscriber logs.
JOB = 'Fraud report'
RECEIVED = re.compile('Fraud desk received: .*')
CHANGED = 'changed.yaml'
BODY = '{"user_name": "my.user"}'
UP = re.compile(r'up at (http://[^\s:]+:\d+): ([\w ,]+)\.')
#: Seconds that a step may take.
PATIENCE = 60.0
WIDTH = 43
ZATO = (sys.executable, '-m', 'zatools')
APITEST = (sys.executable, '-c', 'from zatools.cli.apitest import main; main()')
#: What no proxy is asked for.
NEAR = ('127.0.0.1', 'localhost')
WITHOUT = ('ZATO_ODB', 'ZATO_SECRET_KEY', 'ZATO_SERVER_USER', 'CI')

Done = subprocess.CompletedProcess[str]
Running = subprocess.Popen[str]


@dataclass
class Tour:
    """A run of the demo: its folder, the environment of its commands, and what it has found out."""

    world: World
    folder: Path
    environ: Mapping[str, str]
    inbox: Inbox | MockInbox
    features: str = 'features/'
    address: str = ''
    number: int = 0
    failed: list[str] = field(default_factory=list)

    def show(self, command: str, result: str, is_ok: bool = True) -> None:
        """Prints a step: the command as one would type it, and what came of it."""
        self.number += 1
        lines = result.strip().splitlines() or ['']
        if not is_ok:
            lines[0] = f'FAILED: {lines[0]}'
        if len(command) <= WIDTH:
            self.world.print(f'{self.number:2}  {command:{WIDTH}} {lines.pop(0)}'.rstrip())
        else:
            self.world.print(f'{self.number:2}  {command}')
        self.more(*lines)
        self.world.out.flush()
        if not is_ok:
            self.failed.append(command)

    def more(self, *lines: str) -> None:
        """Prints further lines of a step's result."""
        for line in lines:
            self.world.print(f'{"":{WIDTH + 4}} {line}')

    def begun(self, program: Sequence[str], *arguments: str) -> AbstractContextManager[Running]:
        """Begins one of our programs in the folder, for a `with` block; `finished` waits for it."""
        pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        return process([*program, *arguments], self.folder, self.environ, **pipes)

    def run(self, program: Sequence[str], *arguments: str) -> Done:
        """Runs one of our programs in the folder."""
        with self.begun(program, *arguments) as running:
            return finished(running)


def finished(running: Running) -> Done:
    """Waits for a program, and returns what came of it."""
    output, errors = running.communicate(timeout=PATIENCE)
    return Done(running.args, running.returncode, output, errors)


def demo(world: World, folder: str = '', amqp: str = '', keeps: bool = False) -> Exit:
    """Runs the whole tour; exit 0 only if every step did what it should."""
    started = monotonic()
    if amqp:
        _check_broker(_broker_state(amqp))
    with cleaned_up() as stack:
        played = stack.enter_context(_systems())
        broker = amqp or f'{played[FRAUD].replace("://", "://guest:guest@")}/tutorial'
        state = _broker_state(broker)
        target = stack.enter_context(_folder(folder, played, state))
        tour = Tour(world, target, _environment(world, broker), _mocked(played))
        tour.environ = {**tour.environ, 'ZATO_MOCK': played['ZATO_MOCK']}
        if amqp:
            # What reaches a broker is not seen by the mock, which the other features ask.
            tour.inbox, tour.features = stack.enter_context(_inbox(state)), 'features/tutorial.feature'
        world.say(f'The tutorial, in {target}')
        _run(tour, stack)
        if tour.failed:
            raise FailedError(f'Failed: {"; ".join(tour.failed)}')
        world.print(f'\nAll passed in {monotonic() - started:.1f} s.')
        if keeps:
            _keep(tour)
        else:
            world.print('Play with it: zato demo my-demo --keep    Your own project: zato new my-project')
    return Exit.OK


def _run(tour: Tour, stack: ExitStack) -> None:
    # The steps in their order; a step more is a line more.
    _validate(tour)
    _import(tour)
    _add(tour)
    # Two that need no server run while it starts.
    pinging = stack.enter_context(tour.begun(ZATO, 'ping', 'outconn', '--all'))
    comparing = stack.enter_context(tour.begun(ZATO, 'enmasse', 'diff', _changed(tour)))
    stack.enter_context(_served(tour))
    _ping(tour, finished(pinging))
    _call(tour)
    _run_job(tour)
    _diff(tour, finished(comparing))
    _test(tour)


def _validate(tour: Tour) -> None:
    done = tour.run(ZATO, 'enmasse', 'validate', 'definitions.yaml')
    tour.show('zato enmasse validate definitions.yaml', done.stdout or done.stderr, done.returncode == 0)


def _import(tour: Tour) -> None:
    done = tour.run(ZATO, 'enmasse', 'import', 'definitions.yaml')
    lines = (done.stdout + done.stderr).splitlines()
    summary = next((line for line in lines if line.startswith('Created')), (lines or [''])[-1])
    tour.show('zato enmasse import definitions.yaml', summary, done.returncode == 0)


def _ping(tour: Tour, done: Done) -> None:
    lines = [' '.join(line.split()) for line in (done.stdout or done.stderr).splitlines()]
    tour.show('zato ping outconn --all', '\n'.join(lines[:-1] or lines), done.returncode == 0)


def _call(tour: Tour) -> None:
    status, text = _posted(tour)
    tour.show(f"curl -u api:$API_PASSWORD {tour.address}/api/v1/user -d '{BODY}'", text, status == 200)
    message = tour.inbox.receive(2.0)
    tour.more(f'Fraud detection received: {message or "nothing"}')
    if not message:
        tour.failed.append('the message to Fraud detection')


def _posted(tour: Tour) -> tuple[int, str]:
    import requests

    with requests.Session() as session:
        session.trust_env = False
        login = ('api', tour.environ['API_PASSWORD'])
        found = session.post(f'{tour.address}/api/v1/user', data=BODY, auth=login, timeout=PATIENCE)
        return found.status_code, found.text


def _changed(tour: Tour) -> str:
    text = (tour.folder / 'definitions.yaml').read_text(encoding='utf-8')
    write_file(tour.folder / CHANGED, text.replace('timeout: 10', 'timeout: 30', 1))
    return CHANGED


def _diff(tour: Tour, done: Done) -> None:
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith(('~ ', 'timeout'))]
    tour.show(f'zato enmasse diff {CHANGED}', '\n'.join(lines) or done.stderr, done.returncode == 1 and len(lines) == 2)


def _add(tour: Tour) -> None:
    shutil.copy(tour.folder / 'more' / 'fraud.py', tour.folder / 'services')
    done = tour.run(ZATO, 'enmasse', 'import', 'more/fraud.yaml')
    lines = (done.stdout + done.stderr).splitlines()
    summary = next((line for line in lines if line.startswith('Created')), (lines or [''])[-1])
    command = 'cp more/fraud.py services/ && zato enmasse import more/fraud.yaml'
    tour.show(command, f'{summary} A job, and a topic that it publishes to', done.returncode == 0)


def _run_job(tour: Tour) -> None:
    done = tour.run(ZATO, 'job', 'run', JOB)
    tour.show(f'zato job run {word(JOB)}', done.stdout or done.stderr, done.returncode == 0)
    until = monotonic() + PATIENCE / 2
    # The server looks for what other processes have published each second.
    while not (found := RECEIVED.search(_log(tour))) and monotonic() < until:
        sleep(0.05)
    tour.more(found[0] if found else 'Fraud desk received: nothing')
    if not found:
        tour.failed.append('the message of the topic')


def _test(tour: Tour) -> None:
    for path in (tour.folder / 'features').glob('*.feature'):
        write_file(path, path.read_text(encoding='utf-8').replace('http://localhost:17010', tour.address))
    done = tour.run(APITEST, 'run', tour.features)
    lines = [' '.join(line.split()) for line in done.stdout.splitlines() if line.strip()]
    summary = next((line for line in reversed(lines) if 'scenario' in line), '')
    result = summary
    if done.returncode != 0:
        result = done.stdout + done.stderr
    tour.show(f'apitest run {tour.features}', result, done.returncode == 0)


def _keep(tour: Tour) -> None:
    password = tour.environ['API_PASSWORD']
    needed = {name: tour.environ[name] for name in ('API_PASSWORD', 'ZATO_SERVER_PASSWORD', 'ZATO_MOCK')}
    needed['PORT'] = str(urlsplit(tour.address).port)
    call = f'curl -u {word(f"api:{password}")} {tour.address}/api/v1/user -d {word(BODY)}'
    export = ' '.join(f'{name}={word(value)}' for name, value in needed.items())
    # They are shown on purpose: what is given here is typed in the other terminal.
    tour.world.write(f'It goes on until Ctrl-C:  {call}\n')
    tour.world.write(f'In another terminal:      cd {word(str(tour.folder))}\n')
    tour.world.write(f'                          export {export}\n')
    tour.world.out.flush()
    with suppress(KeyboardInterrupt):
        for _ in until_interrupted():
            if message := tour.inbox.receive(1.0):
                tour.world.print(f'Fraud detection received: {message}')
                tour.world.out.flush()


def _environment(world: World, broker: str) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    known = {name: value for name, value in world.environ.items() if name not in WITHOUT}
    found = {**known, 'NO_COLOR': '1', 'API_PASSWORD': password, 'SECURITY_API_PASSWORD': password}
    found['ZATO_SERVER_PASSWORD'] = secrets.token_urlsafe(9)
    found['DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD'] = unquote(urlsplit(broker).password or 'guest')
    for one, other in (('NO_PROXY', 'no_proxy'), ('no_proxy', 'NO_PROXY')):
        hosts = known.get(one) or known.get(other, '')
        if hosts != '*':
            hosts = ','.join(filter(None, (hosts, *NEAR)))
        found[one] = hosts
    found['PYTHONPATH'] = _path(known)
    return found


def _path(environ: Mapping[str, str]) -> str:
    own = str(Path(zatools.__file__).parent.parent)
    return os.pathsep.join(filter(None, (own, environ.get('PYTHONPATH', ''))))


def _mocked(played: Mapping[str, str]) -> MockInbox:
    from zatools.connections.mocked import MockInbox

    return MockInbox(played['ZATO_MOCK'], FRAUD)


@contextmanager
def _folder(given: str, played: Mapping[str, str], state: State) -> Iterator[Path]:
    def make(folder: str) -> Path:
        hint = 'name a folder that is new or empty: zato demo my-demo'
        return copied(sample('tutorial'), folder, hint, lambda made: _prepare(made, played, state)).resolve()

    if given:
        yield make(given)
        return
    with tempfile.TemporaryDirectory(prefix='zato-demo-') as name:
        yield make(os.path.join(name, 'tutorial'))


@contextmanager
def _systems() -> Iterator[dict[str, str]]:
    # The addresses of the systems, by the names of their connections, and that for features.
    folder, found = sample('tutorial'), {}
    command = [*ZATO, 'mock', 'definitions.yaml', 'features/mocks', '--quiet']
    environ = {**os.environ, 'PYTHONPATH': _path(os.environ)}
    with process(command, folder, environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as started:
        assert started.stdout
        while 'ZATO_MOCK' not in found:
            line = started.stdout.readline()
            if not line:
                raise FailedError('zato mock, which plays CRM, Payments and Fraud detection, does not start')
            name, _, address = line.strip().partition('  ')
            if 'ZATO_MOCK=' in line:
                name, address = 'ZATO_MOCK', line.rpartition('=')[2]
            found[name] = address.strip()
        yield found


@contextmanager
def _served(tour: Tour) -> Iterator[None]:
    with ExitStack() as stack:
        found = None
        if _is_free(PORT):
            found = stack.enter_context(_started(tour, PORT))
        if not found:
            # Another program has the port, or has just taken it.
            found = stack.enter_context(_started(tour, 0))
        if not found:
            raise FailedError(f'the server does not start: {_log(tour).strip()}')
        tour.address, counts = found[1], found[2]
        tour.show(f'zato server . --port {urlsplit(tour.address).port}', f'up: {counts}')
        yield


@contextmanager
def _started(tour: Tour, port: int) -> Iterator[re.Match[str] | None]:
    command = [sys.executable, '-m', 'zatools', 'server', '.', '--port', str(port)]
    with (tour.folder / LOG).open('w') as file, process(command, tour.folder, tour.environ, stderr=file) as started:
        until = monotonic() + PATIENCE
        while not (found := UP.search(_log(tour))) and started.poll() is None and monotonic() < until:
            sleep(0.03)
        yield found


def _log(tour: Tour) -> str:
    return (tour.folder / LOG).read_text(encoding='utf-8', errors='replace')


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(('127.0.0.1', port)):
        return True
    return False


def _broker_state(url: str) -> State:
    parts = _parts(url)
    definition = Item(amqp.DEFINITION, parts)
    outgoing = Item(amqp.OUTGOING, {'name': 'demo', 'def_name': 'demo'})
    return {definition.key: definition, outgoing.key: outgoing}


def _parts(url: str) -> dict[str, object]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(''), 0
    if parts.scheme not in ('amqp', 'amqps') or not parts.hostname or port == 0:
        raise UsageError('--amqp is no address of a broker', 'as in amqp://user:password@host:5672/vhost')
    host, usual_port = url_host(parts.hostname), 5672
    if parts.scheme == 'amqps':
        host, usual_port = f'amqps://{host}', 5671
    return {
        'name': 'demo',
        'host': host,
        'port': port or usual_port,
        'vhost': unquote(parts.path.removeprefix('/')) or '/',
        'username': unquote(parts.username or 'guest'),
        'password': Secret(unquote(parts.password or 'guest')),
        # Nobody answers heartbeats while a command runs.
        'heartbeat': 0,
    }


def _inbox(state: State) -> AbstractContextManager[Inbox]:
    from zatools.connections.inbox import inbox

    return inbox(next(_outgoing(state)), state, EXCHANGE, ROUTING_KEY)


def _outgoing(state: State) -> Iterator[Item]:
    return (item for item in state.values() if item.kind.protocol)


def _broker(state: State) -> dict[str, Any]:
    # The values of the only definition that there is.
    return next(item.values for item in state.values() if not item.kind.protocol)


def _check_broker(state: State) -> None:
    from zatools.connections.inbox import reachable

    pong = reachable(next(_outgoing(state)), state)
    if pong.failure:
        raise FailedError(f'--amqp: {pong.text}', 'is it up, and are user, password and vhost right?')


def _prepare(folder: Path, played: Mapping[str, str], state: State) -> None:
    path = folder / 'definitions.yaml'
    text = path.read_text(encoding='utf-8')
    for old, name in (('https://crm.example.com', 'CRM'), ('https://payments.example.com', 'Payments')):
        text = text.replace(old, played[name])
    values = _broker(state)
    for name, old in (('host', 'mq.example.com'), ('port', '5672'), ('vhost', 'tutorial'), ('username', 'tutorial')):
        text = text.replace(f'    {name}: {old}\n', f'    {name}: {_written(values[name])}\n')
    path.write_text(text, encoding='utf-8')


def _written(value: Any) -> str:
    # A text that YAML or variables would make something else of is quoted.
    text = str(value)
    if re.fullmatch(r'[\w./-]+', text):
        return text
    return json.dumps(text.replace('${', '$${'), ensure_ascii=False)
