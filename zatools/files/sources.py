"""Which files the arguments name, their bytes and their text."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import escape, glob
from stat import S_ISREG
from typing import BinaryIO

from zatools.errors import FileError
from zatools.files.folder import DECIDED, is_interrupted
from zatools.files.tree import LINE_BREAK, place_at
from zatools.place import Place, Problem
from zatools.screens import word
from zatools.stores.reasons import StoreError

ENDINGS = ('.yaml', '.yml', '.json')
STDIN = '<stdin>'
TOO_LARGE = 50_000_000
#: How many bytes tell what sort of file it is.
SAMPLE = 1000
WILDCARD = re.compile(r'[*?\[]')
#: A part of a pattern that stands for folders at every depth.
DEEP = '**'


class Sources:
    """The texts of the files that were read, for excerpts, and the `paths` of those and of what was not found."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.drafts: Mapping[str, bytes] = {}
        #: Where files are included, by their paths.
        self.included: dict[str, Place] = {}
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}

    def add(self, path: str, text: str) -> None:
        """Remembers the text of a file."""
        self._texts[path] = text
        self._lines.pop(path, None)

    def forget(self, path: str) -> None:
        """Makes excerpts of a file empty."""
        self._texts.pop(path, None)
        self._lines.pop(path, None)

    def text(self, path: str) -> str:
        """Returns the text of a file; '' for one that was not read, or that no excerpt is shown of."""
        return self._texts.get(path, '')

    def lines(self, path: str) -> list[str]:
        """Returns the lines of a file, the first one at index 0; [] for a file that was not read."""
        if path not in self._texts:
            return []
        if path not in self._lines:
            self._lines[path] = LINE_BREAK.split(self._texts[path])
        return self._lines[path]


def reason(error: OSError) -> str:
    """Returns why a file can't be read, as a part of a sentence."""
    if isinstance(error, FileNotFoundError):
        return 'no such file'
    if isinstance(error, IsADirectoryError):
        return 'is a directory, not a file'
    return f"can't be read: {error.strerror or error}"


def _folder(path: str, problems: list[Problem]) -> Iterable[str]:
    if _is_unfinished(path, problems):
        return []
    try:
        names = sorted(name for name in os.listdir(path) if name.lower().endswith(ENDINGS) and name[0] != '.')
    except OSError as error:
        problems.append(Problem(Place(path, 0, 0), reason(error)))
        return []
    base = path
    if os.path.normpath(path) == '.':
        base = ''
    files = [os.path.join(base, name) for name in names if not os.path.isdir(os.path.join(path, name))]
    odd = [file for file in files if _is_odd(file)]
    problems += [Problem(Place(file, 0, 0), 'is not a regular file') for file in odd]
    if not files:
        problems.append(Problem(Place(path, 0, 0), 'is a directory without *.yaml, *.yml or *.json files'))
    return [file for file in files if file not in odd]


def _is_odd(path: str) -> bool:
    # Reading a pipe, a socket or a device waits for another program: only one that was named by itself is read.
    try:
        return not S_ISREG(os.stat(path).st_mode)
    except OSError:
        # Opening the file reports why it can't be read.
        return False


def _is_unfinished(folder: str, problems: list[Problem]) -> bool:
    # Only an export finishes what another one began. Commands that read write nothing.
    if not is_interrupted(folder):
        return False
    text = f'holds an export that was interrupted ({DECIDED}): its files may be of two exports'
    hint = f'complete it: the same export again, -o {word(os.path.join(folder, ""))}'
    problems.append(Problem(Place(folder, 0, 0), text, hint))
    return True


def _files(path: str, problems: list[Problem]) -> Iterable[str]:
    if os.path.isdir(path):
        return _folder(path, problems)
    if path == '-' or os.path.lexists(path):
        return [path]
    if not WILDCARD.search(path):
        problems.append(Problem(Place(path, 0, 0), 'no such file'))
        return []
    matches = sorted(set(_matches(path, problems)))
    if not matches:
        problems.append(Problem(Place(path, 0, 0), 'no file matches this pattern'))
    odd = [match for match in matches if not os.path.isdir(match) and _is_odd(match)]
    problems += [Problem(Place(match, 0, 0), 'is not a regular file') for match in odd]
    files: list[str] = []
    for match in matches:
        if os.path.isdir(match):
            files.extend(_folder(match, problems))
        elif match not in odd:
            files.append(match)
    return files


