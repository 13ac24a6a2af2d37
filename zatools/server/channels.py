"""REST channels: which of them a request is for, and who may use it."""

from __future__ import annotations

import hmac
import logging
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from zatools.connections.login import header_of, secret_of
from zatools.errors import ZatoolsError
from zatools.kinds.model import Field
from zatools.kinds.security import KEY_LOGIN, PASSWORD_LOGIN
from zatools.kinds.traits import MEMBERS
from zatools.state import Item, State

log = logging.getLogger('zatools.server')
#: The header of API keys of groups on 3.2, unless Zato_API_Key_Name names another.
KEY_HEADER = 'X-API-Key'
METHODS = frozenset({'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'})
PARAMETER = re.compile(r'\{([^{}]+)\}')
CHARACTERS = {'3.2': r'\w $.\-:|=~^', '4.1': r'\w $.\-:|=~^%@+,;!()'}


class Denied(NamedTuple):
    """The answer to a request that may not use a channel. It never says why."""

    status: int
    details: str
    challenge: str = ''


Environ = Mapping[str, Any]
Guard = Callable[[Environ], Denied | None]
Check = Callable[[Environ], bool]


@dataclass(frozen=True)
class Pattern:
    """A path with parameters: the texts around them, and the letters that parameters are made of."""

    texts: tuple[str, ...]
    letters: re.Pattern[str]

    def match(self, path: str) -> tuple[str, ...]:
        """Returns the values of the parameters, () where the path does not match. Early values are as long as possible.

        It searches from the end and looks at a path once. A regular expression would try all ways to split it.
        """
        start, end = len(self.texts[0]), len(path) - len(self.texts[-1])
        if end <= start or not path.startswith(self.texts[0]) or not path.endswith(self.texts[-1]):
            return ()
        values = []
        for text in self.texts[-2:0:-1]:
            position = path.rfind(text, start + 1, end - 1)
            if position < 0:
                return ()
            values.append(path[position + len(text) : end])
            end = position
        values.append(path[start:end])
        if not all(map(self.letters.fullmatch, values)):
            return ()
        return tuple(reversed(values))


@dataclass(frozen=True)
class Channel:
    """An active REST channel, ready to be matched."""

    item: Item
    name: str
    service: str
    path: str
    data_format: str
    method: str
    accept: str
    merges: bool
    is_path_first: bool
    guard: Guard | None
    pattern: Pattern | None = None
    login: Item | None = None

    def takes(self, method: str) -> bool:
        """Tells whether a method is let in; an empty one in the definition is any."""
        return not self.method or method in self.method.upper().split('|')


class Found(NamedTuple):
    """The outcome of matching: a channel and its path parameters, or the methods that the path would take."""

    channel: Channel | None
    params: Mapping[str, str]
    allowed: tuple[str, ...] = ()


class Router:
    """All channels: exact paths first, then patterns, those with more literal letters first."""

    def __init__(self, channels: Iterable[Channel], generation: str = '3.2') -> None:
        self._generation = generation
        self._exact: dict[str, list[Channel]] = {}
        patterns = []
        for channel in channels:
            if channel.pattern is None:
                self._exact.setdefault(channel.path, []).append(channel)
            else:
                patterns.append((channel.pattern, channel))
        self._patterns = sorted(patterns, key=lambda one: -len(PARAMETER.sub('', one[1].path)))

    def find(self, path: str, method: str, accept: str) -> Found:
        """Returns the channel of a request."""
        allowed: list[str] = []
        path = _without_slash(path, self._generation)
        for channel in self._exact.get(path, ()):
            if _matches(channel, method, accept, allowed):
                return Found(channel, {})
        for pattern, channel in self._patterns:
            values = pattern.match(path)
            if values and _matches(channel, method, accept, allowed):
                names = PARAMETER.findall(channel.path)
                return Found(channel, dict(zip(names, values, strict=True)))
        return Found(None, {}, tuple(allowed))


def _matches(channel: Channel, method: str, accept: str, allowed: list[str]) -> bool:
    if channel.accept and not any(fnmatchcase(one, channel.accept) for one in accept.split(',')):
        return False
    if not channel.takes(method):
        allowed.extend(channel.method.upper().split('|'))
        return False
    return True


def _without_slash(path: str, generation: str) -> str:
    # A slash at the end counts on 3.2 only.
    if generation == '3.2':
        return path
    return path.rstrip('/') or '/'


def _pattern(path: str, generation: str, matches_slash: bool) -> Pattern | None:
    if not PARAMETER.search(path):
        return None
    letters = CHARACTERS[generation] + ('/' if matches_slash else '')
    return Pattern(tuple(PARAMETER.split(path)[::2]), re.compile(f'[{letters}]+'))


def channel_of(item: Item, state: State, generation: str, key_header: str = KEY_HEADER) -> Channel:
    """Returns the channel of a definition; `key_header` is that of all API keys of groups on 3.2."""
    values = item.values
    path = _without_slash(str(values.get('url_path') or ''), generation)
    slash = values.get('match_slash', generation != '3.2')
    return Channel(
        item,
        item.name,
        str(values.get('service') or ''),
        path,
        str(values.get('data_format') or ''),
        str(values.get('method') or ''),
        '' if values.get('http_accept') in (None, '', '*/*') else str(values['http_accept']),
        values.get('merge_url_params_req', True) is not False,
        values.get('url_params_pri') == 'path-over-qs',
        _guard(item, state, generation, key_header),
        _pattern(path, generation, bool(slash)),
        _login_of(item, state),
    )


