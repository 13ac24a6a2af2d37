"""Reports of the parts of a run, made one: `report.json` and JUnit files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from zatools.apitest.project.files import shown
from zatools.errors import InvalidError

FORMAT = 1
#: Keys that a report has, and what they must be for the reports to be added up.
NEEDED: dict[str, type] = {'features': list, 'counts': dict, 'requests': int}


def read_json(path: Path) -> dict[str, Any]:
    """Returns a report; raises InvalidError where the file is none of ours."""
    label = shown(path)
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise InvalidError(f'{label} is no JSON', 'write it with: apitest run --report DIR') from None
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise InvalidError(f'{label} is no report of apitest', 'write it with: apitest run --report DIR')
    for name, kind in NEEDED.items():
        if not isinstance(content.get(name), kind):
            raise InvalidError(f"{label} is no whole report: its '{name}' is missing", 'write it anew')
    return content


def read_text(path: Path) -> str:
    """Returns a file's text; raises InvalidError where it can't be read."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise InvalidError(f'{shown(path)} is not UTF-8') from None
    except OSError as error:
        raise InvalidError(f"{shown(path)} can't be read: {error.strerror}") from None


def merged(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns one report of several, in their order."""
    first, counts = reports[0], Counter[str]()
    for report in reports:
        counts.update({str(name): count for name, count in report['counts'].items() if isinstance(count, int)})
    failures = [str(report['failure']) for report in reports if report.get('failure')]
    coverages = [report['coverage'] for report in reports if report.get('coverage')]
    content = {
        **first,
        'addresses': list(dict.fromkeys(_flat(report.get('addresses') for report in reports))),
        'start': min(str(report.get('start', '')) for report in reports),
        'seconds': max(float(report.get('seconds') or 0) for report in reports),
        'is_interrupted': any(report.get('is_interrupted') for report in reports),
        'failure': '; '.join(failures) or None,
        'requests': sum(report['requests'] for report in reports),
        'counts': dict(sorted(counts.items())),
        'merged': len(reports),
        'features': list(_flat(report['features'] for report in reports)),
    }
    if coverages:
        content['coverage'] = _coverage(coverages)
    return content


def _coverage(coverages: Sequence[Any]) -> dict[str, Any]:
    from zatools.apitest.openapi.coverage import merged as merged_coverage

    try:
        return merged_coverage(coverages)
    except (KeyError, TypeError, AttributeError):
        raise InvalidError("the 'coverage' of a report is not as apitest writes it", 'write the reports anew') from None


def _flat(lists: Iterable[Any]) -> Iterable[Any]:
    return [item for items in lists for item in items or ()]


def repeated(report: dict[str, Any]) -> list[str]:
    """Returns the places of scenarios that a report has more than once."""
    places = Counter(
        f'{scenario.get("file")}:{scenario.get("line")} {scenario.get("name")}'
        for feature in report['features']
        for scenario in feature.get('scenarios') or ()
    )
    return [place for place, count in places.items() if count > 1]


def merged_junit(paths: Sequence[Path]) -> str:
    """Returns one JUnit file of several: their suites, one after another."""
    from lxml import etree

    rows = []
    for path in paths:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            root = etree.fromstring(read_text(path).encode(), parser)
        except etree.XMLSyntaxError as error:
            raise InvalidError(f'{shown(path)} is no XML: {error.msg}') from None
        if root.tag not in ('testsuites', 'testsuite'):
            raise InvalidError(f'{shown(path)} is no JUnit: it begins with <{root.tag}>')
        suites = [root]
        if root.tag == 'testsuites':
            suites = root.findall('testsuite')
        for suite in suites:
            suite.tail = None
            rows.append('  ' + etree.tostring(suite, encoding='unicode'))
    return '\n'.join(['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', *rows, '</testsuites>', ''])
