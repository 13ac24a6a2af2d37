"""`zato mock`: plays the systems that outgoing connections of definitions call, by rules in plain English."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from zatools.atomic import check_writable, write_file
from zatools.errors import Exit, InvalidError, UsageError
from zatools.kinds.broker import broker
from zatools.kinds.traits import OUTGOING
from zatools.plan.choices import FileChoice
from zatools.plan.reading import raise_errors, read_files, variables_of
from zatools.plan.selection import with_all_references
from zatools.processes import cleaned_up, until_interrupted
from zatools.screens import quantity, word
from zatools.state import Item, State
from zatools.world import World

if TYPE_CHECKING:
    from zatools.apitest.commands.mock import Mock, Rules, State as Seen

#: Seconds between two looks at files that are watched.
LOOK = 0.5
#: Protocols of connections that can be played, by their words.
HTTP, AMQP = ('rest', 'soap'), ('amqp',)
PLAIN = re.compile(r'[A-Za-z_][\w-]*')


@dataclass(frozen=True)
class Options:
    """How systems are played: on which port, where the overlay and what is recorded go, whether files are watched."""

    port: int = 0
    write_overlay: str = ''
    record: str = ''
    watch: bool = False
    is_quiet: bool = False


def mock(world: World, files: FileChoice, options: Options) -> Exit:
    """Plays the systems until it is stopped; exit 0 then."""
    rules = tuple(path for path in files.paths if _has_rules(path))
    files = replace(files, paths=tuple(path for path in files.paths if path not in rules), skip_unknown=True)
    if not files.paths:
        raise UsageError('no definitions are given', 'zato mock definitions.yaml features/mocks')
    if options.write_overlay:
        check_writable(Path(options.write_overlay))
    if options.record:
        _check_record(Path(options.record), options)
    read = read_files(world, files)
    raise_errors(read)
    with cleaned_up() as stack:
        playing, control = _begun(world, read.state, options, stack)
        environ, seen = variables_of(world, files.env_file), _seen(rules, options)
        playing.keep_rules(_rules(playing, rules, environ))
        if options.record:
            _record(playing, read.state, Path(options.record))
        overlay = _overlay(read.state, playing.addresses)
        if options.write_overlay:
            write_file(Path(options.write_overlay), _written(overlay))
        _say_up(world, playing, control, options)
        with suppress(KeyboardInterrupt):
            _play(world, playing, rules, environ, seen)
    world.say('Stopped.')
    return Exit.OK


def _has_rules(path: str) -> bool:
    if path.endswith('.feature'):
        return True
    return os.path.isdir(path) and next(Path(path).rglob('*.feature'), None) is not None


def _of(state: State, protocols: tuple[str, ...]) -> list[Item]:
    return [item for item in state.values() if item.kind.role == OUTGOING and item.kind.protocol in protocols]


def _begun(world: World, state: State, options: Options, stack: ExitStack) -> tuple[Mock, str]:
    from zatools.apitest.commands.mock import listen
    from zatools.apitest.failures import StepBroken

    try:
        playing = _begin(world, state, options, stack)
        return playing, listen(playing, options.port, stack)
    except StepBroken as error:
        raise UsageError(error.text, ' '.join(error.hints)) from None


def _begin(world: World, state: State, options: Options, stack: ExitStack) -> Mock:
    from zatools.apitest.commands.mock import begin_broker, played

    lock = threading.Lock()

    def told(text: str) -> None:
        if not options.is_quiet:
            with lock:
                world.say(text)

    names = list(dict.fromkeys(item.name for item in _of(state, HTTP)))
    brokers = _brokers(state)
    if not names and not brokers:
        raise InvalidError('the definitions have no outgoing REST, SOAP or AMQP connection')
    playing = played(names, [name for group in brokers.values() for name in group], told)
    for number, group in enumerate(brokers.values(), 1):
        port = options.port + number if options.port else 0
        begin_broker(playing, group, port, stack, told)
    return playing


def _brokers(state: State) -> dict[str, list[str]]:
    # The names of AMQP connections that share a definition; 4.1's have an address each.
    found: dict[str, list[str]] = {}
    for item in _of(state, AMQP):
        key = str(item.values.get('def_name') or item.values.get('address') or item.name)
        found.setdefault(key, []).append(item.name)
    return found


def _check_record(path: Path, options: Options) -> None:
    if options.watch:
        raise UsageError('--record and --watch: what is recorded would be answered at once')
    check_writable(path)
    if path.suffix != '.feature':
        raise UsageError(f'--record {path}: rules are in files that end in .feature', 'features/mocks/recorded.feature')
    if path.exists():
        raise UsageError(f'--record {path}: there is such a file', 'name another one, or move it away')


def _record(playing: Mock, state: State, path: Path) -> None:
    from zatools.apitest.commands.mock import record

    real = {
        item.name: (str(item.values.get('host', '')), item.values.get('tls_verify', True) is not False)
        for item in _of(state, HTTP)
    }
    record(playing, real, lambda text: write_file(path, text))


def _rules(playing: Mock, paths: tuple[str, ...], environ: Mapping[str, str]) -> Rules:
    from zatools.apitest.commands.mock import read_rules

    found = read_rules(paths, list(playing.systems), environ)
    if found.problems:
        raise InvalidError('', problems=found.problems, lines=lambda file: found.lines.get(file, ()))
    return found.rules


def _seen(paths: tuple[str, ...], options: Options) -> Seen | None:
    # Looked at before the files are read: what is saved meanwhile has changed.
    from zatools.apitest.commands.mock import state_of

    if not options.watch:
        return None
    return state_of(paths)


def _play(world: World, playing: Mock, paths: tuple[str, ...], environ: Mapping[str, str], seen: Seen | None) -> None:
    from zatools.apitest.commands.mock import state_of

    for _ in until_interrupted():
        sleep(LOOK)
        if seen is None or (now := state_of(paths)) == seen:
            continue
        seen = now
        _renew(world, playing, paths, environ)


def _renew(world: World, playing: Mock, paths: tuple[str, ...], environ: Mapping[str, str]) -> None:
    from zatools.reports.problems import render

    try:
        found = _rules(playing, paths, environ)
    except InvalidError as error:
        world.say(f'{render(error.problems, error.lines)}\nThe rules from before still hold.')
        return
    playing.renew_rules(found)
    world.say(f'Files have changed: {quantity(len(found), "rule")} now.')


Overlay = dict[str, list[dict[str, Any]]]


def _overlay(state: State, addresses: Mapping[str, str]) -> Overlay:
    found: Overlay = {}
    for item, values in (*_http_overlay(state, addresses), *_amqp_overlay(state, addresses)):
        row = {'name': item.name, **values}
        rows = found.setdefault(item.kind.section, [])
        if row not in rows:
            rows.append(row)
    return found


def _http_overlay(state: State, addresses: Mapping[str, str]) -> Iterator[tuple[Item, dict[str, Any]]]:
    for item in _of(state, HTTP):
        yield item, {'host': addresses[item.name]}


def _amqp_overlay(state: State, addresses: Mapping[str, str]) -> Iterator[tuple[Item, dict[str, Any]]]:
    for item in _of(state, AMQP):
        host, _, port = addresses[item.name].removeprefix('amqp://').rpartition(':')
        # 3.2 has host and port in a definition that connections share.
        used = with_all_references({item.key: item}, state).values()
        if definition := next((one for one in used if one is not item and 'port' in one.kind.by_name), None):
            yield definition, {'host': host, 'port': int(port)}
        elif known := broker(str(item.values.get('address', ''))):
            yield item, {'address': str(known._replace(scheme='amqp', host=host, port=int(port)))}


def _written(overlay: Overlay) -> str:
    lines = ['# Written by zato mock: points the definitions to the systems that it plays.']
    for section, rows in overlay.items():
        lines += ['', f'{section}:']
        for row in rows:
            lines.append('')
            for number, (name, value) in enumerate(row.items()):
                lines.append(f'  {"- " if not number else "  "}{name}: {_scalar(value)}')
    return '\n'.join(lines) + '\n'


def _scalar(value: Any) -> str:
    if isinstance(value, str) and not PLAIN.fullmatch(value):
        return json.dumps(value.replace('${', '$${'), ensure_ascii=False)
    return str(value)


def _say_up(world: World, playing: Mock, control: str, options: Options) -> None:
    width = max(map(len, playing.addresses))
    for name, address in playing.addresses.items():
        world.print(f'{name:{width}}  {address}')
    if options.write_overlay:
        world.print(f'Definitions point there with: --overlay {word(options.write_overlay)}')
    world.print(f'Features give answers and look at calls with: export ZATO_MOCK={control}')
    world.out.flush()
