"""A State -> definition files: deterministic, defaults left out, secrets as variables."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from zatools.files.emit import emit_json, emit_yaml
from zatools.files.variables import escape, own_name
from zatools.kinds import KINDS
from zatools.kinds.model import Field, Kind
from zatools.secret import Template
from zatools.state import Item, Key, State, in_order

Form = Callable[[Field, Any, str], Any]
#: Stands for a value that an object does not have.
ABSENT: Any = object()


@dataclass(frozen=True)
class Style:
    """How an export is written: whose spelling, with defaults or not, with the secrets themselves or variables."""

    generation: str
    is_ours: bool = True
    is_full: bool = False
    shows_secrets: bool = False
    variables: Mapping[tuple[Key, str], str] | None = None


def variables(items: Iterable[Item]) -> dict[tuple[Key, str], str]:
    """Returns the variable of each secret, by object and field; those that would fall together get a hash."""
    names: dict[str, list[tuple[Key, str]]] = defaultdict(list)
    for item in items:
        for field in item.kind.all_fields:
            if field.secret:
                names[own_name(item.kind.section, item.name, field.name)].append((item.key, field.name))
    found = {}
    for name, owners in names.items():
        for key, field_name in owners:
            found[key, field_name] = name
            if len(owners) > 1:
                digest = hashlib.sha256(key[1].encode('utf-8', 'surrogatepass')).hexdigest()[:4].upper()
                found[key, field_name] = f'{name}_{digest}'
    return found


def _secret(item: Item, field: Field, value: Any, style: Style) -> Any:
    if isinstance(value, Template):
        return value.text
    if not value:
        return ''
    if style.variables is None or style.shows_secrets:
        return escape(value.reveal())
    name = style.variables[item.key, field.name]
    if style.generation == '3.2' and not style.is_ours:
        return f'Zato_Enmasse_Env.{name}'
    return f'${{{name}}}'


def _plain(value: Any) -> Any:
    if isinstance(value, Template):
        return value.text
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return value


#: Sections whose items are of several types, in the order of their names whatever these are.
TYPED = frozenset(kind.section for kind in KINDS if kind.type)
#: What files of 3.2 say where there is no security definition.
NO_SECURITY = 'zato-no-security'

#: How values are written that a generation's own tool takes in one form only, by the form that fields name.
FORMS: Mapping[str, Form] = {
    'code': lambda field, value, generation: field.codes_of(generation).get(value, value),
    'listed': lambda field, value, generation: [value],
    'named': lambda field, value, generation: [{'name': name} for name in value],
    'text': lambda field, value, generation: '\n'.join(value),
    'word for none': lambda field, value, generation: value or NO_SECURITY,
}


def _written(item: Item, column: _Column, value: Any, style: Style) -> Any:
    if column.field.secret and not isinstance(value, FLAT):
        return _secret(item, column.field, value, style)
    if column.form is None:
        return _plain(value)
    return column.form(column.field, _plain(value), style.generation)


def _is_silent(field: Field, style: Style) -> bool:
    # Whether an object that has no value for a field has no key for it either.
    if field.secret:
        return True
    if style.is_full:
        return field.default_of(style.generation) is None
    return style.generation not in field.written.exports


#: What is no secret, whatever its name.
FLAT = (bool, int, float, list, dict)


class _Column(NamedTuple):
    # How one field of a kind is written: the same for all of its objects.

    field: Field
    key: str
    default: Any
    form: Form | None
    is_silent: bool
    is_only_if_given: bool


def _columns(kind: Kind, style: Style) -> list[_Column]:
    return [_column(field, style) for field in kind.all_of(style.generation) if field.name != 'name']


def _column(field: Field, style: Style) -> _Column:
    form = field.form_in(style.generation)
    return _Column(
        field,
        field.spelled(style.generation),
        field.default_of(style.generation),
        FORMS.get(form),
        _is_silent(field, style),
        form == 'only if given',
    )


def _keys(item: Item, columns: Iterable[_Column], style: Style) -> dict[str, Any]:
    kind, values = item.kind, item.values
    found: dict[str, Any] = {}
    if kind.is_named:
        found['name'] = _plain(item.name)
    if kind.type:
        found['type'] = kind.type
    for name, value in kind.stated.of(style.generation).items():
        found[name] = value(values) if callable(value) else value
    said = ''
    if kind.by_section and kind.spelled_for(values, style.generation) != kind.spelled(style.generation):
        said = kind.by_section.field
    for column in columns:
        value = values.get(column.field.name, ABSENT)
        if column.field.name == said:
            continue
        if value is ABSENT:
            if column.is_silent:
                continue
            value = column.default
        elif column.is_only_if_given and not value:
            continue
        key = column.key
        if kind.spell:
            key = kind.spell(column.field, values) or key
        found[key] = _written(item, column, value, style)
    return found


def written_field(item: Item, name: str, style: Style) -> tuple[str, Any]:
    """Returns the key and the value that an export has for a field of an object; None for no value."""
    column = _column(next(field for field in item.kind.all_of(style.generation) if field.name == name), style)
    value = item.values.get(name)
    key = column.key
    if item.kind.spell:
        key = item.kind.spell(column.field, item.values) or key
    if value is None:
        return key, None
    return key, _written(item, column, value, style)


def sections(state: State, style: Style) -> dict[str, list[dict[str, Any]]]:
    """Returns what is written, by section, in the spelling of the style's generation."""
    found: dict[str, list[dict[str, Any]]] = {}
    columns: dict[Kind, list[_Column]] = {}
    for item in in_order(state.values()):
        kind = item.kind
        if kind not in columns:
            columns[kind] = _columns(kind, style)
        section = kind.spelled_for(item.values, style.generation)
        found.setdefault(section, []).append(_keys(item, columns[kind], style))
    for section in TYPED & found.keys():
        found[section].sort(key=lambda keys: (str(keys['name']).lower(), str(keys['name'])))
    return found


def emit(state: State, style: Style, format_: str) -> str:
    """Returns a whole file, YAML or JSON."""
    content = sections(state, style)
    if format_ == 'json':
        return emit_json(content)
    return emit_yaml(content)


def form_of(path: str) -> str:
    """Returns the format that a file's name says: json or yaml."""
    if path.endswith('.json'):
        return 'json'
    return 'yaml'
