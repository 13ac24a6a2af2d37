"""`zato odb create` and `zato odb info`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from zatools.errors import Exit, RefusedError, UsageError, ZatoolsError
from zatools.live.flaws import say_unreadable
from zatools.odb import keys
from zatools.odb.creation import alone, created
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, is_missing, opened
from zatools.odb.running import unreadable
from zatools.odb.target import OdbChoice, choose, line
from zatools.plan.leftovers import counted, keys_of
from zatools.world import World

#: 32 random bytes in URL-safe base64: a Fernet key.
MAKE_KEY = "openssl rand -base64 32 | tr '+/' '-_'"


def create(world: World, choice: OdbChoice, *, layout: str = '') -> Exit:
    """Makes an empty ODB of ours with a layout of 3.2 (the default) or 4.1."""
    if layout not in ('', '3.2', '4.1'):
        raise UsageError('--layout must be 3.2 or 4.1')
    target = choose(choice, world.environ)
    wait = Wait(say=world.say)
    turn: AbstractContextManager[None] = nullcontext()
    if target.sqlite_path:
        turn = alone(target, wait)
    with turn:
        if target.sqlite_path and not is_missing(target):
            hint = f'see what: {line("zato odb info", choice)}'
            raise RefusedError(f'there is something at {target.shown} already', hint)
        with created(target, layout or '3.2', choice, world.environ, wait) as odb:
            world.say(odb.title)
            keys.make(odb)
            keys.remember(odb)
            world.settle()
            commit(odb, f'see whether they do: {line("zato odb info", choice)}')
    world.print(f'Created {target.shown}, layout {layout or "3.2"}.')
    if odb.sealer is None:
        world.say(f'Secrets will need a key in ZATO_SECRET_KEY; make one: {MAKE_KEY}')
    return Exit.OK


def _counts(odb: Odb) -> dict[str, int]:
    return dict(Counter(item.kind.spelled(odb.generation) for item in odb.loaded.state.values()))


def _key(odb: Odb, choice: OdbChoice, environ: Mapping[str, str]) -> str:
    # A key that doesn't fit is told of here, where other commands refuse to go on.
    try:
        keys.give(odb, choice, environ)
    except ZatoolsError as error:
        odb.sealer = None
        return f'not to be used: {error.text}'
    if odb.sealer is None:
        return 'not known: secrets are neither read nor written'
    return 'known'


def info(world: World, choice: OdbChoice, *, as_json: bool = False) -> Exit:
    """Says whose ODB it is, and what it holds."""
    with opened(choice, world.environ, needs_key=False) as odb:
        world.say(odb.title)
        key = _key(odb, choice, world.environ)
        counts, others, broken = _counts(odb), counted(odb.others()), unreadable(odb)
        undeclared = keys_of(odb.undeclared(), odb.loaded.state)
        if as_json:
            world.print_json(
                json.dumps(
                    {
                        'odb': odb.target.shown,
                        'is_ours': odb.is_ours,
                        'generation': odb.generation,
                        'cluster': odb.cluster,
                        'objects': counts,
                        'internal': len(odb.loaded.internal),
                        'not_supported': others,
                        'keys_without_a_field': undeclared,
                        'has_key': odb.sealer is not None,
                        'unreadable': [row.text for row in broken],
                    },
                    indent=2,
                )
            )
            return Exit.OK
        rows = [(name, str(count)) for name, count in counts.items()] or [('no objects', '')]
        rows.append(('internal, hidden', str(len(odb.loaded.internal))))
        rows.extend((f'{name} (of no kind)', str(count)) for name, count in others.items())
        rows.extend(('keys without a field', text) for text in undeclared)
        rows.append(('key', key))
        width = max(32, *(len(name) for name, _ in rows))
        for name, value in rows:
            world.print(f'{name:{width}} {value}'.rstrip())
        say_unreadable(world, odb, broken, 'a server does not start with it')
    return Exit.OK
