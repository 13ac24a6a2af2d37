"""`zato odb create` and `zato odb info`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from zatools.commands.world import World
from zatools.errors import Exit, RefusedError, UsageError
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, created, is_missing, opened
from zatools.odb.running import unreadable
from zatools.odb.seal import make_key_file
from zatools.odb.target import OdbChoice, choose

#: So many rows are named.
SHOWN = 10
#: 32 random bytes in URL-safe base64: a Fernet key.
MAKE_KEY = "openssl rand -base64 32 | tr '+/' '-_'"


def create(world: World, choice: OdbChoice, *, layout: str = '') -> Exit:
    """Makes an empty ODB of ours with a layout of 3.2 (the default) or 4.1."""
    if layout not in ('', '3.2', '4.1'):
        raise UsageError('--layout must be 3.2 or 4.1')
    target = choose(choice, world.environ)
    if target.sqlite_path and not is_missing(target):
        raise RefusedError(f'there is something at {target.shown} already', 'see what: zato odb info')
    with created(target, layout or '3.2', choice, world.environ, Wait(say=world.say)) as odb:
        world.say(odb.title)
        world.settle()
        commit(odb)
    has_key = bool(world.environ.get('ZATO_SECRET_KEY'))
    if target.sqlite_path and not has_key:
        make_key_file(target.sqlite_path)
    world.print(f'Created {target.shown}, layout {layout or "3.2"}.')
    if not target.sqlite_path and not has_key:
        world.say(f'Secrets will need a key in ZATO_SECRET_KEY; make one: {MAKE_KEY}')
    return Exit.OK


def _counts(odb: Odb) -> dict[str, int]:
    return dict(Counter(item.kind.spelled(odb.generation) for item in odb.loaded.state.values()))


def say_unreadable(world: World, rows: Sequence[str], outcome: str) -> None:
    """Warns of rows that a server can't load, and of what becomes of that."""
    for row in rows[:SHOWN]:
        world.say(f'warning: {row}: {outcome}')
    if len(rows) > SHOWN:
        world.say(f'warning: and so {len(rows) - SHOWN} more')
    if rows:
        world.say(
            'hint: an import that changes such an object writes what it lacks, as does saving it in the Dashboard'
        )


def info(world: World, choice: OdbChoice, *, as_json: bool = False) -> Exit:
    """Says whose ODB it is, and what it holds."""
    with opened(choice, world.environ) as odb:
        world.say(odb.title)
        counts, others, broken = _counts(odb), odb.others(), unreadable(odb)
        if as_json:
            world.print(
                json.dumps(
                    {
                        'odb': odb.target.shown,
                        'is_ours': odb.is_ours,
                        'generation': odb.generation,
                        'cluster': odb.cluster,
                        'objects': counts,
                        'internal': len(odb.loaded.internal),
                        'not_supported': others,
                        'has_key': odb.sealer is not None,
                        'unreadable': broken,
                    },
                    indent=2,
                )
            )
            return Exit.OK
        rows = [(name, str(count)) for name, count in counts.items()] or [('no objects', '')]
        rows.append(('internal, hidden', str(len(odb.loaded.internal))))
        rows.extend((f'{name} (not supported yet)', str(count)) for name, count in sorted(others.items()))
        rows.append(('key', 'known' if odb.sealer else 'not known: secrets are neither read nor written'))
        for name, value in rows:
            world.print(f'{name:32} {value}'.rstrip())
        say_unreadable(world, broken, 'a server does not start with it')
    return Exit.OK
