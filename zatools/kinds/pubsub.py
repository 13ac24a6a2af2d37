"""4.1's publish / subscribe: topics, and who is subscribed to them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from secrets import token_hex
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, V41
from zatools.kinds.model import Field, Kind, Row, Target, Written
from zatools.kinds.traits import DEFINITION, Doubt, Unique

#: Keys that 4.1's topics always have.
IN_ROWS = Written(rows=V41)


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


TOPIC = Kind(
    'pubsub_topic',
    'Pub/sub topics (4.1).',
    (Row('pubsub_topic', touched=('last_updated',)),),
    (
        NAME,
        ACTIVE,
        Field('description', 'What the topic is for.'),
        Field('is_audit_log_active', 'Whether the audit log has its messages.', 'boolean', True, written=IN_ROWS),
    ),
    generations=V41,
    aliases=('pubsub_topic',),
    role=DEFINITION,
    noun='topic',
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
    aliases=('pubsub_subscription',),
    noise={'name': None, 'max_retry_time': None, 'push_type': None},
    noun='subscription',
    doubts=_push_doubts,
)
KINDS = (TOPIC, SUBSCRIPTION)
