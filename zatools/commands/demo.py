"""`zato demo`: the tutorial from its files to its answer, on this machine, each step as a command to type."""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack, suppress
from time import monotonic, sleep
from urllib.parse import urlsplit

from zatools.atomic import write_file
from zatools.demo.broker import check, inbox_of, state_of
from zatools.demo.stage import FRAUD, environment, folder_of, log_of, mocked, served, systems
from zatools.demo.tour import APITEST, PATIENCE, ZATO, Done, Tour, finished
from zatools.errors import Exit, FailedError
from zatools.processes import cleaned_up, until_interrupted
from zatools.screens import assigned, word
from zatools.world import World

#: The job of what is added, and what its topic's subscriber logs.
JOB = 'Fraud report'
RECEIVED = re.compile('Fraud desk received: .*')
CHANGED = 'changed.yaml'
BODY = '{"user_name": "my.user"}'


def demo(world: World, folder: str = '', amqp: str = '', keeps: bool = False) -> Exit:
    """Runs the whole tour; exit 0 only if every step did what it should."""
    started = monotonic()
    if amqp:
        check(state_of(amqp))
    with cleaned_up() as stack:
        played = stack.enter_context(systems())
        broker = amqp or f'{played[FRAUD].replace("://", "://guest:guest@")}/tutorial'
        state = state_of(broker)
        target = stack.enter_context(folder_of(folder, played, state))
        tour = Tour(world, target, environment(world, broker), mocked(played))
        tour.environ = {**tour.environ, 'ZATO_MOCK': played['ZATO_MOCK']}
        if amqp:
            # What reaches a broker is not seen by the mock, which the other features ask.
            tour.inbox, tour.features = stack.enter_context(inbox_of(state)), 'features/tutorial.feature'
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
    stack.enter_context(served(tour))
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
    while not (found := RECEIVED.search(log_of(tour))) and monotonic() < until:
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
    export = ' '.join(f'{name}={assigned(value)}' for name, value in needed.items())
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
