"""`zato new`: a project of one's own to start from, which passes as it is."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from zatools.errors import Exit
from zatools.screens import word
from zatools.template import copied, sample
from zatools.world import World

PASSWORD = re.compile(r'^(\w*PASSWORD)=$', re.MULTILINE)
#: What to type next; the project's README has the same lines.
FIRST = (
    'zato enmasse validate definitions/ --env-file .env',
    'zato enmasse import definitions/ --env-file .env',
    'zato server .',
)
SECOND = ('zato mock definitions/ features/mocks --port 17020 --env-file .env',)
THIRD = ('zato ping outconn --all', 'apitest run features/ --env-file .env')


def new(world: World, folder: str) -> Exit:
    """Makes a project in a folder that is new or empty, and says what to type next."""
    target = copied(sample('new'), folder, 'name a folder that is new or empty: zato new my-project', _write_env)
    for path in sorted(path for path in target.rglob('*') if path.is_file()):
        world.print(f'  {path}')
    enter = []
    if not target.samefile('.'):
        enter.append(f'cd {word(str(target))}')
    for title, lines in (
        ('\nIt passes as it is. Type:', FIRST),
        ('in another terminal, which plays the CRM:', SECOND),
        ('and in a third one:', THIRD),
    ):
        world.print(title)
        for line in [*enter, *lines]:
            world.print(f'  {line}')
    return Exit.OK


def _write_env(folder: Path) -> None:
    # Passwords of this machine only: git is told to leave the file alone.
    text = (folder / '.env.example').read_text(encoding='utf-8')
    path = folder / '.env'
    path.touch(mode=0o600)
    path.write_text(PASSWORD.sub(lambda found: f'{found[0]}{secrets.token_urlsafe(12)}', text), encoding='utf-8')
