"""3.2's RBAC: which callers may use a service, by the roles that they have and by what these may do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zatools.kinds import rbac
from zatools.kinds.traits import ROLES
from zatools.server.http.guards import Check, Denied, Environ, Guard, login_of, members_of
from zatools.state import Item, State

log = logging.getLogger('zatools.server')
#: Fields of channels that say that roles count.
FIELDS = ('has_rbac', 'sec_use_rbac')
#: The permission that a request needs, by its method; a method that isn't here nobody may use.
NEEDED: Mapping[str, str] = {
    'POST': 'Create',
    'GET': 'Read',
    'HEAD': 'Read',
    'PUT': 'Update',
    'PATCH': 'Update',
    'DELETE': 'Delete',
}
#: What a request is known to be allowed: where JSON-RPC, whose methods are services, asks for each call.
ALLOWS = 'zatools.allows'
#: Whose request it is, where a channel has no definition of its own.
CALLER = 'zatools.login'


def is_ruled(item: Item, generation: str) -> bool:
    """Tells whether roles say who may use a channel."""
    return generation == '3.2' and any(item.values.get(name) for name in FIELDS)


@dataclass(frozen=True)
class Rules:
    """Who has which roles, what these extend, and what they may do."""

    held: Mapping[str, frozenset[str]]
    parents: Mapping[str, str]
    granted: Mapping[str, frozenset[tuple[str, str]]]

    def roles_of(self, login: Item) -> set[str]:
        """Returns the roles of a definition, with all that they extend; Root is nobody's."""
        found: set[str] = set()
        for role in self.held.get(client_of(login), ()):
            while role and role not in found and role != rbac.ROOT:
                found.add(role)
                role = self.parents.get(role, '')
        return found

    def allows(self, login: Item, method: str, service: str) -> bool:
        """Tells whether a definition may send requests of a method to a service."""
        wanted = NEEDED.get(method, ''), service
        return any(wanted in self.granted.get(role, ()) for role in self.roles_of(login))


def client_of(login: Item) -> str:
    """Returns what client roles call a definition."""
    return rbac.client_of(str(login.kind.type_or_none), login.name)


def rules_of(state: State) -> Rules:
    """Returns the rules that definitions make."""
    held: dict[str, set[str]] = {}
    granted: dict[str, set[tuple[str, str]]] = {}
    parents = {}
    for item in state.values():
        if item.kind.served != ROLES:
            continue
        values = {name: str(value) for name, value in item.values.items()}
        role = values.get('role', '')
        if 'client_def' in values:
            held.setdefault(values['client_def'], set()).add(role)
        elif 'permission' in values:
            granted.setdefault(role, set()).add((values['permission'], values.get('service', '')))
        elif 'parent' in values:
            parents[item.name] = values['parent']
    frozen = {name: frozenset(rights) for name, rights in granted.items()}
    return Rules({name: frozenset(roles) for name, roles in held.items()}, parents, frozen)


def callers_of(item: Item, state: State) -> list[Item]:
    """Returns the definitions that callers of a channel may be: its own, its groups', or all that have a role."""
    if login := login_of(item, state):
        return [login]
    if members := members_of(item, state):
        return members
    if item.kind.login_in(item.values):
        return []
    held = rules_of(state).held
    found = [one for one in state.values() if one.kind.login and client_of(one) in held]
    return [one for one in found if one.values.get('is_active', True)]


def ruled(item: Item, state: State, guard: Guard | None, proof: Callable[[Item], Check], is_called: bool) -> Guard:
    """Returns what guards a channel whose callers need a role, besides what guards it otherwise.

    Where the channel itself is what `is_called`, its service counts; else that of each call in it.
    """
    rules, service = rules_of(state), str(item.values.get('service') or '')
    callers = [(login, proof(login)) for login in callers_of(item, state)]
    if rules.granted.get(rbac.ROOT):
        log.warning('%s: what the role %s may do counts for nobody: it is for what others extend', item, rbac.ROOT)

    def ask(environ: Environ) -> Denied | None:
        if guard and (denied := guard(environ)):
            return denied
        # All are asked, since the time that it takes must not tell which of them it is.
        known = [login for login, is_of in callers if is_of(environ)]
        if not known:
            return Denied(401, 'Unauthorized')
        environ[CALLER], method = known[0], environ['REQUEST_METHOD']

        def allows(name: str) -> bool:
            return any(rules.allows(login, method, name) for login in known)

        environ[ALLOWS] = allows
        if not is_called or allows(service):
            return None
        return Denied(403, 'Forbidden', why=_why(known, method, service))

    return ask


def _why(known: Sequence[Item], method: str, service: str) -> str:
    names = ', '.join(f"'{name}'" for name in _names(known))
    if method not in NEEDED:
        return f'no permission is for {method}'
    return f"no role of {names} has {NEEDED[method]} for '{service}'"


def _names(known: Sequence[Item]) -> Iterator[str]:
    return (login.name for login in known)
