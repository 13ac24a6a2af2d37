"""`zato.server.service` as users' files import it."""

from __future__ import annotations

from dataclasses import dataclass, field

from zatools.server.api.adapters import RESTAdapter, SOAPAdapter
from zatools.server.api.elements import TYPES
from zatools.server.api.models import Model
from zatools.server.api.service import Service

AsIs, Bool, CSV, Date, DateTime = (TYPES[name] for name in ('AsIs', 'Bool', 'CSV', 'Date', 'DateTime'))
Decimal, Dict, DictList, Float, Int = (TYPES[name] for name in ('Decimal', 'Dict', 'DictList', 'Float', 'Int'))
List, Text, UTC, UUID = (TYPES[name] for name in ('List', 'Text', 'UTC', 'UUID'))
Boolean, Integer, Unicode, ListOfDicts, Nested, ForceType, Opaque = Bool, Int, Text, DictList, DictList, AsIs, AsIs

__all__ = [
    'Service',
    *TYPES,
    'Boolean',
    'ForceType',
    'Integer',
    'ListOfDicts',
    'Model',
    'RESTAdapter',
    'SOAPAdapter',
    'dataclass',
    'field',
    'Nested',
    'Opaque',
    'Unicode',
]
