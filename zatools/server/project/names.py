"""Names of services that name themselves nowhere: made of the file and the class."""

from __future__ import annotations

import re
from pathlib import Path

WORD = re.compile(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])')


def kebab(name: str) -> str:
    """Returns a class name in lower case with dashes: CRMService is crm-service."""
    return WORD.sub('-', name).lower().replace('_', '-')


def module_part(path: Path) -> str:
    """Returns the part of a name that a file gives: its stem, or the dotted path below src."""
    parts = [*path.parent.parts, path.stem]
    if path.parent.name != 'services':
        for root in ('src', 'source'):
            if root in parts[:-1]:
                below = parts[len(parts) - parts[::-1].index(root) :]
                return '.'.join(below).replace('_', '-')
    return path.stem.replace('_', '-')


def name_of(service: type, path: Path) -> str:
    """Returns a service's name: its own or a parent's, else one made of file and class."""
    given = getattr(service, 'name', None)
    if isinstance(given, str) and given:
        return given
    return f'{module_part(path)}.{kebab(service.__name__)}'
