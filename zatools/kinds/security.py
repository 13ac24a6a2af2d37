"""Security definitions and security groups."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from zatools.kinds.model import GENERATIONS, START, Copied, Field, Kind, Per, Row, Target, Values, Written

V32, V41 = ('3.2',), ('4.1',)
AUTO_USERNAME = 'Zato-Not-Used-'
DEFAULT_HEADER = 'X-API-Key'

NAME = Field('name', 'Name of the definition.', required=True)
ACTIVE = Field('is_active', 'Whether the definition can be used.', 'boolean', True, kept=True)
PASSWORD = Field('password', 'The secret; a variable in files.', secret=True)
USERNAME = Field('username', 'User name.', required=True, example='api')
RATES = Field('rate_limiting', 'Rate limits, as 4.1 stores them.', 'any', generations=V41)
TIER = Field('quota_tier', 'Name of a quota tier.', ref='quota_tier', generations=V41)

#: Keys of files any of which makes a bearer token a static one.
STATIC_KEYS = ('static_token', 'static_header', 'static_prefix')
#: Types that rows call something else.
STORED = {'bearer_token': 'oauth', 'vault_connection': 'vault_conn_sec', 'xpath': 'xpath_sec'}
#: Types whose definitions channels load, yet each call is answered 401.
UNPROTECTING = frozenset({'ntlm', 'spnego'})
CHANNEL_TYPES = Per(
    frozenset({'basic_auth', 'apikey', 'jwt', 'ntlm', 'tls_channel_sec', 'vault_connection', 'xpath'}),
    frozenset({'basic_auth', 'apikey', 'bearer_token', 'mtls', 'wss'}) | UNPROTECTING,
)
OUTGOING_TYPES = Per(
    frozenset({'basic_auth', 'apikey', 'bearer_token', 'ntlm', 'tls_key_cert'}),
    frozenset({'basic_auth', 'apikey', 'bearer_token', 'ntlm', 'mtls', 'spnego', 'wss'}),
)
GROUP_TYPES = Per(frozenset({'basic_auth', 'apikey'}), frozenset({'basic_auth', 'apikey', 'bearer_token'}))

#: The platform's own definitions.
INTERNAL = Per(
    frozenset({'admin.invoke', 'pubapi', 'ide_publisher'}),
    frozenset({'admin.invoke', 'ide_publisher', 'django', 'metrics'}),
)

#: What a server reads of a bearer token when it sends one, fetched or static.
NO_CALL = 'no call can be made with it'
FETCHED = Written(GENERATIONS, without=NO_CALL, used_by='outgoing_', when={'is_static_token': False})
FETCHED_32 = Written(V32, without=NO_CALL, used_by='outgoing_')
STATIC = Written(V41, without=NO_CALL, used_by='outgoing_', when={'is_static_token': True})

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


def type_of(stored: str) -> str:
    """Returns the type, as files name it, that a row's `sec_type` stands for."""
    return next((name for name, other in STORED.items() if other == stored), stored)


