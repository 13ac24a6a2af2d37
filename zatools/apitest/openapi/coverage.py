"""Coverage of OpenAPI documents: the operations, statuses and parameters that calls have used, and those left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


def merged(coverages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the coverage of several runs together, such as the parts of one."""
    documents: dict[str, dict[str, Any]] = {}
    for coverage in coverages:
        for document in coverage['documents']:
            known = documents.setdefault(document['file'], document)
            parts = {kind: _both(part, document['parts'][kind]) for kind, part in known['parts'].items()}
            documents[document['file']] = {**known, 'percent': _percent(parts.values()), 'parts': parts}
    every = [part for document in documents.values() for part in document['parts'].values()]
    return {'percent': _percent(every), 'documents': list(documents.values())}


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    missing = [name for name in one['missing'] if name in set(other['missing'])]
    return {'all': one['all'], 'covered': one['all'] - len(missing), 'missing': missing}


def _percent(parts: Collection[Mapping[str, Any]]) -> int:
    # Rounded down: all is 100, and nothing else is.
    total = sum(part['all'] for part in parts)
    if not total:
        return 0
    return int(100 * sum(part['covered'] for part in parts) // total)
