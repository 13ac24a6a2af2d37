"""3.2's definitions of Cassandra clusters, and queries that they are asked."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, NAME, STATED_32, V32, password
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import CASSANDRA, CASSANDRA_QUERY, DEFINITION, ENDPOINT, OPENED

DEFINED = Kind(
    'def_cassandra',
    'Cassandra definitions (3.2): a cluster and a user there.',
    (Row('conn_def_cassandra', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field(
            'contact_points',
            'Hosts of the cluster.',
            'lines',
            required=True,
            form=Per('text', ''),
            example='cassandra.example.com',
            means=ENDPOINT,
        ),
        Field('port', 'Port of the hosts.', 'integer', 9042, minimum=1, maximum=65535, written=STATED_32),
        Field('exec_size', 'Threads of the executor.', 'integer', 2, minimum=0, written=STATED_32),
        Field('proto_version', 'Version of the protocol.', 'integer', 4, minimum=0, written=STATED_32),
        Field('cql_version', 'Version of CQL.', 'integer', minimum=0),
        Field('default_keyspace', 'Keyspace of queries that name none.', required=True, example='orders'),
        Field('username', 'User name.'),
        password('Password of the user.'),
        Field('tls_ca_certs', 'Path of the file with certificates of authorities.'),
        Field('tls_client_cert', 'Path of the client certificate.'),
        Field('tls_client_priv_key', 'Path of its private key.'),
    ),
    generations=V32,
    aliases=('def_cassandra',),
    role=DEFINITION,
    noun='Cassandra definition',
    account=('contact_points', 'port', 'username'),
    protocol=CASSANDRA,
    served=OPENED,
    admin='zato.definition.cassandra',
)
QUERY = Kind(
    'query_cassandra',
    'Cassandra queries (3.2).',
    (Row('query_cassandra', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field(
            'def_name',
            'Cassandra definition.',
            column='def_id',
            ref='def_cassandra',
            required=True,
            aliases=('def_id',),
            example='my-def-cassandra',
        ),
        Field('value', 'Query, in CQL.', 'bytes', required=True, example='SELECT id FROM orders'),
    ),
    generations=V32,
    aliases=('query_cassandra',),
    noise={'def_id': None},
    noun='Cassandra query',
    protocol=CASSANDRA_QUERY,
    served=OPENED,
    admin='zato.query.cassandra',
)
KINDS = (DEFINED, QUERY)
