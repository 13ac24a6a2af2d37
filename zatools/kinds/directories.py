"""Directories, databases, search and language models: rows of `generic_conn`."""

from __future__ import annotations

from functools import partial
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, NEEDED, V32, V41, flag, number, password, word
from zatools.kinds.generic import connection, only_once, pool, same, secret
from zatools.kinds.model import GENERATIONS, Becomes, Field, Kind, Per, Written
from zatools.kinds.traits import ENDPOINT, OPENED, TOKEN_ENDPOINT, VERIFIES

USER_SECRET = secret('Password of the user.', 'password')
USERNAME = Field('username', 'User name.')
#: What has its secret in one place, but for copies that nobody reads.
ONE_SECRET: dict[str, Any] = {'leftovers': ('password',), 'derive': only_once('password')}
#: Servers read the key where TLS is used.
IN_TLS = Written(rows=GENERATIONS, exports=V32, when={'is_tls_enabled': True})
CERTIFICATES = ('CERT_NONE', 'CERT_OPTIONAL', 'CERT_REQUIRED')


_number = partial(number, written=NEEDED)
_flag = partial(flag, written=NEEDED)
_word = partial(word, written=NEEDED)

LDAP = connection(
    'ldap',
    'outconn-ldap',
    'LDAP connections.',
    (
        NAME,
        ACTIVE,
        Field('username', 'Who logs in: a distinguished name.', required=True, example='cn=user'),
        USER_SECRET,
        Field(
            'server_list',
            'Servers, `host:port` each.',
            'lines',
            required=True,
            form=Per('text', ''),
            example='localhost:1389',
            means=ENDPOINT,
        ),
        Field('auth_type', 'How to log in: `SIMPLE` or `NTLM`.', choices=('SIMPLE', 'NTLM'), default='SIMPLE'),
        _word(
            'auto_bind',
            'When the connection logs in.',
            'DEFAULT',
            'DEFAULT',
            'NONE',
            'NO_TLS',
            'TLS_AFTER_BIND',
            'TLS_BEFORE_BIND',
        ),
        _word('get_info', 'What is read of the server at the start: `SCHEMA`, `ALL`, `DSA`, `NONE` …', 'SCHEMA'),
        _word(
            'ip_mode',
            'Which versions of IP are used.',
            'IP_SYSTEM_DEFAULT',
            'IP_SYSTEM_DEFAULT',
            'IP_V4_ONLY',
            'IP_V6_ONLY',
            'IP_V4_PREFERRED',
            'IP_V6_PREFERRED',
        ),
        _word('pool_ha_strategy', 'Which server is used next.', 'ROUND_ROBIN', 'FIRST', 'RANDOM', 'ROUND_ROBIN'),
        _word('sasl_mechanism', 'Mechanism of SASL; none without it.', '', 'EXTERNAL', 'GSSAPI'),
        _number('connect_timeout', 'Seconds to wait for a connection.', 10, minimum=0),
        _number('pool_exhaust_timeout', 'Seconds to wait for a free connection.', 5, minimum=0),
        _number('pool_keep_alive', 'Seconds between signs of life.', 30, minimum=0),
        _number('pool_lifetime', 'Seconds that a connection lives.', 3600, minimum=0),
        _number('pool_max_cycles', 'How often all servers are tried.', 1, minimum=0),
        _word('pool_name', 'Name of the pool.'),
        _flag('use_sasl_external', 'Whether SASL logs in with a certificate.', False, generations=V32),
        _flag('is_stats_enabled', 'Whether statistics are kept.', False, generations=V32),
        _flag('should_log_messages', 'Whether messages are logged.', False, generations=V32),
        _flag('use_tls', 'Whether the connection is encrypted.', False),
        _flag('is_read_only', 'Whether only reading is allowed.', False),
        _flag('should_check_names', 'Whether names are checked against the schema.', False),
        _flag('use_auto_range', 'Whether long values are read in parts.', True),
        _flag('should_return_empty_attrs', 'Whether empty attributes are returned.', True),
        _flag('is_tls_enabled', 'Whether TLS is used with the files below.', False),
        Field('tls_private_key_file', 'Path of the file with the private key.', written=IN_TLS),
        Field('tls_cert_file', 'Path of the file with the certificate.', written=IN_TLS),
        Field('tls_ca_certs_file', 'Path of the file with certificates of authorities.', written=IN_TLS),
        Field('tls_version', 'Version of TLS.', default=Per('SSLv23', ''), written=IN_TLS),
        Field('tls_ciphers', 'Ciphers of TLS.', written=IN_TLS),
        Field(
            'tls_validate',
            "Whether the server's certificate is verified.",
            default='CERT_REQUIRED',
            choices=CERTIFICATES,
            means=VERIFIES,
            written=IN_TLS,
        ),
        pool(),
    ),
    flags=(False, True),
    spelling=Per('outgoing_ldap', 'ldap'),
    aliases=('ldap', 'outgoing_ldap'),
    noun='LDAP connection',
    protocol=traits.LDAP,
    served=OPENED,
    **ONE_SECRET,
)
MONGODB = connection(
    'mongodb',
    'outconn-mongodb',
    'MongoDB connections.',
    (
        NAME,
        ACTIVE,
        Field(
            'server_list',
            'Servers, `host:port` each.',
            'lines',
            required=True,
            form='text',
            example='localhost:27017',
            means=ENDPOINT,
        ),
        USERNAME,
        USER_SECRET,
        _word('auth_source', 'Database that knows the user.', 'admin'),
        _word('app_name', 'Name by which the server knows us.', Per('', 'Zato')),
        _word('replica_set', 'Name of the replica set.'),
        _number('pool_size_max', 'Most connections kept open.', Per(5, 10), minimum=0),
        _number('connect_timeout', 'Seconds to wait for a connection.', 10, minimum=0),
        _number('server_select_timeout', 'Seconds to wait for a server to be found.', 5, minimum=0),
        _number('socket_timeout', 'Seconds to wait for an answer.', 30, minimum=0, generations=V32),
        _number('wait_queue_timeout', 'Seconds to wait for a free connection.', 10, minimum=0, generations=V32),
        _number('max_idle_time', 'Seconds that a connection may be idle.', 600, minimum=0, generations=V32),
        _number('hb_frequency', 'Seconds between signs of life.', 10, minimum=0, generations=V32),
        _word('document_class', 'Class of documents.', generations=V32),
        _word('compressor_list', 'Compressions to offer.', generations=V32),
        _word('auth_mechanism', 'How to log in.', 'SCRAM-SHA-1', 'SCRAM-SHA-1', 'SCRAM-SHA-256', generations=V32),
        _word(
            'read_pref_type',
            'Which servers are read from.',
            'primary',
            'primary',
            'primaryPreferred',
            'secondary',
            'secondaryPreferred',
            'nearest',
            generations=V32,
        ),
        _word('read_pref_tag_list', 'Tags of servers to read from.', generations=V32),
        _number(
            'read_pref_max_stale', 'Seconds that what is read may be old; -1 is any.', -1, minimum=None, generations=V32
        ),
        _number('zlib_level', 'Level of compression; -1 is the default.', -1, minimum=None, generations=V32),
        _word('write_to_replica', 'How many servers confirm a write.', generations=V32),
        _number('write_timeout', 'Seconds to wait for a write.', 5, minimum=0, generations=V32),
        _flag('is_tz_aware', 'Whether times have zones.', False, generations=V32),
        _flag('is_write_journal_enabled', 'Whether writes wait for the journal.', False, generations=V32),
        _flag('is_write_fsync_enabled', 'Whether writes wait for the disk.', True, generations=V32),
        _flag('should_retry_write', 'Whether writes that fail are tried again.', True, generations=V32),
        _flag('is_tls_enabled', 'Whether the connection is encrypted.', False),
        _flag(
            'is_tls_validation_enabled',
            "Whether the server's certificate is verified.",
            True,
            generations=V41,
            written=IN_ROWS,
            means=VERIFIES,
        ),
        Field('tls_ca_certs_file', 'Path of the file with certificates of authorities.', written=IN_TLS),
        Field(
            'tls_cert_key_file', 'Path of the file with the certificate and its key.', generations=V41, written=IN_TLS
        ),
        Field('tls_private_key_file', 'Path of the file with the private key.', generations=V32, written=IN_TLS),
        Field('tls_cert_file', 'Path of the file with the certificate.', generations=V32, written=IN_TLS),
        Field('tls_crl_file', 'Path of the file with revoked certificates.', generations=V32, written=IN_TLS),
        Field('tls_version', 'Version of TLS.', default='SSLv23', generations=V32, written=IN_TLS),
        Field('tls_ciphers', 'Ciphers of TLS.', generations=V32, written=IN_TLS),
        Field(
            'tls_validate',
            "Whether the server's certificate is verified.",
            default='CERT_REQUIRED',
            choices=CERTIFICATES,
            generations=V32,
            means=VERIFIES,
            written=IN_TLS,
        ),
        Field(
            'is_tls_match_hostname_enabled',
            "Whether the certificate must be of the server's host.",
            'boolean',
            True,
            generations=V32,
            means=VERIFIES,
            written=IN_TLS,
        ),
        password('Password of the private key.', 'tls_pem_passphrase', generations=V32),
        pool(),
    ),
    flags=(False, True),
    aliases=('mongodb', 'outgoing_mongodb'),
    noun='MongoDB connection',
    protocol=traits.MONGODB,
    served=OPENED,
    **ONE_SECRET,
)
ELASTIC = connection(
    'elastic_search',
    'outconn-es',
    'ElasticSearch connections of 4.1.',
    (
        NAME,
        ACTIVE,
        Field(
            'address_list',
            'URLs of the servers.',
            'lines',
            required=True,
            example='http://localhost:9200',
            means=ENDPOINT,
        ),
        USERNAME,
        USER_SECRET,
        Field('timeout', 'Seconds to wait for an answer.', 'integer', 90, minimum=0),
        Field(
            'is_tls_validation_enabled',
            "Whether the server's certificate is verified.",
            'boolean',
            True,
            means=VERIFIES,
        ),
        Field('tls_ca_certs_file', 'Path of the file with certificates of authorities.'),
        Field('tls_cert_key_file', 'Path of the file with the certificate and its key.'),
        pool(),
    ),
    flags=(False, True),
    generations=V41,
    noun='ElasticSearch connection',
    protocol=traits.ELASTIC,
    served=OPENED,
    becomes=Becomes('search_es', {'address_list': 'hosts'}),
    **ONE_SECRET,
)
LLM = connection(
    'llm',
    'outconn-llm',
    'Language models (4.1).',
    (
        NAME,
        ACTIVE,
        Field('address', 'URL of the API.', required=True, example='https://api.example.com/v1', means=ENDPOINT),
        secret('Key of the API.', 'api_key', 'password'),
        Field('model', 'Name of the model.', default='claude-fable-5', written=IN_ROWS),
        Field('max_tokens', 'Most tokens of an answer.', 'integer', 1024, minimum=0, written=IN_ROWS),
        Field('max_history_turns', 'How much of a chat is told again.', 'integer', 20, minimum=0, written=IN_ROWS),
        Field('chat_expiry', 'Seconds that a chat is kept.', 'integer', 86400, minimum=0, written=IN_ROWS),
        Field('timeout', 'Seconds to wait for an answer.', 'integer', 60, minimum=0),
        pool(50),
    ),
    flags=(False, True),
    generations=V41,
    internal=Per(frozenset(), frozenset({'default.alerts.llm'})),
    noun='LLM connection',
    protocol=traits.LLM,
    served=OPENED,
    leftovers=('api_key', 'password'),
    derive=only_once('api_key', 'password'),
)


