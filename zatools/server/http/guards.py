"""Who may use a channel: what a request must carry for the definition of security, or the groups, that guard it."""

from __future__ import annotations

import hmac
import logging
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from zatools.connections.login import header_of, secret_of
from zatools.errors import ZatoolsError
from zatools.kinds.model import Field
from zatools.kinds.security import KEY_LOGIN, PASSWORD_LOGIN, TOKEN_LOGIN
from zatools.kinds.traits import MEMBERS
from zatools.server.http import tokens
from zatools.state import Item, State

log = logging.getLogger('zatools.server')
#: The header of API keys of groups on 3.2, unless Zato_API_Key_Name names another.
KEY_HEADER = 'X-API-Key'


class Denied(NamedTuple):
    """The answer to a request that may not use a channel. It never says why; the log has `why`, where there is more."""

    status: int
    details: str
    challenge: str = ''
    why: str = ''


class UncheckedError(Exception):
    """Nobody can be let in by a definition, since it can't be checked; the text says why."""


Environ = dict[str, Any]
Guard = Callable[[Environ], Denied | None]
Check = Callable[[Environ], bool]
#: What makes the check of a definition, and the answer to those that it does not let in.
Maker = Callable[[Item], tuple[Check, Denied]]
NO_OTHERS: Mapping[str, Maker] = {}


def _named(item: Item, field: Field, state: State) -> list[Item | None]:
    # What a field names; None for each object that is not known.
    value = item.values.get(field.name) or ()
    return [state.get((field.ref, str(name))) for name in (value if isinstance(value, list) else [value])]


def login_of(item: Item, state: State) -> Item | None:
    """Returns the definition of security that guards a channel by itself; None without one."""
    name = item.kind.login_in(item.values)
    return next((state.get((field.ref, name)) for field in item.kind.accepting if name), None)


def guard_of(
    item: Item, state: State, generation: str, key_header: str, others: Mapping[str, Maker] = NO_OTHERS
) -> Guard | None:
    """Returns what guards a channel; None for one that is public.

    `key_header` is that of API keys of groups on 3.2; `others` are ways to log in that the server keeps something for.
    """
    single = None
    if item.kind.login_in(item.values):
        login = login_of(item, state)
        single = _single(login, {**SINGLE[generation], **others}) if login else _nobody
    group = _guard_of_groups(item, state, generation, key_header)
    if single is None or group is None:
        return single or group
    both = single, group

    def guard(environ: Environ) -> Denied | None:
        return next((denied for one in both if (denied := one(environ))), None)

    return guard


def _groups_of(item: Item, state: State) -> list[Item | None]:
    single = {field.name for field in item.kind.accepting}
    guards = [item.kind.by_name[name] for name in item.kind.guards if name not in single and item.values.get(name)]
    return [group for field in guards for group in _named(item, field, state)]


def members_of(item: Item, state: State) -> list[Item]:
    """Returns the active definitions of security that are members of the groups of a channel."""
    logins = [login for group in _groups_of(item, state) if group for login in _members(group, state)]
    return [login for login in logins if login.values.get('is_active', True)]


def _guard_of_groups(item: Item, state: State, generation: str, key_header: str) -> Guard | None:
    groups = _groups_of(item, state)
    if not groups:
        return None
    if generation == '3.2' and not any(map(_may_have_members, groups)):
        # The platform opens such a channel, too. A group or a member that we don't know must not open it, though.
        return None
    active = members_of(item, state)
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
    checks = [basic([login for login in active if login.kind.login == PASSWORD_LOGIN]), _key(keys, header)]
    if generation != '3.2':
        held = [login for login in active if login.kind.login == TOKEN_LOGIN]
        # Those that no issuer need be asked about come first.
        checks += [tokens.check_of(login) for login in sorted(held, key=_is_signed)]
    return _group(checks, header)


def _is_signed(login: Item) -> tuple[bool, str]:
    return not login.values.get('is_static_token'), login.name


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


