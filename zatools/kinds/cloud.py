"""Cloud services: rows of `generic_conn`."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, STATED_32, V32, password
from zatools.kinds.generic import connection
from zatools.kinds.model import Field, Per
from zatools.kinds.traits import ENDPOINT, OUTGOING

JIRA = connection(
    'jira',
    'cloud-jira',
    'Connections to Jira.',
    (
        NAME,
        ACTIVE,
        Field('address', 'URL of Jira.', required=True, example='https://example.atlassian.net', means=ENDPOINT),
        Field('username', 'User name.', required=True, example='jira@example.com'),
        password('API token of the user.', 'secret', aliases=('api_token', 'password')),
        Field('is_cloud', 'Whether it is Jira Cloud.', 'boolean', True, written=IN_ROWS),
        Field('api_version', 'Version of its API.', default=Per('3', 'v1'), written=IN_ROWS),
        Field('recv_timeout', 'Milliseconds to wait for an answer.', 'integer', 250, generations=V32, written=IN_ROWS),
        Field('pool_size', 'Connections kept open.', 'integer', 20, minimum=0, written=STATED_32),
    ),
    role=OUTGOING,
    noun='Jira connection',
    leftovers=('password', 'api_token'),
)
KINDS = (JIRA,)
