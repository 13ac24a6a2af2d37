"""Databases and brokers that steps name as definitions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zatools.apitest.failures import StepBroken
from zatools.place import did_you_mean

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

SQL, AMQP, KAFKA = 'SQL', 'AMQP', 'Kafka'


def address(context: Context, protocol: str, text: str, parameter: str) -> str:
    """Returns an address as it is, or that of the connection of this name; its login becomes a secret."""
    known = context.addresses
    if '://' in text or known is None:
        return text
    found = known.get((protocol, text))
    if found is None:
        names = [name for of, name in known if of == protocol]
        hint = did_you_mean(text, names) or f'there are: {", ".join(names) or "none"}'
        raise StepBroken(f"the definitions have no {protocol} connection '{text}'", at=parameter, hint=hint)
    if not found:
        hint = 'are its variables set? --env-file FILE reads them from a file'
        raise StepBroken(f"the address of '{text}' is not known here", at=parameter, hint=hint)
    context.secrets.track_location(found)
    return found
