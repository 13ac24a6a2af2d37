"""Security definitions and security groups."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from zatools.kinds.fields import LIMITS
from zatools.kinds.model import GENERATIONS, START, Copied, Field, Kind, Per, Row, Target, Written
from zatools.kinds.traits import (
    CHANNEL,
    DEFINITION,
    MEMBERS,
    OUTGOING,
    TOKEN_ENDPOINT,
    Doubt,
    Needed,
    Unique,
    Use,
    UseDoubts,
    Values,
)
from zatools.place import Place
from zatools.secret import Secret

V32, V41 = ('3.2',), ('4.1',)
AUTO_USERNAME = 'Zato-Not-Used-'
#: The table of all definitions.
TABLE = 'sec_base'
DEFAULT_HEADER = 'X-API-Key'

NAME = Field('name', 'Name of the definition.', required=True)
ACTIVE = Field('is_active', 'Whether the definition can be used.', 'boolean', True, kept=True)
PASSWORD = Field('password', 'The secret; a variable in files.', secret=True)
USERNAME = Field('username', 'User name.', required=True, example='api', made_up=AUTO_USERNAME)
RATES = Field('rate_limiting', 'Rate limits, as 4.1 stores them.', 'any', generations=V41)
TIER = Field('quota_tier', 'Name of a quota tier.', ref='quota_tier', generations=V41)

#: User names belong to one definition of a type.
ONE_USER = Unique(('username',), 'the user name', 'user name', is_per_kind=True, is_held=True)
#: How definitions log in: user and password, a key in a header, a token in a header, NTLM's exchange, Vault's token.
PASSWORD_LOGIN, KEY_LOGIN, TOKEN_LOGIN = 'user and password', 'key', 'token'
NTLM_LOGIN, SESSION_LOGIN, VAULT_LOGIN = 'exchange', 'session', 'token of Vault'
#: More ways: a certificate, what SOAP's header of security says, what a message has at its XPaths.
CERTIFICATE_LOGIN, WSS_LOGIN, XPATH_LOGIN = 'certificate', 'ws-security', 'xpath'
#: Of connections whose own secret is a token.
BEARER_LOGIN = 'bearer token'
GROUP_HINT = f'one header holds for all groups of a server: {DEFAULT_HEADER}, or its Zato_API_Key_Name'

#: Keys of files any of which makes a bearer token a static one.
STATIC_KEYS = ('static_token', 'static_header', 'static_prefix')
#: Types that rows call something else.
STORED = {'bearer_token': 'oauth', 'vault_connection': 'vault_conn_sec', 'xpath': 'xpath_sec'}
CHANNEL_TYPES = Per(
    frozenset({'basic_auth', 'apikey', 'jwt', 'ntlm', 'tls_channel_sec', 'vault_connection', 'wss', 'xpath'}),
    frozenset({'basic_auth', 'apikey', 'bearer_token', 'mtls', 'ntlm', 'spnego', 'wss'}),
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
FETCHED = Written(GENERATIONS, without=NO_CALL, used_by=OUTGOING, when={'is_static_token': False})
FETCHED_32 = Written(V32, without=NO_CALL, used_by=OUTGOING)
STATIC = Written(V41, without=NO_CALL, used_by=OUTGOING, when={'is_static_token': True})

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


def _mend_apikey(values: Values, places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    if section != 'security':
        _old_header(values, places)
    username = values.get('username', '')
    if str(username).startswith(AUTO_USERNAME) or (username and username == values.get('header')):
        del values['username']


def _old_header(values: Values, places: MutableMapping[str, Place]) -> None:
    # In early 3.2 an API key's user name is the name of its header.
    username = values.get('username', '')
    if 'header' in values or not isinstance(username, str) or not username:
        return
    del values['username']
    if not username.startswith(AUTO_USERNAME):
        values['header'] = username
        places['header'] = places['username']


def _mend_bearer(values: Values, places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    if not any(key in keys for key in STATIC_KEYS):
        return
    values.setdefault('is_static_token', True)
    if str(values.get('username', '')).startswith(AUTO_USERNAME):
        del values['username']


def _spell_bearer(field: Field, values: Mapping[str, Any]) -> str:
    return 'static_token' if field.secret and values.get('is_static_token') else ''


def _apikey_doubts(use: Use) -> Iterator[Doubt]:
    if use.generation != '3.2':
        return
    if use.means == MEMBERS:
        yield from _header_doubts(use)
    elif use.role == CHANNEL and use.is_definition_wanted:
        secret = use.values.get('password')
        if isinstance(secret, Secret) and not secret:
            text = f'an empty key would let anybody use {use.user}'
            yield Doubt('password', text, is_warning=False, of_definition=True)


def _header_doubts(use: Use) -> Iterator[Doubt]:
    header = use.values.get('header', DEFAULT_HEADER)
    if header == DEFAULT_HEADER:
        return
    if use.is_user_wanted:
        yield Doubt(use.field, f"Zato 3.2 ignores the header of member '{use.name}', {header}", GROUP_HINT)
    else:
        text = f'Zato 3.2 ignores its header, {header}, in {use.user}'
        yield Doubt('header', text, GROUP_HINT, of_definition=True)


def exchange_doubts(type_: str) -> UseDoubts:
    """Returns what is wrong with channels that use a type which only calls can: each request is answered 401."""

    def doubts(use: Use) -> Iterator[Doubt]:
        if use.role == CHANNEL and use.is_user_wanted:
            yield Doubt(use.field, f"'{use.name}' is {type_}, which does not protect a channel")

    return doubts


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


def base(type_: str, **more: Any) -> Row:
    """Returns the row that definitions of a type have in the table of all definitions."""
    return Row(TABLE, match={'sec_type': STORED.get(type_, type_)}, **more)


def definition(type_: str, doc: str, rows: tuple[Row, ...], *fields: Field, **more: Any) -> Kind:
    """Returns the kind of one type of definitions."""
    return Kind(
        'security',
        doc,
        rows,
        (NAME, ACTIVE, *fields, RATES, TIER),
        type=type_,
        internal=INTERNAL,
        role=DEFINITION,
        shared=('security', 'def_sec'),
        noun='security definition',
        sync='security',
        **{'aliases': (type_,), 'unique': (ONE_USER,), 'noise': NOISE, **more},
    )


def _security(
    type_: str,
    doc: str,
    table: str,
    *fields: Field,
    new: Mapping[str, Any] | None = None,
    password: Field = PASSWORD,
    **more: Any,
) -> Kind:
    return definition(type_, doc, (base(type_), Row(table, link='id', new=new or {})), *fields, password, **more)


BASIC_AUTH = _security(
    'basic_auth',
    'HTTP Basic Auth.',
    'sec_basic_auth',
    USERNAME,
    Field('realm', 'Realm that is told to clients.', default='zato', written=Written(exports=V32)),
    *LIMITS,
    title='Basic Auth',
    login=PASSWORD_LOGIN,
    admin='zato.security.basic-auth',
)
APIKEY = _security(
    'apikey',
    'An API key in an HTTP header.',
    'sec_apikey',
    Field('username', 'Only for old definitions: not used by the key.', made_up=AUTO_USERNAME),
    Field(
        'header',
        'HTTP header that carries the key.',
        default=DEFAULT_HEADER,
        kept=True,
        written=Written(rows=GENERATIONS, without=START, used_by=CHANNEL),
        copied=Copied('orig_username', '3.2', used_by=OUTGOING),
    ),
    *LIMITS,
    title='API keys',
    login=KEY_LOGIN,
    admin='zato.security.apikey',
    mend=_mend_apikey,
    use_doubts=_apikey_doubts,
    fold=_fold_apikey,
    unfold=_unfold_username,
)
NTLM = _security(
    'ntlm',
    'NTLM, for outgoing connections.',
    'sec_ntlm',
    USERNAME,
    useless=('realm',),
    title='NTLM',
    login=NTLM_LOGIN,
    admin='zato.security.ntlm',
    use_doubts=exchange_doubts('ntlm'),
)
BEARER = _security(
    'bearer_token',
    'A bearer token, static or obtained by OAuth client credentials.',
    'sec_oauth',
    Field('username', 'Client id.', example='client-1', made_up=AUTO_USERNAME),
    Field(
        'auth_endpoint',
        'URL that gives out tokens.',
        example='https://login.example.com/oauth/token',
        column='auth_server_url',
        written=FETCHED,
        aliases=('auth_server_url',),
        means=TOKEN_ENDPOINT,
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
    Field(
        'is_static_token',
        'Whether the password is the token itself.',
        'boolean',
        False,
        generations=V41,
        is_essential=True,
        feature='static tokens',
    ),
    new={'proto_version': 'not-used', 'sig_method': 'not-used', 'max_nonce_log': 0},
    password=Field('password', 'The client secret, or a static token.', secret=True, aliases=('static_token',)),
    aliases=('oauth', 'bearer_token'),
    title='bearer tokens',
    login=TOKEN_LOGIN,
    admin='zato.security.oauth',
    mend=_mend_bearer,
    # A token is fetched with a user name: both platforms fail without one.
    needed=(Needed('username', 'auth_endpoint', 'is_static_token', STATIC_KEYS),),
    spell=_spell_bearer,
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
    *LIMITS,
    generations=V32,
    title='JWT',
    login=SESSION_LOGIN,
    admin='zato.security.jwt',
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
            accepts=GROUP_TYPES,
            means=MEMBERS,
        ),
        TIER,
    ),
    spelling=Per('security_groups', 'groups'),
    role=DEFINITION,
    noun='security group',
    admin='zato.groups',
    aliases=('security_groups', 'groups'),
    noise={'description': ('', None), 'group_id': None, 'member_count': None, 'type': None},
)

KINDS = (BASIC_AUTH, APIKEY, NTLM, BEARER, JWT)
