"""The table of clients: what services get of a connection, and what pings it where REST's way of asking does not do.

An entry says which definitions it serves, by the protocol that their kinds speak; which package it needs, and what
pip installs for it; where services see its connections. All else is in the module that it names, which is imported
when a connection is pinged or used, and not before: a view, and a `Peer` unless the kind says how it is `asked`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.kinds.redis import DEFAULT, REDIS as REDIS_KIND
from zatools.kinds.traits import (
    CASSANDRA,
    CASSANDRA_QUERY,
    CONFLUENCE,
    DROPBOX,
    ELASTIC,
    FHIR,
    FTP,
    GRAPHQL,
    HL7,
    IMAP,
    JIRA,
    KAFKA,
    LDAP,
    LLM,
    MEMCACHED,
    MONGODB,
    ODOO,
    REDIS,
    S3,
    SALESFORCE,
    SFTP,
    SLACK,
    SMB,
    SMTP,
    SOAP,
    SOLR,
    SQL,
    TELEGRAM,
    TWILIO,
    VAULT,
    WSX,
    ZMQ,
)
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.connections.clients.peer import ClientConnection


FIRST, AFTER = 'first', 'after'


class Seen(NamedTuple):
    """Where services see the connections of a protocol, and what of its module makes what they get there.

    Where there `is_one` connection alone it has no name there. Where it `sends`, so does a call that names a
    connection: `FIRST`, or `AFTER` the message.
    """

    path: str
    view: str
    is_one: bool = False
    sends: str = ''


@dataclass(frozen=True)
class Client:
    """One entry: the protocol of the kinds, the module with its `Peer` and views, what has to be installed for it.

    `otherwise` is what services use where nothing is defined, and the package that it needs `instead`. What services
    get may be made with the connection that is `beside`, `self.redis` say, which is opened when it is called.
    """

    protocol: str
    module: str
    seen: tuple[Seen, ...]
    package: str = ''
    brought_by: str = ''
    otherwise: Item | None = None
    instead: str = ''
    beside: str = ''

    @property
    def lacked(self) -> str:
        """What pip must install; '' where nothing is missing."""
        return lacked(self.package, self.brought_by)

    def part(self, name: str) -> Any:
        """Returns a part of the module, which is imported now."""
        return getattr(import_module(self.module, __name__), name)


def lacked(package: str, brought_by: str) -> str:
    """Returns what pip must install for a package; '' where it is there."""
    if not package or is_hidden(package) or find_spec(package) is not None:
        return ''
    return brought_by


def is_hidden(package: str) -> bool:
    """Tells whether a module that came from no package has its name: a file of services, say."""
    found = sys.modules.get(package)
    return found is not None and found.__spec__ is None


#: A Redis without a host is one in memory.
IN_MEMORY = Item(REDIS_KIND, {'name': DEFAULT})
ENTRIES = (
    Client(SQL, '.sql', (Seen('self.out.sql', 'Pool'),)),
    Client(
        REDIS,
        '.redis',
        (Seen('self.kvdb', 'kvdb', True), Seen('self.out.redis', 'kvdb', True), Seen('self.redis', 'shared', True)),
        'redis',
        'redis',
        IN_MEMORY,
        'fakeredis',
    ),
    Client(SMTP, '.smtp', (Seen('self.email.smtp', 'Smtp'),)),
    Client(IMAP, '.imap', (Seen('self.email.imap', 'Imap'),)),
    Client(FTP, '.ftp', (Seen('self.out.ftp', 'Ftp'), Seen('self.ftp', 'Ftp'))),
    Client(SFTP, '.sftp', (Seen('self.out.sftp', 'Sftp'), Seen('self.sftp', 'Sftp')), 'paramiko', 'paramiko'),
    # Asked over HTTP, as REST is; the package is for calls by a WSDL alone.
    Client(SOAP, '.soap', (Seen('self.out.soap', 'Soap'), Seen('self.soap', 'ShortSoap')), 'zeep', 'zeep'),
    Client(LDAP, '.ldap', (Seen('self.out.ldap', 'Ldap'), Seen('self.ldap', 'Ldap')), 'ldap3', 'ldap3'),
    Client(JIRA, '.atlassian', (Seen('self.cloud.jira', 'Product'),), 'atlassian', 'atlassian-python-api'),
    Client(CONFLUENCE, '.atlassian', (Seen('self.cloud.confluence', 'Product'),), 'atlassian', 'atlassian-python-api'),
    Client(FHIR, '.fhir', (Seen('self.out.hl7.fhir', 'Fhir'),), 'fhirpy', 'fhirpy'),
    Client(GRAPHQL, '.graphql', (Seen('self.out.graphql', 'GraphQL'),)),
    Client(WSX, '.websocket', (Seen('self.out.wsx', 'Wsx'),), 'websocket', 'websocket-client'),
    Client(
        MONGODB, '.mongodb', (Seen('self.out.mongodb', 'Mongo'), Seen('self.mongodb', 'client')), 'pymongo', 'pymongo'
    ),
    Client(
        ELASTIC,
        '.elastic',
        (Seen('self.search.es', 'Elastic'), Seen('self.es', 'client')),
        'elasticsearch',
        'elasticsearch',
    ),
    Client(ODOO, '.odoo', (Seen('self.out.odoo', 'Odoo'), Seen('self.odoo', 'Odoo')), 'odoolib', 'odoo-client-lib'),
    Client(
        ZMQ, '.zeromq', (Seen('self.out.zmq', 'Zmq', sends=AFTER), Seen('self.zmq', 'Zmq', sends=AFTER)), 'zmq', 'pyzmq'
    ),
    Client(HL7, '.mllp', (Seen('self.out.hl7.mllp', 'Older'), Seen('self.mllp', 'Mllp'))),
    Client(
        KAFKA,
        '.kafka',
        (Seen('self.out.kafka', 'Kafka'), Seen('self.kafka', 'Kafka')),
        'confluent_kafka',
        'confluent-kafka',
    ),
    Client(SMB, '.smb', (Seen('self.smb', 'Smb'),), 'smbclient', 'smbprotocol'),
    Client(S3, '.s3', (Seen('self.cloud.aws.s3', 'S3'),), 'boto3', 'boto3'),
    # Packages of vendors are for what services get; pings of their APIs are our own.
    Client(DROPBOX, '.dropbox', (Seen('self.cloud.dropbox', 'Dropbox'),), DROPBOX, DROPBOX),
    Client(
        SLACK,
        '.slack',
        (Seen('self.im.slack', 'Slack'), Seen('self.slack', 'Chat', sends=FIRST)),
        'slack_sdk',
        'slack-sdk',
    ),
    Client(
        SALESFORCE, '.salesforce', (Seen('self.salesforce', 'Salesforce'), Seen('self.cloud.salesforce', 'Salesforce'))
    ),
    Client(LLM, '.llm', (Seen('self.llm', 'Llm'),), beside='redis'),
    Client(TELEGRAM, '.telegram', (Seen('self.im.telegram', 'Telegram'),)),
    Client(
        TWILIO,
        '.twilio',
        (Seen('self.out.sms.twilio', 'Twilio'), Seen('self.sms.twilio', 'Twilio')),
        'twilio',
        'twilio',
    ),
    Client(SOLR, '.solr', (Seen('self.search.solr', 'Solr'),), 'pysolr', 'pysolr'),
    Client(VAULT, '.vault', (Seen('self.out.vault', 'Vault'),), 'hvac', 'hvac'),
    Client(MEMCACHED, '.memcached', (Seen('self.cache.memcached', 'Memcached'),), 'pymemcache', 'pymemcache'),
    Client(CASSANDRA, '.cassandra', (Seen('self.cassandra_conn', 'Cassandra'),), 'cassandra', 'cassandra-driver'),
    Client(
        CASSANDRA_QUERY, '.cassandra_query', (Seen('self.cassandra_query', 'Query'),), 'cassandra', 'cassandra-driver'
    ),
)
CLIENTS: Mapping[str, Client] = {entry.protocol: entry for entry in ENTRIES}


def client_of(item: Item, generation: str = '3.2', login: Item | None = None) -> ClientConnection:
    """Returns the connection of a definition, with the one that it logs in by.

    The module of its client is imported, its package is not.
    """
    from zatools.connections.clients.peer import ClientConnection, Definition

    entry = CLIENTS[item.kind.protocol]
    return ClientConnection(item, entry, entry.part('Peer')(Definition(item, generation, login)))
