"""What services declare, as JSON Schema: elements by their types, models with all that they are made of."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from zatools.server.api.elements import INTEGERS_41, Element
from zatools.server.api.typing_ import extract_from_union, union_of

Schema = dict[str, Any]
MOMENT = {'type': 'string', 'format': 'date-time'}
#: Declared elements, by the names of their types.
ELEMENTS: Mapping[str, Schema] = {
    'AsIs': {},
    'Bool': {'type': 'boolean'},
    'CSV': {'type': 'string'},
    'Date': {'type': 'string', 'format': 'date'},
    'DateTime': MOMENT,
    'Decimal': {'type': 'string'},
    'Dict': {'type': 'object'},
    'DictList': {'type': 'array', 'items': {'type': 'object'}},
    'Float': {'type': 'number'},
    'Int': {'type': 'integer'},
    'List': {'type': 'array', 'items': {}},
    'Text': {'type': 'string'},
    'UTC': MOMENT,
    'UUID': {'type': 'string', 'format': 'uuid'},
}
#: Types of fields of models; what isn't here may be anything.
PLAIN: Mapping[Any, Schema] = {
    bool: {'type': 'boolean'},
    bytes: {'type': 'string'},
    date: {'type': 'string', 'format': 'date'},
    datetime: MOMENT,
    Decimal: {'type': 'string'},
    float: {'type': 'number'},
    int: {'type': 'integer'},
    str: {'type': 'string'},
    type(None): {'type': 'null'},
    UUID: {'type': 'string', 'format': 'uuid'},
}
ARRAYS, OBJECTS = (list, set, frozenset, tuple), (dict, Mapping)


def own_doc(cls: type) -> str:
    """Returns the docstring that a class has itself; '' for none, and for what dataclasses make up."""
    text = vars(cls).get('__doc__') or ''
    if dataclasses.is_dataclass(cls) and text.startswith(f'{cls.__name__}('):
        return ''
    return ' '.join(text.split())


class Schemas:
    """The schemas of models that were asked for, by name: `#/components/schemas` of a document."""

    def __init__(self) -> None:
        self.known: dict[str, Schema] = {}
        self._names: dict[type, str] = {}

    def of_model(self, cls: type) -> Schema:
        """Returns a reference to the schema of a model."""
        if cls not in self._names:
            self._names[cls] = name = self._free(cls.__name__)
            # Before its fields, since a model may have itself in it.
            self.known[name] = schema = {'type': 'object'}
            schema.update(self._fields(cls))
        return {'$ref': f'#/components/schemas/{self._names[cls]}'}

    def _free(self, name: str) -> str:
        # Two files may each have a model of one name.
        number, free = 1, name
        while free in self.known:
            number += 1
            free = f'{name}{number}'
        return free

    def _fields(self, cls: type) -> Schema:
        found: Schema = {}
        if doc := own_doc(cls):
            found['description'] = doc
        hints = _hints(cls)
        properties, required = {}, []
        for field in dataclasses.fields(cls):
            hint = hints.get(field.name, Any)
            properties[field.name] = self.of_type(hint)
            has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            if not has_default and type(None) not in union_of(hint) and hint is not Any:
                required.append(field.name)
        return found | _object(properties, required)

    def of_type(self, hint: Any) -> Schema:
        """Returns the schema of a type; an empty one for what may be anything."""
        parts = union_of(hint)
        if len(parts) > 1:
            return self._union(hint)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.of_model(hint)
        origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
        if origin in ARRAYS:
            items: Schema = {}
            if arguments:
                items = self.of_type(arguments[0])
            return {'type': 'array', 'items': items}
        if origin in OBJECTS:
            found: Schema = {'type': 'object'}
            if len(arguments) == 2 and (values := self.of_type(arguments[1])):
                found['additionalProperties'] = values
            return found
        try:
            return dict(PLAIN.get(origin, {}))
        except TypeError:
            # An argument of a Literal may be no key.
            return {}

    def _union(self, hint: Any) -> Schema:
        schemas = [self.of_type(one) for one in extract_from_union(hint)]
        if not all(schemas):
            return {}
        if type(None) in union_of(hint):
            schemas.append({'type': 'null'})
        kinds = [schema['type'] for schema in schemas if list(schema) == ['type']]
        if len(kinds) == len(schemas):
            return {'type': list(dict.fromkeys(kinds))}
        return {'anyOf': schemas}


def _hints(cls: type) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(cls)
    # A name that stands in quotes may be of a module that was never imported.
    except Exception:
        return {}


def _object(properties: Mapping[str, Schema], required: list[str]) -> Schema:
    found: Schema = {'type': 'object', 'properties': dict(properties)}
    if required:
        found['required'] = required
    return found


def of_element(element: Element, generation: str, is_output: bool = False) -> Schema:
    """Returns the schema of a declared element. What only looks like a text by its name may be anything in answers."""
    name = type(element).__name__
    if element.is_guessed and name == 'Int' and generation != '3.2' and not element.name.endswith(INTEGERS_41):
        name = 'Text'
    if is_output and element.is_guessed and name == 'Text':
        return {}
    schema = dict(ELEMENTS.get(name, {}))
    is_told = isinstance(element.default, (str, int, float, bool)) and element.default != ''
    if is_told and not is_output:
        schema['default'] = element.default
    return schema


def of_elements(elements: Iterable[Element], generation: str, is_output: bool = False) -> Schema:
    """Returns the schema of an object that has declared elements."""
    found = list(elements)
    required = [one.name for one in found if one.is_required]
    return _object({one.name: of_element(one, generation, is_output) for one in found}, required)
