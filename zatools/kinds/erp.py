"""Connections to systems that companies are run with."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, NAME, STATED_32, V32, V41, password
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, Doubt


def _sap_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    yield Doubt('name', 'a server without the library pyrfc does not start while its ODB has it, active or not')


ODOO = Kind(
    'odoo',
    'Connections to Odoo.',
    (Row('out_odoo', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field('host', 'Host of Odoo.', required=True, example='odoo.example.com', means=ENDPOINT),
        Field('port', 'Port of Odoo.', 'integer', 8069, minimum=1, maximum=65535, written=STATED_32),
        Field('user', 'User name.', required=True, example='admin'),
        password('Password of the user.'),
        Field('database', 'Database of Odoo.', required=True, example='orders'),
        Field(
            'protocol',
            'How Odoo is called.',
            default='jsonrpc',
            choices=('jsonrpc', 'jsonrpcs', 'xmlrpc', 'xmlrpcs'),
            written=STATED_32,
        ),
        Field('pool_size', 'Connections kept open.', 'integer', Per(3, 10), minimum=0, written=STATED_32),
        Field('timeout', 'Seconds to wait for Odoo.', 'integer', generations=V41, minimum=0),
        Field('api_client', 'Library that calls Odoo.', generations=V41),
    ),
    spelling=Per('outconn_odoo', 'odoo'),
    aliases=('odoo', 'outconn_odoo'),
    noise={'client_type': None},
    role=OUTGOING,
    noun='Odoo connection',
    protocol=traits.ODOO,
    served=OPENED,
    admin='zato.outgoing.odoo',
)
SAP = Kind(
    'outconn_sap',
    'SAP RFC connections (3.2).',
    (Row('out_sap', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field('host', 'Host of the SAP system.', required=True, example='sap.example.com', means=ENDPOINT),
        Field('sysnr', 'Number of the system.', default='00', written=STATED_32),
        Field('sysid', 'Id of the system.', required=True, example='ABC'),
        Field('client', 'Client of the system.', required=True, example='100'),
        Field('user', 'User name.', required=True, example='orders'),
        password('Password of the user.'),
        Field('router', 'SAP router on the way to the host.'),
        Field('pool_size', 'Connections kept open.', 'integer', 1, minimum=0, written=STATED_32),
    ),
    generations=V32,
    aliases=('outconn_sap',),
    role=OUTGOING,
    noun='SAP connection',
    admin='zato.outgoing.sap',
    doubts=_sap_doubts,
)
KINDS = (ODOO, SAP)
