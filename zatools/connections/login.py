"""Security definitions as what a request carries: headers, or NTLM's exchange."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from zatools.connections.pong import printable, shown_url
from zatools.kinds.model import per
from zatools.secret import Secret
from zatools.state import Item

VARIABLE = re.compile(r'\$\{[A-Za-z_][\w.]*\}|Zato_?Enmasse_?Env\.[\w.]+')


@dataclass(frozen=True)
class Login:
    """What a request carries: headers, and what NTLM needs. Never shown."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    auth: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class TokenRequest:
    """What gets a bearer token: URL, fields, and whether they go as JSON."""

    url: str
    fields: dict[str, Any] = field(repr=False)
    is_json: bool


def secret_of(item: Item) -> str:
    """Returns a definition's secret, '' where it has none. Raises ZatoolsError where it is sealed."""
    value = item.values.get('password')
    return value.reveal() if isinstance(value, Secret) else ''


def password_spot(item: Item) -> str:
    """Names a definition's secret, and the variable or place it comes from."""
    value = item.values.get('password')
    place = item.places.get('password')
    what = {'apikey': 'key', 'bearer_token': 'secret'}.get(item.kind.type, 'password')
    found = VARIABLE.search(value.source) if isinstance(value, Secret) else None
    source = found[0] if found else place.short if place and place.path else ''
    name = printable(item.name)
    if not value:
        return f"the {what} of '{name}' (there is none)"
    return f"the {what} of '{name}'{f' ({source})' if source else ''}"


def user_of(item: Item) -> str:
    """Names whom a definition logs in as."""
    if item.kind.type == 'apikey':
        return f"the key in header '{printable(header_of(item))}'"
    if item.kind.type == 'bearer_token':
        return f"the token of '{printable(item.name)}'"
    return f"user '{printable(str(item.values.get('username', '')))}'"


def header_of(item: Item) -> str:
    """Returns the header that an API key or a static token goes in."""
    if item.kind.type == 'apikey':
        return str(item.values.get('header') or 'X-API-Key')
    return str(item.values.get('static_header') or 'Authorization')


def needs_token(item: Item) -> bool:
    """Tells whether a token has to be fetched before the definition can be used."""
    return item.kind.type == 'bearer_token' and not item.values.get('is_static_token')


def login_of(item: Item) -> Login:
    """Returns what a request carries. Raises ImportError without NTLM's extra, ZatoolsError for what is sealed."""
    secret = secret_of(item)
    if item.kind.type == 'basic_auth':
        pair = f'{item.values.get("username", "")}:{secret}'.encode()
        return Login({'Authorization': f'Basic {b64encode(pair).decode()}'})
    if item.kind.type == 'apikey':
        return Login({header_of(item): secret})
    if item.kind.type == 'ntlm':
        from requests_ntlm import HttpNtlmAuth

        return Login(auth=HttpNtlmAuth(str(item.values.get('username', '')), secret))
    prefix = str(item.values.get('static_prefix', 'bearer'))
    return Login({header_of(item): f'{prefix} {secret}'.strip()})


def token_request(item: Item, generation: str = '3.2') -> TokenRequest:
    """Returns what is sent to get a token, as servers send it."""
    values = item.values
    fields: dict[str, Any] = {
        str(values.get('client_id_field') or 'client_id'): str(values.get('username', '')),
        str(values.get('client_secret_field') or 'client_secret'): secret_of(item),
        'grant_type': str(values.get('grant_type') or 'client_credentials'),
        'scope': ' '.join(map(str, values.get('scopes') or ())),
    }
    for line in values.get('extra_fields') or ():
        for part in str(line).partition('#')[0].split(';'):
            name, mark, value = part.partition('=')
            if mark:
                fields[name.strip()] = value.strip()
    default = per(item.kind.by_name['data_format'].default, generation)
    is_json = (values.get('data_format') or default) == 'json'
    return TokenRequest(str(values.get('auth_endpoint') or ''), fields, is_json)


def endpoint_of(item: Item) -> str:
    """Returns the URL that gives out tokens, as users see it."""
    return shown_url(str(item.values.get('auth_endpoint') or '(no auth_endpoint)'))
