"""What services declare as input and output: `input = 'user_id', Int('limit'), '-comment'`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import copy, deepcopy
from datetime import UTC as UTC_ZONE, date, datetime
from decimal import Decimal as DecimalValue
from typing import Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import BadRequest, unsupported
from zatools.server.api.models import Model

YES = frozenset({'true', 'yes', 'on', 'y', 't', '1'})
NO = frozenset({'false', 'no', 'off', 'n', 'f', '0', ''})
BOOLEANS = ('by_', 'has_', 'is_', 'may_', 'needs_', 'should_')
INTEGERS_41 = ('_count', '_timeout')
INTEGERS = ('_count', '_id', '_size', '_size_min', '_size_max', '_timeout')


class Element:
    """One declared element; a name that begins with - is optional."""

    #: Whether its type was found by its name.
    is_guessed = False

    def __init__(self, name: str, *, default: Any = '') -> None:
        self.is_required = not name.startswith('-') and default == ''
        self.name = name.lstrip('-')
        self.default = default

    def read(self, value: Any) -> Any:
        """Returns the value as its type. Raises ValueError where it is none."""
        return value


def _boolean(value: Any) -> bool:
    text = '' if value is None else str(value).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise ValueError(f'String is not true/false: {value!r}')


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return str(value)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value]


def _csv(value: Any) -> list[Any]:
    if isinstance(value, str):
        return value.split(',')
    return _list(value)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))


def _date(value: Any) -> date:
    # A datetime is a date, too.
    if isinstance(value, date):
        return value
    return _moment(value)


def _utc(value: Any) -> datetime:
    moment = _moment(value)
    if moment.tzinfo:
        return moment
    return moment.replace(tzinfo=UTC_ZONE)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f'Not a dict: {value!r}')
    return value


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [_dict(element) for element in _list(value)]


def _falsy(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    # The platform passes on what is empty or 0 as it is, and reads only the rest.
    def read_truthy(value: Any) -> Any:
        if value or isinstance(value, bool):
            return read(value)
        return value

    return read_truthy


READERS: dict[str, Callable[[Any], Any]] = {
    'AsIs': lambda value: value,
    'Bool': _boolean,
    'CSV': _csv,
    'Date': _date,
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
    kind = 'Text'
    if bare.startswith(BOOLEANS):
        kind = 'Bool'
    elif bare == 'id' or bare.endswith(INTEGERS):
        kind = 'Int'
    element = TYPES[kind](name)
    element.is_guessed = True
    return element


def _model(value: Any) -> type[Model] | None:
    if isinstance(value, type) and issubclass(value, Model):
        return value
    return None


def declared(value: Any) -> tuple[Element, ...]:
    """Returns what a class attribute `input` or `output` declares. Raises TypeError for what it can't be."""
    if not value or _model(value):
        return ()
    parts: Any = value
    if isinstance(value, (str, Element)):
        parts = (value,)
    if not isinstance(parts, (tuple, list)):
        raise TypeError(f'input and output are strings and elements, or tuples of them, not {type(value).__name__}')
    for part in parts:
        if not isinstance(part, (str, Element)):
            raise TypeError(f'input and output are strings and elements, not {repr(part)[:60]}')
    return tuple(_element(part) for part in parts)


def _element(part: str | Element) -> Element:
    if isinstance(part, Element):
        return part
    return _typed(part)


#: What says which empty keys of a response are left out, in 3.2 alone.
SKIPS = ('skip_empty_keys', 'force_empty_keys', 'SkipEmpty')
#: What an inner class SimpleIO, or IO on 4.1, may have: the short form, the long one, and what goes with either.
SHORT = ('input', 'output')
LONG = ('input_required', 'input_optional', 'output_required', 'output_optional')
BESIDE = ('default_value', 'default_input_value', 'response_elem', 'output_repeated', *SKIPS)


class Skips(NamedTuple):
    """Which keys of a response are left out where they are empty, and which stay: all, or those of these names."""

    keys: frozenset[str] | bool = False
    kept: frozenset[str] | bool = False

    def has(self, name: str) -> bool:
        """Tells whether a key is left out where its value is empty."""
        return _is_in(name, self.keys) and not _is_in(name, self.kept)

    def without(self, payload: Any) -> Any:
        """Returns a response without the empty keys that are left out."""
        if isinstance(payload, list):
            return [self.without(row) for row in payload]
        if not isinstance(payload, dict):
            return payload
        return {name: value for name, value in payload.items() if not (_is_empty(value) and self.has(name))}


NONE = Skips()


def _is_in(name: str, names: frozenset[str] | bool) -> bool:
    if isinstance(names, bool):
        return names
    return name in names


def _is_empty(value: Any) -> bool:
    # Numbers and booleans are values, whatever they are.
    return value is None or (isinstance(value, (str, bytes, list, tuple, dict)) and not value)


def _names(value: Any) -> frozenset[str] | bool:
    if isinstance(value, bool) or not value:
        return bool(value)
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(map(str, value))


def _skips(given: Mapping[str, Any]) -> Skips:
    inner = given.get('SkipEmpty')
    old = [name for name in SKIPS[:2] if given.get(name)]
    if inner and old:
        raise ValueError(f'SimpleIO has both SkipEmpty and {old[0]}: only one of these forms counts')
    if inner is None:
        return Skips(_names(given.get('skip_empty_keys')), _names(given.get('force_empty_keys')))
    known = {name: getattr(inner, name) for name in dir(inner) if not name.startswith('_')}
    for name in known.keys() - {'output_def', 'force_empty_output'}:
        raise unsupported(f'SimpleIO.SkipEmpty.{name}')
    return Skips(_names(known.get('output_def')), _names(known.get('force_empty_output')))


