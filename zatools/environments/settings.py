"""What `zatools.toml` may say: one entry a setting, which its checks, its JSON Schema and its page are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

TEXT = {'type': 'string', 'minLength': 1}
TEXTS = {'oneOf': [TEXT, {'type': 'array', 'items': TEXT, 'minItems': 1}]}


class Sort(NamedTuple):
    """What a value may be: how a sentence calls it, and its JSON Schema."""

    called: str
    schema: Mapping[str, Any]


SORTS = {
    'text': Sort('a text', TEXT),
    'path': Sort('a path', TEXT),
    'odb': Sort('the URL or the path of an ODB', TEXT),
    'paths': Sort('a path, or a list of paths', TEXTS),
    'switch': Sort('true or false', {'type': 'boolean'}),
}


class Setting(NamedTuple):
    """A key of an environment: what it is for, and which parameter of commands it stands for."""

    name: str
    sort: str
    doc: str
    parameter: str


SETTINGS = (
    Setting('odb', 'odb', 'URL of the ODB, a SQLite file or a folder; ${NAME} is a variable.', 'odb'),
    Setting('server', 'path', 'Server directory whose ODB and key to use.', 'server'),
    Setting('server-key', 'path', "File with the server's key.", 'server_key'),
    Setting('cluster', 'text', 'Cluster that the ODB must have; with another one nothing is done.', 'cluster'),
    Setting('files', 'paths', 'Definition files, folders or globs.', 'paths'),
    Setting('overlay', 'paths', "Files whose fields go over the others'.", 'overlays'),
    Setting('env-file', 'path', 'Variables, ini or dotenv; they win over the environment.', 'env_file'),
    Setting('policy', 'paths', 'Policies that hold for the objects: features, or folders of them.', 'policies'),
    Setting('protected', 'switch', 'What writes needs --plan, so that somebody has looked at it.', 'is_protected'),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
#: The settings that say which ODB is meant; one at most.
WHICH = ('odb', 'server')
#: Tables of the file, and what each is for.
DEFAULTS, ENVIRONMENTS, POLICY = 'defaults', 'env', 'policy'
TABLES = {
    DEFAULTS: 'What environments have that say nothing else.',
    ENVIRONMENTS: 'Environments by their names.',
    POLICY: 'Policies of all environments.',
}


def schema() -> dict[str, Any]:
    """Returns a JSON Schema of the file."""
    properties = {setting.name: {**SORTS[setting.sort].schema, 'description': setting.doc} for setting in SETTINGS}
    one = {'type': 'object', 'properties': properties, 'additionalProperties': False, 'not': {'required': list(WHICH)}}
    many = {'type': 'object', 'patternProperties': {NAME: one}, 'additionalProperties': False}
    policy = {'type': 'object', 'properties': {'files': TEXTS}, 'additionalProperties': False}
    tables = {DEFAULTS: one, ENVIRONMENTS: many, POLICY: policy}
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'zatools.toml',
        'type': 'object',
        'properties': {name: {**tables[name], 'description': doc} for name, doc in TABLES.items()},
        'additionalProperties': False,
    }


#: How an environment may be called.
NAME = '^[A-Za-z0-9_-]{1,100}$'


def is_of(sort: str, value: object) -> bool:
    """Tells whether a value is of a sort."""
    if sort == 'switch':
        return isinstance(value, bool)
    if sort == 'paths' and isinstance(value, list):
        return bool(value) and all(isinstance(one, str) and one.strip() for one in value)
    return isinstance(value, str) and bool(value.strip())
