"""Cloud services and chats: rows of `generic_conn`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, NEEDED, STATED_32, V32, V41, password
from zatools.kinds.generic import RECV_TIMEOUT, RECV_TIMEOUT_32, connection, held_once, pool, same, secret
from zatools.kinds.model import Becomes, Field, Kind, Per
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, TOKEN_ENDPOINT, Asked

ADDRESS = Field('address', 'URL of the service.', required=True, example='https://example.com', means=ENDPOINT)
USERNAME = Field('username', 'User name.', required=True, example='api@example.com')
TOKEN = secret('API token of the user.', 'api_token', 'password')
IS_CLOUD = Field('is_cloud', "Whether it is the vendor's cloud.", 'boolean', True, written=NEEDED)
API_VERSION = Field('api_version', 'Version of its API.', default=Per('3', 'v1'), written=NEEDED)
TIMEOUT = Field('timeout', 'Seconds to wait for an answer.', 'integer', 250, generations=V41, minimum=0)
CLIENT = (
    Field('client_id', 'Id of the client.', required=True, example='12345678-1234-1234-1234-123456789abc'),
    Field('tenant_id', 'Id of the tenant.', required=True, example='87654321-4321-4321-4321-cba987654321'),
)
ALERTS = Per(frozenset(), frozenset({'default.alerts.notifications'}))


def _scopes(default: Any) -> Field:
    return Field('scopes', 'Scopes of tokens.', 'lines', default, form=Per('text', ''), written=NEEDED)


def _microsoft(section: str, type_: str, doc: str, noun: str, **more: Any) -> Kind:
    # Servers read the one secret or the other: 3.2 that in `opaque1`, 4.1 the column and then that in `opaque1`.
    return connection(
        section,
        type_,
        doc,
        (
            NAME,
            ACTIVE,
            *CLIENT,
            secret('Secret of the client.', 'password'),
            password('The same, where servers look for it next.', 'secret_value'),
            _scopes(Per(['https://graph.microsoft.com/.default'], [])),
            RECV_TIMEOUT,
            TIMEOUT,
            pool(20),
        ),
        **{'role': OUTGOING, 'noun': noun, 'mend': same('secret_value', 'secret'), **held_once('password'), **more},
    )


def _client(section: str, type_: str, doc: str, noun: str, address: str, *fields: Field) -> Kind:
    return connection(
        section,
        type_,
        doc,
        (
            NAME,
            ACTIVE,
            Field('address', 'URL of the API.', default=address, means=ENDPOINT),
            *CLIENT,
            secret('Secret of the client.', 'password'),
            password('The same, where servers look for it next.', 'client_secret'),
            Field('token_url', 'Where tokens are fetched.', written=IN_ROWS, means=TOKEN_ENDPOINT),
            *fields,
            RECV_TIMEOUT,
            TIMEOUT,
            pool(20),
        ),
        role=OUTGOING,
        generations=V41,
        noun=noun,
        mend=same('client_secret', 'secret'),
        **held_once('password'),
    )


def wiki_of(values: Mapping[str, Any]) -> str:
    """Returns what an address of Confluence lacks: the vendor's cloud has it below a path of its own."""
    try:
        parts = urlsplit(str(values.get('address') or ''))
    except ValueError:
        return ''
    if (parts.hostname or '').endswith('.atlassian.net') and not parts.path.startswith('/wiki'):
        return '/wiki'
    return ''


def _current_user(values: Mapping[str, Any]) -> str:
    return f'{wiki_of(values)}/rest/api/user/current'


JIRA = connection(
    'jira',
    'cloud-jira',
    'Connections to Jira.',
    (NAME, ACTIVE, ADDRESS, USERNAME, TOKEN, IS_CLOUD, API_VERSION, RECV_TIMEOUT_32, pool(20)),
    role=OUTGOING,
    noun='Jira connection',
    protocol=traits.JIRA,
    served=OPENED,
    asked=Asked(path='/rest/api/2/myself', timeout='', named=('displayName',)),
    login=PASSWORD_LOGIN,
    **held_once('password', 'api_token'),
)
CONFLUENCE = connection(
    'confluence',
    'cloud-confluence',
    'Connections to Confluence.',
    (
        NAME,
        ACTIVE,
        ADDRESS,
        USERNAME,
        TOKEN,
        password('Token of the site.', 'auth_token', generations=V41),
        Field('site_url', 'URL of the site.', generations=V41, written=IN_ROWS),
        IS_CLOUD,
        API_VERSION,
        RECV_TIMEOUT_32,
        TIMEOUT,
        pool(20),
    ),
    role=OUTGOING,
    noun='Confluence connection',
    protocol=traits.CONFLUENCE,
    served=OPENED,
    asked=Asked(path=_current_user, timeout='', named=('displayName',)),
    login=PASSWORD_LOGIN,
    **held_once('password', 'api_token'),
)
SALESFORCE = connection(
    'salesforce',
    'cloud-salesforce',
    'Connections to Salesforce.',
    (
        NAME,
        ACTIVE,
        ADDRESS,
        USERNAME,
        password('Password of the user.', written=NEEDED),
        password('The same, where nobody reads it.', 'secret'),
        password('Key of the consumer.', 'consumer_key', written=NEEDED),
        password('Secret of the consumer.', 'consumer_secret', written=NEEDED),
        Field('api_version', 'Version of its API.', default='54.0', written=NEEDED),
        RECV_TIMEOUT_32,
        pool(20),
    ),
    role=OUTGOING,
    noun='Salesforce connection',
    protocol=traits.SALESFORCE,
    served=OPENED,
    mend=same('password', 'secret'),
)
DROPBOX = connection(
    'dropbox',
    'cloud-dropbox',
    'Connections to Dropbox (3.2).',
    (
        NAME,
        ACTIVE,
        secret('Access token of OAuth 2.', 'password'),
        password('Access token that servers do not use.', 'oauth2_access_token'),
        Field('timeout', 'Seconds to wait for an answer.', 'integer', 60, minimum=0),
        Field('max_retries_on_error', 'How often errors are tried again.', 'integer', 5, minimum=0, written=NEEDED),
        Field('max_retries_on_rate_limit', 'The same, where there were too many calls.', written=NEEDED),
        Field('oauth2_access_token_expiration', 'When the token expires.', written=NEEDED),
        Field('default_scope', 'Scopes, with commas.', written=NEEDED),
        Field('default_directory', 'Folder that paths begin at.', written=NEEDED),
        Field('user_agent', 'What the connection calls itself.', written=NEEDED),
        Field('http_headers', 'Headers, `key=value` each.', 'lines', form='text', written=NEEDED),
        pool(10),
    ),
    role=OUTGOING,
    generations=V32,
    noun='Dropbox connection',
    protocol=traits.DROPBOX,
    served=OPENED,
    **held_once('password', 'api_token'),
)


