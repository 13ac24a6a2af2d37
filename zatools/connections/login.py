"""Security definitions as what a request carries: headers, or NTLM's exchange."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.connections.pong import printable, shown_url
from zatools.connections.tls import AuthorityError, Trust
from zatools.errors import FailedError
from zatools.kinds.model import per
from zatools.kinds.security import (
    BEARER_LOGIN,
    CERTIFICATE_LOGIN,
    KEY_LOGIN,
    NTLM_LOGIN,
    PASSWORD_LOGIN,
    TOKEN_LOGIN,
    VAULT_LOGIN,
    WSS_LOGIN,
)
from zatools.kinds.traits import SOAP
from zatools.secret import Secret
from zatools.state import Item

AUTHORIZATION = 'Authorization'
#: The field with the file of CA certificates that the other side is verified with.
AUTHORITIES = 'ca_certs_path'
#: The mode of WS-Security that is a user and a password.
USERNAME_TOKEN = 'username_token'
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


def secret_field(item: Item) -> str:
    """Returns the field with the secret that a definition logs in with."""
    usual = (name for name in ('password', 'secret') if name in item.kind.secrets)
    return next(usual, min(item.kind.secrets, default='password'))


def secret_of(item: Item) -> str:
    """Returns a definition's secret, '' where it has none. Raises ZatoolsError where it is sealed."""
    value = item.values.get(secret_field(item))
    if isinstance(value, Secret):
        return value.reveal()
    return ''


def password_spot(item: Item, word: str = '') -> str:
    """Names a definition's secret, in this `word` if there is one, and the variable or place it comes from."""
    name = secret_field(item)
    value, place = item.values.get(name), item.places.get(name)
    what = word or _way(item).secret
    called = printable(item.name)
    if not value:
        return f"the {what} of '{called}' (there is none)"
    if isinstance(value, Secret) and (variable := VARIABLE.search(value.source)):
        return f"the {what} of '{called}' ({variable[0]})"
    if place and place.path:
        return f"the {what} of '{called}' ({place.short})"
    return f"the {what} of '{called}'"


def user_of(item: Item) -> str:
    """Names whom a definition logs in as."""
    return _way(item).user(item)


def header_of(item: Item) -> str:
    """Returns the header that an API key or a static token goes in."""
    name = _way(item).header
    return str(item.values.get(name) or item.kind.by_name[name].default) if name else AUTHORIZATION


def needs_token(item: Item) -> bool:
    """Tells whether a token has to be fetched before the definition can be used."""
    return _way(item).is_fetched and not item.values.get('is_static_token')


def is_per_connection(item: Item) -> bool:
    """Tells whether a login holds for a connection, which nobody else may use then."""
    return bool(_way(item).package)


def lacked_package(item: Item) -> str:
    """Returns the Python package that a login needs and that is not installed; '' where there is none."""
    from importlib.util import find_spec

    package = _way(item).package
    return package if package and find_spec(package.replace('-', '_')) is None else ''


def is_usable(item: Item, protocol: str = '') -> bool:
    """Tells whether requests of a protocol can log in with a definition here."""
    return item.kind.login in WAYS and _way(item).protocol in ('', protocol)


def login_of(item: Item) -> Login:
    """Returns what a request carries.

    Raises ImportError without NTLM's extra, ZatoolsError for what is sealed and for what isn't usable.
    """
    if item.kind.login not in WAYS:
        raise FailedError(f'{item.kind.title}: not supported for calls from here')
    return _way(item).login(item, secret_of(item))


def _user(item: Item) -> str:
    return f"user '{printable(str(item.values.get('username', '')))}'"


def _basic(item: Item, secret: str) -> Login:
    pair = f'{item.values.get("username", "")}:{secret}'.encode()
    return Login({AUTHORIZATION: f'Basic {b64encode(pair).decode()}'})


def _key_user(item: Item) -> str:
    return f"the key in header '{printable(header_of(item))}'"


