"""File transfer: 4.1's FTP, SMB and SFTP connections, with schedules of files that services get.

Of 3.2, SFTP connections and file transfer channels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Iterator, Mapping, MutableMapping
from functools import partial
from hashlib import sha256
from typing import Any

from zatools.kinds import scheduler, traits
from zatools.kinds.field import Noted
from zatools.kinds.fields import ACTIVE, NAME, NEEDED, V32, V41, flag, number, password
from zatools.kinds.generic import connection, held_once, pool, secret
from zatools.kinds.model import Becomes, Companion, Field, Held, Kind, Made
from zatools.kinds.traits import ENDPOINT, OPENED, Doubt
from zatools.kinds.types import from_json, moment
from zatools.place import Place

#: What entries of `schedules` must have, and the defaults of all else.
REQUIRED = ('name', 'directory', 'service', 'run_every', 'run_unit')
DEFAULTS: Mapping[str, Any] = {
    'start_date': '',
    'is_active': True,
    'pattern': '*',
    'ready_how': 'stability',
    'stability_delay': 2,
    'marker_suffix': '.done',
    'should_claim': False,
    'on_success': 'move',
    'move_directory': 'processed',
    'arrival_window': 0,
}
CHOICES: Mapping[str, Collection[str]] = {
    'run_unit': scheduler.UNITS,
    'ready_how': ('stability', 'marker'),
    'on_success': ('move', 'delete'),
}
#: Keys that the platform puts into an entry: they say nothing elsewhere.
GIVEN_OUT = ('id', 'job_id')
STORED = 'scheduler_schedules'

SCHEDULES = Field(
    'schedules',
    'What is fetched when: mappings with `name`, `directory`, `service`, `run_every`, `run_unit`, and more.',
    'mappings',
    column=STORED,
    generations=V41,
)
STORE_CONTENT = Field('should_store_content', 'Whether the content of files is kept.', 'boolean', False)


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in entry.items()
        if name not in GIVEN_OUT and not (name in DEFAULTS and value == DEFAULTS[name])
    }


def _fold(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    if values.get('schedules'):
        values['schedules'] = [_plain(entry) for entry in values['schedules'] if isinstance(entry, Mapping)]


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    entries = values.get('schedules')
    if isinstance(entries, list):
        values['schedules'] = [_plain(entry) for entry in entries]


def _doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    names = set()
    for entry in values.get('schedules') or []:
        name = entry.get('name', '')
        for key in REQUIRED:
            if not entry.get(key):
                yield Doubt('schedules', f"schedule '{name}': '{key}' is missing", is_warning=False)
        for key in entry.keys() - {*REQUIRED, *DEFAULTS}:
            yield Doubt('schedules', f"schedule '{name}': unknown key '{key}'", is_warning=False)
        for key, words in CHOICES.items():
            if entry.get(key, words and next(iter(words))) not in words:
                yield Doubt(
                    'schedules', f"schedule '{name}': {key} can't be that", f'one of: {", ".join(words)}', False
                )
        if _moment(entry.get('start_date')) is None:
            text = f"schedule '{name}': start_date must be a date and a time, as in 2030-01-31T08:00:00"
            yield Doubt('schedules', text, is_warning=False)
        if name in names:
            yield Doubt('schedules', f"schedule '{name}' is there twice", is_warning=False)
        names.add(name)


def _moment(text: Any) -> str | None:
    try:
        return moment(str(text or ''))
    except ValueError:
        return None


def _id(connection_name: str, name: str) -> str:
    # The platform's is made up; ours is the same in each import.
    return f'zatools-{sha256(f"{connection_name}/{name}".encode()).hexdigest()[:24]}'


def _whole(connection_name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {'id': _id(connection_name, entry.get('name', '')), **DEFAULTS, **entry}


def _job_name(word: str, connection_name: str, entry: Mapping[str, Any]) -> str:
    return f'{word}.{connection_name}.{entry.get("name", "")}'


def _jobs(word: str, type_: str) -> Callable[[Mapping[str, Any], int, str], Iterator[Made]]:
    def jobs(values: Mapping[str, Any], id_: int, generation: str) -> Iterator[Made]:
        for entry in values.get('schedules') or []:
            whole = _whole(values['name'], entry)
            extra = {'conn_id': id_, 'conn_name': values['name'], 'conn_type': type_}
            job = {
                'is_active': whole['is_active'],
                'service': f'zato.outgoing.{word}.process-files',
                'extra': json.dumps({**extra, 'schedule': {**whole, 'start_date': '', 'job_id': 0}}),
                **scheduler.interval(whole.get('run_every'), whole.get('run_unit')),
            }
            start_date = _moment(entry.get('start_date'))
            if start_date:
                job['start_date'] = start_date
            links = {'link_conn_id': id_, 'link_conn_type': type_, 'link_kind': whole['id']}
            yield Made(_job_name(word, values['name'], entry), job, links)

    return jobs


def _compared(name: str, value: Any) -> Any:
    # What a job hands over, without ids that each environment gives out.
    if name != 'extra':
        return value
    try:
        found = from_json(value or '{}')
    except ValueError:
        return value
    schedule = found.get('schedule') if isinstance(found, dict) else None
    if isinstance(schedule, dict):
        found['schedule'] = {key: part for key, part in schedule.items() if key not in (*GIVEN_OUT, 'start_date')}
    return found


def _fill(word: str) -> Callable[[Mapping[str, Any], dict[str, Any], Mapping[str, int]], None]:
    def fill(values: Mapping[str, Any], opaque: dict[str, Any], ids: Mapping[str, int]) -> None:
        name = values['name']
        opaque[STORED] = [
            {**_whole(name, entry), 'job_id': ids[_job_name(word, name, entry)]} for entry in opaque.get(STORED) or []
        ]

    return fill


def _transfer(word: str, doc: str, noun: str, *fields: Field, **more: Any) -> Kind:
    type_ = f'outconn-{word}'
    return connection(
        word,
        type_,
        doc,
        (
            NAME,
            ACTIVE,
            *fields,
            Field('username', 'User name.'),
            password('Password of the user.', column='secret'),
            STORE_CONTENT,
            SCHEDULES,
        ),
        flags=(False, True),
        pool_size=1,
        generations=V41,
        aliases=(word, f'outgoing_{word}'),
        shared=(),
        noun=noun,
        leftovers=('password',),
        fold=_fold,
        mend=_mend,
        doubts=_doubts,
        companions=(Companion(scheduler.JOB, 'job', 'schedules', _jobs(word, type_), _fill(word), _compared),),
        **more,
    )


HOST = Field('host', 'Host of the server.', required=True, example='files.example.com', means=ENDPOINT)


def _words(**docs: str) -> Iterator[Field]:
    for name, doc in docs.items():
        yield Field(name, doc, written=NEEDED)


_flag = partial(flag, written=NEEDED)
_number = partial(number, written=NEEDED)


def _as_text(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    # 3.2's services make a flag or a number of a text that looks like one.
    if not isinstance(values.get('log_level', ''), str):
        values['log_level'] = str(int(values['log_level']))


def _as_address(values: dict[str, Any]) -> None:
    host = values.pop('host', '')
    values['address'] = f'{host}:{values.pop("port", 22)}'


def _from_address(values: dict[str, Any]) -> None:
    host, _, port = str(values.pop('address', '')).rpartition(':')
    if not (host and port.isdigit()):
        host, port = f'{host}{":" if host else ""}{port}', '22'
    values.update(host=host, port=int(port))


SFTP_32 = connection(
    'sftp_32',
    'outconn-sftp',
    'SFTP connections of 3.2; those of 4.1 are `sftp`.',
    (
        NAME,
        ACTIVE,
        HOST,
        Field('port', 'Port of the server.', 'integer', 22, minimum=1, maximum=65535, written=NEEDED),
        Field('username', 'User name.'),
        secret('Password of the user; the server logs in with keys.', 'password'),
        Field('log_level', 'How much is logged, from `0` to `4`.', default='0', written=NEEDED),
        Field('sftp_command', 'Command that is started.', default='sftp', written=NEEDED),
        Field('ping_command', 'What a ping does.', default='ls .', written=NEEDED),
        *_words(
            identity_file='Path of the file with the private key.',
            ssh_config_file='Path of the configuration of SSH.',
            default_directory='Directory to begin in.',
        ),
        Field('ssh_options', 'Options of SSH.', 'lines', form='text', written=NEEDED),
        _number('buffer_size', 'Bytes that are sent at once.', 32768),
        _number('bandwidth_limit', 'Megabytes a second.', 10),
        Field('force_ip_type', 'Which version of IP is used.', choices=('ipv4', 'ipv6'), written=NEEDED),
        _flag('is_compression_enabled', 'Whether what is sent is compressed.', False),
        _flag('should_flush', 'Whether files are flushed at once.', False),
        _flag('should_preserve_meta', 'Whether files keep their times and modes.', True),
        pool(),
    ),
    flags=(False, True),
    generations=V32,
    noun='SFTP connection',
    protocol=traits.SFTP,
    served=OPENED,
    fold=_as_text,
    becomes=Becomes('sftp', {'secret': 'password'}, _as_address, takes=('host', 'port')),
    **held_once('password'),
)


#: Such a job gets the ids of its channels.
NOTED = Noted('extra', {'service': scheduler.TRANSFERS})


def _source(name: str, doc: str, section: str, noted: Noted | None = None) -> Field:
    return Field(name, doc, column=f'{name}_id', ref=section, aliases=(f'{name}_id', f'{name}_name'), noted=noted)


def _channel_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    source = values.get('source_type')
    if source in ('ftp', 'sftp') and not values.get(f'{source}_source'):
        yield Doubt('source_type', f"'{source}_source' is missing", is_warning=False)


CHANNEL = connection(
    'channel_file_transfer',
    'channel-file-transfer',
    'File transfer channels (3.2): files of directories invoke services.',
    (
        NAME,
        ACTIVE,
        Field(
            'source_type', 'Where directories are.', default='local', choices=('local', 'ftp', 'sftp'), written=NEEDED
        ),
        _source('ftp_source', 'FTP connection, if they are there.', 'outconn_ftp'),
        _source('sftp_source', 'SFTP connection, if they are there.', 'sftp_32'),
        _source('scheduler_job', 'Job that looks at directories which are elsewhere.', 'scheduler', noted=NOTED),
        Field('pickup_from_list', 'Directories.', 'lines', form='text', written=NEEDED),
        Field('service_list', 'Services that get the files.', 'list', ref='service', holds_names=True),
        Field('topic_list', 'Topics that get the files.', 'list', ref='pubsub_topic', holds_names=True),
        Field(
            'outconn_rest_list',
            'Outgoing REST connections that get the files.',
            'list',
            ref='outgoing_rest',
            held=Held(text='{}'),
        ),
        Field('file_patterns', 'Patterns of the names of files.', 'list', ['*'], written=NEEDED),
        *_words(
            move_processed_to='Directory that files are moved to.',
            parse_with='What files are parsed with, as in `py:csv.reader`.',
            binary_file_patterns='Patterns of files that are no texts.',
        ),
        Field('data_encoding', 'Encoding of files.', default='utf-8', written=NEEDED),
        _flag('should_read_on_pickup', 'Whether files are read.', True),
        _flag('should_parse_on_pickup', 'Whether files are parsed.', False),
        _flag('should_delete_after_pickup', 'Whether files are deleted.', True),
        _flag('is_case_sensitive', 'Whether case matters in patterns.', True),
        _flag('is_line_by_line', 'Whether services get files line by line.', False),
        _flag('is_hot_deploy', 'Whether files are deployed.', False),
        pool(),
    ),
    flags=(True, False),
    generations=V32,
    noun='file transfer channel',
    served=traits.FILES,
    doubts=_channel_doubts,
)
KINDS = (
    SFTP_32,
    CHANNEL,
    _transfer(
        'ftp',
        'FTP connections (4.1), with schedules of files to fetch.',
        'FTP connection',
        HOST,
        Field('port', 'Port of the server.', 'integer', 21, minimum=1, maximum=65535),
        Field('use_ssl', 'Whether the connection is encrypted.', 'boolean', False),
        becomes=Becomes('outconn_ftp', {'username': 'user'}),
        protocol=traits.FTP,
        served=OPENED,
    ),
    _transfer(
        'smb',
        'SMB connections (4.1), with schedules of files to fetch.',
        'SMB connection',
        HOST,
        Field('port', 'Port of the server.', 'integer', 445, minimum=1, maximum=65535),
        protocol=traits.SMB,
        served=OPENED,
    ),
    _transfer(
        'sftp',
        'SFTP connections (4.1), with schedules of files to fetch.',
        'SFTP connection',
        Field('address', 'Server: `host:port`.', required=True, example='files.example.com:22', means=ENDPOINT),
        password('Private key, PEM.', 'private_key'),
        Field('strict_host_key_checking', "Whether the server's key must be known.", 'boolean', True),
        Field('ignore_host_key_changes', 'Whether another key of the server is taken.', 'boolean', False),
        becomes=Becomes('sftp_32', {'password': 'secret'}, _from_address, takes=('address',)),
        protocol=traits.SFTP,
        served=OPENED,
    ),
)
