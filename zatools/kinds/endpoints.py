"""3.2's publish / subscribe: endpoints, and what they are subscribed to."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, STATED_32, V32, number
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.rest import SECURITY
from zatools.kinds.traits import DEFINITION, PERMITTED, SUBSCRIBED, Doubt, Unique

#: The field that each type of endpoints needs.
NEEDED = {'service': 'service', 'wsx': 'ws_channel'}


def _sub_key() -> str:
    return f'zpsk.rest.{token_hex(12)}'


def _endpoint_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    type_ = str(values.get('endpoint_type', ''))
    needed = NEEDED.get(type_)
    if needed and not values.get(needed):
        yield Doubt('endpoint_type', f"'{needed}' is missing")
    for other, name in NEEDED.items():
        if other != type_ and values.get(name):
            yield Doubt(name, f'an endpoint of the type {type_} does not use it')


def _unique(name: str, what: str) -> Unique:
    return Unique((name,), f'the {what}', what, is_per_kind=True)


ENDPOINT = Kind(
    'pubsub_endpoint',
    'Pub/sub endpoints (3.2): who publishes and subscribes.',
    (Row('pubsub_endpoint', new={'is_internal': False}),),
    (
        NAME,
        ACTIVE,
        Field(
            'endpoint_type',
            'What the endpoint is.',
            required=True,
            choices=('rest', 'service', 'wsx', 'internal'),
            codes={'service': 'srv'},
            example='rest',
        ),
        Field('role', 'What it may do.', default='pub-sub', choices=('pub-sub', 'pub-only', 'sub-only'), kept=True),
        Field('topic_patterns', 'Topics that it may use: `pub=/orders/*`, `sub=/orders/*` …', 'lines', form='text'),
        replace(
            SECURITY,
            doc='Security definition of REST clients.',
            spelling='security_name',
            aliases=('security_name', 'sec_name', 'security_id'),
            accepts=Per(frozenset({'basic_auth'}), frozenset()),
            means='',
        ),
        Field(
            'service',
            'Service that publishes and gets messages.',
            column='service_id',
            ref='service',
            spelling='service_name',
            aliases=('service_name', 'service_id'),
        ),
        Field(
            'ws_channel',
            'WebSocket channel whose clients publish and get messages.',
            column='ws_channel_id',
            ref='web_socket',
            spelling='ws_channel_name',
            aliases=('ws_channel_name', 'ws_channel_id'),
        ),
        Field('tags', 'Tags of the endpoint.', 'bytes'),
        Field('pub_tag_patterns', 'Tags that it may publish with.', 'bytes'),
        Field('message_tag_patterns', 'Tags of messages that it gets.', 'bytes'),
    ),
    generations=V32,
    aliases=('pubsub_endpoint',),
    unique=(
        _unique('security', 'security definition'),
        _unique('service', 'service'),
        _unique('ws_channel', 'WebSocket channel'),
    ),
    noise={'is_internal': (False,), 'gen_conn_id': (None, '')},
    role=DEFINITION,
    noun='endpoint',
    served=PERMITTED,
    admin='zato.pubsub.endpoint',
    doubts=_endpoint_doubts,
)


SUBSCRIPTION = Kind(
    'pubsub_subscription_32',
    'Pub/sub subscriptions of 3.2: an endpoint, and a topic that it gets the messages of.',
    (
        Row(
            'pubsub_sub',
            new={'is_internal': False, 'is_durable': True, 'is_staging_enabled': False},
            made={'sub_key': _sub_key, 'creation_time': time.time, 'sub_pattern_matched': lambda: 'auto-import'},
        ),
    ),
    (
        Field(
            'endpoint_name',
            'The endpoint.',
            column='endpoint_id',
            ref='pubsub_endpoint',
            required=True,
            aliases=('endpoint_id',),
            example='my-pubsub-endpoint',
        ),
        Field(
            'topic',
            'The topic; a `topic_list` in files is a subscription for each.',
            column='topic_id',
            ref='pubsub_topic',
            required=True,
            form='listed',
            spelling='topic_list',
            aliases=('topic_name', 'topic_list', 'topic_id'),
            example='my-pubsub-topic',
        ),
        Field(
            'delivery_method',
            'How messages reach the endpoint.',
            default='notify',
            choices=('notify', 'pull', 'web-socket'),
            written=STATED_32,
        ),
        Field(
            'rest_connection',
            'Outgoing REST connection that messages are sent to.',
            column='out_http_soap_id',
            ref='outgoing_rest',
            aliases=('out_http_soap_id',),
        ),
        Field('rest_method', 'HTTP method of that.', default='POST', column='out_http_method'),
        Field(
            'delivery_server',
            'Server that delivers.',
            default='server1',
            column='server_id',
            ref='server',
            aliases=('server_id',),
        ),
        Field('has_gd', 'Whether delivery is guaranteed.', 'boolean', False),
        Field('wrap_one_msg_in_list', 'Whether a single message comes in a list too.', 'boolean', True),
        Field('delivery_err_should_block', 'Whether an error holds up the next messages.', 'boolean', True),
        Field('active_status', 'Which way it is active.', default='pub-sub'),
        Field('delivery_data_format', 'Format of messages.', default='json'),
        number('delivery_batch_size', 'Most messages that are delivered at once.', 500),
        number('delivery_max_size', 'Most bytes that are delivered at once.', 500000),
        number('delivery_max_retry', 'How often delivery is tried.', 123456789),
        number('wait_sock_err', 'Seconds to wait after an error of the network.', 10),
        number('wait_non_sock_err', 'Seconds to wait after another error.', 3),
    ),
    generations=V32,
    spelling='pubsub_subscription',
    aliases=('pubsub_subscription_32',),
    shared=('pubsub_subscription',),
    keys=('endpoint_name',),
    each=('topic_list', 'topic_name'),
    identity=('endpoint_name', 'topic'),
    noise={
        'name': None,
        'endpoint_type': None,
        'is_active': None,
        'should_ignore_if_sub_exists': None,
        'should_delete_all': None,
        'sub_key': None,
    },
    noun='subscription',
    served=SUBSCRIBED,
    admin='zato.pubsub.subscription',
)
KINDS = (ENDPOINT, SUBSCRIPTION)
