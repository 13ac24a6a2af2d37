"""Fields that many kinds have, and how a field says what each generation does with it."""

from __future__ import annotations

from typing import Any

from zatools.kinds.model import GENERATIONS, Field, Written

V32, V41 = ('3.2',), ('4.1',)

#: 3.2's enmasse refuses an object without it.
STATED_32 = Written(exports=V32)
#: Servers read the key in `opaque1` without a default.
IN_ROWS = Written(rows=GENERATIONS)
#: Both of these.
NEEDED = Written(rows=GENERATIONS, exports=V32)

NAME = Field('name', 'Name of the object.', required=True)
ACTIVE = Field('is_active', 'Whether it can be used.', 'boolean', True, kept=True)
SERVICE = Field(
    'service',
    'Service that is invoked.',
    column='service_id',
    ref='service',
    required=True,
    aliases=('service_name',),
    example='my.service',
)


def password(doc: str = 'The password; a variable in files.', name: str = 'password', **more: Any) -> Field:
    """Returns a secret that may be left out: whoever needs none has none."""
    return Field(name, doc, secret=True, may_be_empty=True, **more)
