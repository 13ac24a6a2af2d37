"""All kinds of objects, in the order in which they are created."""

from __future__ import annotations

from zatools.kinds import amqp, rest, security
from zatools.kinds.model import Field, Kind, Per, Row

KINDS: tuple[Kind, ...] = (
    *security.KINDS,
    *rest.CHANNELS,
    *rest.OUTGOINGS,
    amqp.DEFINITION,
    amqp.CHANNEL,
    amqp.OUTGOING,
)
ORDER = {kind: number for number, kind in enumerate(KINDS)}
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(kind.section for kind in KINDS))

#: Every name that a section may have in a file -> the kinds of its items.
SPELLINGS: dict[str, tuple[Kind, ...]] = {
    'security': security.KINDS[:-1],
    'def_sec': security.KINDS[:-1],
    'http_soap': (*rest.CHANNELS, *rest.OUTGOINGS),
    **{alias: (kind,) for kind in KINDS for alias in kind.aliases},
}

#: Sections of Zato's files, of today's and of earlier ones, that are not supported yet.
LATER = frozenset(
    [
        'alert_notifications',
        'alert_rules',
        'audit_extraction',
        'audit_retention',
        'aws',
        'cache',
        'channel_as4',
        'channel_azure_service_bus',
        'channel_hl7_mllp',
        'channel_ibm_mq',
        'channel_jms_wmq',
        'channel_kafka',
        'channel_mllp',
        'channel_openapi',
        'channel_zmq',
        'cloud_aws_s3',
        'confluence',
        'def_cassandra',
        'def_jms_wmq',
        'def_namespace',
        'elastic_search',
        'email_imap',
        'email_smtp',
        'ftp',
        'jira',
        'json_rpc',
        'ldap',
        'llm',
        'mcp_gateway',
        'microsoft_365',
        'microsoft_cloud',
        'microsoft_fabric',
        'microsoft_power_automate',
        'microsoft_teams',
        'mongodb',
        'notif_sql',
        'notif_cloud_openstack_swift',
        'odata',
        'odoo',
        'outconn_ftp',
        'outconn_jms_wmq',
        'outconn_odoo',
        'outconn_redis',
        'outconn_sap',
        'outconn_sql',
        'outconn_zmq',
        'outgoing_as2',
        'outgoing_as4',
        'outgoing_azure_service_bus',
        'outgoing_fhir',
        'outgoing_ftp',
        'outgoing_graphql',
        'outgoing_grpc',
        'outgoing_hl7_mllp',
        'outgoing_ibm_mq',
        'outgoing_kafka',
        'outgoing_ldap',
        'outgoing_mllp',
        'outgoing_mongodb',
        'outgoing_odata',
        'outgoing_sap',
        'outgoing_sftp',
        'outgoing_smb',
        'outgoing_wsx',
        'pubsub_endpoint',
        'pubsub_permission',
        'pubsub_subscription',
        'pubsub_topic',
        'query_cassandra',
        'quota_tier',
        'rbac_client_role',
        'rbac_permission',
        'rbac_role',
        'rbac_role_permission',
        'rule_engine_api',
        'salesforce',
        'sap',
        'scheduler',
        'search_es',
        'search_solr',
        'sftp',
        'slack',
        'smb',
        'sql',
        'tls_ca_cert',
        'tls_channel_sec',
        'tls_key_cert',
        'vault_connection',
        'web_socket',
        'wss',
        'xpath',
        'zato_cache_builtin',
        'zato_cache_memcached',
        'zato_cloud_openstack_swift',
        'zato_generic_connection',
        'zato_generic_rest_wrapper',
        'zato_sms_twilio',
        'grpc',
    ]
)


def is_later(section: str) -> bool:
    """Tells whether a section of Zato's files is one that is not supported yet."""
    return section in LATER or section.startswith('custom_')


__all__ = ['KINDS', 'LATER', 'ORDER', 'SECTIONS', 'SPELLINGS', 'Field', 'Kind', 'Per', 'Row', 'is_later']
