"""What services declare as input and output: `input = 'user_id', Int('limit'), '-comment'`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC as UTC_ZONE, date, datetime
from decimal import Decimal as DecimalValue
from typing import Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.bunch import Bunch
from zatools.server.exceptions import BadRequest, unsupported

YES = frozenset({'true', 'yes', 'on', 'y', 't', '1'})
NO = frozenset({'false', 'no', 'off', 'n', 'f', '0', ''})
BOOLEANS = ('by_', 'has_', 'is_', 'may_', 'needs_', 'should_')
INTEGERS = ('_count', '_id', '_size', '_size_min', '_size_max', '_timeout')


class Element:
    """One declared element; a name that begins with - is optional."""

    def __init__(self, name: str, *, default: Any = '') -> None:
        self.is_required = not name.startswith('-') and default == ''
        self.name = name.lstrip('-')
        self.default = default

    def read(self, value: Any) -> Any:
        """Returns the value as its type. Raises ValueError where it is none."""
        return value


def _boolean(value: Any) -> bool:
    text = str('' if value is None else value).strip().lower()
    if text in YES or text in NO:
        return text in YES
    raise ValueError(f'String is not true/false: {value!r}')


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def _list(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def _csv(value: Any) -> list[Any]:
    return value.split(',') if isinstance(value, str) else _list(value)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _utc(value: Any) -> datetime:
    found = _moment(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC_ZONE)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f'Not a dict: {value!r}')
    return value


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [_dict(one) for one in _list(value)]


def _falsy(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: read(value) if value or isinstance(value, bool) else value


READERS: dict[str, Callable[[Any], Any]] = {
    'AsIs': lambda value: value,
    'Bool': _boolean,
    'CSV': _csv,
    'Date': lambda value: value if isinstance(value, date) else _moment(value),
    'DateTime': _moment,
    'Decimal': lambda value: DecimalValue(str(value)),
    'Dict': _dict,
    'DictList': _dicts,
    'Float': _falsy(float),
    'Int': _falsy(int),
    'List': _list,
    'Text': _text,
    'UTC': _utc,
    'UUID': lambda value: uuid.UUID(str(value)),
}


def _type(name: str, read: Callable[[Any], Any]) -> type[Element]:
    def method(self: Element, value: Any) -> Any:
        return read(value)

    return type(name, (Element,), {'read': method, '__doc__': f'An element of type {name}.', '__module__': __name__})


TYPES = {name: _type(name, read) for name, read in READERS.items()}


def _typed(name: str) -> Element:
    bare = name.lstrip('-')
    if bare.startswith(BOOLEANS):
        return TYPES['Bool'](name)
    return TYPES['Int' if bare == 'id' or bare.endswith(INTEGERS) else 'Text'](name)


def declared(value: Any) -> tuple[Element, ...]:
    """Returns what a class attribute `input` or `output` declares. Raises TypeError for what it can't be."""
    if not value:
        return ()
    parts: Iterable[Any] = (value,) if isinstance(value, (str, Element)) else value
    if not isinstance(parts, (tuple, list)):
        raise TypeError(f'input and output are strings and elements, or tuples of them, not {type(value).__name__}')
    for part in parts:
        if not isinstance(part, (str, Element)):
            raise TypeError(f'input and output are strings and elements, not {repr(part)[:60]}')
    return tuple(part if isinstance(part, Element) else _typed(part) for part in parts)


#: What an inner class SimpleIO, or IO on 4.1, may have: the short form, the long one, and what goes with either.
SHORT = ('input', 'output')
LONG = ('input_required', 'input_optional', 'output_required', 'output_optional')
BESIDE = ('default_value', 'default_input_value', 'response_elem')
#: What it may have where it is false: then it says what is so anyway.
LATER = ('skip_empty_keys', 'output_repeated')


class Declared(NamedTuple):
    """What a service declares, and the element that 3.2 puts its response in; '' is none."""

    input: tuple[Element, ...]
    output: tuple[Element, ...]
    wrapper: str = ''


def declared_by(cls: type) -> Declared:
    """Returns what a service's class declares. Raises TypeError, ValueError, UnsupportedError."""
    own = [name for name in SHORT if getattr(cls, name, None)]
    called = 'SimpleIO' if getattr(cls, 'SimpleIO', None) else 'IO'
    inner = getattr(cls, called, None)
    if inner is None:
        return Declared(declared(getattr(cls, 'input', None)), declared(getattr(cls, 'output', None)))
    given = {name: getattr(inner, name) for name in dir(inner) if not name.startswith('_')}
    for name, value in given.items():
        if name not in (*SHORT, *LONG, *BESIDE) and (value or name not in LATER):
            hint = '' if name in LATER else did_you_mean(name, (*SHORT, *LONG, *BESIDE))
            raise unsupported(f'{called}.{name}', hint)
    short, long = ([name for name in names if name in given] for names in (SHORT, LONG))
    if own and (short or long):
        raise ValueError(f'{own[0]} is declared beside {called}: only one of them counts')
    if short and long:
        raise ValueError(f'{called} has both {short[0]} and {long[0]}: only one of these forms counts')
    default = given.get('default_input_value', given.get('default_value', ''))
    found = tuple(_defaulted(one, default) for one in _side(given, 'input'))
    wrapper = str(given.get('response_elem', 'response') or '') if called == 'SimpleIO' else ''
    return Declared(found, _side(given, 'output'), wrapper)


def _side(given: Mapping[str, Any], side: str) -> tuple[Element, ...]:
    required = declared(given.get(side) or given.get(f'{side}_required'))
    optional = tuple(copy(one) for one in declared(given.get(f'{side}_optional')))
    for one in optional:
        one.is_required = False
    return required + optional


def _defaulted(element: Element, default: Any) -> Element:
    if element.is_required or element.default != '':
        return element
    found = copy(element)
    found.default = default
    return found


def read_input(elements: Iterable[Element], payload: Any, params: Mapping[str, Any], cid: str) -> Bunch:
    """Returns the declared input: of the message, channel parameters over it. Raises BadRequest, ValueError."""
    given = {**(payload if isinstance(payload, dict) else {}), **params}
    found = Bunch()
    for element in elements:
        if element.name in given:
            found[element.name] = element.read(given[element.name])
        elif element.is_required:
            raise BadRequest(cid, f'Element missing: {element.name}', needs_msg=True)
        else:
            found[element.name] = False if isinstance(element, TYPES['Bool']) else element.default
    return found


def write_output(elements: Iterable[Element], payload: Any) -> Any:
    """Returns the declared names of a response only. Raises ValueError for one that is required and not set."""
    if isinstance(payload, list):
        return [write_output(elements, one) for one in payload]
    if not isinstance(payload, dict):
        return payload
    missing = [element.name for element in elements if element.is_required and element.name not in payload]
    if missing:
        raise ValueError(f'output is missing: {", ".join(missing)}')
    return {element.name: payload[element.name] for element in elements if element.name in payload}
