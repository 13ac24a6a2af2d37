"""REST channels: which of them a request is for."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.connections.login import header_of
from zatools.kinds.jsonrpc import SERVICES
from zatools.kinds.security import CERTIFICATE_LOGIN
from zatools.server.http import roles
from zatools.server.http.certificates import FINGERPRINT, SUBJECT, VERIFY
from zatools.server.http.guards import (  # fmt: skip
    KEY_HEADER,
    NO_OTHERS,
    Check,
    Guard,
    Maker,
    guard_of,
    login_of,
    members_of,
    proven,
)
from zatools.state import Item, State

if TYPE_CHECKING:
    from zatools.server.http.cached import Cache
    from zatools.server.http.limits import Gate

log = logging.getLogger('zatools.server')
METHODS = frozenset({'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'})
#: Fields whose value says that calls are limited, of either generation.
LIMITING = ('is_rate_limit_active', 'rate_limiting')
PARAMETER = re.compile(r'\{([^{}]+)\}')
CHARACTERS = {'3.2': r'\w $.\-:|=~^', '4.1': r'\w $.\-:|=~^%@+,;!()'}


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
    #: The version of SOAP that it speaks, '' for none; the action that its requests have on 3.2.
    soap: str = ''
    action: str = ''
    #: The limits of its calls, and the responses that it keeps, where it has any.
    gate: Gate | None = None
    cache: Cache | None = None

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

    def find(self, path: str, method: str, accept: str, action: str = '') -> Found:
        """Returns the channel of a request; `action` is SOAP's."""
        allowed: list[str] = []
        path = _without_slash(path, self._generation)
        for channel in self._exact.get(path, ()):
            if _matches(channel, method, accept, allowed) and self._is_meant(channel, action):
                return Found(channel, {})
        for pattern, channel in self._patterns:
            values = pattern.match(path)
            if values and _matches(channel, method, accept, allowed) and self._is_meant(channel, action):
                names = PARAMETER.findall(channel.path)
                return Found(channel, dict(zip(names, values, strict=True)))
        return Found(None, {}, tuple(allowed))

    def _is_meant(self, channel: Channel, action: str) -> bool:
        # The action tells 3.2's SOAP channels apart; 4.1 leaves it to the service.
        return not channel.soap or self._generation != '3.2' or channel.action == action


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


def _logins_of(item: Item, state: State, generation: str) -> list[Item]:
    login, more = login_of(item, state), []
    if roles.is_ruled(item, generation):
        more = roles.callers_of(item, state)
    return list({one.key: one for one in [*([login] if login else []), *members_of(item, state), *more]}.values())


def _gate_of(
    item: Item, state: State, counting: dict[Any, Any], generation: str, proof: Callable[[Item], Check]
) -> Gate | None:
    limited = [
        one for one in (item, *_logins_of(item, state, generation)) if any(one.values.get(name) for name in LIMITING)
    ]
    if not limited:
        return None
    from zatools.server.http.limits import Gate, limits_of

    found = {}
    for one in limited:
        key = one.key, generation, *(str(one.values.get(name)) for name in (*LIMITING, 'rate_limit_def'))
        if key not in counting:
            counting[key] = limits_of(one, generation)
        if counting[key]:
            found[one.key] = counting[key]
    own = found.pop(item.key, None)
    logins = [(found[one.key], proof(one)) for one in limited if one.key in found]
    return Gate(own, logins, generation)


def _version_of(item: Item) -> str:
    # Only SOAP channels have the field, and each has a version: 1.1 where it says none.
    field = item.kind.by_name.get('soap_version')
    return '' if field is None else str(item.values.get('soap_version') or field.default)


def _cache_of(item: Item, state: State, generation: str) -> Cache | None:
    given = item.values.get('response_cache')
    if item.values.get('cache_name'):
        log.warning('%s: its cache_name changes nothing here: responses are kept on 4.1 only', item)
    if not isinstance(given, Mapping):
        return None
    from zatools.server.http.cached import Cache, wanted_of

    try:
        wanted = wanted_of(given)
    except (ValueError, TypeError) as error:
        log.error('%s: response_cache can not be read, nothing is kept: %s', item, error)
        return None
    logins = _logins_of(item, state, generation)
    headers = dict.fromkeys(['Authorization', *(header_of(one) for one in logins)])
    names = [f'HTTP_{name.upper().replace("-", "_")}' for name in headers]
    if any(one.kind.login == CERTIFICATE_LOGIN for one in logins):
        names += [VERIFY, FINGERPRINT, SUBJECT]
    return Cache(wanted, tuple(names)) if wanted else None


def channel_of(
    item: Item,
    state: State,
    generation: str,
    key_header: str = KEY_HEADER,
    counting: dict[Any, Any] | None = None,
    others: Mapping[str, Maker] = NO_OTHERS,
) -> Channel:
    """Returns the channel of a definition; `key_header` is that of all API keys of groups on 3.2.

    `counting` are the limits of what was asked before: their counts go on where a definition is the same. `others` are
    ways to log in that the server keeps something for.
    """
    values = item.values
    proof = partial(proven, generation=generation, header=key_header, others=others)
    path = _without_slash(str(values.get('url_path') or ''), generation)
    slash = values.get('match_slash', generation != '3.2')
    guard = guard_of(item, state, generation, key_header, others)
    if roles.is_ruled(item, generation):
        guard = roles.ruled(item, state, guard, proof, is_called=SERVICES not in item.kind.by_name)
    return Channel(
        item,
        item.name,
        str(values.get('service') or ''),
        path,
        '' if _version_of(item) else str(values.get('data_format') or ''),
        str(values.get('method', item.kind.by_name['method'].default_of(generation)) or ''),
        '' if values.get('http_accept') in (None, '', '*/*') else str(values['http_accept']),
        values.get('merge_url_params_req', True) is not False,
        values.get('url_params_pri') == 'path-over-qs',
        guard,
        _pattern(path, generation, bool(slash)),
        login_of(item, state),
        _version_of(item),
        str(values.get('soap_action') or ''),
        _gate_of(item, state, {} if counting is None else counting, generation, proof),
        _cache_of(item, state, generation),
    )
