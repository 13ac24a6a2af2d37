"""The module for `import zato.apitest`: the names that projects use, of all versions of zato-apitest."""

from __future__ import annotations

import re
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

#: Modules that projects import, and the modules of ours that they get.
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
#: Modules that files made by zato-apitest import; ours are used where these are not installed.
FALLBACKS = {
    'zato': '',
    'bunch': 'zatools.apitest.values.bunch',
    'datadiff': '',
    'datadiff.tools': 'zatools.apitest.shim.datadiff',
    'distutils': '',
    'distutils.util': 'zatools.apitest.shim.distutils',
}
#: Names of zato-apitest that we don't have, as regular expressions, and what to do instead.
ABSENT = (
    (r'\.(run|cli|init)(\.|$)', 'run the program instead: apitest run PATH, apitest init PATH'),
    (r'\.test(\.|$)', 'it served the unit tests of zato-apitest itself'),
    (
        r'\.steps\.(sql|insert_csv|cassandra_?|zato_|wsx)(\.|$)',
        'steps for SQL, CSV, Cassandra and WebSocket are not there',
    ),
    (r'\.(given|when|then|and|oauth2)_\w+$', "run the step by its text: context.execute_steps('Given …')"),
    (r'^zato\.apitest\b', 'what there is: docs/apitest.md, "Coming from zato-apitest"'),
    (r'^zato\b', 'of zato, tests can import zato.apitest only'),
)


def instead(name: str) -> str:
    """Returns what to do instead of importing a name of zato-apitest that we don't have; '' for other names."""
    return next((hint for pattern, hint in ABSENT if name.startswith('zato') and re.search(pattern, name)), '')