class Declared(NamedTuple):
    """What a service declares, and the element that 3.2 puts its response in; '' is none."""

    input: tuple[Element, ...]
    output: tuple[Element, ...]
    wrapper: str = ''
    #: The models that stand for either, where it is one.
    input_model: type[Model] | None = None
    output_model: type[Model] | None = None
    #: Whether the response is rows from the start.
    is_repeated: bool = False
    skips: Skips = NONE


def declared_by(cls: type) -> Declared:
    """Returns what a service's class declares. Raises TypeError, ValueError, UnsupportedError."""
    own = [name for name in SHORT if getattr(cls, name, None)]
    called = 'IO'
    if getattr(cls, 'SimpleIO', None):
        called = 'SimpleIO'
    inner = getattr(cls, called, None)
    if inner is None:
        given, wanted = getattr(cls, 'input', None), getattr(cls, 'output', None)
        return Declared(declared(given), declared(wanted), '', _model(given), _model(wanted))
    given = {name: getattr(inner, name) for name in dir(inner) if not name.startswith('_')}
    _check_inner(called, given, own)
    default = given.get('default_input_value', given.get('default_value', ''))
    inputs = tuple(_defaulted(element, default) for element in _direction(given, 'input'))
    wrapper = ''
    if called == 'SimpleIO':
        wrapper = str(given.get('response_elem', 'response') or '')
        return Declared(
            inputs, _direction(given, 'output'), wrapper, None, None, bool(given.get('output_repeated')), _skips(given)
        )
    _check_only_32(given)
    return Declared(inputs, _direction(given, 'output'), wrapper)


def _check_only_32(given: Mapping[str, Any]) -> None:
    for name in ('output_repeated', *SKIPS):
        if given.get(name):
            raise unsupported(f'IO.{name}', 'Zato 4.1 ignores it')


def _check_inner(called: str, given: Mapping[str, Any], own: list[str]) -> None:
    for name in given:
        if name not in (*SHORT, *LONG, *BESIDE):
            raise unsupported(f'{called}.{name}', did_you_mean(name, (*SHORT, *LONG, *BESIDE)))
    short = [name for name in SHORT if name in given]
    long = [name for name in LONG if name in given]
    if own and (short or long):
        raise ValueError(f'{own[0]} is declared beside {called}: only one of them counts')
    if short and long:
        raise ValueError(f'{called} has both {short[0]} and {long[0]}: only one of these forms counts')


def _direction(given: Mapping[str, Any], direction: str) -> tuple[Element, ...]:
    required = declared(given.get(direction) or given.get(f'{direction}_required'))
    # Copies, since one element may be declared in several services.
    optional = tuple(copy(element) for element in declared(given.get(f'{direction}_optional')))
    for element in optional:
        element.is_required = False
    return required + optional


def _defaulted(element: Element, default: Any) -> Element:
    if element.is_required or element.default != '':
        return element
    with_default = copy(element)
    with_default.default = default
    return with_default


class Given(DotDict):
    """A declared input."""

    def require_any(self, *names: str) -> None:
        """Raises ValueError where none of the elements has a value."""
        if not any(self.get(name) for name in names):
            raise ValueError(f'At least one of these is needed: {", ".join(names)}')

    def deepcopy(self) -> Given:
        """Returns a copy that shares nothing with it."""
        return Given(deepcopy(dict(self)))


def read_input(
    elements: Iterable[Element], payload: Any, params: Mapping[str, Any], cid: str, generation: str = '3.2'
) -> Given:
    """Returns the declared input; channel parameters win over the message. Raises BadRequest, ValueError."""
    given = dict(params)
    if isinstance(payload, dict):
        given = {**payload, **params}
    read, absent = BY_GENERATION[generation]
    values = Given()
    for element in elements:
        if element.name in given:
            values[element.name] = read(element, given[element.name])
        elif element.is_required:
            raise BadRequest(cid, f'Element missing: {element.name}', needs_msg=True)
        else:
            values[element.name] = absent(element)
    return values


def _absent_32(element: Element) -> Any:
    if isinstance(element, TYPES['Bool']):
        return False
    return element.default


def _read_41(element: Element, value: Any) -> Any:
    # 4.1 converts whole numbers and booleans only, and fewer names say that they are numbers.
    if value is None:
        return None
    if isinstance(element, TYPES['Bool']):
        return str(value).lower() in ('true', '1', 'yes')
    if isinstance(element, TYPES['Int']) and (not element.is_guessed or element.name.endswith(INTEGERS_41)):
        return int(value)
    return value


#: How each generation reads an element, and what it makes of an optional one that is absent.
BY_GENERATION: Mapping[str, tuple[Callable[[Element, Any], Any], Callable[[Element], Any]]] = {
    '3.2': (lambda element, value: element.read(value), _absent_32),
    '4.1': (_read_41, lambda element: None),
}


def write_output(elements: Iterable[Element], payload: Any) -> Any:
    """Returns a response with its declared names only. Raises ValueError where a required one is not set."""
    if isinstance(payload, list):
        return [write_output(elements, row) for row in payload]
    if not isinstance(payload, dict):
        return payload
    missing = [element.name for element in elements if element.is_required and element.name not in payload]
    if missing:
        raise ValueError(f'output is missing: {", ".join(missing)}')
    return {element.name: payload[element.name] for element in elements if element.name in payload}
