"""What exports must have, and must not, so that the generation's own tool takes them: its rules, written out here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.laws import samples
from zatools.files.writer import Style, sections
from zatools.kinds import KINDS
from zatools.kinds.generic import SECTION_32
from zatools.kinds.model import GENERATIONS, Kind
from zatools.state import Item

AMQP_OUT = ('def_name', 'delivery_mode', 'priority', 'pool_size')
AMQP_IN = ('def_name', 'queue', 'consumer_tag_prefix', 'service', 'pool_size', 'ack_mode', 'prefetch_count')
WSS_32 = ('name', 'type', 'username', 'reject_empty_nonce_creat', 'reject_stale_tokens', 'reject_expiry_limit')
#: What 3.2 wants of every generic connection.
GENERIC = ('name', 'type_', 'is_active', 'is_internal', 'is_channel', 'is_outconn', 'pool_size', 'sec_use_rbac')
#: Keys that each tool refuses an object without, or resets where they are absent, by type or section: besides those
#: that an object must have everywhere.
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    '3.2': {
        'basic_auth': ('name', 'type', 'username', 'realm'),
        'apikey': ('name', 'type'),
        'ntlm': ('name', 'type', 'username'),
        'bearer_token': ('name', 'type', 'username'),
        'jwt': ('name', 'type', 'username', 'ttl'),
        'aws': ('name', 'type', 'username'),
        'openstack': ('name', 'type'),
        'xpath': ('name', 'type', 'username', 'username_expr'),
        'tls_key_cert': ('name', 'type', 'auth_data'),
        'tls_channel_sec': ('name', 'type', 'value'),
        'vault_connection': ('name', 'type', 'sec_type', 'url', 'timeout', 'allow_redirects', 'tls_verify'),
        'wss': WSS_32,
        'groups': ('name', 'members'),
        'channel_rest': ('name', 'service', 'url_path'),
        'channel_soap': ('name', 'service', 'url_path', 'security', 'merge_url_params_req'),
        'outgoing_rest': ('name', 'url_path', 'tls_verify'),
        'outgoing_soap': ('name', 'url_path', 'security', 'tls_verify'),
        'def_amqp': ('name', 'host', 'port', 'vhost', 'username', 'frame_max', 'heartbeat'),
        'channel_amqp': ('name', *AMQP_IN),
        'outgoing_amqp': ('name', *AMQP_OUT),
        'sql': ('name', 'engine', 'host', 'port', 'db_name', 'username', 'pool_size'),
        'email_imap': ('name', 'host', 'port', 'timeout', 'mode', 'debug_level', 'get_criteria'),
        'scheduler': ('name', 'is_active', 'job_type', 'service', 'start_date'),
        'rbac_role': ('name', 'parent_name'),
        'rbac_client_role': ('name', 'client_def', 'role_id', 'role_name'),
        'rbac_role_permission': (
            *('name', 'role_id', 'role_name', 'perm_id', 'perm_name', 'service_id', 'service_name'),
        ),
    },
    '4.1': {
        'basic_auth': ('name', 'type', 'username'),
        'apikey': ('name', 'type'),
        'ntlm': ('name', 'type', 'username'),
        'bearer_token': ('name', 'type', 'username'),
        'quota_tier': ('name', 'description'),
        'audit_retention': ('name', 'retention_days', 'content_retention_days', 'archive_dir'),
        'audit_extraction': ('name', 'source'),
        'wss': ('name', 'type', 'username'),
        'mtls': ('name', 'type'),
        'spnego': ('name', 'type'),
        'groups': ('name', 'members'),
        'channel_rest': ('name', 'service', 'url_path'),
        'channel_soap': ('name', 'service', 'url_path'),
        'outgoing_rest': ('name', 'url_path'),
        'outgoing_soap': ('name', 'url_path'),
        'channel_amqp': ('name', 'address', 'queue', 'service'),
        'outgoing_amqp': ('name', 'address'),
    },
}
CASES = [(generation, kind) for generation in GENERATIONS for kind in KINDS if generation in kind.generations]


def exported(item: Item, generation: str) -> dict[str, Any]:
    (items,) = sections({item.key: item}, Style(generation, False)).values()
    return items[0]


def stored(kind: Kind, generation: str) -> Item:
    # As it comes out of an ODB: a kept field is there with what its empty column means, and no other is at its default.
    item = samples.item(kind, 1, generation, is_minimal=True)
    kept = {field.name: field.default_of(generation) for field in kind.fields_of(generation) if field.kept}
    extra = {'username': 'client'} if kind.type == 'bearer_token' else {}
    lists = {'members': []} if kind.section == 'groups' else {}
    return Item(kind, {**kept, **lists, **extra, **item.values})


@pytest.mark.parametrize(('generation', 'kind'), CASES, ids=lambda one: getattr(one, 'label', one))
@pytest.mark.parametrize('is_minimal', [True, False])
def test_an_export_has_what_the_own_tool_needs(generation: str, kind: Kind, is_minimal: bool) -> None:
    item = stored(kind, generation) if is_minimal else samples.item(kind, 1, generation)
    found = exported(item, generation)
    required = {field.spelled(generation) for field in kind.fields_of(generation) if field.required}
    # 4.1 has sections of their own for such connections.
    shared = GENERIC if generation == '3.2' and kind.spelled(generation) == SECTION_32 else ()
    missing = {*required, *shared, *NEEDED[generation].get(kind.label, ())} - found.keys()
    assert not missing, f'{kind.label}: {missing} must stand in exports of {generation}: written=STATED_32, or pool()'


@pytest.mark.parametrize(('generation', 'kind'), CASES, ids=lambda one: getattr(one, 'label', one))
def test_an_export_has_nothing_that_the_own_tool_refuses(generation: str, kind: Kind) -> None:
    found = exported(stored(kind, generation), generation)
    if 'security' in kind.by_name and kind.rows[0].table == 'http_soap':
        assert found.get('security') == ('zato-no-security' if generation == '3.2' else None)
    assert '' not in (found.get('security'), found.get('security_name'))
    if kind.section == 'outgoing_amqp':
        assert found.get('delivery_mode', 'persistent') == (2 if generation == '3.2' else 'persistent')
    if 'members' in kind.by_name and generation == '3.2':
        assert all(list(member) == ['name'] for member in exported(samples.item(kind, 1, '3.2'), '3.2')['members'])


def test_scopes_are_a_text_in_41_whose_server_fails_at_a_list() -> None:
    kind = next(kind for kind in KINDS if kind.type == 'bearer_token')
    item = Item(kind, {'name': 'a', 'username': 'a', 'scopes': ['one', 'two'], 'extra_fields': ['a=b']})
    found = {generation: exported(item, generation) for generation in GENERATIONS}
    assert found['3.2']['scopes'] == ['one', 'two']
    assert found['4.1']['scopes'] == 'one\ntwo'
    assert [one['extra_fields'] for one in found.values()] == [['a=b'], ['a=b']]


def test_delivery_modes_are_numbers_in_32_and_words_in_41() -> None:
    kind = next(kind for kind in KINDS if kind.section == 'outgoing_amqp')
    item = Item(kind, {'name': 'a', 'delivery_mode': 'non_persistent'})
    assert [exported(item, generation)['delivery_mode'] for generation in GENERATIONS] == [1, 'non_persistent']


def test_a_generic_connection_of_32_says_how_many_connections_it_keeps() -> None:
    of_32 = [kind for kind in KINDS if kind.rows[0].table == 'generic_conn' and '3.2' in kind.generations]
    lacking = [kind.label for kind in of_32 if 'pool_size' not in kind.by_name and not kind.is_open]
    assert not lacking, f'{lacking} need pool() of zatools/kinds/generic.py among their fields'
