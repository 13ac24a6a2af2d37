"""HL7 MLLP channels: 4.1's, which share a port, and 3.2's, each of which has one of its own."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, MutableMapping
from dataclasses import replace
from functools import partial
from typing import Any

from zatools.kinds.fields import ACTIVE, IN_ROWS, NAME, NEEDED, V32, V41, number
from zatools.kinds.generic import RECV_TIMEOUT, connection, pool
from zatools.kinds.model import Field, Held
from zatools.kinds.rest import SECURITY
from zatools.kinds.traits import MLLP, Doubt
from zatools.place import Place

#: The types of destinations, and the sections of the connections that they name.
DESTINATIONS: Mapping[str, str] = {
    'rest': 'outgoing_rest',
    'hl7-mllp': 'outgoing_mllp',
    'hl7-fhir': 'outgoing_fhir',
    'smtp': 'email_smtp',
}
#: Keys of a destination, in the order in which the platform writes them.
KEYS = ('name', 'type', 'connection', 'is_active', 'options')
SERVICE = Field(
    'service',
    'Name of the service that gets the messages.',
    aliases=('service_name',),
    written=IN_ROWS,
    example='my.service',
)
FRAMES = (
    Field('start_seq', 'Bytes that a message starts with, in hexadecimal.', default='0b', written=NEEDED),
    Field('end_seq', 'Bytes that a message ends with, in hexadecimal.', default='1c 0d', written=NEEDED),
    replace(RECV_TIMEOUT, doc='Milliseconds to wait for data.', minimum=0),
)


def _flags(default: bool, **docs: str) -> Iterator[Field]:
    for name, doc in docs.items():
        yield Field(name, doc, 'boolean', default, written=NEEDED)


def _words(**docs: str) -> Iterator[Field]:
    for name, doc in docs.items():
        yield Field(name, doc, written=IN_ROWS)


_number = partial(number, written=IN_ROWS)


def _choice(name: str, doc: str, *choices: str) -> Field:
    return Field(name, doc, default=choices[0], choices=choices, written=IN_ROWS)


def _whole(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    full = {'name': entry.get('connection', ''), 'is_active': True, 'options': {}, **entry}
    return {key: full[key] for key in dict.fromkeys([*(key for key in KEYS if key in full), *full])}


def _fold(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    if isinstance(values.get('destinations'), list):
        values['destinations'] = [_whole(entry) for entry in values['destinations']]


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    _fold(values, {}, '')


def _doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    entries = [entry for entry in values.get('destinations') or [] if isinstance(entry, Mapping)]
    for entry in entries:
        yield from _entry_doubts(entry, keys)
    if not entries and not values.get('service'):
        yield Doubt('service', 'nobody gets the messages', 'give service or destinations', is_warning=False)
    answers = values.get('respond_from') or 'service'
    if answers != 'service' and answers not in [entry.get('name') for entry in entries]:
        yield Doubt('respond_from', f"there is no destination '{answers}'", is_warning=False)


def _entry_doubts(entry: Mapping[str, Any], keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    name, section = entry.get('name', ''), DESTINATIONS.get(str(entry.get('type', '')))
    if section is None:
        hint = f'one of: {", ".join(DESTINATIONS)}'
        yield Doubt('destinations', f"destination '{name}': type can't be that", hint, is_warning=False)
    elif not entry.get('connection'):
        yield Doubt('destinations', f"destination '{name}': 'connection' is missing", is_warning=False)
    elif (section, entry['connection']) not in keys:
        yield Doubt('destinations', f"destination '{name}': no {section} '{entry['connection']}'")
    for key in entry.keys() - {*KEYS}:
        yield Doubt('destinations', f"destination '{name}': unknown key '{key}'", is_warning=False)


CHANNEL = connection(
    'channel_mllp',
    'channel-hl7-mllp',
    'HL7 MLLP channels of 4.1; those of 3.2 are `channel_mllp_32`.',
    (
        NAME,
        ACTIVE,
        SERVICE,
        Field('destinations', 'Connections that get the messages: mappings with `type` and `connection`.', 'rows'),
        Field('respond_from', 'Whose answer is sent back.', default='service', written=IN_ROWS),
        _choice('delivery_mode', 'How destinations get a message.', 'same-time', 'in-order'),
        Field('hl7_version', 'Version of HL7.', default='hl7-v2', written=IN_ROWS),
        *FRAMES,
        replace(
            SECURITY,
            doc='Security definition of REST requests.',
            form='only if given',
            means='',
            held=Held(nothing=0),
            written=IN_ROWS,
        ),
        *_words(
            allowed_networks='Networks that are let in, as in `10.0.0.0/8`, with commas between them.',
            msh3_sending_app='Application that sends, MSH-3.',
            msh4_sending_facility='Facility that sends, MSH-4.',
            msh5_receiving_app='Application that gets, MSH-5.',
            msh6_receiving_facility='Facility that gets, MSH-6.',
            msh9_message_type='Type of messages, MSH-9.',
            msh9_trigger_event='Event of messages, MSH-9.',
            msh11_processing_id='Processing id, MSH-11.',
            msh12_version_id='Version of messages, MSH-12.',
        ),
        *_flags(False, is_default='Whether it gets what no other channel matches.'),
        _number('max_msg_size', 'Largest message.', 2),
        _choice('max_msg_size_unit', 'Unit of that.', 'mb', 'kb'),
        _number('idle_timeout', 'Seconds after which a silent client is cut off.', 300),
        _number('keepalive_idle', 'Seconds of silence before a sign of life.', 60),
        _number('keepalive_interval', 'Seconds between signs of life.', 10),
        _number('keepalive_probe_count', 'Signs of life without an answer.', 6),
        _number('dedup_ttl_value', 'How long a message is known again; 0 is never.', 0),
        _choice('dedup_ttl_unit', 'Unit of that.', 'days', 'hours', 'minutes'),
        Field('default_character_encoding', 'Encoding of messages.', default='utf-8', written=IN_ROWS),
        *_flags(
            True,
            should_parse_on_input='Whether messages are parsed.',
            is_audit_log_active='Whether the audit log has its messages.',
            normalize_line_endings='Whether line ends become those of HL7.',
            force_standard_delimiters='Whether delimiters become the usual ones.',
            restore_truncated_msh='Whether an MSH that was cut is made whole.',
            split_concatenated_messages='Whether messages in a row are taken apart.',
            use_msh18_encoding='Whether MSH-18 says the encoding.',
            normalize_obx2_value_type='Whether types in OBX-2 are put right.',
            replace_invalid_obx2_value_type='Whether wrong types in OBX-2 are replaced.',
            normalize_invalid_escape_sequences='Whether wrong escape sequences are put right.',
            normalize_obx8_abnormal_flags='Whether flags in OBX-8 are put right.',
            normalize_quadruple_quoted_empty='Whether four quotes are nothing.',
            allow_short_encoding_characters='Whether MSH-2 may be short.',
        ),
        *_flags(
            False,
            should_validate='Whether messages are validated.',
            should_log_messages='Whether messages are logged.',
            should_return_errors='Whether errors are sent back.',
            fix_off_by_one_field_index='Whether fields that are off by one are put right.',
            use_rest='Whether messages come by REST too.',
            rest_only='Whether they come by REST only.',
        ),
        Field(
            'rest_channel',
            'REST channel that they come by.',
            column='rest_channel_id',
            ref='channel_rest',
            aliases=('rest_channel_id',),
            held=Held(nothing=0),
            written=IN_ROWS,
        ),
        Field('data_format', 'Format of messages.', default='hl7-v2', kept=True),
        pool(),
    ),
    flags=(True, False),
    generations=V41,
    noun='MLLP channel',
    served=MLLP,
    shared=(),
    fold=_fold,
    mend=_mend,
    doubts=_doubts,
)
CHANNEL_32 = connection(
    'channel_mllp_32',
    'channel-hl7-mllp',
    'HL7 MLLP channels of 3.2; those of 4.1 are `channel_mllp`.',
    (
        NAME,
        ACTIVE,
        Field('address', 'Address to listen at: `host:port`.', required=True, example='0.0.0.0:30901'),
        replace(SERVICE, required=True, written=NEEDED),
        Field('data_format', 'Format of messages.', default='hl7-v2', kept=True),
        Field('hl7_version', 'Version of HL7.', default='hl7-v2', written=NEEDED),
        Field('data_encoding', 'Encoding of messages.', default='utf-8', written=NEEDED),
        Field('logging_level', 'How much is logged.', default='INFO', choices=('INFO', 'DEBUG'), written=NEEDED),
        *FRAMES,
        Field('max_msg_size', 'Largest message, in bytes.', 'integer', 1_000_000, minimum=0, written=NEEDED),
        Field('read_buffer_size', 'Bytes that are read at once.', 'integer', 2048, minimum=0, written=NEEDED),
        *_flags(
            True, should_parse_on_input='Whether messages are parsed.', should_validate='Whether they are validated.'
        ),
        *_flags(
            False,
            should_return_errors='Whether errors are sent back.',
            should_log_messages='Whether messages are logged.',
        ),
        pool(),
    ),
    flags=(True, False),
    generations=V32,
    noun='MLLP channel',
    served=MLLP,
)
KINDS = (CHANNEL, CHANNEL_32)
