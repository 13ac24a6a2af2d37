"""SQL connection pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, SERVICE, STATED_32, V32, V41
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, SQL

#: What 4.1's files call an engine, and what the rows of both generations hold.
ENGINES = {
    'mssql': 'zato+mssql1',
    'mysql': 'mysql+pymysql',
    'oracle': 'oracle',
    'postgresql': 'postgresql+pg8000',
    'redshift': 'redshift+redshift_connector',
    'snowflake': 'snowflake',
}


def _derive_type(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # 4.1 keeps the word of the file beside the engine.
    if generation == '4.1':
        opaque['type'] = values.get('engine', '')


POOL = Kind(
    'sql',
    'Outgoing SQL connections: pools of connections to a database.',
    (Row('sql_pool', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field(
            'engine',
            'Database: `mssql`, `mysql`, `oracle`, `postgresql`, `redshift`, `snowflake`, or an engine of the server.',
            required=True,
            codes=ENGINES,
            form=Per('code', ''),
            spelling=Per('engine', 'type'),
            aliases=('type',),
            example='postgresql',
        ),
        Field('host', 'Host of the database.', required=True, example='db.example.com', means=ENDPOINT),
        Field('port', 'Port of the database.', 'integer', required=True, minimum=1, maximum=65535, example=5432),
        Field('db_name', 'Name of the database.', required=True, example='orders'),
        Field('username', 'User name.', required=True, example='orders'),
        Field('password', 'Password of the user.', secret=True),
        Field('pool_size', 'Connections kept open.', 'integer', Per(1, 5), minimum=0, written=STATED_32),
        Field('extra', 'Options of the driver, `key=value` each.', 'lines', form=Per('text', '')),
        Field('timeout', 'Seconds to wait for the database.', 'integer', generations=V41, minimum=0),
        Field(
            'audit_log',
            'What the audit log has of each query.',
            generations=V41,
            default='off',
            choices=('off', 'statement', 'statement-params', 'full'),
        ),
        Field('ssl', 'Whether the connection is encrypted.', 'boolean', False, generations=V41),
        Field('ssl_ca_file', 'Path of the file with certificates of authorities.', generations=V41),
        Field('ssl_cert_file', 'Path of the file with the certificate.', generations=V41),
        Field('ssl_key_file', 'Path of the file with the private key.', generations=V41),
        Field('ssl_verify', "Whether the database's certificate is verified.", 'boolean', True, generations=V41),
    ),
    spelling=Per('outconn_sql', 'sql'),
    aliases=('sql', 'outconn_sql'),
    noise={'engine_display_name': None},
    role=OUTGOING,
    noun='SQL connection',
    protocol=SQL,
    served=OPENED,
    admin='zato.outgoing.sql',
    derive=_derive_type,
)
NOTIFICATION = Kind(
    'notif_sql',
    'SQL notifications (3.2): what a query finds invokes a service, again and again.',
    (
        Row(
            'notif',
            match={'notif_type': 'sql'},
            new={
                'name_pattern': '**',
                'name_pattern_neg': False,
                'get_data': False,
                'get_data_patt': '**',
                'get_data_patt_neg': False,
            },
        ),
        Row('notif_sql', link='id'),
    ),
    (
        NAME,
        ACTIVE,
        Field(
            'def_name',
            'SQL connection that is asked.',
            column='def_id',
            ref='sql',
            required=True,
            aliases=('def_id',),
            example='my-sql',
        ),
        Field('query', 'Query, in SQL.', required=True, example='SELECT id FROM orders'),
        Field('interval', 'Seconds between queries.', 'integer', 600, minimum=1, written=STATED_32),
        SERVICE,
    ),
    generations=V32,
    aliases=('notif_sql',),
    noise={'service_id': None, 'notif_type': ('sql',)},
    noun='SQL notification',
    admin='zato.notif.sql',
)