def _with_token(values: dict[str, Any]) -> None:
    if values.get('secret'):
        values['token'] = values['secret']


def _without_token(values: dict[str, Any]) -> None:
    token = values.pop('token', None)
    if token:
        values.setdefault('secret', token)


SLACK = connection(
    'slack',
    'chat-slack',
    'Connections to Slack (4.1).',
    (
        NAME,
        ACTIVE,
        secret('Token of the application.', 'password'),
        password('The same, where servers look for it next.', 'token'),
        RECV_TIMEOUT,
        TIMEOUT,
        pool(20),
    ),
    role=OUTGOING,
    generations=V41,
    noun='Slack connection',
    protocol=traits.SLACK,
    served=OPENED,
    internal=ALERTS,
    becomes=Becomes('slack_32', change=_without_token, takes=('token',)),
    mend=same('token', 'secret'),
    **held_once('password'),
)
PROXIES = (
    Field('http_proxy_list', 'Proxies for HTTP.', 'lines', form='text', written=NEEDED),
    Field('https_proxy_list', 'Proxies for HTTPS.', 'lines', form='text', written=NEEDED),
)
SLACK_32 = connection(
    'slack_32',
    'outconn-im-slack',
    'Connections to Slack (3.2).',
    (NAME, ACTIVE, secret('Token of the application.', 'password'), *PROXIES, pool()),
    flags=(False, True),
    generations=V32,
    noun='Slack connection',
    protocol=traits.SLACK,
    served=OPENED,
    becomes=Becomes('slack', change=_with_token),
    **held_once('password', 'api_token'),
)
TELEGRAM = connection(
    'telegram',
    'outconn-im-telegram',
    'Connections to Telegram (3.2).',
    (
        NAME,
        ACTIVE,
        Field(
            'address',
            'URL, with places for the token and the method.',
            default='https://api.telegram.org/bot{token}/{method}',
            written=STATED_32,
            means=ENDPOINT,
        ),
        secret('Token of the bot.', 'password'),
        Field('connect_timeout', 'Seconds to wait for a connection.', 'integer', 5, minimum=0, written=NEEDED),
        Field('invoke_timeout', 'Seconds to wait for an answer.', 'integer', 10, minimum=0, written=NEEDED),
        *PROXIES,
        pool(),
    ),
    flags=(False, True),
    generations=V32,
    noun='Telegram connection',
    protocol=traits.TELEGRAM,
    served=OPENED,
    **held_once('password', 'api_token'),
)
KINDS = (
    JIRA,
    CONFLUENCE,
    SALESFORCE,
    DROPBOX,
    _microsoft(
        'microsoft_cloud',
        'cloud-microsoft-365',
        'Connections to Microsoft 365.',
        'Microsoft 365 connection',
        aliases=('microsoft_cloud', 'microsoft_365'),
    ),
    _client(
        'microsoft_fabric',
        'cloud-microsoft-fabric',
        'Connections to Microsoft Fabric (4.1).',
        'Microsoft Fabric connection',
        'https://api.fabric.microsoft.com/v1',
        Field('onelake_address', 'URL of OneLake.', written=IN_ROWS),
    ),
    _client(
        'microsoft_power_automate',
        'cloud-microsoft-power-automate',
        'Connections to Microsoft Power Automate (4.1).',
        'Microsoft Power Automate connection',
        'https://api.flow.microsoft.com',
        Field('environment_id', 'Id of the environment.', required=True, example='Default-1234'),
    ),
    _microsoft(
        'microsoft_teams',
        'chat-microsoft-teams',
        'Connections to Microsoft Teams (4.1).',
        'Microsoft Teams connection',
        generations=V41,
        internal=ALERTS,
    ),
    SLACK,
    SLACK_32,
    TELEGRAM,
)
