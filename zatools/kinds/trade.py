"""AS2, MLLP and OpenAPI: rows of `generic_conn`."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, AUDITED, IN_ROWS, NAME, NEEDED, V41, password
from zatools.kinds.generic import connection, pool
from zatools.kinds.model import Field, Per
from zatools.kinds.traits import DESCRIBED, ENDPOINT, HL7, OPENED, VERIFIES


def _words(**docs: str) -> tuple[Field, ...]:
    return tuple(Field(name, doc, written=IN_ROWS) for name, doc in docs.items())


def _flags(default: bool, **docs: str) -> tuple[Field, ...]:
    return tuple(Field(name, doc, 'boolean', default, written=IN_ROWS) for name, doc in docs.items())


def _numbers(**docs: str) -> tuple[Field, ...]:
    return tuple(Field(name, doc, 'integer', 0, minimum=0, written=IN_ROWS) for name, doc in docs.items())


def _count(name: str, doc: str, default: int | Per) -> Field:
    return Field(name, doc, 'integer', default, minimum=0, written=NEEDED)


def _count_41(name: str, doc: str, default: int) -> Field:
    return Field(name, doc, 'integer', default, minimum=0, generations=V41, written=IN_ROWS)


AS2 = connection(
    'outgoing_as2',
    'outconn-as2',
    'Outgoing AS2 connections (4.1): partners that get documents.',
    (
        NAME,
        ACTIVE,
        Field('as2_from', 'AS2 id of ours.', required=True, example='OurCompany'),
        Field('as2_to', "AS2 id of the partner's.", required=True, example='PartnerCompany'),
        Field('endpoint_url', 'URL of the partner.', required=True, example='https://example.com/as2', means=ENDPOINT),
        *_words(
            isa_qualifier='Qualifier of the ISA id.',
            isa_id='ISA id of the partner.',
            gs_id='GS id of the partner.',
            unb_id='UNB id of the partner.',
            sign_algorithm='How documents are signed.',
            encryption_algorithm='How documents are encrypted.',
            mdn_mode='How receipts come back.',
            async_mdn_url='Where receipts come back to.',
            subject='Subject of messages.',
            content_type='Content type of documents.',
            as2_version='Version of AS2.',
            content_transfer_encoding='How the content is encoded.',
            http_transfer_mode='How HTTP transfers it.',
            inbound_topic='Topic that gets the documents of the partner.',
            inbound_service='Service that gets the documents of the partner.',
        ),
        *_flags(
            True,
            sign='Whether documents are signed.',
            encrypt='Whether documents are encrypted.',
            compress_before_signing='Whether they are compressed before that.',
            mdn_signed='Whether receipts are to be signed.',
        ),
        Field(
            'verify_tls',
            "Whether the partner's certificate is verified.",
            'boolean',
            True,
            written=IN_ROWS,
            means=VERIFIES,
        ),
        *_flags(
            False,
            compress='Whether documents are compressed.',
            preserve_filename='Whether names of files go along.',
            force_base64='Whether all is encoded as base64.',
            prevent_canonicalization='Whether line ends stay as they are.',
            warn_on_duplicate_filename='Whether a name that comes again is warned of.',
            alerting_opt_out='Whether there are no alerts.',
        ),
        AUDITED,
        *_numbers(
            http_timeout_seconds='Seconds to wait for an answer; 0 is the default.',
            chunked_threshold_bytes='Size from which documents go in parts; 0 is the default.',
            ack_overdue_after='When a receipt is overdue; 0 is the default.',
            resend_max_retries='How often it is sent again; 0 is the default.',
            ship_notice_window_hours='Hours in which a ship notice is due; 0 is the default.',
        ),
        *_words(
            as2_partner_cert='Certificate of the partner, PEM.',
            as2_partner_next_cert='Its next one, PEM.',
            as2_partner_next_cert_from='Date from which the next one counts.',
            as2_signing_cert_chain='Certificates that we sign with, PEM.',
            as2_next_decryption_cert='Certificate of our next key, PEM.',
            as2_peer_signing_cert='Certificate that the partner signs with, PEM.',
            as2_peer_encryption_cert='Certificate to encrypt for the partner, PEM.',
            as2_trust_anchors='Certificates of authorities, PEM.',
        ),
        password('Private key that we sign with, PEM.', 'as2_signing_key', written=IN_ROWS),
        password('Private key that we decrypt with, PEM.', 'as2_decryption_key', written=IN_ROWS),
        password('The next private key to decrypt with, PEM.', 'as2_next_decryption_key', written=IN_ROWS),
        pool(),
    ),
    flags=(False, True),
    generations=V41,
    noun='outgoing AS2 connection',
)
MLLP = connection(
    'outgoing_mllp',
    'outconn-hl7-mllp',
    'Outgoing HL7 MLLP connections.',
    (
        NAME,
        ACTIVE,
        Field('address', 'Server: `host:port`.', required=True, example='hl7.example.com:2575', means=ENDPOINT),
        Field('start_seq', 'Bytes that a message starts with, in hexadecimal.', default='0b', written=NEEDED),
        Field('end_seq', 'Bytes that a message ends with, in hexadecimal.', default='1c 0d', written=NEEDED),
        _count('recv_timeout', 'Milliseconds to wait for data.', 250),
        _count('max_msg_size', 'Largest message, in bytes.', Per(1_000_000, 2097152)),
        _count('read_buffer_size', 'Bytes that are read at once.', Per(2048, 32768)),
        _count('max_wait_time', 'Seconds to wait for an answer.', Per(60, 5)),
        Field('should_log_messages', 'Whether messages are logged.', 'boolean', False, written=NEEDED),
        Field('logging_level', 'How much is logged.', default='INFO', written=IN_ROWS),
        AUDITED,
        _count_41('max_retries', 'How often a message is sent again.', 5),
        _count_41('backoff_base_seconds', 'Seconds before the second try.', 1),
        _count_41('backoff_cap_seconds', 'Most seconds between tries.', 300),
        _count_41('backoff_jitter_percent', 'How much these seconds vary.', 10),
        _count_41('circuit_breaker_threshold_percent', 'How much fails before none is tried.', 50),
        _count_41('circuit_breaker_window_seconds', 'Seconds in which it fails.', 60),
        _count_41('circuit_breaker_reset_seconds', 'Seconds until one is tried again.', 60),
        Field('tls_ca_path', 'Path of certificates of authorities.', generations=V41, written=IN_ROWS),
        Field('tls_cert_path', 'Path of the certificate.', generations=V41, written=IN_ROWS),
        Field('tls_key_path', 'Path of the private key.', generations=V41, written=IN_ROWS),
        pool(10),
    ),
    flags=(False, True),
    aliases=('outgoing_mllp', 'outgoing_hl7_mllp'),
    noun='outgoing MLLP connection',
    protocol=HL7,
    served=OPENED,
)
OPENAPI = connection(
    'channel_openapi',
    'channel-openapi',
    'OpenAPI channels (4.1): REST channels that one document describes.',
    (
        NAME,
        ACTIVE,
        Field('url_path', 'Path of the document.', written=IN_ROWS),
        Field(
            'rest_channel_list',
            'REST channels that it describes.',
            'list',
            column='rest_channel_id_list',
            ref='channel_rest',
            written=IN_ROWS,
        ),
    ),
    flags=(True, False),
    pool_size=20,
    generations=V41,
    noun='OpenAPI channel',
    served=DESCRIBED,
    leftovers=('rest_channel_list',),
)
KINDS = (AS2, MLLP, OPENAPI)
