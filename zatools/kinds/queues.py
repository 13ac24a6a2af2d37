"""Queues of 4.1, and Kafka of 3.2: rows of `generic_conn`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, NEEDED, V32, V41, password, word
from zatools.kinds.generic import connection, held_once, pool, secret
from zatools.kinds.model import Field, Kind, Written
from zatools.kinds.traits import DEFINITION, ENDPOINT, KAFKA, OPENED, STREAMED

USERNAME = Field('username', 'User name.')
PASSWORD = secret('Password of the user.', 'password')
SERVICE = Field('service', 'Name of the service that gets the messages.', aliases=('service_name',), written=IN_ROWS)
TLS = (
    Field('ssl', 'Whether the connection is encrypted.', 'boolean', False, written=IN_ROWS),
    Field('ssl_ca_file', 'Path of the file with certificates of authorities.', written=IN_ROWS),
    Field('ssl_cert_file', 'Path of the file with the certificate.', written=IN_ROWS),
    Field('ssl_key_file', 'Path of the file with the private key.', written=IN_ROWS),
)
IN_TLS = Written(rows=V32, exports=V32, when={'is_tls_enabled': True})


_word = partial(word, written=IN_ROWS)


def _queue(section: str, type_: str, doc: str, noun: str, example: str, *fields: Field, **traits: Any) -> Kind:
    is_channel = section.startswith('channel_')
    return connection(
        section,
        type_,
        doc,
        (
            NAME,
            ACTIVE,
            Field('address', 'Where the broker is.', required=True, example=example, means=ENDPOINT),
            USERNAME,
            PASSWORD,
            *fields,
            *((SERVICE,) if is_channel else ()),
            *TLS,
            pool(),
        ),
        flags=(is_channel, not is_channel),
        generations=V41,
        noun=noun,
        **traits,
        **held_once('password'),
    )


MQ = (
    _word('queue_manager', 'Name of the queue manager.'),
    _word('mq_channel_name', 'Name of the channel of the queue manager.'),
    _word('queue', 'Name of the queue.'),
    _word('cipher_spec', 'Cipher of encrypted connections.'),
)
TOPIC = _word('topic', 'Name of the topic.')


def _as_text(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    # 3.2's services make a number of what looks like one.
    if 'broker_version' in values:
        values['broker_version'] = str(values['broker_version'])


KAFKA_32 = connection(
    'def_kafka',
    'def-kafka',
    'Definitions of Kafka brokers (3.2).',
    (
        NAME,
        ACTIVE,
        Field(
            'server_list',
            'Servers, `host:port` each.',
            'lines',
            required=True,
            form='text',
            example='localhost:2181',
            means=ENDPOINT,
        ),
        USERNAME,
        PASSWORD,
        Field('source_address', 'Address that connections come from.', written=NEEDED),
        Field('socket_timeout', 'Seconds to wait for an answer.', 'integer', 1, minimum=0, written=NEEDED),
        Field('offset_timeout', 'Seconds to wait for offsets.', 'integer', 10, minimum=0, written=NEEDED),
        Field('broker_version', 'Version of the brokers.', default='3.3', written=NEEDED),
        Field('should_use_zookeeper', 'Whether the servers are ZooKeepers.', 'boolean', True, written=NEEDED),
        Field('should_exclude_internal_topics', 'Whether own topics are left out.', 'boolean', True, written=NEEDED),
        Field('is_tls_enabled', 'Whether the connection is encrypted.', 'boolean', False, written=NEEDED),
        Field('tls_private_key_file', 'Path of the file with the private key.', written=IN_TLS),
        Field('tls_cert_file', 'Path of the file with the certificate.', written=IN_TLS),
        Field('tls_ca_certs_file', 'Path of the file with certificates of authorities.', written=IN_TLS),
        password('Password of the private key.', 'tls_pem_passphrase', written=IN_TLS),
        pool(),
    ),
    flags=(True, True),
    role=DEFINITION,
    generations=V32,
    noun='Kafka definition',
    fold=_as_text,
    **held_once('password'),
)
KINDS = (
    KAFKA_32,
    _queue(
        'channel_ibm_mq',
        'channel-ibm-mq',
        'IBM MQ channels (4.1): queues whose messages a service gets.',
        'IBM MQ channel',
        'mq.example.com(1414)',
        *MQ,
        Field('remove_jms_headers', 'Whether headers of JMS are taken off.', 'boolean', True, written=IN_ROWS),
    ),
    _queue(
        'outgoing_ibm_mq',
        'outconn-ibm-mq',
        'Outgoing IBM MQ connections (4.1).',
        'outgoing IBM MQ connection',
        'mq.example.com(1414)',
        *MQ,
    ),
    _queue(
        'channel_kafka',
        'channel-kafka',
        'Kafka channels (4.1): topics whose messages a service gets.',
        'Kafka channel',
        'kafka.example.com:9092',
        TOPIC,
        _word('group_id', 'Name of the group of consumers.'),
        served=STREAMED,
    ),
    _queue(
        'outgoing_kafka',
        'outconn-kafka',
        'Outgoing Kafka connections (4.1).',
        'outgoing Kafka connection',
        'kafka.example.com:9092',
        TOPIC,
        protocol=KAFKA,
        served=OPENED,
    ),
)
