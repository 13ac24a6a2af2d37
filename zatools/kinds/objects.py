"""4.1's objects whose fields are all in `opaque1`: quota tiers, and what the audit log keeps and extracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds.fields import NAME, V41
from zatools.kinds.model import Field, Kind, Row, Written
from zatools.kinds.traits import DEFINITION

#: Servers and their tools read whole bodies.
WHOLE = Written(rows=V41, exports=V41)


def _rules(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    # Servers go through them, even if there are none.
    opaque.setdefault('rules', [])


def _body(section: str, type_: str, doc: str, *fields: Field, **more: Any) -> Kind:
    return Kind(
        section,
        doc,
        (Row('generic_object', match={'type_': type_}, nothing='""', touched=('last_modified',)),),
        fields,
        generations=V41,
        aliases=(section,),
        **more,
    )


QUOTA_TIER = _body(
    'quota_tier',
    'zato-quota-tier',
    'Quota tiers (4.1): rate limits that definitions and groups share.',
    NAME,
    Field('description', 'What the tier is for.', written=WHOLE),
    Field('rules', 'Rate limits, as 4.1 stores them: `cidr_list` and `time_range`.', 'any'),
    role=DEFINITION,
    derive=_rules,
    noun='quota tier',
)
AUDIT_RETENTION = _body(
    'audit_retention',
    'zato-audit-retention-policy',
    'How long the audit log keeps messages (4.1).',
    NAME,
    Field('retention_days', 'Days that messages are kept.', 'integer', required=True, minimum=1, example=30),
    Field('content_retention_days', 'Days that what they carry is kept.', 'integer', 0, minimum=0, written=WHOLE),
    Field('archive_dir', 'Folder that they are moved to afterwards.', written=WHOLE),
    noun='audit retention policy',
)
AUDIT_EXTRACTION = _body(
    'audit_extraction',
    'zato-audit-extraction-rules',
    'What the audit log extracts of the messages of a channel or connection (4.1).',
    Field('name', 'Name of the channel or connection.', required=True),
    Field('source', 'What it is, as in `rest-channel` or `sql-outgoing`.', written=WHOLE),
    Field(
        'rules',
        'What is extracted: `attr_name`, `rule_type` (json-path, xpath, header, regex) and `expression`.',
        'any',
    ),
    noun='audit extraction set',
    derive=_rules,
)
KINDS = (AUDIT_RETENTION, AUDIT_EXTRACTION)
