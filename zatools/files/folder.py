"""Writes exports: a file that is whole or not there, a folder that holds just what was exported."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from zatools.errors import InvalidError, OdbError, RefusedError

MANIFEST = '.zatools-export'
EDITOR_LINE = '# yaml-language-server:'
SUFFIXES = ('.yaml', '.yml', '.json')


def write_file(path: Path, text: str, is_private: bool = False) -> None:
    """Replaces a file in one step; `is_private` makes it readable by its owner only (0600)."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        _write_into(path, text)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
    except OSError as error:
        raise OdbError(f"{path} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, 'w', encoding='utf-8', newline='') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if is_private else _mode(path))
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OdbError(f"{path} can't be written: {error.strerror}") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _write_into(path: Path, text: str) -> None:
    # A device or a pipe is written to: putting a file in its place would destroy it.
    try:
        with path.open('w', encoding='utf-8', newline='') as file:
            file.write(text)
    except OSError as error:
        raise OdbError(f"{path} can't be written: {error.strerror}") from None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _manifest(folder: Path) -> dict[str, list[str]]:
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_text())['files']
        return {name: list(hashes) for name, hashes in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidError(f'{path} is damaged', 'remove it and give --force') from None


def _foreign(folder: Path, listed: Mapping[str, list[str]]) -> list[str]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES and not path.name.startswith('.') and path.is_file():
            hashes = listed.get(path.name)
            if hashes is None:
                found.append(f'{path.name} (not from an export)')
            elif _hash(path.read_bytes()) not in hashes:
                found.append(f'{path.name} (edited since)')
    return found


def keep_line(path: Path, text: str) -> str:
    """Returns a text with the line of the file it replaces that tells editors of a schema, if there is one."""
    if path.suffix == '.json' or not path.is_file():
        return text
    with path.open(encoding='utf-8', errors='replace') as file:
        first = file.readline()
    return f'{first.rstrip()}\n{text}' if first.startswith(EDITOR_LINE) else text


def rewrite(path: Path, old: bytes, text: str) -> None:
    """Replaces a file whose bytes are `old`; one from an export still counts as such."""
    listed = _manifest(path.parent)
    hashes = listed.get(path.name, [])
    is_ours = _hash(old) in hashes
    if is_ours:
        _write_manifest(path.parent, {**listed, path.name: [*hashes, _hash(text.encode())]})
    write_file(path, text)


def _write_manifest(folder: Path, files: Mapping[str, list[str]]) -> None:
    write_file(folder / MANIFEST, json.dumps({'files': files}, indent=2, sort_keys=True) + '\n')


def write_folder(folder: Path, files: Mapping[str, str], is_forced: bool, is_private: bool = False) -> None:
    """Makes a folder hold these files; those of an earlier export that no longer belong are removed.

    Raises RefusedError where a definition file isn't from an export or was edited since, unless forced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: keep_line(folder / name, text) for name, text in files.items()}
    listed = _manifest(folder)
    foreign = _foreign(folder, listed)
    if foreign and not is_forced:
        raise RefusedError(
            f'{folder} holds files that an export would lose: {", ".join(foreign)}', 'overwrite: --force'
        )
    new = {name: [_hash(text.encode())] for name, text in files.items()}
    # Old and new hashes together first: after a crash in between no file of ours looks foreign.
    _write_manifest(folder, {name: [*listed.get(name, []), *new.get(name, [])] for name in {**listed, **new}})
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != text.encode():
            write_file(path, text, is_private)
    for name in listed:
        if name not in files:
            (folder / name).unlink(missing_ok=True)
    if is_forced:
        for entry in foreign:
            name = entry.split(' (')[0]
            if name not in files:
                (folder / name).unlink(missing_ok=True)
    _write_manifest(folder, new)
