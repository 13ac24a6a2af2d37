"""`zato.common.typing_` of users' files: short names of types. They check nothing by themselves; models read them."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypedDict

__all__ = ['Protocol', 'TypedDict', 'asdict', 'astuple', 'dataclass', 'field', 'fields', 'is_dataclass', 'replace']
any_, anydict, anylist, strdict, model = Any, dict[Any, Any], list[Any], dict[str, Any], Any

#: Names, and what they stand for.
NAMES: dict[str, Any] = {
    'any_': Any,
    'binaryio_': typing.BinaryIO,
    'callable_': typing.Callable,
    'cast_': typing.cast,
    'dict_': dict,
    'generator_': typing.Generator,
    'iterator_': typing.Iterator,
    'io_': typing.IO,
    'list_': list,
    'noreturn': typing.NoReturn,
    'optional': typing.Optional,
    'set_': set,
    'str_': str,
    'textio_': typing.TextIO,
    'tuple_': tuple,
    'type_': type,
    'typealias_': typing.TypeAlias,
    'typevar_': typing.TypeVar,
    'union_': typing.Union,
    'date_': date,
    'datetime_': datetime,
    'datetimez': datetime,
    'isotimestamp': datetime,
    'decimal_': Decimal,
    'path_': Path,
    'module_': ModuleType,
    'model': Any,
    'iobytes_': typing.IO[bytes],
}
#: Types by the words that longer names are made of.
WORDS: dict[str, Any] = {
    'any': Any,
    'bool': bool,
    'bytes': bytes,
    'call': typing.Callable[..., Any],
    'date': date,
    'dec': Decimal,
    'dict': dict[Any, Any],
    'dt': datetime,
    'float': float,
    'int': int,
    'list': list[Any],
    'model': Any,
    'path': Path,
    'set': set[Any],
    'str': str,
    'textio': typing.TextIO,
    'tup': tuple[Any, ...],
    'tuple': tuple[Any, ...],
    'strdict': dict[str, Any],
    'anydict': dict[Any, Any],
    'anylist': list[Any],
    'strlist': list[str],
    'intlist': list[int],
}
NONES = 'int str bool float bytes dt dec any call dict anydict strdict list anylist intlist strlist model tuple textio'
LISTS = 'any str int bytes dict strdict path'
DICTS = {
    'strany': 'any', 'strstr': 'str', 'strint': 'int', 'strbool': 'bool', 'strfloat': 'float', 'strdict': 'dict',
    'strlist': 'list', 'strset': 'set', 'strcall': 'call',
}  # fmt: skip
INT_DICTS = {'int': 'any', 'intany': 'any', 'intdict': 'dict', 'intset': 'set', 'intstr': 'str'}
UNIONS = {
    'strbytes': 'str bytes', 'strint': 'str int', 'strintbool': 'str int bool', 'strordict': 'str dict',
    'strorfloat': 'str float', 'stroriter': 'str list', 'listorstr': 'list str', 'strorlist': 'str list',
    'dictorlist': 'dict list', 'commoniter': 'list tuple set dict',
}  # fmt: skip


def _of(generic: Any, *parts: Any) -> Any:
    # The parts are known only when this runs.
    return generic[parts if len(parts) > 1 else parts[0]]


NAMES |= {f'{word}none': _of(typing.Optional, WORDS[word]) for word in NONES.split()}
NAMES |= {f'{word}list': _of(list, WORDS[word]) for word in LISTS.split()}
NAMES |= {f'{word}set': _of(set, WORDS[word]) for word in ('any', 'str', 'int')}
NAMES |= {f'{name}dict': _of(dict, str, WORDS[word]) for name, word in DICTS.items()}
NAMES |= {f'{name}dict': _of(dict, int, WORDS[word]) for name, word in INT_DICTS.items()}
NAMES |= {name: _of(typing.Union, *(WORDS[word] for word in words.split())) for name, words in UNIONS.items()}
NAMES |= {
    'anydict': dict[Any, Any], 'strdict': dict[str, Any], 'stranydict': dict[str, Any], 'commondict': dict[str, Any],
    'anytuple': tuple[Any, ...], 'strtuple': tuple[str, ...], 'tuplist': tuple[Any, ...] | list[Any],
    'listtuple': list[Any] | tuple[Any, ...], 'strlistempty': list[str | None], 'intlistempty': list[int | None],
    'strordictnone': str | dict[Any, Any] | None, 'strorlistnone': str | list[Any] | None,
    'strintnone': str | int | None, 'strlistdictnone': dict[str, list[Any]] | None,
    'strdictlistnone': list[dict[str, Any]] | None, 'tupnone': tuple[Any, ...] | None,
}  # fmt: skip


def list_field() -> Any:
    """Returns a field whose default is a new list."""
    return field(default_factory=list)


def dict_field() -> Any:
    """Returns a field whose default is a new dict."""
    return field(default_factory=dict)


def from_dict(data_class: Any, data: Any) -> Any:
    """Returns an instance of a dataclass that has what a dict has. Raises ModelValidationError."""
    from zatools.server.api.models import read_model

    return read_model(data_class, data)


def instance_from_dict(cls: Any, data: Mapping[str, Any]) -> Any:
    """Returns an instance of a class whose attributes are what a dict has."""
    made = cls()
    for name, value in data.items():
        setattr(made, name, value)
    return made


def is_union(given: Any) -> bool:
    """Tells whether a type is a union."""
    return len(union_of(given)) > 1


def extract_from_union(given: Any) -> tuple[Any, ...]:
    """Returns the types of a union but None."""
    return tuple(one for one in union_of(given) if one is not type(None))


def union_of(given: Any) -> tuple[Any, ...]:
    """Returns the types that a type is one of: of one that is no union itself alone."""
    import types

    if typing.get_origin(given) in (typing.Union, types.UnionType):
        return typing.get_args(given)
    return (given,)


globals().update(NAMES)
__all__ += [*NAMES, 'dict_field', 'extract_from_union', 'from_dict', 'instance_from_dict', 'is_union', 'list_field']
