"""4.1's AS4, and channels of AS2: rows of `http_soap` with transports of their own."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, V41, password
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.rest import NEW, TABLE
from zatools.kinds.security import CHANNEL_TYPES
from zatools.kinds.traits import ENDPOINT, VERIFIES, Doubt

SERVICE = Field(
    'service', 'Service that gets the messages; without one, topics do.', column='service_id', ref='service'
)
SECURITY = Field(
    'security',
    'Security definition.',
    column='security_id',
    ref='security',
    kept=True,
    form='only if given',
    nothing=frozenset({'zato-no-security', ''}),
    accepts=CHANNEL_TYPES,
)
AUDITED = Field('is_audit_log_active', 'Whether messages go to the audit log.', 'boolean', True, written=IN_ROWS)


def _texts(**docs: str) -> tuple[Field, ...]:
    return tuple(Field(f'as4_{name}', doc) for name, doc in docs.items())


def _numbers(**docs: str) -> tuple[Field, ...]:
    return tuple(Field(f'as4_{name}', doc, 'integer', minimum=0) for name, doc in docs.items())


def _doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if not values.get('as4_profile'):
        yield Doubt('as4_profile', 'there is no as4_profile: servers need one')


#: What both sides of an exchange say.
EXCHANGE = (
    Field('as4_profile', 'Profile of the network.', choices=('edelivery1', 'edelivery2', 'peppol', 'ics2')),
    *_texts(
        from_party='Party that sends.',
        to_party='Party that receives.',
        service='Service of messages.',
        action='Action of messages.',
        agreement='Agreement between the parties.',
        mpc='Message partition channel.',
        original_sender='Who sends originally.',
        final_recipient='Who receives finally.',
    ),
    Field('as4_extra_pmodes', 'Further processing modes, `service|action` each.', 'lines'),
)
CREDENTIALS = (
    Field('as4_token_type', 'Token of signatures.', choices=('x509v3', 'pkipath', 'saml20')),
    *_texts(
        username='User name.',
        signing_cert_chain='Certificates that we sign with, PEM.',
        saml_assertion='SAML assertion.',
        peer_signing_cert='Certificate that the other side signs with, PEM.',
        peer_encryption_cert='Certificate to encrypt for the other side, PEM.',
        trust_anchors='Certificates of authorities, PEM.',
    ),
    password('Password of the user.', 'as4_password'),
    password('Private key that we sign with, PEM.', 'as4_signing_key'),
    password('Private key that we decrypt with, PEM.', 'as4_decryption_key'),
)


def _kind(section: str, doc: str, connection: str, transport: str, fields: tuple[Field, ...], **more: Any) -> Kind:
    row = Row(TABLE, match={'connection': connection, 'transport': transport}, new=NEW)
    return Kind(section, doc, (row,), (NAME, ACTIVE, *fields), generations=V41, aliases=(section,), **more)


def _url_path(**more: Any) -> Field:
    return Field('url_path', 'URL path.', means=traits.PATH, **more)


AS4_CHANNEL = _kind(
    'channel_as4',
    'AS4 channels (4.1): documents of partners come in.',
    'channel',
    'as4',
    (
        _url_path(required=True, example='/as4'),
        SERVICE,
        SECURITY,
        Field('timeout', 'Seconds.', 'integer', 10, minimum=0),
        *EXCHANGE,
        Field('as4_serviced_participants', 'Participants whose documents it takes.', 'lines'),
        *_texts(inbound_topic='Topic that gets the documents.'),
        *CREDENTIALS,
        AUDITED,
    ),
    role=traits.CHANNEL,
    noun='AS4 channel',
    doubts=_doubts,
)
AS2_CHANNEL = _kind(
    'channel_as2',
    'AS2 channels (4.1). Its own tools neither write nor read this section.',
    'channel',
    'as2',
    (
        _url_path(required=True, example='/as2'),
        SERVICE,
        SECURITY,
        Field('timeout', 'Seconds.', 'integer', 10, minimum=0),
        AUDITED,
    ),
    role=traits.CHANNEL,
    noun='AS2 channel',
)
AS4 = _kind(
    'outgoing_as4',
    'Outgoing AS4 connections (4.1): partners that get documents.',
    'outgoing',
    'as4',
    (
        Field('host', 'Scheme and host of the partner.', example='https://as4.example.com', means=ENDPOINT),
        _url_path(default='/'),
        Field('timeout', 'Seconds.', 'integer', 10, minimum=0),
        Field(
            'validate_tls',
            "Whether the partner's certificate is verified.",
            'boolean',
            True,
            kept=True,
            written=IN_ROWS,
            means=VERIFIES,
            aliases=('tls_verify',),
        ),
        *EXCHANGE,
        Field('as4_use_discovery', 'Whether partners are looked up.', 'boolean', False),
        *_texts(sml_domain='Domain where they are looked up.'),
        *_numbers(
            retry_max_attempts='How often a message is sent again.',
            retry_interval='Seconds between tries.',
            missing_receipt_after='When a receipt is overdue.',
        ),
        *CREDENTIALS,
        AUDITED,
    ),
    role=traits.OUTGOING,
    noun='outgoing AS4 connection',
    doubts=_doubts,
)
CHANNELS = (AS4_CHANNEL, AS2_CHANNEL)
