"""Coverage of OpenAPI documents: the operations, statuses and parameters that calls have used, and those left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from zatools.apitest.openapi.contract import items
from zatools.apitest.openapi.loaded import load


def measured(covered: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Returns the coverage of each document, by what calls have used of it."""
    documents = [_of(path, names) for path, names in covered.items()]
    parts = [part for document in documents for part in document['parts'].values()]
    return {'percent': _percent(parts), 'documents': documents}


def _of(path: str, names: Collection[str]) -> dict[str, Any]:
    described, used = load(Path(path)), frozenset(names)
    parts = {}
    for kind, known in items(described).items():
        missing = [name for name in known if name not in used]
        parts[kind] = {'all': len(known), 'covered': len(known) - len(missing), 'missing': missing}
    return {'file': described.label, 'percent': _percent(parts.values()), 'parts': parts}


def _percent(parts: Collection[Mapping[str, Any]]) -> int:
    # Rounded down: all is 100, and nothing else is.
    total = sum(part['all'] for part in parts)
    if not total:
        return 0
    return int(100 * sum(part['covered'] for part in parts) // total)
