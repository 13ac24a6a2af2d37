"""Models: dataclasses that services declare as input and output, with nested ones, lists and what may be absent."""

from __future__ import annotations

import dataclasses
import json
import typing
from datetime import UTC, date, datetime
from typing import Any, ClassVar, NamedTuple

from zatools.server.api.exceptions import BadRequest
from zatools.server.api.typing_ import extract_from_union, union_of
from zatools.server.http.formats import plain

#: What an optional field is that is absent and has no default, by its type.
EMPTY = {str: '', int: 0, float: 0.0, bool: 0, list: [], dict: {}}


class ModelValidationError(BadRequest):  # type: ignore[misc,valid-type]
    """What was sent does not fit a model: `elem_path` is where."""

    words = 'Element missing'

    def __init__(self, elem_path: str, cid: str | None = None) -> None:
        super().__init__(cid, f'{self.words}: {elem_path}', needs_msg=True)
        self.elem_path = elem_path


class ElementMissing(ModelValidationError):  # noqa: N818
    """A required field is absent."""


class ElementIsNotAList(ModelValidationError):  # noqa: N818
    """A field is declared as a list, and what was sent is none."""

    words = 'Element is not a list'


class ModelCtx(NamedTuple):
    """What `after_created` of a model is told."""

    service: Any
    data: Any
    DataClass: type[Model]


class Model:
    """A message with declared fields."""

    #: The generation that the server runs as: on 4.1 only declared fields can be set.
    zato_generation: ClassVar[str] = '3.2'

    def __init__(self, **values: Any) -> None:
        for one in _fields(type(self)):
            if one.default_factory is not dataclasses.MISSING:
                setattr(self, one.name, one.default_factory())
        for name, value in values.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        is_own = name.startswith('_') or self.zato_generation == '3.2' or hasattr(type(self), name)
        if not is_own and name not in {one.name for one in _fields(type(self))}:
            raise AttributeError(f"{type(self).__name__} declares no field '{name}'", name=name, obj=self)
        super().__setattr__(name, value)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        """Returns a field, or the default where it has no value."""
        return getattr(self, name, default)

    def after_created(self, ctx: ModelCtx) -> None:
        """Is called when a message was read. Models override it."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Any:
        """Returns a model that has what a dict has. Raises ModelValidationError."""
        return read_model(cls, data)

    def to_dict(self) -> dict[str, Any]:
        """Returns the fields that have a value."""
        names = [one.name for one in _fields(type(self)) if hasattr(self, one.name)]
        extra = [name for name in vars(self) if name not in names and not name.startswith('_')]
        return {name: _dict_of(getattr(self, name)) for name in (*names, *extra)}

    def to_json(self) -> bytes:
        """Returns the fields as JSON."""
        return json.dumps(self.to_dict(), default=plain, ensure_ascii=False).encode()

    def clone(self) -> Any:
        """Returns a copy."""
        return type(self)(**vars(self))


def _dict_of(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_dict_of(one) for one in value]
    if isinstance(value, dict):
        return {name: _dict_of(one) for name, one in value.items()}
    return value


def _fields(cls: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    if not dataclasses.is_dataclass(cls):
        return ()
    return dataclasses.fields(cls)


def unfilled(cls: type[Model]) -> Model:
    """Returns an instance without values but defaults, whatever its own __init__ wants."""
    made = cls.__new__(cls)
    Model.__init__(made)
    return made


def read_model(cls: type[Any], data: Any, path: str = '', service: Any = None) -> Any:
    """Returns an instance of a model. Raises ModelValidationError, ValueError."""
    if not isinstance(data, dict):
        raise ValueError(f'{path or cls.__name__} is no object')
    hints = typing.get_type_hints(cls)
    made: Any = object.__new__(cls)
    for one in _fields(cls):
        if one.name in data:
            value = _read(hints[one.name], data[one.name], f'{path}/{one.name}', service)
        else:
            value = _absent(one, hints[one.name], f'{path}/{one.name}')
        setattr(made, one.name, value)
    if isinstance(made, Model):
        made.after_created(ModelCtx(service, data, cls))
    return made


def _absent(one: dataclasses.Field[Any], hint: Any, path: str) -> Any:
    if one.default is not dataclasses.MISSING:
        return one.default
    if one.default_factory is not dataclasses.MISSING:
        return one.default_factory()
    if type(None) not in union_of(hint):
        raise ElementMissing(path)
    kind = extract_from_union(hint)[0]
    empty = EMPTY.get(typing.get_origin(kind) or kind)
    if isinstance(empty, (list, dict)):
        return empty.copy()
    return empty


def _read(hint: Any, value: Any, path: str, service: Any) -> Any:
    kinds = extract_from_union(hint)
    kind = kinds[0] if len(kinds) == 1 else None
    if isinstance(kind, type) and typing.get_origin(kind) is None and issubclass(kind, Model):
        if value is None and type(None) in union_of(hint):
            return None
        return read_model(kind, value or {}, path, service)
    if typing.get_origin(kind) is list and value is not None:
        if not isinstance(value, (list, tuple)):
            raise ElementIsNotAList(path)
        inner = (typing.get_args(kind) or (Any,))[0]
        return [_read(inner, one, f'{path}[{number}]', service) for number, one in enumerate(value)]
    if not value or kind not in CONVERTED or isinstance(value, typing.cast('type', kind)):
        return value
    try:
        return CONVERTED[kind](value)
    except (TypeError, ValueError) as error:
        name = path.rpartition('/')[2]
        raise ValueError(f'Value `{value!r}` of field {name} could not be parsed -> {error}') from None


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


#: Types that values are converted to; others are taken as they come.
CONVERTED: dict[Any, Any] = {int: int, date: lambda value: _moment(value).date(), datetime: _moment}
