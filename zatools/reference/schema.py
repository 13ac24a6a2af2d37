"""KINDS -> a JSON Schema (draft 2020-12) of definition files, for editors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zatools.kinds import BY_SECTION, KEYS_BY_TABLE, KINDS, SPELLINGS
from zatools.kinds.beside import ELSEWHERE
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.kinds.traits import Needed

Schema = dict[str, Any]

NAME = r'[A-Za-z_][A-Za-z0-9_.]*'
OLD = r'(Zato_Enmasse_Env|ZatoEnmasseEnv)\.'
#: A text whose every `${` is a variable, or the literal `$${`.
BAD_OLD = rf'{OLD}(?!{NAME}$)\S*$|[\s\S]*\{{Zato_Enmasse_Env\.(?!{NAME}\}})[^{{}}]*\}}'
TEXT = rf'^(?!{BAD_OLD})([^$\u0000]|\$\$\{{|\$\{{{NAME}\}}|\$(?!\{{|\$\{{))*$'
VARIABLE = rf'(^|[^$])\$\{{{NAME}\}}|^{OLD}{NAME}$|\{{Zato_Enmasse_Env\.{NAME}\}}'
#: Words for booleans, in small letters; any case is read.
WORDS = ('true', 'yes', 'on', 'y', 't', 'false', 'no', 'off', 'n', 'f', '0', '1')
CONTROL = r'[\u0000-\u001f\u007f-\u009f]'
LARGEST = 10**18 - 1
DECIMAL = r'^\s*[-+]?[0-9]{1,18}(\.[0-9]{1,18})?\s*$'
#: A date, and a time of day after it.
MOMENT = r'^\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9:.]+(Z|[-+][0-9:]+)?)?\s*$'
EMPTY = [None, '']
#: What gives no value, whatever the type.
NOTHING: list[Any] = [None, '', []]
#: Values of an id that refer to nothing.
NO_ID = [*EMPTY, 0, 'zato-no-security', 'ZATO_NONE', 'ZATO_DEFAULT']


def _any_case(word: str) -> str:
    pattern = ''
    for letter in word:
        if letter.isalpha():
            pattern += f'[{letter.upper()}{letter}]'
        else:
            pattern += letter
    return pattern


def _string(pattern: str) -> Schema:
    return {'type': 'string', 'pattern': pattern}


def _ref(name: str) -> Schema:
    return {'$ref': f'#/$defs/{name}'}


def _list(item: Schema) -> list[Schema]:
    return [{'type': 'array', 'items': item}, {'type': 'null'}, _ref('variable')]


def _types() -> dict[str, Schema]:
    text = {'type': ['string', 'number', 'boolean', 'null'], 'pattern': TEXT}
    entry = {
        'type': ['string', 'number', 'boolean', 'object'],
        'pattern': TEXT,
        'required': ['name'],
        'properties': {'name': _ref('text')},
    }
    number = rf'^\s*[-+]?[0-9]{{1,{len(str(LARGEST))}}}\s*$'
    words = rf'^\s*({"|".join(map(_any_case, WORDS))})\s*$'
    return {
        'text': text,
        'name': {
            'type': ['string', 'number', 'boolean'],
            'pattern': TEXT.replace('^', r'^(?=[\s\S]*\S)', 1),
            'not': {'type': 'string', 'pattern': CONTROL},
        },
        'variable': _string(VARIABLE),
        'integer': {'anyOf': [{'type': ['integer', 'null'], 'maximum': LARGEST}, _string(number), _ref('variable')]},
        'boolean': {'anyOf': [{'type': ['boolean', 'null']}, {'enum': [0, 1]}, _string(words), _ref('variable')]},
        'list': {'anyOf': [*_list(entry), {'const': ''}]},
        'lines': {'anyOf': [*_list(entry), text]},
        'rows': {'anyOf': _list({'type': 'object'})},
        'mappings': {'anyOf': _list({'type': 'object'})},
        'number': {
            'anyOf': [
                {'type': ['number', 'null'], 'maximum': LARGEST, 'minimum': -LARGEST},
                _string(DECIMAL),
                _ref('variable'),
            ]
        },
        'any': {'pattern': TEXT},
        'moment': {'anyOf': [_string(MOMENT), {'enum': EMPTY}, _ref('variable')]},
        'bytes': {'anyOf': [*_list(entry), text]},
    }


def _number(text: str) -> list[float]:
    # Unquoted, YAML takes 1.1 for a number.
    try:
        return [float(text)]
    except ValueError:
        return []


def _choices(field: Field) -> Schema:
    words: list[Any] = list(field.choices)
    for word in field.choices:
        words.extend(_number(word))
        number = field.number_of(word)
        if number is not None:
            words.extend([number, str(number)])
        words.extend(code for known, code in field.all_codes if known == word and isinstance(code, str))
    return {'anyOf': [{'enum': [*words, *EMPTY]}, _ref('variable')]}


def _defaults(field: Field) -> list[Any]:
    # One default, or two that differ: 3.2's and 4.1's.
    first, *others = [field.default_of(generation) for generation in field.generations]
    return [first, *(other for other in others if other != first)]


def description(field: Field) -> str:
    """Returns what an editor shows for a field: what it is, and what happens when it is left out."""
    parts = [field.doc]
    if field.generations != GENERATIONS:
        parts.append(f'Zato {field.generations[0]} only.')
    defaults = _defaults(field)
    if len(defaults) == 2:
        old, new = map(show, defaults)
        parts.append(f'Default: {old} (3.2), {new} (4.1).')
    if field.ref:
        parts.append(f'A name of {field.ref}.')
    if field.kept or field.secret:
        parts.append('Left out, it stays as it is in the ODB.')
    return ' '.join(parts)


def show(value: Any) -> str:
    """Returns a default as files write it."""
    return json.dumps(value, ensure_ascii=False)


def _field(field: Field, is_needed: bool) -> Schema:
    if field.name == 'name' or field.is_name:
        return {**_ref('name'), 'description': field.doc}
    found: Schema = _ref(field.type)
    if field.choices:
        found = _choices(field)
    if field.minimum is not None:
        found['minimum'] = field.minimum
    if field.maximum is not None:
        found['maximum'] = field.maximum
    if is_needed:
        found['not'] = {'enum': NOTHING}
    found['description'] = description(field)
    defaults = _defaults(field)
    if len(defaults) == 1 and defaults[0] not in (None, '', []):
        found['default'] = defaults[0]
    if field.example:
        example: Any = field.example
        if field.type == 'list':
            example = [example]
        found['examples'] = [example]
    return found


def _needs(kind: Kind) -> list[tuple[str, ...]]:
    # Each tuple is a choice of keys, one of which is required: a field and its aliases, or the fields of which each
    # generation has one.
    required = [field for field in kind.fields if field.required]
    shared = [field for field in required if field.generations == GENERATIONS or len(kind.generations) == 1]
    either = [field for field in required if field not in shared]
    needs = [field.keys for field in shared]
    if either:
        needs.append(tuple(name for field in either for name in (field.name, *field.aliases)))
    return needs


def _given(name: str) -> Schema:
    empty = NOTHING
    if name.endswith('_id'):
        empty = NO_ID
    return {'required': [name], 'properties': {name: {'not': {'enum': empty}}}}


def _needed(kind: Kind, one: Needed) -> Schema:
    # A field that is needed where another is given, as a user name is where a token is fetched.
    given = kind.by_name[one.given]
    unless = {'anyOf': [{'required': [name]} for name in (*one.keys, one.unless)]}
    is_needed = {'anyOf': [_given(name) for name in (given.name, *given.aliases)], 'not': unless}
    return {'if': is_needed, 'then': _given(one.name)}


def _noise(kind: Kind) -> dict[str, Schema]:
    # These are patterns, because editors propose properties but no patterns.
    known = kind.lookup.keys()
    always = {'id', 'cluster_id', 'cluster_name', 'opaque1', *kind.useless}
    always.update(name for name, values in kind.noise.items() if values is None)
    empty = KEYS_BY_TABLE[kind.rows[0].table] - always - known
    found = _named(always - known, {})
    found.update(_named(empty - kind.noise.keys(), {'type': 'null'}))
    for name, values in kind.noise.items():
        if name not in known and name not in always:
            found[f'^{name}$'] = {'enum': _as_good_as_absent(values or (), name in empty)}
    return found


def _as_good_as_absent(values: Sequence[Any], may_be_null: bool) -> list[Any]:
    accepted = list(values)
    if False in values:
        # A file may write false as 0.
        accepted.append(0)
    if may_be_null and None not in values:
        accepted.append(None)
    return accepted


def _named(names: Iterable[str], schema: Schema) -> dict[str, Schema]:
    words = '|'.join(sorted(names))
    if not words:
        return {}
    return {f'^({words})$': schema}


def _kind(kind: Kind, is_overlay: bool) -> Schema:
    needs: list[tuple[str, ...]] = []
    if not is_overlay:
        needs = _needs(kind)
    single = [names[0] for names in needs if len(names) == 1]
    properties: dict[str, Schema] = {}
    for field in kind.fields:
        first, *others = field.keys
        properties[first] = _field(field, first in single)
        for alias in others:
            about = {'description': f"Another name of '{field.name}'."}
            properties[alias] = {**properties[first], **about}
            if kind.each and alias == kind.each[0]:
                entries = {'type': 'array', 'minItems': 1, 'items': _ref('name')}
                properties[alias] = {'anyOf': [entries, properties[alias]], **about}
    if kind.type:
        properties['type'] = {'description': 'Type of the security definition.'}
    properties.update(_moves(kind))
    named = _named_by(kind)
    found: Schema = {
        'description': kind.doc,
        'type': ['object', 'string'],
        'minLength': 1,
        'required': named,
        'properties': properties,
        'patternProperties': _noise(kind),
        'additionalProperties': _ref('any') if kind.is_open else False,
    }
    choices: list[Schema] = [{'anyOf': [_given(name) for name in names]} for names in needs if len(names) > 1]
    choices.extend(_needed(kind, one) for one in kind.needed if not is_overlay)
    if set(single) - set(named):
        needed: Schema = {'required': [name for name in dict.fromkeys(single) if name not in named]}
        choices = [needed, *choices]
    if choices:
        # One that is to go needs no more than what tells it from others.
        found.update({'if': {'not': IS_GONE}, 'then': {'allOf': choices}})
    return found


#: What an object says that is to be deleted.
IS_GONE: Schema = {'required': ['absent'], 'properties': {'absent': {'const': True}}}


def _moves(kind: Kind) -> dict[str, Schema]:
    names: Schema = {'anyOf': [_ref('name'), {'type': 'array', 'minItems': 1, 'items': _ref('name')}]}
    said: dict[str, Schema] = {'absent': {'type': 'boolean', 'description': 'Whether the object is to be deleted.'}}
    if kind.is_named:
        said['was'] = {**names, 'description': 'Name that the object had, or names; it is renamed in place.'}
    return said


def _named_by(kind: Kind) -> list[str]:
    if kind.is_named:
        return ['name']
    return []


def _id(kind: Kind) -> str:
    if kind.type:
        return f'{kind.section}.{kind.type}'
    return kind.section


def _told_apart(kinds: Iterable[Kind], required: list[str]) -> Schema:
    # Conditions instead of oneOf, so that an editor reports errors for the one kind that was meant.
    kinds = list(kinds)
    values: dict[str, list[str]] = {}
    for key in (kind.form for kind in kinds):
        for name, words in key.items():
            values.setdefault(name, []).extend(word for word in words if word not in values[name])
    told = {name: {'enum': words} for name, words in values.items()}
    if any(kind.is_open for kind in kinds):
        told = {name: _ref('text') for name in values}
    return {
        'type': ['object', 'string'],
        'minLength': 1,
        'required': ['name'] if any(kind.is_untold for kind in kinds) else required,
        'properties': {'name': _ref('name'), **told},
        'allOf': [one for kind in kinds for one in _conditions(kind, values)],
    }


def _conditions(kind: Kind, values: Mapping[str, list[str]]) -> list[Schema]:
    words: dict[str, Schema] = {name: {'enum': list(said)} for name, said in kind.form.items()}
    if kind.is_open:
        words = {name: {'not': {'enum': said}} for name, said in values.items()}
    found = [{'type': 'object', 'required': list(words), 'properties': words}]
    if kind.is_untold:
        found.append({'type': 'object', 'not': {'required': list(words)}})
    return [{'if': one, 'then': _ref(_id(kind))} for one in found]


def _told_by_keys(kinds: Iterable[Kind]) -> Schema:
    either = {kind: {'anyOf': [{'required': [key]} for key in kind.keys]} for kind in kinds}
    return {
        'type': ['object', 'string'],
        'minLength': 1,
        'anyOf': [{'type': 'string'}, *either.values()],
        'allOf': [{'if': {'type': 'object', **words}, 'then': _ref(_id(kind))} for kind, words in either.items()],
    }


def _items(kinds: Sequence[Kind], is_overlay: bool) -> Schema:
    if len(kinds) == 1:
        return _ref(_id(kinds[0]))
    if any(kind.keys for kind in kinds):
        return _told_by_keys(kinds)
    forms = [kind.form for kind in kinds]
    # An overlay finds the type of a definition in the files that it goes over.
    is_known = is_overlay and bool(kinds[0].type)
    required = ['name', *forms[0]]
    if is_known:
        required = ['name']
    return _told_apart(kinds, required)


def schema(is_overlay: bool = False) -> Schema:
    """Returns the JSON Schema of a definition file, or of an overlay, which requires only the names of objects."""
    sections = {
        name: {
            'description': ' '.join(kind.doc for kind in kinds),
            'type': ['array', 'null'],
            'items': _items(kinds, is_overlay),
        }
        for name, kinds in SPELLINGS.items()
    }
    include = {
        'description': 'Files to include: paths, relative to this one.',
        'type': ['array', 'string', 'null'],
        'items': {'type': 'string', 'minLength': 1},
    }
    elsewhere = f'^({"|".join(sorted(ELSEWHERE.keys() - SPELLINGS.keys()))})$'
    named = {
        f'^{kind.by_section.prefix}.': {
            'description': kind.doc,
            'type': ['array', 'null'],
            'items': {**_ref(_id(kind)), 'required': _named_by(kind)},
        }
        for kind in BY_SECTION
        if kind.by_section
    }
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Definitions, an overlay of them' if is_overlay else 'Definitions',
        'type': ['object', 'null'],
        'properties': {**sections, 'include': include},
        'patternProperties': {**named, elsewhere: {'description': 'In no ODB: left out.'}},
        'additionalProperties': False,
        '$defs': {**_types(), **{_id(kind): _kind(kind, is_overlay) for kind in KINDS}},
    }


def as_text(is_overlay: bool = False) -> str:
    """Returns the schema as JSON."""
    # Editors read it, and so may people; a wider margin would be a fifth of it.
    return json.dumps(schema(is_overlay), indent=1, ensure_ascii=False) + '\n'
