"""Bearer tokens that channels of 4.1 take: static ones, and those that an issuer has signed."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from zatools.connections.login import secret_of
from zatools.errors import ZatoolsError
from zatools.state import Item

#: How a token is signed: no other way counts, none at all least of all.
ALGORITHMS = ['RS256']
REQUIRED = ['exp', 'iss', 'aud']
NUMBER = re.compile(r'-?\d{1,18}(\.\d{1,18})?')
PACKAGE = 'jwt'
#: Characters of a token.
LONGEST = 16_384
NEEDED = 'tokens of an issuer need PyJWT: the extra jwt, or pip install PyJWT'

Check = Callable[[Mapping[str, Any]], bool]


def lacks_package(login: Item) -> bool:
    """Tells whether the tokens of a definition can't be checked, since what checks them is not installed."""
    is_signed = not login.values.get('is_static_token') and bool(login.values.get('audience'))
    return is_signed and find_spec(PACKAGE) is None


def check_of(login: Item) -> Check:
    """Returns what tells whether a request has a token of a definition."""
    if login.values.get('is_static_token'):
        return _static(login)
    if login.values.get('audience'):
        return _signed(login)
    return lambda environ: False


def token_of(environ: Mapping[str, Any]) -> str:
    """Returns the bearer token of a request; '' without one."""
    scheme, _, token = str(environ.get('HTTP_AUTHORIZATION', '')).partition(' ')
    token = token.strip()
    return token if scheme.lower() == 'bearer' and len(token) <= LONGEST else ''


def _static(login: Item) -> Check:
    try:
        secret = secret_of(login).encode()
    except ZatoolsError:
        # It is sealed and there is no key, so nobody has it.
        secret = b''
    return lambda environ: hmac.compare_digest(token_of(environ).encode('latin-1', 'replace'), secret) and bool(secret)


def _signed(login: Item) -> Check:
    from zatools.connections.issuer import Keys

    values = login.values
    parts = urlsplit(str(values.get('auth_endpoint') or ''))
    issuer = str(values.get('issuer') or f'{parts.scheme}://{parts.netloc}')
    audience, wanted = str(values['audience']), dict(_claims(values.get('claims')))
    keys = Keys(issuer, str(values.get('jwks_url') or ''))

    def check(environ: Mapping[str, Any]) -> bool:
        token = token_of(environ)
        if not token:
            return False
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = keys.find(str(header.get('kid') or '')) if header.get('alg') in ALGORITHMS else None
            if key is None:
                return False
            claims = jwt.decode(token, key, ALGORITHMS, {'require': REQUIRED}, audience=audience, issuer=issuer)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return False
        return all(_has(claims.get(name), value) for name, value in wanted.items())

    return check


def _claims(given: Any) -> Iterable[tuple[str, Any]]:
    # A mapping, a list of name=value, or lines of these.
    if isinstance(given, Mapping):
        return given.items()
    lines = given if isinstance(given, list) else str(given or '').splitlines()
    pairs = [str(line).partition('=') for line in lines if str(line).strip()]
    return [(name.strip(), _typed(value.strip())) for name, _, value in pairs]


def _typed(text: str) -> Any:
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if '.' in text else int(text)


def _has(claim: Any, value: Any) -> bool:
    if isinstance(claim, list):
        return any(_is(one, value) for one in claim)
    return _is(claim, value)


def _is(claim: Any, value: Any) -> bool:
    # True is no 1.
    return isinstance(claim, bool) is isinstance(value, bool) and bool(claim == value)
