"""The run as JUnit XML: a suite a feature, a case a scenario."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from zatools.apitest.report.console import Screen
from zatools.apitest.results import (
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    SKIPPED,
    UNDEFINED,
    FeatureResult,
    RunResult,
    ScenarioResult,
)

#: What XML has no room for.
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]')
ELEMENTS = {
    FAILED: 'failure',
    ERROR: 'error',
    UNDEFINED: 'error',
    NOT_RUN: 'error',
    KNOWN: 'skipped',
    SKIPPED: 'skipped',
}


def _clean(text: str) -> str:
    return CONTROL.sub('?', text)


def render(run: RunResult) -> str:
    """Returns the run as JUnit XML."""
    root = ElementTree.Element('testsuites', name='apitest', time=f'{run.seconds:.3f}')
    for feature in run.features:
        root.append(_suite(run, feature))
    for key in ('tests', 'failures', 'errors', 'skipped'):
        root.set(key, str(sum(int(suite.get(key, '0')) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(run: RunResult, feature: FeatureResult) -> ElementTree.Element:
    kinds = [ELEMENTS.get(scenario.status, '') for scenario in feature.scenarios]
    suite = ElementTree.Element(
        'testsuite',
        name=_clean(feature.name),
        file=feature.path,
        tests=str(len(kinds)),
        failures=str(kinds.count('failure')),
        errors=str(kinds.count('error')),
        skipped=str(kinds.count('skipped')),
        time=f'{feature.seconds:.3f}',
        timestamp=run.start[:19].replace(' ', 'T'),
    )
    properties = ElementTree.SubElement(suite, 'properties')
    facts = {'seed': str(run.seed), 'profile': run.profile, 'apitest': run.version, 'address': ' '.join(run.addresses)}
    for name, value in facts.items():
        if value:
            ElementTree.SubElement(properties, 'property', name=name, value=_clean(value))
    for scenario in feature.scenarios:
        suite.append(_case(feature, scenario))
    return suite


def _case(feature: FeatureResult, scenario: ScenarioResult) -> ElementTree.Element:
    case = ElementTree.Element(
        'testcase',
        name=_clean(scenario.name),
        classname=_clean(f'{feature.path}.{feature.name}'),
        file=scenario.path,
        line=str(scenario.line),
        time=f'{scenario.seconds:.3f}',
    )
    kind = ELEMENTS.get(scenario.status)
    if kind == 'skipped':
        words = f'known failure {scenario.reference}'.strip() if scenario.status == KNOWN else scenario.reason
        ElementTree.SubElement(case, kind, message=_clean(words))
    elif kind:
        element = ElementTree.SubElement(case, kind, message=_clean(_message(scenario)), type=scenario.status)
        element.text = _clean('\n'.join(Screen(is_full=True).scenario(scenario)))
    if scenario.is_flaky:
        ElementTree.SubElement(case, 'system-out').text = f'flaky: passed on try {scenario.tries}'
    return case


def _message(scenario: ScenarioResult) -> str:
    rows = []
    for step in scenario.bad_steps():
        problem = step.problem
        values = f'expected {problem.expected}, got {problem.actual}' if problem and problem.expected else ''
        rows.append(f'{step.path}:{step.line} {step.keyword} {step.text}: {problem.text or values if problem else ""}')
    return '; '.join(rows) or scenario.reason or scenario.status
