"""4.1's gateways: each has a REST channel of its own, which is hidden from users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zatools.kinds.fields import ACTIVE, NAME, V41
from zatools.kinds.generic import connection
from zatools.kinds.model import Companion, Field, Made
from zatools.kinds.rest import CHANNEL_REST

GROUPS = Field(
    'security_groups', 'Security groups any of whose members is let in.', 'list', ref='groups', holds_names=True
)
MCP_SERVICE = 'zato.server.service.internal.gateway.mcp.MCPEndpoint'
RULES_SERVICE = 'zato.rule-engine.api.invoke'
RULES_CLASS = 'zato.server.service.internal.rule_engine.api.RuleEngineAPIInvoke'


def _channel(values: Mapping[str, Any], url_path: str, service: str, **more: Any) -> Iterator[Made]:
    channel = {
        'is_active': values.get('is_active', True),
        'service': service,
        'url_path': url_path,
        'data_format': 'json',
        'groups': sorted(values.get('security_groups') or []),
        **more,
    }
    yield Made(values['name'], channel, columns={'is_internal': True})


def _mcp_channel(values: Mapping[str, Any], id_: int, generation: str) -> Iterator[Made]:
    yield from _channel(values, values.get('url_path') or '/mcp', MCP_SERVICE)


def _rules_channel(values: Mapping[str, Any], id_: int, generation: str) -> Iterator[Made]:
    base = str(values.get('url_path') or '/api/rules').rstrip('/')
    yield from _channel(values, f'{base}/{{ruleset}}', RULES_SERVICE, should_include_in_openapi=False)


def _flags(*names: str) -> tuple[Field, ...]:
    words = {name: name.replace('_', ' ') for name in names}
    return tuple(Field(name, f'Whether {word} is on.', 'boolean', False) for name, word in words.items())


def _names(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, f'Names: {name.replace("_", " ")}.', 'list') for name in names)


MCP = connection(
    'mcp_gateway',
    'gateway-mcp',
    'MCP gateways (4.1): services as tools of AI agents.',
    (
        NAME,
        ACTIVE,
        Field('url_path', 'Path of its channel.', default='/mcp'),
        Field('services', 'Names of the services that are tools.', 'list'),
        GROUPS,
        *_flags('is_audit_log_active', 'validate_input', 'allow_agent_filters'),
        Field('skills', 'Names of skills.', 'list'),
        Field('session_ttl', 'Seconds that a session lives; 0 is the default.', 'integer', 0, minimum=0),
        Field('invoke_timeout', 'Seconds that a tool may take; 0 is the default.', 'integer', 0, minimum=0),
        Field('max_response_size', 'Largest answer; 0 is the default.', 'integer', 0, minimum=0),
        Field('min_size_threshold', 'Answers below it are never cut.', 'integer', 0, minimum=0),
        Field('size_cap_mode', 'What becomes of larger ones.', default='truncate', choices=('truncate', 'block')),
        Field('characters_per_token', 'How many characters count as a token.', 'number', 4.0),
        *_flags(
            'safeguards_strip_nulls',
            'safeguards_collapse_whitespace',
            'safeguards_strip_base64',
            'safeguards_pii_enabled',
            'safeguards_pii_stable_replacements',
            'safeguards_secrets_enabled',
            'safeguards_normalize_unicode',
            'safeguards_sanitize_markup',
            'safeguards_url_policy_enabled',
        ),
        Field('safeguards_pii_validate', 'Whether personal data is validated.', 'boolean', True),
        *_names('safeguards_pii_lands', 'safeguards_pii_detectors', 'safeguards_pii_exclude'),
        *_names('safeguards_url_allow_list'),
        Field('safeguards_unicode_mode', 'What is done to it.', default='clean', choices=('clean', 'reject')),
        Field('safeguards_markup_mode', 'What is done to it.', default='clean', choices=('clean', 'reject')),
        Field(
            'safeguards_url_mode', 'What is done to URLs.', default='remove', choices=('remove', 'neutralize', 'reject')
        ),
        *_names(
            'rest_connections',
            'soap_connections',
            'sql_connections',
            'microsoft_365_connections',
            'microsoft_teams_connections',
            'microsoft_fabric_connections',
            'microsoft_power_automate_connections',
            'sap_connections',
            'confluence_connections',
            'odoo_connections',
            'es_connections',
        ),
    ),
    flags=(True, False),
    pool_size=1,
    generations=V41,
    noun='MCP gateway',
    companions=(Companion(CHANNEL_REST, 'channel', 'url_path', _mcp_channel, deploys={MCP_SERVICE: MCP_SERVICE}),),
)
RULES = connection(
    'rule_engine_api',
    'gateway-rule-engine',
    'Rule engine APIs (4.1): sets of rules behind a channel.',
    (
        NAME,
        ACTIVE,
        Field('url_path', 'Path of its channel, without the name of a set.', default='/api/rules'),
        Field('rulesets', 'Names of the sets of rules; none is all.', 'list'),
        GROUPS,
    ),
    flags=(True, False),
    pool_size=1,
    generations=V41,
    noun='rule engine API',
    companions=(Companion(CHANNEL_REST, 'channel', 'url_path', _rules_channel, deploys={RULES_SERVICE: RULES_CLASS}),),
)
KINDS = (MCP, RULES)
