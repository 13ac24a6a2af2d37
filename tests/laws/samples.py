"""Objects made from the table of kinds: one of each, every field filled in."""

from __future__ import annotations

from typing import Any

from zatools.kinds import KINDS
from zatools.kinds.model import Field, Kind
from zatools.secret import Secret
from zatools.state import Item, State

SKIPPED = {'cache_name', 'sec_tls_ca_cert', 'quota_tier', 'static_header', 'static_prefix', 'is_static_token'}
#: Fields that go with a value that the sample does not have.
SKIPPED |= {'cron_definition', 'push_service', 'tls_ca_cert', 'tls_key_cert'}
SCHEDULE = {'name': 'one', 'directory': '/in', 'service': 'my.service', 'run_every': 5, 'run_unit': 'minutes'}
SPECIAL: dict[tuple[str, str], Any] = {
    ('ftp', 'schedules'): [SCHEDULE],
    ('smb', 'schedules'): [SCHEDULE, {**SCHEDULE, 'name': 'two', 'pattern': '*.csv'}],
    ('sftp', 'schedules'): [SCHEDULE],
    ('mcp_gateway', 'url_path'): '/mcp-1',
    ('mcp_gateway', 'security_groups'): ['groups 1'],
    ('rule_engine_api', 'url_path'): '/rules-1',
    ('rule_engine_api', 'security_groups'): ['groups 1'],
    ('channel_mllp', 'destinations'): [
        {'name': 'a', 'type': 'rest', 'connection': 'outgoing_rest 1', 'is_active': False, 'options': {'method': 'PUT'}}
    ],
    ('channel_mllp', 'respond_from'): 'a',
    ('pubsub_subscription_32', 'delivery_server'): 'server1',
    ('zato_generic_connection', 'type_'): 'outconn-my_crm',
    ('zato_generic_connection', 'called'): 'my-crm',
    ('pubsub_permission', 'pub'): ['a.b', 'c'],
    ('pubsub_endpoint', 'endpoint_type'): 'service',
    ('cloud_aws_s3', 'security'): 'aws 1',
    ('outconn_sap', 'client'): '200',
    ('outconn_sap', 'sysid'): 'XYZ',
    ('outconn_sap', 'sysnr'): '01',
    ('rbac_client_role', 'client_def'): 'sec_def:::basic_auth:::basic_auth 1',
    ('rbac_role', 'parent'): 'Root',
    ('outgoing_amqp', 'address'): 'amqp://mq.example.com:5672/tutorial',
    ('channel_amqp', 'address'): 'amqp://mq.example.com:5672/tutorial',
}
#: Fields that stand for one another, of which an object must have one.
NEEDED = {('zato_generic_connection', 'type_'), ('channel_mllp', 'service'), ('pubsub_permission', 'pub')}


def _text(kind: Kind, field: Field, number: int) -> str:
    # What must be unique names its kind; the rest fits the shortest column.
    is_unique = field.name in ('username', 'url_path')
    return f'{field.name}-{kind.label}-{number}' if is_unique else f'{field.name[:17]}-{number}'


def value(kind: Kind, field: Field, number: int, generation: str) -> Any:
    """Returns a value for a field that is not its default."""
    if (kind.section, field.name) in SPECIAL:
        return SPECIAL[kind.section, field.name]
    if field.ref:
        name = {'security': 'basic_auth 1', 'service': 'my.service'}.get(field.ref, f'{field.ref} 1')
        return [name] if field.type == 'list' else name
    if field.secret:
        return Secret(f's3cret-{kind.label}-{number}')
    if field.choices:
        return next(word for word in field.choices if word != field.default_of(generation))
    if field.type == 'integer':
        return (field.minimum or 0) + 3
    if field.type == 'boolean':
        return not field.default_of(generation)
    return {
        'list': ['a'],
        'lines': ['one', 'two=2'],
        'rows': [{'key': 'a', 'value': 'b', 'mode': 'text'}],
        'mappings': [{'limit': 5, 'unit': 'm'}],
        'number': 2.5,
        'any': [{'limit': 5, 'unit': 'm'}],
        'moment': f'{2030 + number}-01-31T08:00:00',
    }.get(field.type, _text(kind, field, number))


def item(kind: Kind, number: int, generation: str, is_minimal: bool = False) -> Item:
    """Returns an object of a kind: all its fields, or only those it must have."""
    values: dict[str, Any] = {'name': f'{kind.label} {number}'}
    for field in kind.fields_of(generation):
        is_needed = field.required or (kind.section, field.name) in NEEDED
        if field.name == 'name' or field.name in SKIPPED or (is_minimal and not is_needed):
            continue
        values[field.name] = value(kind, field, number, generation)
    if not kind.is_named:
        values['name'] = kind.name_of(values)
    if kind.mend:
        # As a file's values are.
        kind.mend(values, {}, values.keys(), kind.section)
    return Item(kind, values)


def state(generation: str, is_minimal: bool = False) -> State:
    """Returns one object of each kind that a generation has, two of each security type."""
    kinds = [kind for kind in KINDS if generation in kind.generations]
    items = [item(kind, 1, generation, is_minimal) for kind in kinds]
    return {one.key: one for one in items}
