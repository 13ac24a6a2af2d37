"""JUnit XML, as CI servers read it."""

from __future__ import annotations

from xml.etree import ElementTree

from zatools.place import Place
from zatools.reports.junit import Case, Suite, Try, as_junit

SUITE = Suite(
    'pings',
    [
        Case('CRM', 'rest', 'passed', '', 0.0123),
        Case('Billing', 'rest', 'failed', 'refused <&>', 1.5, 'all of\nit', Place('a.yaml', 3, 5)),
        Case('Old', 'rest', 'skipped', 'not active'),
        Case('Broken\x1b', 'rest', 'error', 'a bug', 0.0, 'trace'),
    ],
)


def test_verdicts_are_counted_and_told() -> None:
    assert as_junit([SUITE]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites>\n'
        '  <testsuite name="pings" tests="4" failures="1" errors="1" skipped="1" time="1.512">\n'
        '    <testcase name="CRM" classname="rest" time="0.012" />\n'
        '    <testcase name="Billing" classname="rest" time="1.500" file="a.yaml" line="3">\n'
        '      <failure message="refused &lt;&amp;&gt;">all of\nit</failure>\n'
        '    </testcase>\n'
        '    <testcase name="Old" classname="rest" time="0.000">\n'
        '      <skipped message="not active" />\n'
        '    </testcase>\n'
        '    <testcase name="Broken?" classname="rest" time="0.000">\n'
        '      <error message="a bug">trace</error>\n'
        '    </testcase>\n'
        '  </testsuite>\n'
        '</testsuites>\n'
    )


def test_what_xml_can_not_have_does_not_break_it() -> None:
    case = Case('\x00 \ud800 \uffff', 'x', 'failed', '\x1b[31m', 0.0, '\x07')
    root = ElementTree.fromstring(as_junit([Suite('s\x00', [case])]))
    assert root[0][0].get('name') == '? ? ?'


def test_tries_before_one_that_passed_are_flaky_failures() -> None:
    tries = [Try('failed', 'status 503', 'the call'), Try('error', 'no answer')]
    case = Case('One', 'features/a.feature', 'passed', earlier=tries)
    root = ElementTree.fromstring(as_junit([Suite('s', [case])]))
    assert [(node.tag, node.get('message'), node.text) for node in root[0][0]] == [
        ('flakyFailure', 'status 503', 'the call'),
        ('flakyError', 'no answer', None),
    ]
    assert [root[0].get(name) for name in ('tests', 'failures', 'errors')] == ['1', '0', '0']
