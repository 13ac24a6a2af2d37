"""Publish / subscribe: topics, and 4.1's permissions and subscriptions."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import partial
from secrets import token_hex
from typing import Any

from zatools.kinds.fields import ACTIVE, AUDITED, NAME, V32, V41, number
from zatools.kinds.model import Field, Held, Kind, Per, Row, Target, Written
from zatools.kinds.traits import DEFINITION, PERMITTED, SUBSCRIBED, TOPICAL, Doubt, Unique

#: Keys that 4.1's topics always have.
IN_ROWS = Written(rows=V41)
STORED_32 = Written(rows=V32)
#: Characters that the column of patterns has room for.
LONGEST_PATTERN = 400


def _sub_key() -> str:
    return f'sk{token_hex(16)}'


def _push_type(values: Mapping[str, Any]) -> str | None:
    if values.get('delivery_type') != 'push':
        return None
    if values.get('push_rest_endpoint'):
        return 'rest'
    return 'service'


def _push_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    targets = [name for name in ('push_rest_endpoint', 'push_service') if values.get(name)]
    if values.get('delivery_type') == 'push' and not targets:
        hint = 'give push_rest_endpoint or push_service'
        yield Doubt('delivery_type', 'messages are pushed to nobody', hint, is_warning=False)
    if len(targets) > 1:
        yield Doubt(targets[1], f"it is not used beside '{targets[0]}'", is_warning=False)
    if values.get('delivery_type') == 'pull' and targets:
        yield Doubt(targets[0], 'nothing is pushed: delivery_type is pull')


#: How lines of a permission begin, by the fields that have them.
RIGHTS = {'pub': 'pub=', 'sub': 'sub='}
#: What rows that were made elsewhere say of lines that begin with neither.
ACCESS: Mapping[str, tuple[str, ...]] = {'publisher': ('pub',), 'subscriber': ('sub',)}


_number = partial(number, generations=V32, written=STORED_32)


def _fold_topic(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    # 3.2's enmasse writes the name alone, which no server reads.
    if generation == '3.2' and not values.get('hook_service') and opaque.get('hook_service_name'):
        values['hook_service'] = opaque['hook_service_name']


TOPIC = Kind(
    'pubsub_topic',
    'Pub/sub topics.',
    (Row('pubsub_topic', new={'is_internal': False}, touched=('last_updated',)),),
    (
        NAME,
        ACTIVE,
        Field('description', 'What the topic is for.', generations=V41),
        AUDITED,
        Field('has_gd', 'Whether delivery is guaranteed.', 'boolean', False, generations=V32),
        Field('is_api_sub_allowed', 'Whether services may subscribe by the API.', 'boolean', True, generations=V32),
        _number('max_depth_gd', 'Most messages with guaranteed delivery.', 10000),
        _number('max_depth_non_gd', 'Most messages without.', 1000),
        _number('depth_check_freq', 'Messages between two checks of that.', 100),
        _number('pub_buffer_size_gd', 'Messages that wait to be stored.', 0),
        _number('task_sync_interval', 'Milliseconds between two looks for messages.', 500),
        _number('task_delivery_interval', 'Milliseconds between two deliveries.', 2000),
        Field(
            'hook_service',
            'Service that sees each message first.',
            column='hook_service_id',
            ref='service',
            generations=V32,
            spelling=Per('hook_service_name', ''),
            aliases=('hook_service_name', 'hook_service_id'),
            held=Held(name='hook_service_name'),
        ),
        Field(
            'on_no_subs_pub',
            'What becomes of messages without a subscriber.',
            default='accept',
            choices=('accept', 'drop'),
            generations=V32,
            written=STORED_32,
        ),
        _number('limit_retention', 'Seconds that messages are kept.', 86400),
        _number('limit_message_expiry', 'Seconds until messages expire.', 86400),
        _number('limit_sub_inactivity', 'Seconds until a silent subscriber is dropped.', 86400),
        Field('target_service_name', 'Name of the service that gets the messages.', generations=V32),
    ),
    aliases=('pubsub_topic',),
    noise={'is_internal': (False,), 'cluster_id': None},
    role=DEFINITION,
    noun='topic',
    served=TOPICAL,
    admin='zato.pubsub.topic',
    fold=_fold_topic,
    leftovers=('hook_service_name',),
)


def _fold_permission(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    for line in str(opaque.get('pattern') or '').splitlines():
        rights = [name for name, start in RIGHTS.items() if line.startswith(start)]
        plain = line.partition('=')[2] if rights else line
        if not plain.strip():
            continue
        for name in rights or ACCESS.get(str(opaque.get('access_type')), ()):
            values[name] = [*values.get(name, []), plain]


def _pattern(values: Mapping[str, Any]) -> str:
    return '\n'.join(f'{start}{one}' for name, start in RIGHTS.items() for one in values.get(name) or [])


def _permission_doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if not any(values.get(name) for name in RIGHTS):
        yield Doubt('security', 'nothing is permitted', 'give pub or sub', is_warning=False)
    elif len(_pattern(values)) > LONGEST_PATTERN:
        yield Doubt('pub', f'the patterns take more than {LONGEST_PATTERN} characters', is_warning=False)


PERMISSION = Kind(
    'pubsub_permission',
    'Pub/sub permissions (4.1): to which topics somebody may publish and subscribe.',
    (
        Row(
            'pubsub_permission',
            touched=('last_updated',),
            seen=('pattern', 'access_type'),
            follows={'pattern': _pattern, 'access_type': lambda values: 'publisher-subscriber'},
        ),
    ),
    (
        Field(
            'security',
            'Security definition of who may.',
            column='sec_base_id',
            ref='security',
            required=True,
            example='my-basic-auth',
        ),
        Field('pub', 'Patterns of topics to publish to.', 'lines', example='[orders.*]'),
        Field('sub', 'Patterns of topics to subscribe to.', 'lines', example='[orders.#]'),
        ACTIVE,
    ),
    generations=V41,
    identity=('security',),
    aliases=('pubsub_permission',),
    noise={'name': None, 'access_type': None, 'pattern': None},
    noun='permission',
    served=PERMITTED,
    fold=_fold_permission,
    doubts=_permission_doubts,
)
SUBSCRIPTION = Kind(
    'pubsub_subscription',
    'Pub/sub subscriptions (4.1): who gets the messages of topics, and how.',
    (
        Row(
            'pubsub_subscription',
            touched=('last_updated',),
            new={'is_pub_active': True},
            made={'sub_key': _sub_key},
            follows={'push_type': _push_type},
        ),
        Row(
            'pubsub_subscription_topic',
            link='subscription_id',
            new={'pattern_matched': 'enmasse', 'is_pub_enabled': True, 'is_delivery_enabled': True},
            items='topic_list',
            target=Target('topic_id'),
        ),
    ),
    (
        Field(
            'security',
            'Security definition of who is subscribed.',
            column='sec_base_id',
            ref='security',
            required=True,
            example='my-basic-auth',
        ),
        Field(
            'delivery_type',
            'Whether messages are pushed to the subscriber, or pulled.',
            required=True,
            choices=('pull', 'push'),
            example='pull',
        ),
        Field(
            'push_rest_endpoint',
            'Outgoing REST connection that messages are pushed to.',
            column='rest_push_endpoint_id',
            ref='outgoing_rest',
        ),
        Field('push_service', 'Service that messages are pushed to.', column='push_service_name'),
        Field('topic_list', 'Names of topics.', 'list', ref='pubsub_topic'),
        Field('is_delivery_active', 'Whether messages are delivered.', 'boolean', True, kept=True),
    ),
    generations=V41,
    identity=('security',),
    unique=(Unique(('security',), 'the security definition', 'security definition', is_per_kind=True),),
    shared=('pubsub_subscription',),
    keys=('security', 'delivery_type', 'push_service', 'push_rest_endpoint'),
    noise={'name': None, 'max_retry_time': None, 'push_type': None},
    noun='subscription',
    served=SUBSCRIBED,
    doubts=_push_doubts,
)
KINDS = (TOPIC, PERMISSION, SUBSCRIPTION)
