"""The types of values: how files write them, what databases hold for them, and what documents call them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BOOLEANS = {
    word: value
    for value, words in ((True, 'true yes on y t 1'), (False, 'false no off n f 0'))
    for word in words.split()
}
#: As YAML and Python have them: 1_000 is a thousand.
INTEGER = re.compile(r'[-+]?[0-9]+(_[0-9]+)*')
NUMBER = re.compile(r'[-+]?[0-9]{1,18}(\.[0-9]{1,18})?')
#: Digits that a number may have: more fit no column.
LONGEST = 18
#: Levels of lists and mappings in JSON of an ODB: files, which have some more around them, may have a hundred.
DEEPEST = 90

#: What the items of a list may be.
TEXTS, MAPPINGS = 'texts', 'mappings'

#: The text of a file, and the least and the largest number -> a value. Raises ValueError with what is wrong.
Parse = Callable[[str, int | None, int | None], Any]
Change = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Type:
    """One type of values.

    `wanted` are the words for it in messages, `shown` those in documents. `empty` is the value that says nothing.
    `parse` reads a text of a file; `items` is what the items of a list are, '' where no list is taken. A list that
    `is_joined` is a text of so many lines; of one that `is_lines` the lines that aren't blank count. What `is_any`
    takes values of all shapes; what `is_verbatim` is stored as it stands in files, keys and all.
    `encode` turns a value into what a column or `opaque1` holds, `decode` turns that into a value.
    """

    wanted: str
    shown: str
    empty: Any
    parse: Parse
    items: str = ''
    is_joined: bool = False
    is_lines: bool = False
    is_any: bool = False
    is_verbatim: bool = False
    encode: Change | None = None
    decode: Change | None = None


def _text(text: str, low: int | None, high: int | None) -> str:
    return text


def _integer(text: str, low: int | None, high: int | None) -> int:
    if not INTEGER.fullmatch(text.strip()):
        raise ValueError('must be a whole number')
    if len(text) > LONGEST:
        raise ValueError('is too large')
    value = int(text)
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    if high is None:
        raise ValueError(f'must be at least {low}')
    raise ValueError(f'must be from {low} to {high}')


def _number(text: str, low: int | None, high: int | None) -> float:
    if not NUMBER.fullmatch(text.strip()):
        raise ValueError('must be a number')
    return float(text)


def _boolean(text: str, low: int | None, high: int | None) -> bool:
    value = BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError('must be true or false')
    return value


def _no_text(text: str, low: int | None, high: int | None) -> list[Any]:
    if text:
        raise ValueError('must be a list')
    return []


def _no_rows(text: str, low: int | None, high: int | None) -> list[Any]:
    raise ValueError('must be a list')


def lines_of(text: str, low: int | None = None, high: int | None = None) -> list[str]:
    """Returns the lines of a text that aren't blank."""
    return [line for line in text.splitlines() if line.strip()]


def moment(text: str, low: int | None = None, high: int | None = None) -> str:
    """Returns a date and a time as values have them, in UTC; raises ValueError for anything else."""
    if not text:
        return ''
    try:
        return _iso(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise ValueError('must be a date and a time, as in 2030-01-31T08:00:00') from None


def _iso(moment: datetime) -> str:
    # Databases keep no zone: what files give in one is the same moment in UTC.
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    # MariaDB keeps whole seconds.
    return moment.isoformat(timespec='seconds')


def _decode_moment(raw: Any) -> str:
    if isinstance(raw, datetime):
        return _iso(raw)
    try:
        return _iso(datetime.fromisoformat(str(raw)))
    except ValueError:
        return str(raw)


def decode_bytes(raw: Any) -> str:
    """Returns the text that a column holds, which may keep it as bytes."""
    if isinstance(raw, bytes):
        return raw.decode('utf-8', 'backslashreplace')
    return str(raw)


def _decode_lines(raw: Any) -> list[str]:
    if isinstance(raw, list):
        return lines_of('\n'.join(map(str, raw)))
    return lines_of(decode_bytes(raw))


def from_json(text: str) -> Any:
    """Returns what JSON of an ODB says. Raises ValueError for what is none, or is nested more deeply than files are."""
    try:
        # NaN differs from itself, and no file has it.
        value = json.loads(text, parse_constant=str)
    except RecursionError:
        raise ValueError('nested too deeply') from None
    if text.count('[') + text.count('{') > DEEPEST and _is_deep(value):
        raise ValueError('nested too deeply')
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        lists = [part for part in level if isinstance(part, list)]
        lists += [list(part.values()) for part in level if isinstance(part, dict)]
        level = [part for parts in lists for part in parts]
    return any(isinstance(part, (list, dict)) for part in level)


def _decode_rows(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    if not raw:
        return []
    try:
        return from_json(raw)
    except ValueError:
        return raw


def _encode_lines(value: Any) -> str:
    return '\n'.join(value or [])


def _encode_rows(value: Any) -> str:
    if not value:
        return ''
    return json.dumps(value)


TYPES: Mapping[str, Type] = {
    'text': Type('a text', 'text', '', _text),
    'integer': Type('a number', 'whole number', None, _integer, decode=int),
    'number': Type('a number', 'number', None, _number, decode=float),
    'boolean': Type('true or false', 'true or false', False, _boolean, decode=bool),
    'moment': Type('a date and a time', 'date and time, UTC', '', moment, decode=_decode_moment),
    # A text of many lines, whose column may hold bytes.
    'bytes': Type(
        'a text', 'text, or a list of its lines', '', _text, items=TEXTS, is_joined=True, decode=decode_bytes
    ),
    'list': Type('a list', 'list of texts', [], _no_text, items=TEXTS),
    'lines': Type(
        'a list',
        'list of texts, or a text with a line for each',
        [],
        lines_of,
        items=TEXTS,
        is_lines=True,
        encode=_encode_lines,
        decode=_decode_lines,
    ),
    'rows': Type(
        'a list',
        'list of mappings',
        [],
        _no_rows,
        items=MAPPINGS,
        is_verbatim=True,
        encode=_encode_rows,
        decode=_decode_rows,
    ),
    # The same, as `opaque1` has lists: no text within a text.
    'mappings': Type('a list', 'list of mappings', [], _no_rows, items=MAPPINGS, is_verbatim=True),
    'any': Type('a value', 'anything', None, _text, is_any=True, is_verbatim=True),
}
