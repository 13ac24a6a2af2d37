"""4.1's Azure Service Bus: rows of AMQP, told apart by what `opaque1` calls their subtype."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zatools.kinds import amqp
from zatools.kinds.fields import V41
from zatools.kinds.model import Kind, Row

SUBTYPE = {'subtype': 'azure-service-bus'}
EXAMPLE = 'amqps://example.servicebus.windows.net'


def _kind(section: str, doc: str, of: Kind, **more: Any) -> Kind:
    # What 3.2 has instead, a definition of the broker, is none of theirs.
    fields = [field for field in of.fields if V41[0] in field.generations]
    fields = [replace(field, example=EXAMPLE) if field.name == 'address' else field for field in fields]
    row = Row(of.rows[0].table, opaque=SUBTYPE)
    return Kind(section, doc, (row,), tuple(fields), generations=V41, aliases=(section,), role=of.role, **more)


CHANNEL = _kind(
    'channel_azure_service_bus',
    'Azure Service Bus channels (4.1): messages of a queue invoke a service.',
    amqp.CHANNEL,
    noun='Azure Service Bus channel',
)
OUTGOING = _kind(
    'outgoing_azure_service_bus',
    'Outgoing Azure Service Bus connections (4.1).',
    amqp.OUTGOING,
    protocol='azure',
    noun='outgoing Azure Service Bus connection',
)
KINDS = (CHANNEL, OUTGOING)
