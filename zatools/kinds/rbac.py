"""3.2's role-based access control: roles, permissions, and who has which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds.fields import NAME, V32
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.security import STORED
from zatools.kinds.traits import DEFINITION, ROLES

#: The platform's own role for those who deploy services.
IDE = 'IDE Publishers'
#: The platform's own roles and permissions, which others may refer to.
ROOT, VERBS = 'Root', ('Create', 'Read', 'Update', 'Delete')


def _own(*names: str) -> Per:
    return Per(frozenset(names), frozenset())


def client_of(type_: str, name: str) -> str:
    """Returns what client roles call a definition of security."""
    return f'sec_def:::{STORED.get(type_, type_)}:::{name}'


def _link_name(values: Mapping[str, Any]) -> str:
    return f'{values["client_def"]}:::{values["role"]}'


def _permission_name(values: Mapping[str, Any]) -> str:
    return f'{values["role"]}:::{values["service"]}::{values["permission"]}'


def _used(name: str, doc: str, prefix: str, ref: str, example: str) -> Field:
    # The platform's files and lists call it by its name and its id, ours by what it is.
    names = f'{prefix}_name', f'{prefix}_id'
    return Field(name, doc, column=names[1], ref=ref, required=True, spelling=names[0], aliases=names, example=example)


GRANTED = _used('role', 'The role.', 'role', 'rbac_role', 'my-rbac-role')
ROLE = Kind(
    'rbac_role',
    'RBAC roles (3.2).',
    (Row('rbac_role', nothing='"{}"'),),
    (NAME, _used('parent', 'Role that it extends; `Root` is the first one.', 'parent', 'rbac_role', ROOT)),
    generations=V32,
    aliases=('rbac_role',),
    internal=_own(ROOT, IDE),
    leftovers=('parent_name',),
    role=DEFINITION,
    noun='RBAC role',
    served=ROLES,
    admin='zato.security.rbac.role',
)
PERMISSION = Kind(
    'rbac_permission',
    'RBAC permissions (3.2): names of what may be done.',
    (Row('rbac_perm', nothing='"{}"'),),
    (NAME,),
    generations=V32,
    aliases=('rbac_permission',),
    internal=_own(*VERBS),
    role=DEFINITION,
    noun='RBAC permission',
    served=ROLES,
    admin='zato.security.rbac.permission',
)
CLIENT_ROLE = Kind(
    'rbac_client_role',
    'RBAC client roles (3.2): who has a role.',
    (Row('rbac_client_role', nothing='"{}"', follows={'name': _link_name}),),
    (
        Field(
            'client_def',
            'Who has the role: `sec_def:::<type>:::<name of a security definition>`.',
            required=True,
            example='sec_def:::basic_auth:::my-basic-auth',
        ),
        GRANTED,
    ),
    generations=V32,
    identity=('client_def', 'role'),
    # 3.2's enmasse wants an id that it does not use, and knows an object again by this name.
    stated=Per({'name': _link_name, 'role_id': 0}, {}),
    aliases=('rbac_client_role',),
    noise={'name': None},
    leftovers=('role_name',),
    internal=_own(f'sec_def:::basic_auth:::ide_publisher, {IDE}'),
    noun='RBAC client role',
    served=ROLES,
    admin='zato.security.rbac.client-role',
)
ROLE_PERMISSION = Kind(
    'rbac_role_permission',
    'RBAC role permissions (3.2): what a role may do with a service.',
    (Row('rbac_role_perm', nothing='"{}"'),),
    (
        GRANTED,
        _used('permission', 'What it may do.', 'perm', 'rbac_permission', 'Read'),
        _used('service', 'The service.', 'service', 'service', 'my.service'),
    ),
    generations=V32,
    identity=('role', 'permission', 'service'),
    stated=Per({'name': _permission_name, 'role_id': 0, 'perm_id': 0, 'service_id': 0}, {}),
    aliases=('rbac_role_permission',),
    noise={'name': None},
    leftovers=('role_name', 'perm_name', 'service_name'),
    internal=_own(*(f'{IDE}, {verb}, zato.ide-deploy.create' for verb in VERBS)),
    noun='RBAC role permission',
    served=ROLES,
    admin='zato.security.rbac.role-permission',
)
KINDS = (ROLE, PERMISSION, CLIENT_ROLE, ROLE_PERMISSION)