def _fold_apikey(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    username = values.get('username', '')
    if username.startswith(AUTO_USERNAME) or username == values.get('header'):
        # In early 3.2 the user name was the header, and stayed in the row.
        values.pop('username', None)
    if 'header' not in opaque:
        # Rows of early 3.2 have no header of their own: there the user name was the header.
        is_auto = not username or username.startswith(AUTO_USERNAME)
        values['header'] = DEFAULT_HEADER if is_auto else username
        values.pop('username', None)


def _unfold_username(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    # User names are unique per type, so one that nobody uses is made up, as Zato does.
    values['username'] = values.get('username') or f'{AUTO_USERNAME}{uuid4().hex}'


def _fold_bearer(values: Values, opaque: Mapping[str, Any], generation: str) -> None:
    # A token that is fetched has the name that it is fetched with, whoever made it up.
    is_fetched = values.get('auth_endpoint') and not values.get('is_static_token')
    if values.get('username', '').startswith(AUTO_USERNAME) and not is_fetched:
        values.pop('username')


def _derive_bearer(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # 4.1's own tools take a text for a list of its characters.
    fields = opaque.get('extra_fields')
    if generation == '4.1' and isinstance(fields, str):
        opaque['extra_fields'] = fields.splitlines()


def _derive_jwt(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # 3.2 makes one with each definition.
    opaque.setdefault('secret', urlsafe_b64encode(token_bytes(32)).decode())


def _security(
    type_: str,
    doc: str,
    table: str,
    *fields: Field,
    new: Mapping[str, Any] | None = None,
    password: Field = PASSWORD,
    **more: Any,
) -> Kind:
    rows = (Row('sec_base', match={'sec_type': STORED.get(type_, type_)}), Row(table, link='id', new=new or {}))
    return Kind(
        'security',
        doc,
        rows,
        (NAME, ACTIVE, *fields, password, RATES, TIER),
        type=type_,
        internal=INTERNAL,
        noise=NOISE,
        **{'aliases': (type_,), **more},
    )


BASIC_AUTH = _security(
    'basic_auth',
    'HTTP Basic Auth.',
    'sec_basic_auth',
    USERNAME,
    Field('realm', 'Realm that is told to clients.', default='zato', written=Written(exports=V32)),
)
APIKEY = _security(
    'apikey',
    'An API key in an HTTP header.',
    'sec_apikey',
    Field('username', 'Only for old definitions: not used by the key.'),
    Field(
        'header',
        'HTTP header that carries the key.',
        default=DEFAULT_HEADER,
        kept=True,
        written=Written(rows=GENERATIONS, without=START, used_by='channel_'),
        copied=Copied('orig_username', '3.2', used_by='outgoing_'),
    ),
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
        written=FETCHED,
        aliases=('auth_server_url',),
    ),
    Field('client_id_field', 'Field of the request that carries the client id.', default='client_id', written=FETCHED),
    Field(
        'client_secret_field', 'Field of the request that carries the secret.', default='client_secret', written=FETCHED
    ),
    Field('grant_type', 'OAuth grant type.', default='client_credentials', written=FETCHED),
    Field('scopes', 'Scopes to ask for.', 'lines', kept=True, written=FETCHED_32, form=Per('', 'text')),
    Field('extra_fields', 'Further fields of the request, key=value.', 'lines', written=FETCHED_32),
    Field('data_format', 'Format of the token request: form or json.', default=Per('json', 'form'), written=FETCHED),
    Field('issuer', 'Issuer of the tokens that channels take.', generations=V41),
    Field('jwks_url', 'URL of the keys that sign them.', generations=V41),
    Field('audience', 'Audience that they must name; without it no channel takes any.', generations=V41),
    Field('claims', 'Claims that they must have, as name=value.', 'any', generations=V41),
    Field('static_header', 'Header of a static token.', default='Authorization', generations=V41, written=STATIC),
    Field('static_prefix', 'Word before a static token.', default='bearer', generations=V41, written=STATIC),
    Field('is_static_token', 'Whether the password is the token itself.', 'boolean', False, generations=V41),
    new={'proto_version': 'not-used', 'sig_method': 'not-used', 'max_nonce_log': 0},
    password=Field('password', 'The client secret, or a static token.', secret=True, aliases=('static_token',)),
    aliases=('oauth', 'bearer_token'),
    fold=_fold_bearer,
    unfold=_unfold_username,
    derive=_derive_bearer,
)
JWT = _security(
    'jwt',
    'JSON Web Tokens that the server gives out.',
    'sec_jwt',
    USERNAME,
    Field('ttl', 'Seconds that a token lives.', 'integer', default=3600, minimum=0, written=Written(exports=V32)),
    generations=V32,
    derive=_derive_jwt,
)


def _member_name(group: int, definition: int, type_: str) -> str:
    return f'{type_of(type_)}-{definition}-{group}'


def _member_id(name: str) -> int | None:
    parts = name.rsplit('-', 2)
    return int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else None


GROUPS = Kind(
    'groups',
    'Security groups: any of the members opens a channel.',
    (
        Row(
            'generic_object',
            match={'type_': 'zato-group', 'subtype': 'zato-api-creds'},
            nothing='""',
            touched=('last_modified',),
        ),
        Row(
            'generic_object',
            match={'type_': 'zato-group-member', 'subtype': 'zato-api-creds'},
            link='parent_object_id',
            nothing='""',
            items='members',
            target=Target('name', read=_member_id, write=_member_name, is_typed=True),
        ),
    ),
    (
        Field('name', 'Name of the group.', required=True),
        Field(
            'members',
            'Names of Basic Auth definitions, API keys and, on 4.1, bearer tokens.',
            'list',
            ref='security',
            example='my-basic-auth',
            form=Per('named', ''),
        ),
        TIER,
    ),
    spelling=Per('security_groups', 'groups'),
    takes=GROUP_TYPES,
    aliases=('security_groups', 'groups'),
    noise={'description': ('', None), 'group_id': None, 'member_count': None, 'type': None},
)

KINDS = (BASIC_AUTH, APIKEY, NTLM, BEARER, JWT, GROUPS)
