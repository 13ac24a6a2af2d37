"""What messages need: senders of text messages, and namespaces of XML (3.2)."""

from __future__ import annotations

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, NAME, V32, password
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.traits import NAMESPACES, OPENED, OUTGOING

TWILIO = Kind(
    'zato_sms_twilio',
    'Twilio connections (3.2): text messages to phones.',
    (Row('sms_twilio', new={'is_internal': False}, nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field('account_sid', 'Id of the account.', required=True, example='AC123'),
        password('Token of the account.', 'auth_token'),
        Field('default_from', 'Sender of messages that name none.'),
        Field('default_to', 'Receiver of messages that name none.'),
    ),
    generations=V32,
    aliases=('zato_sms_twilio',),
    account=('account_sid',),
    role=OUTGOING,
    noun='Twilio connection',
    protocol=traits.TWILIO,
    served=OPENED,
    admin='zato.sms.twilio',
)
NAMESPACE = Kind(
    'def_namespace',
    'XML namespaces (3.2): a prefix, which is the name, and what it stands for.',
    (Row('msg_ns'),),
    (NAME, Field('value', 'The namespace.', required=True, example='urn:example:orders')),
    generations=V32,
    aliases=('def_namespace',),
    noise={'is_active': None},
    noun='namespace',
    served=NAMESPACES,
    admin='zato.message.namespace',
)
KINDS = (TWILIO, NAMESPACE)