def _single(login: Item, ways: Mapping[str, Maker]) -> Guard:
    make = ways.get(login.kind.login, _unsupported)
    if not login.values.get('is_active', True):
        return _nobody
    try:
        check, denied = make(login)
    except UncheckedError as error:
        details = str(error)
        log.error('%s: %s; its channels answer 501', login, details)
        return lambda environ: Denied(501, details)
    return lambda environ: None if check(environ) else denied


def _unsupported(login: Item) -> tuple[Check, Denied]:
    raise UncheckedError(f'{login.kind.title} on channels: not supported by the local server')


def proven(login: Item, generation: str, header: str, others: Mapping[str, Maker] = NO_OTHERS) -> Check:
    """Returns what tells whether a request has a login's credentials; `header` is that of 3.2's keys in groups."""
    checks = []
    # What can't be checked, nobody has.
    with suppress(UncheckedError):
        checks.append({**SINGLE[generation], **others}.get(login.kind.login, _unsupported)(login)[0])
    if login.kind.login == KEY_LOGIN and generation == '3.2':
        checks.append(_key([login], header))
    return lambda environ: any(check(environ) for check in checks)


def once(name: str, check: Check) -> Check:
    """Returns a check that is made once a request: one that costs a call, or that lets in one time only."""

    def asked(environ: Environ) -> bool:
        known: dict[str, bool] = environ.setdefault('zatools.known', {})
        if name not in known:
            known[name] = check(environ)
        return known[name]

    return asked


def _single_user(login: Item) -> tuple[Check, Denied]:
    realm = str(login.values.get('realm') or 'zato').replace('"', '')
    return basic([login]), Denied(401, 'Unauthorized', f'Basic realm="{realm}"')


def _single_key(login: Item) -> tuple[Check, Denied]:
    return _key([login], header_of(login)), Denied(401, '401 Unauthorized')


def _single_token(login: Item) -> tuple[Check, Denied]:
    if tokens.lacks_package(login):
        raise UncheckedError(tokens.NEEDED)
    return tokens.check_of(login), Denied(401, '401 Unauthorized', 'Bearer')


OF_BOTH: Mapping[str, Maker] = {PASSWORD_LOGIN: _single_user, KEY_LOGIN: _single_key}
#: What guards a channel with one definition, by generation and how that logs in; what isn't here is not served.
SINGLE: Mapping[str, Mapping[str, Maker]] = {'3.2': OF_BOTH, '4.1': {**OF_BOTH, TOKEN_LOGIN: _single_token}}


def _group(checks: Sequence[Check], header: str) -> Guard:
    name = _environ_name(header)

    def guard(environ: Environ) -> Denied | None:
        if 'HTTP_AUTHORIZATION' in environ and name in environ:
            return Denied(400, 'Bad request')
        if any(check(environ) for check in checks):
            return None
        return Denied(403, 'Forbidden')

    return guard


def basic(logins: list[Item]) -> Check:
    """Returns what tells whether a request has the user and the password of one of some definitions."""
    known = _known(logins)
    return lambda environ: _is_among(known, *credentials(environ))


def is_known(logins: list[Item], user: bytes, password: bytes) -> bool:
    """Tells whether a user and a password are those of one of some definitions."""
    return _is_among(_known(logins), user, password)


def _known(logins: list[Item]) -> list[tuple[bytes, bytes]]:
    return [(str(login.values.get('username') or '').encode(), _secret(login)) for login in logins]


def _is_among(known: Sequence[tuple[bytes, bytes]], user: bytes, password: bytes) -> bool:
    is_known = False
    for name, secret in known:
        # Both are always compared, since the time that it takes must not tell which of them is wrong.
        is_user, is_password = hmac.compare_digest(user, name), hmac.compare_digest(password, secret)
        is_known |= is_user and is_password and bool(secret)
    return is_known


def credentials(environ: Mapping[str, Any]) -> tuple[bytes, bytes]:
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
