"""What `import zato.apitest` finds: names of zato-apitest, of all its versions, that projects use."""

from __future__ import annotations

import uuid

from zatools import __version__ as version

INVALID = Invalid = f'invalid-{uuid.uuid4().hex}'
NO_VALUE = No_Value = f'no-value-{uuid.uuid4().hex}'


class AUTH:
    """Kinds of logins."""

    BASIC_AUTH = Basic_Auth = 'basic-auth'


class CHANNEL_TYPE:  # noqa: N801
    """Kinds of channels."""

    HTTP = 'http'
    WEB_SOCKETS = 'web-sockets'
    REST = 'rest'
    WSX = 'wsx'


Auth, Channel_Type = AUTH, CHANNEL_TYPE

__all__ = ['AUTH', 'CHANNEL_TYPE', 'INVALID', 'NO_VALUE', 'Auth', 'Channel_Type', 'Invalid', 'No_Value', 'version']

#: The names under which projects import all this, and the modules of ours that they get.
MODULES = {
    'zato.apitest': 'zatools.apitest.shim',
    'zato.apitest.util': 'zatools.apitest.shim.util',
    'zato.apitest.steps': 'zatools.apitest.shim.steps',
    'zato.apitest.steps.json': 'zatools.apitest.shim.steps.json',
    'zato.apitest.steps.common': 'zatools.apitest.shim.steps.common',
    'zato.apitest.typing_': 'zatools.apitest.shim.typing_',
} | dict.fromkeys(
    (f'zato.apitest.steps.{name}' for name in ('sql', 'cassandra_', 'xml', 'zato_', 'insert_csv')),
    'zatools.apitest.shim.steps.empty',
)
#: Modules that generated files import, and that need not be installed.
FALLBACKS = {
    'zato': '',
    'bunch': 'zatools.apitest.bunch',
    'datadiff': '',
    'datadiff.tools': 'zatools.apitest.shim.datadiff',
    'distutils': '',
    'distutils.util': 'zatools.apitest.shim.distutils',
}
