"""Backups: all objects of an ODB in one file, secrets sealed with its key, to be put back as they were."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.atomic import PRIVATE, check_writable, put, unwritable, write_file, write_new
from zatools.errors import FileError, InvalidError, OdbError, RefusedError, UsageError
from zatools.odb import keys
from zatools.odb.entries import UNKNOWN, packed, unpacked
from zatools.odb.odb import Odb
from zatools.odb.renaming import Rename
from zatools.secret import Secret
from zatools.state import Change, Item, Key, State, in_order

#: The key of the file that says that it is a backup, and of which form.
FORM, VERSION = 'zatools_backup', 1
#: Characters of a backup: those of a file of definitions.
LONGEST = 200_000_000
UNKNOWN_TEXT = json.dumps({UNKNOWN: True})


@dataclass
class Backup:
    """A backup that is to be made at a path; `is_made` once this run has."""

    path: str
    is_made: bool = False
    items: list[Item] = field(default_factory=list)
    ids: dict[Key, int] = field(default_factory=dict)

    def check(self) -> None:
        """Raises what keeps it from being made, before anything else is done."""
        if self.path == '-':
            raise UsageError('--backup wants the name of a file')
        if Path(self.path).exists() or Path(self.path).is_symlink():
            raise self._there()
        check_writable(Path(self.path))

    def look(self, odb: Odb) -> None:
        """Takes what an ODB holds, before a plan sees objects by the names that they will have."""
        self.items = in_order(odb.loaded.state.values())
        self.ids = {key: stored.id for key, stored in odb.loaded.stored.items()}

    def write(self, odb: Odb, about: Mapping[str, Any]) -> int:
        """Writes what was there before anything is changed; returns how many objects. The file appears whole.

        It never takes the place of another one: that may be the last one of how it was.
        """
        text = _text(odb, self, about)
        path = Path(self.path)
        if self.is_made:
            # The import starts over: what it saw at first is not what it will change.
            write_file(path, text, is_private=True)
            return len(self.items)
        draft = path.with_name(f'.{path.name[:100]}.new')
        try:
            draft.unlink(missing_ok=True)
            write_new(draft, text.encode(), PRIVATE)
            put(draft, path)
        except FileExistsError:
            draft.unlink(missing_ok=True)
            raise self._there() from None
        except OSError as error:
            raise unwritable(path, error) from None
        self.is_made = True
        return len(self.items)

    def _there(self) -> RefusedError:
        text = f'{self.path} is there already, and a backup takes the place of no other. Nothing was changed.'
        return RefusedError(text, 'give it another name, or move that away')


def _text(odb: Odb, backup: Backup, about: Mapping[str, Any]) -> str:
    rows = []
    for item in backup.items:
        content = packed(Change('create', item, None, ()), odb.sealer)
        rows.append(json.dumps({**content, 'id': backup.ids.get(item.key, 0)}))
    if any(UNKNOWN_TEXT in row for row in rows):
        raise RefusedError("secrets can't be sealed for the backup without the ODB's key", odb.key_hint)
    token = odb.sealer.seal(keys.KNOWN) if odb.sealer else ''
    head = {FORM: VERSION, **about, 'generation': odb.generation, 'cluster': odb.cluster, 'key': token}
    body = ',\n'.join(rows)
    return f'{json.dumps(head)[:-1]}, "objects": [\n{body}\n]}}\n'


@dataclass(frozen=True)
class Then:
    """What a backup has: the objects, and the ids that their rows had."""

    state: State
    ids: Mapping[Key, int]

    def renames(self, odb: Odb) -> list[Rename]:
        """Returns what has another name now: rows of the same id and kind that are called otherwise."""
        now = odb.loaded.state
        rows = {(now[key].kind, stored.id): key for key, stored in odb.loaded.stored.items() if key in now}
        found = []
        for key, item in self.state.items():
            old = rows.get((item.kind, self.ids[key]))
            if item.kind.is_named and old and old not in self.state and key not in now:
                found.append(Rename(old, key))
        return found


def read(odb: Odb, path: str) -> Then:
    """Returns what a backup of the ODB has; raises InvalidError or RefusedError for what is none."""
    content = _content(path)
    for name, now in (('generation', odb.generation), ('cluster', odb.cluster)):
        if content.get(name) != now:
            raise RefusedError(f'{path} is of {name} {content.get(name)}, the ODB of {now}. Nothing was changed.')
    if odb.opener and content.get('key'):
        # Raises RefusedError for the key of another ODB.
        odb.opener(str(content['key']))
    state: State = {}
    ids: dict[Key, int] = {}
    try:
        for row in content['objects']:
            entry = unpacked(row, odb.generation, odb.opener)
            if entry.lost:
                raise RefusedError(f"{path}: {entry.item} can't be read without the ODB's key", odb.key_hint)
            state[entry.key], ids[entry.key] = entry.item, int(row['id'])
    except (OdbError, TypeError, KeyError, ValueError):
        raise InvalidError(f'{path} is no backup as zatools writes it. Nothing was changed.') from None
    for item in state.values():
        if any(isinstance(value, Secret) and not value.can_reveal for value in item.values.values()):
            raise RefusedError(f"{path}: secrets of {item} can't be read without the ODB's key", odb.key_hint)
    return Then(state, ids)


def _content(path: str) -> dict[str, Any]:
    try:
        # A pipe would be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileError(f'{path} is no regular file')
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror or error}") from None
    if len(data) > LONGEST:
        raise InvalidError(f'{path} is too large: {LONGEST // 1_000_000} MB or more')
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get('objects'), list) or FORM not in found:
        raise InvalidError(f'{path} is no backup of zatools. Nothing was changed.', 'import --backup FILE writes them')
    if found[FORM] != VERSION:
        raise InvalidError(f'{path} is a backup of another version of zatools. Nothing was changed.')
    return found
