"""`apitest from`: a feature made of what another tool has written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zatools.apitest.commands.console import Console
from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import Source
from zatools.apitest.elsewhere.readers import READERS, Reader
from zatools.apitest.elsewhere.writer import Written, write
from zatools.atomic import write_file
from zatools.errors import Exit, InvalidError, RefusedError, UsageError
from zatools.place import did_you_mean
from zatools.screens import quantity

BIGGEST = 200_000_000


def take(
    kind: str, words: list[str], console: Console, *, output: str = '', is_exact: bool = False, takes_all: bool = False
) -> int:
    """Writes the feature of a source to standard output, or to a file that is not there yet."""
    reader = READERS.get(kind)
    if reader is None:
        hint = did_you_mean(kind, READERS) or f'there are {", ".join(READERS)}'
        raise UsageError(f"apitest from: there is no '{kind}'", hint)
    if output and os.path.lexists(output):
        raise RefusedError(f'{output} is there already', 'name a new file, or remove this one')
    source = _source(kind, reader, words, is_exact, takes_all)
    try:
        taken = reader.read(source)
        result = write(taken, f'apitest from {kind} {_shown(reader, source)}'.rstrip())
    except RecursionError:
        raise InvalidError(f'{source.label} is nested too deeply') from None
    if not taken.calls:
        raise InvalidError(f'{source.label}: there are no calls in it', '\n'.join(taken.remarks))
    if output:
        write_file(Path(output), result.text)
    else:
        console.data(result.text.rstrip('\n'))
    console.say(_summary(len(taken.calls), result, output))
    return Exit.OK


def _shown(reader: Reader, source: Source) -> str:
    # A line of curl may have secrets in it.
    if reader.takes_text:
        return ''
    return source.label


def _source(kind: str, reader: Reader, words: list[str], is_exact: bool, takes_all: bool) -> Source:
    if not words:
        raise UsageError(f'apitest from {kind}: what from?', f'give {reader.doc}; - reads standard input')
    if words == ['-']:
        return Source(
            _decoded(sys.stdin.buffer.read(BIGGEST), 'standard input'), 'standard input', Path(), is_exact, takes_all
        )
    if reader.takes_text:
        import shlex

        text = words[0]
        if len(words) > 1:
            text = shlex.join(words)
        return Source(text, 'the line', Path(), is_exact, takes_all)
    if len(words) > 1:
        raise UsageError(f'apitest from {kind}: one file at a time')
    path = Path(words[0])
    try:
        if path.stat().st_size > BIGGEST:
            raise InvalidError(f'{path} is bigger than {BIGGEST // 1_000_000} MB')
        data = path.read_bytes()
    except OSError as error:
        raise InvalidError(f"{path} can't be read: {error.strerror}") from None
    return Source(_decoded(data, str(path)), str(path), path.parent, is_exact, takes_all)


def _decoded(data: bytes, label: str) -> str:
    try:
        return notation.plain(data.decode('utf-8-sig'))
    except UnicodeDecodeError:
        raise InvalidError(f'{label} is not UTF-8', 'save it as UTF-8') from None


def _summary(count: int, result: Written, output: str) -> str:
    rows = [quantity(count, 'call')]
    if result.remarks:
        rows.append(f'{quantity(result.remarks, "remark")} on what is not carried over')
    text = f'{", ".join(rows)}.'
    if result.variables:
        text += f' Set {", ".join(f"${name}" for name in result.variables)}.'
    if output:
        text += f' Run it: apitest run {output}'
    return text