def _odata(section: str, doc: str, noun: str, version: str, needs_csrf_token: bool) -> Kind:
    return connection(
        section,
        f'outconn-{section}',
        doc,
        (
            NAME,
            ACTIVE,
            Field('address', 'URL of the service.', required=True, example='https://erp.example.com', means=ENDPOINT),
            Field('odata_version', 'Version of OData: `4.0` or `2.0`.', default=version, written=IN_ROWS),
            Field(
                'auth_type',
                'How to log in.',
                default='basic',
                choices=('no-auth', 'basic', 'bearer', 'oauth2'),
                written=IN_ROWS,
            ),
            USERNAME,
            secret('Password of the user, or the token.', 'password'),
            Field('token_url', 'Where tokens are fetched.', written=IN_ROWS, means=TOKEN_ENDPOINT),
            Field('tenant_id', 'Id of the tenant.', written=IN_ROWS),
            Field('client_id', 'Id of the client.', written=IN_ROWS),
            password('Secret of the client.', 'client_secret'),
            Field('scopes', 'Scopes of tokens.', written=IN_ROWS),
            Field('needs_csrf_token', 'Whether writes need a token.', 'boolean', needs_csrf_token, written=IN_ROWS),
            Field('page_size', 'Objects of a page; 0 is any.', 'integer', 0, minimum=0, written=IN_ROWS),
            Field('timeout', 'Seconds to wait for an answer.', 'integer', 60, minimum=0),
            pool(),
        ),
        flags=(False, True),
        generations=V41,
        aliases=(section, f'outgoing_{section}'),
        noun=noun,
        mend=same('client_secret', to=('secret',)),
        **ONE_SECRET,
    )


KINDS = (
    LDAP,
    MONGODB,
    ELASTIC,
    LLM,
    _odata('odata', 'OData connections (4.1).', 'OData connection', '4.0', False),
    _odata('sap', 'SAP connections by OData (4.1).', 'SAP connection', '2.0', True),
)
