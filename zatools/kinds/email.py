"""Connections to mail servers."""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterator, Mapping, MutableMapping
from typing import Any

from zatools.kinds import scheduler, traits
from zatools.kinds.fields import ACTIVE, AUDITED, NAME, NEEDED, STATED_32, V41, password
from zatools.kinds.model import Companion, Field, Kind, Made, Per, Row, Written
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, VERIFIES, Doubt
from zatools.kinds.types import from_json
from zatools.place import Place

#: What rows of each generation hold for the sorts of servers.
TYPES = Per(
    {'generic': 'generic-imap', 'microsoft-365': 'microsoft-365'},
    {'generic': 'generic', 'microsoft-365': 'microsoft_365'},
)
#: What 4.1 invokes to read a mailbox.
READER = 'zato.email.imap.process-messages'
#: Without a job, what says how it runs means nothing.
OF_JOB = ('scheduler_run_unit', 'scheduler_invoke_with')


def _made_keys(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    if not values.get('scheduler_service'):
        for name in (*OF_JOB, 'scheduler_job_id'):
            opaque.pop(name, None)


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    if not values.get('scheduler_service'):
        for name in OF_JOB:
            values.pop(name, None)


def _jobs(values: Mapping[str, Any], id_: int, generation: str) -> Iterator[Made]:
    service = values.get('scheduler_service')
    if not service or generation != '4.1':
        return
    name = values['name']
    unit = values.get('scheduler_run_unit') or 'minutes'
    extra = {
        'imap_conn_id': id_,
        'imap_conn_name': name,
        'service': service,
        'invoke_with': values.get('scheduler_invoke_with') or 'message',
    }
    job = {
        'is_active': values.get('is_active', True),
        'service': READER,
        'extra': json.dumps(extra),
        **scheduler.interval(values.get('scheduler_run_every', 0), unit),
    }
    if values.get('scheduler_start_date'):
        job['start_date'] = values['scheduler_start_date']
    yield Made(f'imap.{name}', job, {'imap_conn_id': id_})


def _fill(values: Mapping[str, Any], opaque: dict[str, Any], ids: Mapping[str, int]) -> None:
    opaque['scheduler_job_id'] = ids[f'imap.{values["name"]}']


def _compared(name: str, value: Any) -> Any:
    # What a job hands over, however it is written.
    try:
        return from_json(value) if name == 'extra' else value
    except ValueError:
        return value


def _job_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if values.get('scheduler_service') and not values.get('scheduler_run_every'):
        yield Doubt('scheduler_service', "'scheduler_run_every' is missing", 'as in 5, of minutes', is_warning=False)


#: Servers read these of mailboxes that have a job.
WITH_JOB = Written(rows=V41, when={'scheduler_service': True})
JOB = (
    Field('scheduler_service', 'Service that a job of the connection gives messages to.', generations=V41),
    Field('scheduler_run_every', 'How often the job runs: so many units.', 'integer', generations=V41, minimum=1),
    Field(
        'scheduler_run_unit',
        'Unit of time of the job.',
        default='minutes',
        choices=scheduler.RUN_UNITS,
        generations=V41,
        written=WITH_JOB,
    ),
    Field('scheduler_start_date', 'When the job runs first, UTC.', 'moment', generations=V41),
    Field(
        'scheduler_invoke_with',
        'What the service gets.',
        default='message',
        choices=('message', 'each_attachment'),
        generations=V41,
        written=WITH_JOB,
    ),
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
        Field(
            'host',
            'Host of the server; not needed for Microsoft 365.',
            codes=Per({'': 'ZATO_NONE'}, {}),
            written=STATED_32,
            means=ENDPOINT,
        ),
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
        *JOB,
    ),
    aliases=('email_imap',),
    noise={'server_type_human': None},
    role=OUTGOING,
    noun='IMAP connection',
    protocol=traits.IMAP,
    served=OPENED,
    admin='zato.email.imap',
    doubts=_job_doubts,
    derive=_made_keys,
    mend=_mend,
    companions=(Companion(scheduler.JOB, 'job', 'scheduler_service', _jobs, _fill, _compared),),
    leftovers=('scheduler_job_id',),
)
#: The platform's own connection for notifications of alerts.
ALERTS = 'default.alerts.notifications'
SMTP = Kind(
    'email_smtp',
    'SMTP connections: servers that mail is sent by.',
    (Row('email_smtp', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field('host', 'Host of the server.', required=True, example='smtp.example.com', means=ENDPOINT),
        Field('port', 'Port of the server.', 'integer', required=True, minimum=1, maximum=65535, example=587),
        Field('username', 'User name.'),
        password('Password of the user.'),
        Field('timeout', 'Seconds to wait for the server.', 'integer', Per(10, 60), minimum=0, written=STATED_32),
        Field(
            'mode',
            'Whether the connection is encrypted.',
            default='plain',
            choices=('plain', 'ssl', 'starttls'),
            written=STATED_32,
        ),
        Field('is_debug', 'Whether the conversation is logged.', 'boolean', False, written=STATED_32),
        Field('ping_address', 'Receiver of pings.', default=Per('invalid@invalid', ''), written=STATED_32),
        AUDITED,
        Field('is_tls', 'Whether the connection is encrypted: the flag of older files.', 'boolean', generations=V41),
        Field(
            'needs_tls_verify',
            "Whether the server's certificate is verified.",
            'boolean',
            True,
            generations=V41,
            means=VERIFIES,
        ),
        Field('ca_certs_path', 'Path of the file with certificates of authorities.', generations=V41),
        Field('helo_hostname', 'Name that the server is greeted with.', generations=V41),
        Field('from_address', 'Sender of messages that name none.', generations=V41),
        Field('server_type', 'What sort of server it is.', generations=V41),
        Field('tenant_id', 'Tenant of Microsoft 365.', generations=V41),
        Field('client_id', 'Client of Microsoft 365.', generations=V41),
    ),
    aliases=('email_smtp',),
    internal=Per(frozenset(), frozenset({ALERTS})),
    role=OUTGOING,
    noun='SMTP connection',
    protocol=traits.SMTP,
    served=OPENED,
    admin='zato.email.smtp',
)
KINDS = (IMAP, SMTP)
