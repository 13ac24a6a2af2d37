"""REST and SOAP channels and outgoing connections: all of them rows of `http_soap`."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from zatools.kinds import invoked, traits
from zatools.kinds.fields import LIMITS
from zatools.kinds.model import GENERATIONS, NOT_WRITTEN, START, Field, Kind, Per, Row, Written
from zatools.kinds.security import CHANNEL_TYPES, OUTGOING_TYPES
from zatools.kinds.traits import (
    CALLED,
    ENDPOINT,
    GUARD,
    OPENED,
    PATH,
    ROUTED,
    RULED,
    VERIFIES,
    Asked,
    Doubt,
    Unique,
    Values,
)
from zatools.place import Place

V32, V41 = ('3.2',), ('4.1',)
TABLE = 'http_soap'

NOISE: Mapping[str, tuple[Any, ...] | None] = {
    'connection': None,
    'transport': None,
    'is_internal': (False,),
    'sec_type': None,
    'cache_type': None,
    'cache_expiry': (0, None),
    'is_wrapper': (False,),
    'wrapper_type': ('', None),
    'security_group_count': None,
    'security_group_member_count': None,
    'needs_security_group_names': None,
    'username': None,
    'rate_limit_type': None,
    'rate_limit_def': None,
    'rate_limit_check_parent_def': None,
    'is_rate_limit_active': (False, None),
    'service_whitelist': ('', None, False, [], ['']),
    'hl7_version': ('', None, 'hl7-v2'),
    'json_path': ('', None),
    'should_parse_on_input': (False, None),
    'should_validate': (False, None),
    'should_return_errors': (False, None),
    'data_encoding': ('', None, 'utf-8'),
    'is_audit_log_sent_active': (False, None),
    'is_audit_log_received_active': (False, None),
    'max_len_messages_sent': None,
    'max_len_messages_received': None,
    'max_bytes_per_message_sent': None,
    'max_bytes_per_message_received': None,
    'is_source_external': None,
    'deprecation_since': None,
}
CHANNEL_NOISE = {
    **NOISE,
    'host': (None, ''),
    'ping_method': None,
    'pool_size': None,
    'sec_tls_ca_cert_id': (None, '', 'ZATO_NONE', 'ZATO_DEFAULT'),
}
OUTGOING_NOISE = {
    **NOISE,
    'service': (None, ''),
    'service_name': (None, ''),
    'url_params_pri': None,
    'params_pri': None,
    'merge_url_params_req': None,
    'match_slash': None,
    'http_accept': None,
    'service_id': (None,),
    'security_groups': ([], None, ''),
}
#: 3.2's exports give them to all rows of `http_soap`.
OF_SOAP: Mapping[str, tuple[Any, ...] | None] = {
    'soap_action': (None, ''),
    'soap_version': (None, '', '1.1', '1.2', 1.1, 1.2),
}

NAME = Field('name', 'Name of the connection.', required=True)
ACTIVE = Field('is_active', 'Whether the connection can be used.', 'boolean', True, kept=True)
SECURITY = Field(
    'security',
    'Security definition; zato-no-security removes it.',
    column='security_id',
    ref='security',
    kept=True,
    aliases=('security_name', 'sec_def', 'security_id'),
    form=Per('word for none', 'only if given'),
    nothing=frozenset({'zato-no-security', 'ZATO_NONE', ''}),
    means=GUARD,
)
CHANNEL_SECURITY = replace(SECURITY, accepts=CHANNEL_TYPES)
OUTGOING_SECURITY = replace(SECURITY, accepts=OUTGOING_TYPES)
#: Which channel a request is for: channels that are told apart by nothing hide each other.
ROUTE = Unique(
    ('url_path', 'method', 'http_accept'), 'the URL path, method and Accept header', 'URL path', older=('soap_action',)
)
FORMAT = Field('data_format', 'Format of messages: json, xml, csv, form, …', kept=True)
CONTENT_TYPE = Field('content_type', 'Content-Type of messages.')
METHOD = Field('method', 'HTTP method; empty is any.')
ENCODING = Field('content_encoding', 'Content-Encoding: empty or gzip.', generations=V32)
SERIALIZATION = Field('serialization_type', 'How SOAP objects are serialised.', default='string', generations=V32)
CACHE = Field(
    'cache_name', 'Cache of responses.', column='cache_id', ref='cache', generations=V32, aliases=('cache_id',)
)
#: What 4.1's own importer always writes.
IMPORTED = Written(rows=V41)


def _audit(without: str) -> Field:
    written = Written(rows=V41, without=without)
    doc = 'Whether messages go to the audit log.'
    return Field('is_audit_log_active', doc, 'boolean', True, generations=V41, written=written)


SOAP_ACTION = Field('soap_action', 'SOAP action.')
SOAP_VERSION = Field('soap_version', 'Version of SOAP: 1.1 or 1.2.', default='1.1', choices=('1.1', '1.2'))
MTOM = Field('use_mtom', 'Whether attachments use MTOM.', 'boolean', False, generations=V41)
TIMEOUT_CHANNEL = Field('timeout', 'Seconds.', 'integer', 10, minimum=0)


def _rbac() -> tuple[Field, ...]:
    # A channel that uses RBAC has no other security, as a rule.
    return tuple(
        Field(name, 'Whether RBAC applies.', 'boolean', False, generations=V32, is_essential=True, means=means)
        for name, means in (('has_rbac', ''), ('sec_use_rbac', RULED))
    )


CHANNEL: tuple[Field, ...] = (
    NAME,
    ACTIVE,
    Field(
        'service',
        'Service that the channel invokes.',
        column='service_id',
        ref='service',
        required=True,
        aliases=('service_name', 'service_id'),
        example='api.user.get-details',
    ),
    Field('url_path', 'URL path; may hold {parameters}.', required=True, example='/api/v1/user/{id}', means=PATH),
    CHANNEL_SECURITY,
    Field(
        'groups',
        'Security groups any of whose members is let in.',
        'list',
        spelling=Per('security_groups', 'groups'),
        column='security_groups',
        ref='groups',
        kept=True,
        aliases=('security_groups',),
        means=GUARD,
    ),
    FORMAT,
    METHOD,
    CONTENT_TYPE,
    TIMEOUT_CHANNEL,
    Field('merge_url_params_req', 'Whether URL parameters join the request.', 'boolean', True),
    Field(
        'url_params_pri', 'Which URL parameters win.', default='qs-over-path', choices=('qs-over-path', 'path-over-qs')
    ),
    Field(
        'params_pri',
        'Whether parameters or the message win.',
        default='channel-params-over-msg',
        choices=('channel-params-over-msg', 'msg-over-channel-params'),
    ),
    Field('match_slash', 'Whether {parameters} match slashes.', 'boolean', Per(False, True)),
    Field('http_accept', 'Accept header that requests must have.'),
    SERIALIZATION,
    ENCODING,
    CACHE,
    *_rbac(),
    *LIMITS,
    _audit('every call of it is answered 500'),
    Field(
        'should_include_in_openapi',
        'Whether OpenAPI shows the channel.',
        'boolean',
        True,
        generations=V41,
        written=IMPORTED,
    ),
    Field('is_deprecated', 'Whether the channel is deprecated.', 'boolean', False, generations=V41, written=IMPORTED),
    Field('deprecation_sunset', 'Day from which it is gone.', generations=V41, written=IMPORTED),
    Field('deprecation_successor', 'What to use in its place.', generations=V41, written=IMPORTED),
    Field('gateway_service_list', 'Services that a gateway may invoke.', 'lines', generations=V41, is_essential=True),
    Field('rate_limiting', 'Rate limits, as 4.1 stores them.', 'any', generations=V41),
    Field('response_cache', 'How responses are cached.', 'any', generations=V41),
)

RETRIES = tuple(
    Field(name, doc, 'integer', default, generations=V41, minimum=0)
    for name, doc, default in (
        ('max_retries', 'How many times to try again.', 0),
        ('retry_sleep_time', 'Seconds between tries.', 2),
        ('retry_backoff_threshold', 'Tries before waits grow.', 60),
        ('retry_backoff_multiplier', 'How waits grow.', 2),
    )
)
CALLBACKS = tuple(
    Field(name, doc, default=default, generations=V41)
    for name, doc, default in (
        ('response_map', 'Mapping of the response.', ''),
        ('response_map_mode', 'Language of the mapping.', ''),
        ('callback_type', 'Who gets the response: service, topic, rest.', ''),
        ('callback_name', 'Its name.', ''),
    )
)
REQUEST = (
    Field('request_method', 'HTTP method of invocations.', generations=V41),
    *(
        Field(name, doc, 'rows', generations=V41)
        for name, doc in (
            ('request_query_string', 'Query string of invocations.'),
            ('request_path_params', 'Path parameters.'),
            ('request_headers', 'Headers of invocations.'),
        )
    ),
    Field('request_data', 'Body of invocations.', generations=V41),
    Field('request_data_mode', 'Language of the body.', generations=V41),
)
PING_METHOD = Field('ping_method', 'HTTP method of pings.', default=Per('HEAD', 'GET'))

OUTGOING: tuple[Field, ...] = (
    NAME,
    ACTIVE,
    Field('host', 'Scheme and host, as in https://crm.example.com.', example='https://crm.example.com', means=ENDPOINT),
    Field('url_path', 'URL path; may hold {parameters}.', required=True, example='/user/get', means=PATH),
    OUTGOING_SECURITY,
    FORMAT,
    METHOD,
    CONTENT_TYPE,
    Field('timeout', 'Seconds.', 'integer', Per(10, 60), minimum=0),
    PING_METHOD,
    Field('pool_size', 'Connections kept open.', 'integer', 20, minimum=0),
    Field(
        'tls_verify',
        'Whether the certificate of the other side is verified.',
        'boolean',
        True,
        column=Per('sec_tls_ca_cert_verify_strategy', 'validate_tls'),
        kept=True,
        written=Written(rows=GENERATIONS, exports=V32, without=Per('', START)),
        aliases=('validate_tls',),
        means=VERIFIES,
    ),
    Field(
        'sec_tls_ca_cert',
        'CA certificate to verify with.',
        column='sec_tls_ca_cert_id',
        ref='tls_ca_cert',
        generations=V32,
        aliases=('sec_tls_ca_cert_id',),
        unread={'ZATO_NONE': ('turned verification off in early 3.2', 'if that is meant: tls_verify: false')},
    ),
    SERIALIZATION,
    ENCODING,
    CACHE,
    *_rbac(),
    _audit(''),
    *RETRIES,
)
SOAP = (
    SOAP_ACTION,
    SOAP_VERSION,
    Field('use_ws_addressing', 'Whether WS-Addressing is used.', 'boolean', False, generations=V41),
    MTOM,
    Field('body_credentials', 'Credentials in the body.', 'rows', generations=V41),
    *(
        Field(name, doc, generations=V41)
        for name, doc in (
            ('tls_client_cert', 'Path of the client certificate.'),
            ('tls_client_key', 'Path of its key.'),
            ('request_operation', 'Operation to invoke.'),
            ('request_message_map', 'Mapping of the message.'),
            ('wsa_action', 'WS-Addressing action.'),
            ('wsa_to', 'WS-Addressing to.'),
            ('wsa_reply_to', 'WS-Addressing reply-to.'),
        )
    ),
    Field('request_message', 'Message of invocations.', 'rows', generations=V41),
    Field('request_soap_headers', 'SOAP headers of invocations.', 'rows', generations=V41),
)


def _replace(fields: tuple[Field, ...], *others: Field) -> tuple[Field, ...]:
    by_name = {field.name: field for field in others}
    return tuple(by_name.get(field.name, field) for field in fields)


NEW = {
    'is_internal': False,
    'soap_action': '',
    'cache_expiry': 0,
    'merge_url_params_req': True,
    'url_params_pri': 'qs-over-path',
    'params_pri': 'channel-params-over-msg',
}


def _row(connection: str, transport: str) -> tuple[Row, ...]:
    match = {'connection': connection, 'transport': transport}
    return (Row(TABLE, match=match, new=NEW),)


def _of_soap(field: Field) -> Field:
    # SOAP rows of 4.1 hold nothing of OpenAPI; 3.2's enmasse turns off what it doesn't find.
    if field.written is IMPORTED:
        return replace(field, written=NOT_WRITTEN)
    if field.name == 'merge_url_params_req':
        return replace(field, written=Written(exports=V32))
    return field


def _derive_deprecation(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # 4.1 tells callers of a deprecation only if it knows since when.
    if generation == '4.1' and opaque.get('is_deprecated'):
        opaque['deprecation_since'] = opaque.get('deprecation_since') or _now()
    elif generation == '4.1' and 'is_deprecated' in opaque:
        opaque.setdefault('deprecation_since', '')


def _now() -> str:
    return datetime.now(UTC).isoformat()


def mend_outgoing(values: Values, places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    """Says the method of pings that an empty one means to the servers of both generations."""
    if values.get('ping_method') == '':
        values['ping_method'] = 'HEAD'


def _fold_outgoing(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    # 3.2 verifies only where the row says true; a 4.1 row without the key verifies.
    if generation == '3.2':
        values['tls_verify'] = opaque.get('sec_tls_ca_cert_verify_strategy') is True
    else:
        values['tls_verify'] = opaque.get('validate_tls') is not False
    if not values.get('ping_method'):
        # An empty column means HEAD to the servers of both generations, whatever their enmasse writes.
        values['ping_method'] = 'HEAD'


def _raw_bytes(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if not values.get('data_format'):
        yield Doubt('data_format', 'there is no data_format: the service gets raw bytes')


def _outgoing_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if not values.get('host'):
        yield Doubt('host', 'there is no host')


def _rest_headers(values: Mapping[str, Any]) -> dict[str, str]:
    usual = 'text/plain'
    if values.get('data_format'):
        usual = 'application/json'
    return {'Content-Type': str(values.get('content_type') or usual)}


def _soap_headers(values: Mapping[str, Any]) -> dict[str, str]:
    content_type = str(values.get('content_type') or '')
    action = str(values.get('soap_action', ''))
    if values.get('soap_version') != '1.2':
        return {'Content-Type': content_type or 'text/xml; charset=utf-8', 'SOAPAction': action}
    usual = 'application/soap+xml; charset=utf-8'
    if action:
        usual = f'{usual}; action="{action}"'
    return {'Content-Type': content_type or usual}


ASKED = Asked('host', 'url_path', 'ping_method', headers=_rest_headers, headed=('content_type',))
ASKED_SOAP = replace(ASKED, headers=_soap_headers, headed=('content_type', 'soap_action'))

CHANNEL_REST = Kind(
    'channel_rest',
    'REST channels.',
    _row('channel', 'plain_http'),
    CHANNEL,
    aliases=('channel_rest', 'channel_plain_http'),
    noise={**CHANNEL_NOISE, **OF_SOAP},
    useless=tuple(OF_SOAP),
    role=traits.CHANNEL,
    shared=('http_soap',),
    protocol='rest',
    admin='zato.http-soap',
    unique=(ROUTE,),
    served=ROUTED,
    doubts=_raw_bytes,
    derive=_derive_deprecation,
)
CHANNEL_SOAP = Kind(
    'channel_soap',
    'SOAP channels.',
    _row('channel', 'soap'),
    (*map(_of_soap, CHANNEL), SOAP_ACTION, SOAP_VERSION, MTOM),
    aliases=('channel_soap',),
    noise=CHANNEL_NOISE,
    role=traits.CHANNEL,
    shared=('http_soap',),
    protocol=traits.SOAP,
    admin='zato.http-soap',
    unique=(ROUTE,),
    served=ROUTED,
)
OUTGOING_REST = Kind(
    'outgoing_rest',
    'Outgoing REST connections.',
    _row('outgoing', 'plain_http'),
    (*OUTGOING, *REQUEST, *CALLBACKS, *invoked.FIELDS),
    aliases=('outgoing_rest', 'outconn_plain_http'),
    noise={**OUTGOING_NOISE, **OF_SOAP},
    useless=tuple(OF_SOAP),
    role=traits.OUTGOING,
    shared=('http_soap',),
    protocol='rest',
    asked=ASKED,
    admin='zato.http-soap',
    served=CALLED,
    doubts=_outgoing_doubts,
    mend=mend_outgoing,
    fold=_fold_outgoing,
    companions=invoked.companions('rest'),
)
OUTGOING_SOAP = Kind(
    'outgoing_soap',
    'Outgoing SOAP connections.',
    _row('outgoing', 'soap'),
    (
        *_replace(
            OUTGOING,
            Field('timeout', 'Seconds.', 'integer', 10, minimum=0),
            Field('ping_method', 'HTTP method of pings.', default='HEAD'),
        ),
        *SOAP,
        *CALLBACKS,
        *invoked.FIELDS,
    ),
    spelling=Per('outconn_soap', 'outgoing_soap'),
    aliases=('outgoing_soap', 'outconn_soap'),
    noise=OUTGOING_NOISE,
    role=traits.OUTGOING,
    shared=('http_soap',),
    protocol=traits.SOAP,
    asked=ASKED_SOAP,
    admin='zato.http-soap',
    served=OPENED,
    doubts=_outgoing_doubts,
    mend=mend_outgoing,
    fold=_fold_outgoing,
    companions=invoked.companions('soap'),
)

CHANNELS = (CHANNEL_REST, CHANNEL_SOAP)
OUTGOINGS = (OUTGOING_REST, OUTGOING_SOAP)
