"""Fields that many kinds have, and how a field says what each generation does with it."""

from __future__ import annotations

from typing import Any

from zatools.kinds.model import GENERATIONS, Field, Per, Written

V32, V41 = ('3.2',), ('4.1',)

#: 3.2's enmasse refuses an object without it.
STATED_32 = Written(exports=V32)
#: Servers read the key in `opaque1` without a default.
IN_ROWS = Written(rows=GENERATIONS)
#: Both of these.
NEEDED = Written(rows=GENERATIONS, exports=V32)

NAME = Field('name', 'Name of the object.', required=True)
ACTIVE = Field('is_active', 'Whether it can be used.', 'boolean', True, kept=True)
AUDITED = Field(
    'is_audit_log_active', 'Whether the audit log has its messages.', 'boolean', True, generations=V41, written=IN_ROWS
)
SERVICE = Field(
    'service',
    'Service that is invoked.',
    column='service_id',
    ref='service',
    required=True,
    aliases=('service_name',),
    example='my.service',
)


#: How often callers may come in on 3.2, kept in `opaque1`.
LIMITS = (
    Field('is_rate_limit_active', 'Whether calls are limited.', 'boolean', False, generations=V32),
    Field('rate_limit_type', 'How they are counted.', choices=('APPROXIMATE', 'EXACT'), generations=V32),
    Field('rate_limit_def', 'How many calls are let in, and from where.', generations=V32),
    Field(
        'rate_limit_check_parent_def',
        'Whether limits of the definition or the channel count too.',
        'boolean',
        False,
        generations=V32,
    ),
)


def flag(name: str, doc: str, default: bool = False, **more: Any) -> Field:
    """Returns a field that is true or false."""
    return Field(name, doc, 'boolean', default, **more)


def number(name: str, doc: str, default: int | Per | None = None, **more: Any) -> Field:
    """Returns a field that is a whole number, not less than nothing."""
    return Field(name, doc, 'integer', default, **{'minimum': 0, **more})


def word(name: str, doc: str, default: str | Per = '', *choices: str, **more: Any) -> Field:
    """Returns a field that is a text, one of some if there are any."""
    return Field(name, doc, default=default, choices=choices, **more)


def password(doc: str = 'The password; a variable in files.', name: str = 'password', **more: Any) -> Field:
    """Returns a secret that may be left out: whoever needs none has none."""
    return Field(name, doc, secret=True, may_be_empty=True, **more)
