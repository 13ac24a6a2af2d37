"""Connections to mail servers."""

from __future__ import annotations

from zatools.kinds.fields import ACTIVE, NAME, NEEDED, STATED_32, V41, password
from zatools.kinds.model import Field, Kind, Per, Row, Written
from zatools.kinds.traits import ENDPOINT, OUTGOING

#: What rows of each generation hold for the sorts of servers.
TYPES = Per(
    {'generic': 'generic-imap', 'microsoft-365': 'microsoft-365'},
    {'generic': 'generic', 'microsoft-365': 'microsoft_365'},
)
AUDITED = Field(
    'is_audit_log_active',
    'Whether the audit log has its messages.',
    'boolean',
    True,
    generations=V41,
    kept=True,
    written=Written(rows=V41),
)

IMAP = Kind(
    'email_imap',
    'IMAP connections: mailboxes that services read.',
    (Row('email_imap', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field(
            'server_type',
            'What sort of server it is.',
            default='generic',
            choices=('generic', 'microsoft-365'),
            codes=TYPES,
            form='code',
            spelling=Per('server_type', 'type'),
            aliases=('type',),
            written=NEEDED,
        ),
        Field('host', 'Host of the server; not needed for Microsoft 365.', written=STATED_32, means=ENDPOINT),
        Field('port', 'Port of the server.', 'integer', Per(993, 143), minimum=0, maximum=65535, written=STATED_32),
        Field('username', 'User name.'),
        password('Password of the user; for Microsoft 365, the secret of the client.'),
        Field('tenant_id', 'Tenant of Microsoft 365.'),
        Field('client_id', 'Client of Microsoft 365.'),
        Field('timeout', 'Seconds to wait for the server.', 'integer', Per(10, 30), minimum=0, written=STATED_32),
        Field(
            'mode',
            'Whether the connection is encrypted.',
            default=Per('ssl', 'plain'),
            choices=('plain', 'ssl'),
            written=STATED_32,
        ),
        Field('debug_level', 'How much is logged, 0 is nothing.', 'integer', 0, minimum=0, written=STATED_32),
        Field('get_criteria', 'Which messages are read.', default=Per('UNSEEN', '{}'), written=STATED_32),
        Field('filter_criteria', 'Which messages of Microsoft 365 are read, as in `isRead ne true`.'),
        AUDITED,
    ),
    aliases=('email_imap',),
    noise={'server_type_human': None},
    role=OUTGOING,
    noun='IMAP connection',
    admin='zato.email.imap',
)
KINDS = (IMAP,)