def _key(item: Item, secret: str) -> Login:
    return Login({header_of(item): secret})


def _token_user(item: Item) -> str:
    return f"the token of '{printable(item.name)}'"


def _token(item: Item, secret: str) -> Login:
    prefix = str(item.values.get('static_prefix', 'bearer'))
    return Login({header_of(item): f'{prefix} {secret}'.strip()})


def _bearer(item: Item, secret: str) -> Login:
    return Login({AUTHORIZATION: f'Bearer {secret}'})


def _vault(item: Item, secret: str) -> Login:
    return Login({'X-Vault-Token': secret})


def _ntlm(item: Item, secret: str) -> Login:
    from requests_ntlm import HttpNtlmAuth

    return Login(auth=HttpNtlmAuth(str(item.values.get('username', '')), secret))


def _certificate_user(item: Item) -> str:
    return f"the certificate of '{printable(item.name)}'"


def _elsewhere(item: Item, secret: str) -> Login:
    # A certificate is shown before there is a request, and WS-Security is in the message.
    return Login()


def unknown_of(item: Item) -> str:
    """Returns what a definition of WS-Security wants besides a user and a password, '' for nothing."""
    mode = str(item.values.get('mode') or USERNAME_TOKEN)
    if re.sub(r'[\W_]', '', mode).lower() != 'usernametoken':
        return f"WS-Security of mode '{printable(mode, 40)}', but {USERNAME_TOKEN}"
    return ' and '.join(f'WS-Security with {name}' for name in ('sign', 'encrypt') if item.values.get(name))


def trusting(item: Item | None, trust: Trust) -> Trust:
    """Returns what a connection trusts and shows that logs in with a definition; a certificate, if it has one.

    Raises AuthorityError where the CA certificates can't be read, ZatoolsError for what is sealed.
    """
    if item is None or item.kind.login != CERTIFICATE_LOGIN:
        return trust
    values = item.values
    if isinstance(values.get('auth_data'), Secret):
        values['auth_data'].reveal()
        return trust._replace(pem=values['auth_data'])
    path, authority = str(values.get(AUTHORITIES) or ''), trust.authority
    if path:
        try:
            authority += Path(path).read_text(encoding='ascii', errors='replace')
        except OSError as error:
            raise AuthorityError((error.strerror or type(error).__name__).lower()) from None
    return trust._replace(
        cert=str(values.get('cert_path') or ''), key=str(values.get('key_path') or ''), authority=authority
    )


@dataclass(frozen=True)
class Way:
    """A way to log in: what its secret is called, whom it logs in as, and what a request carries.

    `header` is the field that names the header, `package` what has to be installed. A login that needs a package is
    one of a connection. `is_fetched` if the secret gets a token, unless it is one itself. `protocol` is the only
    one that it is for.
    """

    secret: str
    user: Callable[[Item], str]
    login: Callable[[Item, str], Login]
    header: str = ''
    package: str = ''
    is_fetched: bool = False
    protocol: str = ''


#: By what kinds of definitions say of their `login`.
WAYS: Mapping[str, Way] = {
    PASSWORD_LOGIN: Way('password', _user, _basic),
    KEY_LOGIN: Way('key', _key_user, _key, header='header'),
    TOKEN_LOGIN: Way('secret', _token_user, _token, header='static_header', is_fetched=True),
    NTLM_LOGIN: Way('password', _user, _ntlm, package='requests-ntlm'),
    BEARER_LOGIN: Way('token', _token_user, _bearer),
    VAULT_LOGIN: Way('token', _token_user, _vault),
    CERTIFICATE_LOGIN: Way('key', _certificate_user, _elsewhere),
    WSS_LOGIN: Way('password', _user, _elsewhere, protocol=SOAP),
}


def _way(item: Item) -> Way:
    return WAYS.get(item.kind.login, WAYS[PASSWORD_LOGIN])


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
