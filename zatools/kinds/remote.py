"""GraphQL, gRPC, FHIR and outgoing WebSocket connections: rows of `generic_conn` that use a security definition."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, AUDITED, IN_ROWS, NAME, NEEDED, V32, V41, number, word
from zatools.kinds.generic import NOISE, RECV_TIMEOUT_32, connection, only_once, pool, secret
from zatools.kinds.model import Field, Held, Per, Written
from zatools.kinds.rest import OUTGOING_SECURITY
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.kinds.traits import ENDPOINT, OPENED, Asked, Doubt

PASSWORD = secret('Password, where no security definition has it.', 'password')
SECURITY = replace(
    OUTGOING_SECURITY,
    form='only if given',
    aliases=('security_name', 'security_id'),
    held=Held(name='security_name', type='auth_type'),
)
#: What rows have of the definition besides its id.
BESIDE = ('security_name', 'auth_type', 'password')
IN_ROWS_41 = Written(rows=V41)


def _url(example: str) -> Field:
    return Field('address', 'Where it is.', required=True, example=example, means=ENDPOINT)


def _json(values: Mapping[str, Any]) -> dict[str, str]:
    return {'Content-Type': 'application/json', 'Accept': 'application/json'}


_number = partial(number, written=IN_ROWS)
_word = partial(word, written=IN_ROWS)

GRAPHQL = connection(
    'outgoing_graphql',
    'outconn-graphql',
    'Outgoing GraphQL connections (4.1).',
    (
        NAME,
        ACTIVE,
        _url('https://example.com/graphql'),
        SECURITY,
        PASSWORD,
        _number('default_query_timeout', 'Seconds that a query may take.', 60),
        Field('extra', 'More options.'),
        pool(),
    ),
    flags=(False, True),
    generations=V41,
    noun='outgoing GraphQL connection',
    protocol=traits.GRAPHQL,
    served=OPENED,
    # All that every schema has.
    asked=Asked(method='POST', body='{"query": "{ __typename }"}', timeout='default_query_timeout', headers=_json),
    leftovers=BESIDE,
    derive=only_once('password'),
)
GRPC = connection(
    'outgoing_grpc',
    'outconn-grpc',
    'Outgoing gRPC connections (4.1).',
    (
        NAME,
        ACTIVE,
        _url('grpc.example.com:50051'),
        SECURITY,
        PASSWORD,
        Field('is_tls', 'Whether the connection is encrypted.', 'boolean', True, written=IN_ROWS),
        _word('tls_ca_certs_file', 'Path of the file with certificates of authorities.'),
        _word('proto_path', 'Path of the file that describes the service.'),
        _word('stub_module', 'Python module of the stub.'),
        _word('stub_class', 'Class of the stub.'),
        _number('ping_timeout', 'Seconds to wait for an answer to a ping.', 10),
        _number('max_send_message_size', 'Largest message that is sent, in bytes.', 104857600),
        _number('max_recv_message_size', 'Largest message that is taken, in bytes.', 104857600),
        pool(),
    ),
    flags=(False, True),
    generations=V41,
    aliases=('outgoing_grpc', 'grpc'),
    noun='outgoing gRPC connection',
    leftovers=BESIDE,
    derive=only_once('password'),
)


def _fhir_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    # 3.2's own services write it like that.
    if generation == '3.2' and values.get('auth_type') == 'basic_auth':
        yield Doubt('auth_type', "servers don't know 'basic_auth'", 'basic-auth, or oauth')


FHIR = connection(
    'outgoing_fhir',
    'outconn-hl7-fhir',
    'Outgoing HL7 FHIR connections.',
    (
        NAME,
        ACTIVE,
        _url('https://fhir.example.com/r4'),
        replace(SECURITY, held=Held(nothing=Per(None, 0), name=Per('security_name', '')), written=IN_ROWS_41),
        Field('username', 'User name.', generations=V32),
        secret('Password of the user.', 'password', generations=V32),
        Field('auth_type', 'How to log in: `basic-auth` or `oauth`.', generations=V32, written=NEEDED),
        Field('extra', 'More options.', generations=V32),
        RECV_TIMEOUT_32,
        Field(
            'tls_ca_cert',
            'Certificate of the authority that the server is verified with.',
            column='sec_tls_ca_cert_id',
            ref='tls_ca_cert',
            generations=V32,
            aliases=('sec_tls_ca_cert_id',),
        ),
        AUDITED,
        pool(10),
    ),
    flags=(False, True),
    noun='outgoing FHIR connection',
    protocol=traits.FHIR,
    served=OPENED,
    # What every server of FHIR tells everybody: what it can do.
    asked=Asked(path='/metadata', timeout=''),
    login=PASSWORD_LOGIN,
    noise={**NOISE, 'sec_def_type_name': None},
    leftovers=('security_name', 'sec_def_type_name', 'password'),
    derive=only_once('password'),
    doubts=_fhir_doubts,
)


def _event(name: str, what: str) -> Field:
    return Field(name, f'Name of the service that is invoked {what}.', written=NEEDED)


WSX = connection(
    'outgoing_wsx',
    'outconn-wsx',
    'Outgoing WebSocket connections (3.2).',
    (
        NAME,
        ACTIVE,
        _url('wss://example.com/orders'),
        Field('data_format', 'Format of messages.', default='json', kept=True),
        replace(
            SECURITY,
            column='security_def',
            aliases=('security_def', 'security_name'),
            accepts=Per(frozenset({'basic_auth'}), frozenset()),
            held=Held('ZATO_NONE', 'basic_auth/{}'),
            written=Written(rows=V32),
        ),
        Field('is_zato', 'Whether the other side is Zato.', 'boolean', False, written=NEEDED),
        Field('has_auto_reconnect', 'Whether it connects again.', 'boolean', True, written=NEEDED),
        _event(traits.ON_CONNECT, 'once it is connected'),
        _event(traits.ON_MESSAGE, 'with each message'),
        _event(traits.ON_CLOSE, 'once it is closed'),
        Field('subscription_list', 'Topics of another Zato to subscribe to.', 'lines', form='text', written=NEEDED),
        *(
            Field(name, doc, 'integer', default, minimum=0, written=NEEDED)
            for name, doc, default in (
                ('ping_interval', 'Seconds between pings.', 45),
                ('pings_missed_threshold', 'Pings that the other side may miss.', 1),
                ('socket_read_timeout', 'Seconds to wait for data.', 60),
                ('socket_write_timeout', 'Seconds to wait until data is sent.', 60),
            )
        ),
        pool(),
    ),
    flags=(False, True),
    generations=V32,
    is_untold=True,
    noun='outgoing WebSocket connection',
    protocol=traits.WSX,
    served=OPENED,
)
KINDS = (GRAPHQL, GRPC, FHIR, WSX)
