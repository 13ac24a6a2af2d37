"""The shape that some forty kinds share: rows of `generic_conn`, told apart by `type_`, the rest in `opaque1`."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from zatools.kinds.fields import ACTIVE, NEEDED, STATED_32, V32, number, password
from zatools.kinds.model import GENERATIONS, Derive, Field, Kind, Per, Row, Sections
from zatools.kinds.traits import CHANNEL, ENDPOINT, OTHER, OUTGOING, Doubt, Mend
from zatools.place import Place

#: 3.2 has one section for all types.
SECTION_32 = 'zato_generic_connection'
#: Columns of `generic_conn` that 3.2's exports have for every type, mostly empty.
COLUMNS = (
    'address_masked',
    'cache_expiry',
    'cache_id',
    'conn_def_id',
    'is_channel',
    'is_internal',
    'is_outconn',
    'is_outgoing',
    'sec_use_rbac',
    'type_',
)
#: Keys that its services put into every `opaque1`, whatever the type: they mean something only where a field has them.
EVERYWHERE = (
    'address',
    'client_id',
    'consumer_key',
    'consumer_secret',
    'data_encoding',
    'data_format',
    'end_seq',
    'extra',
    'hl7_version',
    'is_audit_log_received_active',
    'is_audit_log_sent_active',
    'is_rate_limit_active',
    'json_path',
    'logging_level',
    'max_bytes_per_message_received',
    'max_bytes_per_message_sent',
    'max_len_messages_received',
    'max_len_messages_sent',
    'max_msg_size',
    'max_wait_time',
    'oauth2_access_token',
    'oauth_def',
    'ping_interval',
    'pings_missed_threshold',
    'port',
    'rate_limit_check_parent_def',
    'rate_limit_def',
    'rate_limit_type',
    'read_buffer_size',
    'recv_timeout',
    'sec_tls_ca_cert_id',
    'secret',
    'secret_type',
    'security_group_count',
    'security_group_member_count',
    'security_id',
    'should_log_messages',
    'socket_read_timeout',
    'socket_write_timeout',
    'start_seq',
    'tenant_id',
    'timeout',
    'username',
    'username_type',
    'version',
)
NOISE: Mapping[str, tuple[Any, ...] | None] = {**dict.fromkeys(EVERYWHERE, (None, '', False)), **dict.fromkeys(COLUMNS)}

RECV_TIMEOUT = Field('recv_timeout', 'Milliseconds to wait for an answer.', 'integer', 250, written=NEEDED)
#: The same where 4.1 has no such key.
RECV_TIMEOUT_32 = replace(RECV_TIMEOUT, generations=V32)


def pool(size: int | Per = 1) -> Field:
    """Returns how many connections are kept open: 3.2's services take no object without it."""
    return Field('pool_size', 'Connections kept open.', 'integer', size, minimum=0, written=STATED_32)


def secret(doc: str, *aliases: str, **more: Any) -> Field:
    """Returns the secret that servers read in the column of that name; `aliases` are its other keys in files."""
    return password(doc, 'secret', aliases=aliases, **more)


def only_once(*keys: str) -> Derive:
    """Takes the copies of a secret out of `opaque1` that 4.1's enmasse leaves there in clear text, and nobody reads."""

    def derive(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
        for key in keys:
            opaque.pop(key, None)

    return derive


def held_once(*copies: str) -> dict[str, Any]:
    """Returns what a kind says whose secret is in one place, but for copies that nobody reads."""
    return {'leftovers': copies, 'derive': only_once(*copies)}


def same(*names: str, to: tuple[str, ...] = ()) -> Mend:
    """Gives the fields `to`, or all, the secret of the first that a file gives: servers look here or there for it."""

    def mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
        given = next((values[name] for name in names if values.get(name)), None)
        for name in (to or names) if given else ():
            values.setdefault(name, given)

    return mend


def _role(is_channel: bool, is_outconn: bool) -> str:
    if is_channel:
        return CHANNEL
    return OUTGOING if is_outconn else OTHER


#: What rows of all types have in common.
ROW: Mapping[str, Any] = {'is_internal': False, 'cache_expiry': 0, 'sec_use_rbac': False}
#: The sections of the types that each generation knows.
KNOWN: dict[str, dict[str, str]] = {name: {} for name in GENERATIONS}


def connection(
    section: str,
    type_: str,
    doc: str,
    fields: tuple[Field, ...],
    *,
    flags: tuple[bool, bool] = (False, False),
    pool_size: int | None = None,
    **more: Any,
) -> Kind:
    """Returns the kind of one type of generic connections.

    `flags` say whether rows are channels, and whether they are outgoing connections. Another section of 3.2, for types
    that have one of their own, is the `spelling`. `pool_size` is that of kinds without such a field.
    """
    told = {'is_channel': flags[0], 'is_outconn': flags[1]}
    usual = {
        'spelling': Per(SECTION_32, section),
        'aliases': (section,),
        'shared': (SECTION_32,),
        'noise': NOISE,
        'stated': Per({'type_': type_, 'is_internal': False, 'sec_use_rbac': False, **told}, {}),
        'role': _role(*flags),
    }
    row = Row('generic_conn', match={'type_': type_}, new={**ROW, **told, 'pool_size': pool_size}, nothing='"{}"')
    kind = Kind(section, doc, (row,), fields, **{**usual, **more})
    for generation in kind.generations:
        KNOWN[generation][type_] = kind.section
    return kind


def _others_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    section = KNOWN.get(generation, {}).get(str(values.get('type_')))
    if section:
        yield Doubt('type_', f'Zato {generation} has a section for it', section, is_warning=False)


OTHERS = Kind(
    SECTION_32,
    'Connections of any other type, and those of `custom_*`, which may have all sorts of keys.',
    (Row('generic_conn', new=ROW, nothing='"{}"'),),
    (
        Field(
            'called',
            'Name of the object.',
            column='name',
            spelling='name',
            aliases=('name',),
            required=True,
            is_name=True,
        ),
        Field('type_', 'Type of the connection; that of `custom_x` is `outconn-x`.', example='outconn-my-crm'),
        ACTIVE,
        Field('is_channel', 'Whether it is a channel.', 'boolean', False, written=STATED_32),
        Field('is_outconn', 'Whether it is an outgoing connection.', 'boolean', True, written=STATED_32),
        Field('address', 'Where it is.', means=ENDPOINT),
        number('port', 'Port there.', maximum=65535),
        Field('username', 'User name.'),
        secret('The secret.'),
        number('timeout', 'Seconds to wait.'),
        Field('pool_size', 'Connections kept open.', 'integer', 1, minimum=0, written=STATED_32),
        Field('data_format', 'Format of messages.'),
        Field('version', 'Version of its API.'),
        Field('extra', 'More options.'),
        Field('username_type', 'What sort of user name it is.'),
        Field('secret_type', 'What sort of secret it is.'),
    ),
    identity=('type_', 'called'),
    shared=(SECTION_32,),
    stated=Per({'is_internal': False, 'sec_use_rbac': False}, {}),
    noise={name: None for name in COLUMNS if name not in ('is_channel', 'is_outconn', 'type_')},
    is_open=True,
    by_section=Sections('custom_', 'type_', 'outconn-'),
    noun='connection',
    doubts=_others_doubts,
)
