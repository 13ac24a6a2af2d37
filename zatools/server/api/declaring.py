"""What services declare as input and output: by class attributes, an inner SimpleIO or IO, or models."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.api.elements import Element, element_of
from zatools.server.api.exceptions import unsupported
from zatools.server.api.models import Model


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
    return tuple(element_of(part) for part in parts)


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