def _named(item: Item, field: Field, state: State) -> list[Item | None]:
    # What a field names; None for each object that is not known.
    value = item.values.get(field.name) or ()
    return [state.get((field.ref, str(name))) for name in (value if isinstance(value, list) else [value])]


def _login_of(item: Item, state: State) -> Item | None:
    name = item.kind.login_in(item.values)
    return next((state.get((field.ref, name)) for field in item.kind.accepting if name), None)


def _guard(item: Item, state: State, generation: str, key_header: str) -> Guard | None:
    if item.kind.login_in(item.values):
        login = _login_of(item, state)
        return _single(login) if login else _nobody
    guards = [item.kind.by_name[name] for name in item.kind.guards if item.values.get(name)]
    groups = [group for field in guards for group in _named(item, field, state)]
    if not groups:
        return None
    if generation == '3.2' and not any(map(_may_have_members, groups)):
        # The platform opens such a channel, too. A group or a member that we don't know must not open it, though.
        return None
    logins = [login for group in groups if group for login in _members(group, state)]
    active = [login for login in logins if login.values.get('is_active', True)]
    keys = [login for login in active if login.kind.login == KEY_LOGIN]
    # One header counts for all keys: on 3.2 that of the server, on 4.1 that of the first key.
    header = ''
    if generation == '3.2':
        header = key_header
    elif keys:
        header = header_of(keys[0])
    _say_headers(item, keys, header, generation)
    if generation != '3.2':
        keys = [login for login in keys if header_of(login).lower() == header.lower()]
    return _group([login for login in active if login.kind.login == PASSWORD_LOGIN], keys, header)


def _members(group: Item, state: State) -> list[Item]:
    fields = [group.kind.by_name[name] for name in group.kind.meaning(MEMBERS)]
    return [login for field in fields for login in _named(group, field, state) if login]


def _may_have_members(group: Item | None) -> bool:
    return group is None or any(group.values.get(name) for name in group.kind.meaning(MEMBERS))


def _say_headers(item: Item, keys: list[Item], header: str, generation: str) -> None:
    others = [login.name for login in keys if header_of(login).lower() != header.lower()]
    if others:
        what = 'they are not let in'
        if generation == '3.2':
            what = 'it is this header for them too'
        log.warning('%s: API keys of its groups come in the header %s; %s: %s', item, header, ', '.join(others), what)


def _nobody(environ: Environ) -> Denied | None:
    return Denied(401, 'Unauthorized')


def _secret(login: Item) -> bytes:
    try:
        return secret_of(login).encode()
    except ZatoolsError:
        # The secret is sealed and there is no key, so nobody can log in.
        return b''


def _single(login: Item) -> Guard:
    make = SINGLE.get(login.kind.login)
    if make is None:
        details = f'{login.kind.title} on channels: not supported by the local server'
        return lambda environ: Denied(501, details)
    if not login.values.get('is_active', True):
        return _nobody
    check, denied = make(login)
    return lambda environ: None if check(environ) else denied


def _single_user(login: Item) -> tuple[Check, Denied]:
    realm = str(login.values.get('realm') or 'zato').replace('"', '')
    return _basic([login]), Denied(401, 'Unauthorized', f'Basic realm="{realm}"')


def _single_key(login: Item) -> tuple[Check, Denied]:
    return _key([login], header_of(login)), Denied(401, '401 Unauthorized')


#: What guards a channel with one definition, by how that logs in; what isn't here is not served.
SINGLE: Mapping[str, Callable[[Item], tuple[Check, Denied]]] = {PASSWORD_LOGIN: _single_user, KEY_LOGIN: _single_key}


def _group(basic_logins: list[Item], keys: list[Item], header: str) -> Guard:
    basics = _basic(basic_logins)
    key = _key(keys, header)
    name = _environ_name(header)

    def guard(environ: Environ) -> Denied | None:
        if 'HTTP_AUTHORIZATION' in environ and name in environ:
            return Denied(400, 'Bad request')
        if basics(environ) or key(environ):
            return None
        return Denied(403, 'Forbidden')

    return guard


def _basic(logins: list[Item]) -> Check:
    known = [(str(login.values.get('username') or '').encode(), _secret(login)) for login in logins]

    def check(environ: Environ) -> bool:
        user, password = credentials(environ)
        is_known = False
        for name, secret in known:
            # Both are always compared, since the time that it takes must not tell which of them is wrong.
            is_user, is_password = hmac.compare_digest(user, name), hmac.compare_digest(password, secret)
            is_known |= is_user and is_password and bool(secret)
        return is_known

    return check


def credentials(environ: Environ) -> tuple[bytes, bytes]:
    """Returns the user and password of Basic Auth; empty where there are none."""
    scheme, _, value = str(environ.get('HTTP_AUTHORIZATION', '')).partition(' ')
    if scheme.lower() != 'basic':
        return b'', b''
    try:
        user, _, password = b64decode(value.strip(), validate=True).partition(b':')
    except ValueError:
        return b'', b''
    return user, password


def _environ_name(header: str) -> str:
    return f'HTTP_{header.upper().replace("-", "_")}'


def _key(logins: list[Item], header: str) -> Check:
    name, secrets = _environ_name(header), [_secret(login) for login in logins]

    def check(environ: Environ) -> bool:
        is_known = False
        value = str(environ.get(name, '')).encode('latin-1', 'replace')
        for secret in secrets:
            is_known |= hmac.compare_digest(value, secret) and bool(secret)
        return is_known

    return check
