"""Elements of input and output, and their types: `input = 'user_id', Int('limit'), '-comment'`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import UTC as UTC_ZONE, date, datetime
from decimal import Decimal as DecimalValue
from typing import Any

from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import BadRequest

YES = frozenset({'true', 'yes', 'on', 'y', 't', '1'})
NO = frozenset({'false', 'no', 'off', 'n', 'f', '0', ''})
BOOLEANS = ('by_', 'has_', 'is_', 'may_', 'needs_', 'should_')
INTEGERS_41 = ('_count', '_timeout')
#: Characters of the names that an error has.
LONGEST = 200
INTEGERS = ('_count', '_id', '_size', '_size_min', '_size_max', '_timeout')
#: Names of elements that 3.2 hands to services encrypted.
SECRETS = frozenset(
    ('auth_data', 'auth_token', 'password', 'password1', 'password2', 'secret_key', 'tls_pem_passphrase', 'token')
    + ('api_key', 'apiKey', 'xApiKey')
)


class Element:
    """One declared element; a name that begins with - is optional."""

    #: Whether its type was found by its name, and whether that says that it is a secret.
    is_guessed = is_secret = False

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
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        from dateutil.parser import parse

        moment: datetime = parse(str(value))
        return moment


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
    'Float': lambda value: _falsy(float)(0.0 if value is None else value),
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


class Dict(Element):
    """An element of type Dict: of its keys those that are named, if any are; one that begins with - may be absent."""

    def __init__(self, name: str, *keys: str | Element, default: Any = '') -> None:
        super().__init__(name, default=default)
        self.keys = tuple(element_of(key) for key in keys)

    def read(self, value: Any) -> Any:
        given = _dict(value)
        if not self.keys:
            return given
        missing = [key.name for key in self.keys if key.is_required and key.name not in given]
        if missing:
            # Of the values, some may be secrets: the log and the caller get the names.
            raise ValueError(f'Key `{missing[0]}` not found in `{", ".join(map(str, given))[:LONGEST]}`')
        return {key.name: given.get(key.name, '') for key in self.keys}


class DictList(Dict):
    """An element of type DictList."""

    def read(self, value: Any) -> Any:
        return [super(DictList, self).read(row) for row in _list(value)]


TYPES = {name: _type(name, read) for name, read in READERS.items()} | {'Dict': Dict, 'DictList': DictList}


def _typed(name: str) -> Element:
    bare = name.lstrip('-')
    kind = 'Text'
    if bare.startswith(BOOLEANS):
        kind = 'Bool'
    elif bare == 'id' or bare.endswith(INTEGERS):
        kind = 'Int'
    element = TYPES[kind](name)
    element.is_guessed, element.is_secret = True, bare in SECRETS
    return element


def element_of(part: str | Element) -> Element:
    """Returns what a part of a declaration declares: an element, or one whose type is found by its name."""
    if isinstance(part, Element):
        return part
    return _typed(part)


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
    elements: Iterable[Element],
    payload: Any,
    params: Mapping[str, Any],
    cid: str,
    generation: str = '3.2',
    encrypt: Callable[[str], str] = str,
) -> Given:
    """Returns the declared input; channel parameters win over the message. Raises BadRequest, ValueError.

    `encrypt` is how 3.2 hides what is a secret by its name.
    """
    if isinstance(payload, list) and generation == '3.2':
        # Each of them is checked, and the service takes them from its payload.
        for row in payload:
            read_input(elements, row, params, cid)
        return Given()
    given = dict(params)
    if isinstance(payload, dict):
        given = {**payload, **params}
    read, absent = BY_GENERATION[generation]
    values = Given()
    for element in elements:
        if element.name in given:
            values[element.name] = read(element, given[element.name])
            if element.is_secret and generation == '3.2' and values[element.name]:
                values[element.name] = encrypt(values[element.name])
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


def write_output(elements: Iterable[Element], payload: Any, generation: str = '3.2') -> Any:
    """Returns a response with its declared names only. Raises ValueError where 3.2 lacks a required one."""
    if isinstance(payload, list):
        return [write_output(elements, row, generation) for row in payload]
    if not isinstance(payload, dict):
        return payload
    missing = [element.name for element in elements if element.is_required and element.name not in payload]
    if missing and generation == '3.2':
        raise ValueError(f'output is missing: {", ".join(missing)}')
    return {element.name: payload[element.name] for element in elements if element.name in payload}
