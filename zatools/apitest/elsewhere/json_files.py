"""JSON files of other tools: what is of another type than it should be counts as missing."""

from __future__ import annotations

import json
from typing import Any

from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import Source
from zatools.errors import InvalidError


def read(source: Source) -> dict[str, Any]:
    """Returns the object that a file holds; raises InvalidError where it holds none."""
    try:
        content = json.loads(notation.plain(source.text))
    except json.JSONDecodeError as error:
        place = f'{source.label}:{error.lineno}:{error.colno}'
        raise InvalidError(f'{place}: this is no JSON: {error.msg.lower()}', 'export the file again') from None
    except (ValueError, RecursionError):
        raise InvalidError(
            f"{source.label}: this JSON can't be read: it is too deep, or has too long a number"
        ) from None
    if not isinstance(content, dict):
        raise InvalidError(f'{source.label}: the file holds no JSON object', 'export the file again')
    return content


def part(container: Any, name: str) -> dict[str, Any]:
    """Returns the object at a key; an empty one where there is none."""
    if isinstance(container, dict) and isinstance(container.get(name), dict):
        return container[name]  # type: ignore[no-any-return]
    return {}


def items(container: Any, name: str) -> list[dict[str, Any]]:
    """Returns the objects of the list at a key."""
    found = None
    if isinstance(container, dict):
        found = container.get(name)
    if not isinstance(found, list):
        return []
    return [item for item in found if isinstance(item, dict)]


def text(container: Any, name: str) -> str:
    """Returns the text at a key; a number or a boolean as JSON writes it."""
    value = None
    if isinstance(container, dict):
        value = container.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return json.dumps(value)
    return ''