def _matches(pattern: str, problems: list[Problem]) -> Iterator[str]:
    parts = pattern.split(os.sep)
    if DEEP not in parts:
        yield from glob(pattern)
        return
    at = parts.index(DEEP)
    head, rest = os.sep.join(parts[:at]), os.path.join(*parts[at + 1 :] or ['*'])
    if not head:
        # The pattern begins with `**`, or with `/**`.
        head = os.curdir
        if at:
            head = os.sep
    for base in glob(head):
        for folder in _folders(base, problems):
            within = ''
            if folder != os.curdir:
                within = escape(folder)
            for match in _matches(os.path.join(within, rest), problems):
                # The pattern matches the files of a folder by themselves.
                if not os.path.isdir(match):
                    yield match


def _folders(base: str, problems: list[Problem]) -> Iterator[str]:
    # A folder and those below it, but for hidden ones and links. One that can't be read is a problem.
    waiting = [base]
    while waiting:
        folder = waiting.pop()
        yield folder
        try:
            entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            problems.append(Problem(Place(folder, 0, 0), reason(error)))
            continue
        within = folder
        if folder == os.curdir:
            within = ''
        waiting += [os.path.join(within, entry.name) for entry in entries if entry.name[0] != '.']


def expand(paths: Sequence[str], problems: list[Problem]) -> list[str]:
    """Returns the files that arguments name: files, folders, globs and '-'; each file once."""
    found: dict[str, str] = {}
    for path in paths:
        for file in _files(os.path.expanduser(path), problems):
            found.setdefault(identity(file), file)
    for folder in {os.path.dirname(file) or os.curdir for file in found.values() if file != '-'}:
        _is_unfinished(folder, problems)
    return list(found.values())


def identity(path: str) -> str:
    """Returns what two spellings of one file have in common."""
    if path == '-':
        return path
    return os.path.realpath(path)


def read(path: str, stdin: BinaryIO) -> bytes:
    """Returns the bytes of a file, or of `stdin` for '-'; of one that is too large only so much as shows it."""
    if path == '-':
        return stdin.read(TOO_LARGE)
    with open(path, 'rb') as file:
        return file.read(TOO_LARGE)


def read_regular(path: str) -> bytes:
    """Returns the bytes of a file as `read` does. Raises OSError for what is no file: a pipe would be waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, 'rb') as file:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            if os.path.isdir(path):
                raise IsADirectoryError
            raise OSError(0, 'not a regular file')
        return file.read(TOO_LARGE)


def unsealed(path: str, data: bytes) -> bytes:
    """Returns the bytes of a file, opened if SOPS sealed it; raises FileError where it can't be."""
    if b'sops' not in data:
        return data
    from zatools.stores import sops

    form = sops.format_of(data)
    if not form:
        return data
    if path == '-':
        raise FileError('what SOPS sealed is read from a file, not from standard input')
    try:
        return sops.opened(path, form)
    except StoreError as error:
        raise FileError(f'{path}: {error}', error.hint) from None


def decode(path: str, data: bytes, problems: list[Problem]) -> str | None:
    """Returns the text of UTF-8, with or without BOM, or of UTF-16 with one; None after a problem."""
    if len(data) >= TOO_LARGE:
        problems.append(Problem(Place(path, 0, 0), f'is too large: {TOO_LARGE // 1_000_000} MB or more'))
        return None
    encoding = 'utf-8'
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = 'utf-16'
    try:
        text = data.decode(encoding).removeprefix('\ufeff')
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, 'ignore').removeprefix('\ufeff')
        problems.append(_not_text(place_at(path, before, len(before)), data, error.start, encoding))
        return None
    if '\0' in text[:SAMPLE] and _wide(data):
        hint = f'convert it, such as with: iconv -f {_wide(data)} -t UTF-8 {path}'
        problems.append(Problem(Place(path, 0, 0), 'is UTF-16 without the mark that says so', hint))
        return None
    return text


def _wide(data: bytes) -> str:
    # Every other byte of what is mostly ASCII is 0 in UTF-16.
    first, second = data[:SAMPLE:2], data[1:SAMPLE:2]
    for name, zeros, others in (('UTF-16LE', second, first), ('UTF-16BE', first, second)):
        if zeros.count(0) > len(zeros) * 0.8 and not others.count(0):
            return name
    return ''


def _not_text(place: Place, data: bytes, start: int, encoding: str) -> Problem:
    if encoding == 'utf-16':
        return Problem(place, 'is not the UTF-16 that it says it is', 'is the file cut or damaged?')
    if b'\0' in data[:SAMPLE]:
        return Problem(Place(place.path, 0, 0), 'is no text', 'is it the right file?')
    hint = f'convert it, such as with: iconv -f LATIN1 -t UTF-8 {place.path}'
    return Problem(place, f'is not UTF-8 (byte 0x{data[start]:02x})', hint, 1)
