"""Areas: what kinds are about, for who looks for one of a hundred, and for exports that are not one file a kind."""

from __future__ import annotations

from collections.abc import Mapping

from zatools.kinds.model import Kind
from zatools.kinds.traits import CHANNEL, OUTGOING

#: The areas in the order in which they are shown, with what each is about.
AREAS: Mapping[str, str] = {
    'security': 'Who may do what: definitions, groups, roles, certificates.',
    'channels': 'What calls services: HTTP, queues, sockets, gateways.',
    'outgoing': 'What services call: HTTP, queues, sockets, partners.',
    'databases': 'Databases, directories, search engines, caches, ERP systems.',
    'cloud': 'Cloud services, chats, language models.',
    'files': 'Where files are.',
    'email': 'Mailboxes and mail servers.',
    'pubsub': 'Topics, and who publishes and subscribes.',
    'scheduler': 'Jobs.',
    'other': 'What is none of that.',
}
#: Sections by their areas; channels and outgoing connections that none has are in those.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    'security': ('security', 'groups', 'quota_tier', 'tls_ca_cert'),
    'outgoing': ('def_amqp', 'def_kafka', 'def_jms_wmq'),
    'databases': (
        'sql',
        'notif_sql',
        'def_cassandra',
        'query_cassandra',
        'search_es',
        'search_solr',
        'elastic_search',
        'mongodb',
        'ldap',
        'odoo',
        'outconn_sap',
        'odata',
        'sap',
        'zato_cache_builtin',
        'zato_cache_memcached',
    ),
    'cloud': (
        'cloud_aws_s3',
        'zato_cloud_openstack_swift',
        'notif_cloud_openstack_swift',
        'zato_sms_twilio',
        'llm',
        'jira',
        'confluence',
        'salesforce',
        'dropbox',
        'microsoft_cloud',
        'microsoft_fabric',
        'microsoft_power_automate',
        'microsoft_teams',
        'slack',
        'slack_32',
        'telegram',
    ),
    'files': ('outconn_ftp', 'sftp_32', 'ftp', 'smb', 'sftp'),
    'email': ('email_imap', 'email_smtp'),
    'scheduler': ('scheduler',),
}
BY_SECTION = {section: area for area, sections in SECTIONS.items() for section in sections}
#: What the sections of an area begin with, and by roles.
BY_PREFIX = {'rbac_': 'security', 'pubsub_': 'pubsub'}
BY_ROLE = {CHANNEL: 'channels', OUTGOING: 'outgoing'}


def area_of(kind: Kind) -> str:
    """Returns the area of a kind."""
    start = next((area for prefix, area in BY_PREFIX.items() if kind.section.startswith(prefix)), '')
    return BY_SECTION.get(kind.section) or start or BY_ROLE.get(kind.role, 'other')
