"""Secrets of calls that were found elsewhere: each becomes a variable of the environment, and is kept nowhere."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from urllib.parse import unquote

from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import BASIC, BEARER, Call, Login
from zatools.apitest.secrets import (
    ADDRESS,
    CREDENTIAL_NAME,
    NAMED,
    SESSION,
    WORD,
    Secrets,
    is_credential,
    without_login,
)
from zatools.secret import without_password

#: Characters of a cookie's value that may be a secret.
SHORTEST_COOKIE = 4


class Hidden:
    """The variables that stand for the secrets of one source: the same value has the same variable."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._secrets = Secrets()

    def take(self, value: str, name: str) -> str:
        """Returns the text that stands for a secret; one that refers to a variable stays as it is."""
        if not value or notation.has_reference(value):
            return value
        if value not in self._names:
            self._names[value] = self._free(name)
            self._secrets.track(value, '')
        return self._names[value]

    def _free(self, name: str) -> str:
        found, number = notation.environment(name), 2
        while found in self._names.values():
            found, number = notation.environment(f'{name}_{number}'), number + 1
        return found

    def mask(self, text: str) -> str:
        """Returns a text for people, such as a script, without the secrets that were met."""
        masked = self._secrets.mask(without_password(text))
        return NAMED.sub(self._masked, masked)

    def _masked(self, match: re.Match[str]) -> str:
        name, value = pair_of(match)
        if CREDENTIAL_NAME.search(name):
            return match[0].replace(value, '******')
        return match[0]

    def in_text(self, text: str) -> str:
        """Returns a body that is neither JSON nor a form with its credentials as variables."""

        def hidden(match: re.Match[str]) -> str:
            name, value = pair_of(match)
            if not CREDENTIAL_NAME.search(name) or notation.has_reference(value):
                return match[0]
            return match[0].replace(value, self.take(value, name))

        return NAMED.sub(hidden, text)

    def call(self, call: Call) -> Call:
        """Returns a call with its secrets as variables, and its login as a login."""
        headers, logins, cookies = [], [call.login], list(call.cookies)
        url, user = _without_user(call.url)
        if user:
            logins.append(user)
        for name, value in call.headers:
            lower = name.lower()
            if lower == 'authorization' and (login := login_of(value)):
                logins.append(login)
            elif lower == 'cookie':
                cookies += _cookies(value)
            elif is_credential(name):
                headers.append((name, self.take(value, name)))
            else:
                headers.append((name, value))
        login = next(filter(None, reversed(logins)), None)
        return replace(
            call,
            url=url,
            headers=tuple(headers),
            cookies=tuple((name, self._cookie(name, value)) for name, value in cookies),
            query=tuple((name, self.parameter(name, value)) for name, value in call.query),
            body=replace(
                call.body, fields=tuple((name, self.parameter(name, value)) for name, value in call.body.fields)
            ),
            login=self._login(login),
        )

    def parameter(self, name: str, value: str) -> str:
        """Returns the value of a parameter or field; that of a credential is a variable."""
        if is_credential(name) or CREDENTIAL_NAME.search(name):
            return self.take(value, name)
        return value

    def _cookie(self, name: str, value: str) -> str:
        if len(value) < SHORTEST_COOKIE or (WORD.fullmatch(value) and not SESSION.search(name)):
            return value
        return self.take(value, name)

    def _login(self, login: Login | None) -> Login | None:
        if login is None:
            return None
        name = 'token'
        if login.sort != BEARER:
            name = 'password'
        return replace(login, secret=self.take(login.secret, name))


def pair_of(match: re.Match[str]) -> tuple[str, str]:
    """Returns the name and the value that a pattern for named values has found, as they are written."""
    last = match.lastindex or 2
    return match[last - 1], match[last]


def login_of(header: str) -> Login | None:
    """Returns the login of a header Authorization; None for other schemes."""
    scheme, _, rest = header.partition(' ')
    if scheme.lower() == 'bearer' and rest:
        return Login(BEARER, '', rest.strip())
    if scheme.lower() != 'basic':
        return None
    try:
        text = base64.b64decode(rest, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    user, sign, password = text.partition(':')
    if not sign:
        return None
    return Login(BASIC, notation.plain(user), notation.plain(password))


def _cookies(header: str) -> list[tuple[str, str]]:
    pairs = [piece.strip().partition('=') for piece in header.split(';')]
    return [(name, value) for name, sign, value in pairs if sign]


def _without_user(url: str) -> tuple[str, Login | None]:
    match = ADDRESS.match(url)
    if not match or not match[2]:
        return url, None
    user, _, password = match[2].partition(':')
    return without_login(url), Login(BASIC, unquote(user), unquote(password))
