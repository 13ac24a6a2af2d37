"""Cases with verdicts as JUnit XML, as CI servers read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from zatools.place import Place

#: Characters that XML 1.0 can't have, not even escaped.
ILLEGAL = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
#: Verdict of a case -> the element that says so, and the attribute of a suite that counts it.
ELEMENTS = {'failed': ('failure', 'failures'), 'error': ('error', 'errors'), 'skipped': ('skipped', 'skipped')}
#: Verdict of a failed try of a case that passed later -> Maven Surefire's element for it, which CI servers read.
FLAKY = {'failed': 'flakyFailure', 'error': 'flakyError'}


@dataclass(frozen=True)
class Try:
    """A try before the one that counts: its verdict is failed or error."""

    verdict: str
    message: str
    output: str = ''


@dataclass(frozen=True)
class Case:
    """One case: its verdict is passed, failed, error or skipped; `message` is one line, `output` is all there is."""

    name: str
    group: str
    verdict: str
    message: str = ''
    seconds: float = 0.0
    output: str = ''
    place: Place | None = None
    earlier: Sequence[Try] = ()


@dataclass(frozen=True)
class Suite:
    """Cases that belong together, and facts that are true of all of them."""

    name: str
    cases: Sequence[Case]
    facts: Mapping[str, str] = field(default_factory=dict)


def as_junit(suites: Sequence[Suite]) -> str:
    """Returns suites as JUnit XML."""
    root = ElementTree.Element('testsuites')
    for suite in suites:
        node = ElementTree.SubElement(root, 'testsuite', _counts(suite))
        properties = node
        if suite.facts:
            properties = ElementTree.SubElement(node, 'properties')
        for name, value in suite.facts.items():
            ElementTree.SubElement(properties, 'property', {'name': name, 'value': _legal(value)})
        for case in suite.cases:
            _add(node, case)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding='unicode') + '\n'


def _counts(suite: Suite) -> dict[str, str]:
    counts = {
        attribute: str(sum(case.verdict == verdict for case in suite.cases))
        for verdict, (_, attribute) in ELEMENTS.items()
    }
    seconds = f'{sum(case.seconds for case in suite.cases):.3f}'
    return {'name': _legal(suite.name), 'tests': str(len(suite.cases)), **counts, 'time': seconds}


def _add(suite: ElementTree.Element, case: Case) -> None:
    values = {'name': _legal(case.name), 'classname': _legal(case.group), 'time': f'{case.seconds:.3f}'}
    if case.place:
        values |= {'file': _legal(case.place.path), 'line': str(case.place.line)}
    node = ElementTree.SubElement(suite, 'testcase', values)
    if case.verdict == 'passed':
        for earlier in case.earlier:
            flaky = ElementTree.SubElement(node, FLAKY[earlier.verdict], message=_legal(earlier.message))
            flaky.text = _legal(earlier.output)
    if case.verdict in ELEMENTS:
        element = ElementTree.SubElement(node, ELEMENTS[case.verdict][0], message=_legal(case.message))
        if case.verdict != 'skipped':
            element.text = _legal(case.output)
    elif case.output:
        ElementTree.SubElement(node, 'system-out').text = _legal(case.output)


def _legal(text: str) -> str:
    return ILLEGAL.sub('?', text)
