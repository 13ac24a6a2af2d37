"""Steps for XML and SOAP requests: namespaces, the SOAP action."""

from __future__ import annotations

from typing import Any

from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import GIVEN, Phrase, in_section
from zatools.apitest.steps.request import put_header


def set_prefix(context: Context, prefix: Any, namespace: Any) -> None:
    """Names a namespace for XPaths."""
    context.zato.request.ns_map[str(prefix)] = str(namespace)


def set_action(context: Context, value: Any) -> None:
    """Sets the header SOAPAction."""
    put_header(context, 'SOAPAction', value)


PHRASES = in_section(
    'XML requests',
    Phrase('namespace prefix "{prefix}" of "{namespace}"', GIVEN, set_prefix, 'O', 'names a namespace for XPaths',
           ('soap', 'http://schemas.xmlsoap.org/soap/envelope/')),
    Phrase('SOAP action "{value}"', GIVEN, set_action, 'O', 'sets the header SOAPAction', ('urn:user:get',)),
)  # fmt: skip
