"""Security definitions and security groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from zatools.kinds.model import Field, Kind, Per, Row, Values

V32, V41 = ('3.2',), ('4.1',)
AUTO_USERNAME = 'Zato-Not-Used-'
DEFAULT_HEADER = 'X-API-Key'

NAME = Field('name', 'Name of the definition.', required=True)
ACTIVE = Field('is_active', 'Whether the definition can be used.', 'boolean', True, kept=True)
PASSWORD = Field('password', 'The secret; a variable in files.', secret=True)
USERNAME = Field('username', 'User name.', required=True, example='api')
RATES = Field('rate_limiting', 'Rate limits, as 4.1 stores them.', 'any', generations=V41)
TIER = Field('quota_tier', 'Name of a quota tier.', ref='quota_tier', generations=V41)

NOISE: Mapping[str, tuple[Any, ...] | None] = {
    'password_type': None,
    'is_rate_limit_active': (False,),
    'rate_limit_type': None,
    'rate_limit_def': None,
    'rate_limit_check_parent_def': None,
    'proto_version': None,
    'sig_method': None,
    'max_nonce_log': None,
    'is_static_token': None,
    'type_': None,
    # Of types that have no kind of their own: early 3.2 wrote every type's keys to every definition.
    **dict.fromkeys(('username_expr', 'password_expr', 'reject_empty_nonce_creat', 'reject_stale_tokens'), (None,)),
    **dict.fromkeys(('reject_expiry_limit', 'nonce_freshness_time', 'auth_data', 'value'), (None,)),
}


def _fold_apikey(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    username = values.get('username', '')
    if username.startswith(AUTO_USERNAME):
        values.pop('username')
    if 'header' not in opaque:
        # Rows of early 3.2 have no header of their own: there the user name was the header.
        is_auto = not username or username.startswith(AUTO_USERNAME)
        values['header'] = DEFAULT_HEADER if is_auto else username
        values.pop('username', None)


def _unfold_username(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    # User names are unique per type, so one that nobody uses is made up, as Zato does.
    values['username'] = values.get('username') or f'{AUTO_USERNAME}{uuid4().hex}'


def _fold_bearer(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    if values.get('username', '').startswith(AUTO_USERNAME):
        values.pop('username')


def _security(
    type_: str,
    doc: str,
    table: str,
    *fields: Field,
    new: Mapping[str, Any] | None = None,
    stored: str = '',
    password: Field = PASSWORD,
    **more: Any,
) -> Kind:
    rows = (Row('sec_base', match={'sec_type': stored or type_}), Row(table, link='id', new=new or {}))
    return Kind(
        'security',
        doc,
        rows,
        (NAME, ACTIVE, *fields, password, RATES, TIER),
        type=type_,
        noise=NOISE,
        **{'aliases': (type_,), **more},
    )


BASIC_AUTH = _security(
    'basic_auth',
    'HTTP Basic Auth.',
    'sec_basic_auth',
    USERNAME,
    Field('realm', 'Realm that is told to clients.', default='zato'),
)
APIKEY = _security(
    'apikey',
    'An API key in an HTTP header.',
    'sec_apikey',
    Field('username', 'Only for old definitions: not used by the key.'),
    Field('header', 'HTTP header that carries the key.', default=DEFAULT_HEADER, kept=True, always=True),
    fold=_fold_apikey,
    unfold=_unfold_username,
)
NTLM = _security('ntlm', 'NTLM, for outgoing connections.', 'sec_ntlm', USERNAME, useless=('realm',))
BEARER = _security(
    'bearer_token',
    'A bearer token, static or obtained by OAuth client credentials.',
    'sec_oauth',
    Field('username', 'Client id.', example='client-1'),
    Field(
        'auth_endpoint',
        'URL that gives out tokens.',
        example='https://login.example.com/oauth/token',
        column='auth_server_url',
        always=True,
        aliases=('auth_server_url',),
    ),
    Field('client_id_field', 'Field of the request that carries the client id.', default='client_id', always=True),
    Field('client_secret_field', 'Field of the request that carries the secret.', default='client_secret', always=True),
    Field('grant_type', 'OAuth grant type.', default='client_credentials', always=True),
    Field('scopes', 'Scopes to ask for.', 'lines', kept=True, always=True),
    Field('extra_fields', 'Further fields of the request, key=value.', 'lines', always=True),
    Field('data_format', 'Format of the token request: form or json.', default=Per('json', 'form'), always=True),
    Field('static_header', 'Header of a static token.', default='Authorization', generations=V41),
    Field('static_prefix', 'Word before a static token.', default='bearer', generations=V41),
    Field('is_static_token', 'Whether the password is the token itself.', 'boolean', False, generations=V41),
    new={'proto_version': 'not-used', 'sig_method': 'not-used', 'max_nonce_log': 0},
    stored='oauth',
    password=Field('password', 'The client secret, or a static token.', secret=True, aliases=('static_token',)),
    aliases=('oauth', 'bearer_token'),
    fold=_fold_bearer,
    unfold=_unfold_username,
)
JWT = _security(
    'jwt',
    'JSON Web Tokens that the server gives out.',
    'sec_jwt',
    USERNAME,
    Field('ttl', 'Seconds that a token lives.', 'integer', default=3600, minimum=0),
    generations=V32,
)

GROUPS = Kind(
    'groups',
    'Security groups: any of the members opens a channel.',
    (
        Row('generic_object', match={'type_': 'zato-group', 'subtype': 'zato-api-creds'}),
        Row(
            'generic_object',
            match={'type_': 'zato-group-member', 'subtype': 'zato-api-creds'},
            link='parent_object_id',
            many=True,
        ),
    ),
    (
        Field('name', 'Name of the group.', required=True),
        Field(
            'members', 'Names of Basic Auth definitions and API keys.', 'list', ref='security', example='my-basic-auth'
        ),
        TIER,
    ),
    spelling=Per('security_groups', 'groups'),
    aliases=('security_groups', 'groups'),
    noise={'description': ('', None), 'group_id': None, 'member_count': None, 'type': None},
)

KINDS = (BASIC_AUTH, APIKEY, NTLM, BEARER, JWT, GROUPS)
