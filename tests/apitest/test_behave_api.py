"""What hooks and steps may do by behave's documentation goes as in behave itself: both run the same project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program

#: What projects note while they run, and how.
NOTE = """
def note(*words):
    with open('noted.txt', 'a') as file:
        file.write(' '.join(map(str, words)) + chr(10))
"""
STEPS = """
from behave import given, when, then, step, register_type, use_step_matcher

@step('it runs')
def it_runs(context):
    note('runs', context.scenario.name)

@given('I skip')
def i_skip(context):
    context.scenario.skip('no data')
    note('skipped', context.scenario.name)

@given('I skip the feature')
def i_skip_all(context):
    context.feature.skip('no data at all')

@step('it fails')
def it_fails(context):
    assert False, 'as it should'
"""
HOOKS = """
def before_all(context): note('before_all')
def after_all(context): note('after_all')
def before_feature(context, feature): note('before_feature', feature.name)
def after_feature(context, feature): note('after_feature', feature.name)
def before_scenario(context, scenario): note('before_scenario', scenario.name)
def after_scenario(context, scenario): note('after_scenario', scenario.name, scenario.status.name)
def before_step(context, step): note('before_step', step.name)
def after_step(context, step): note('after_step', step.name, step.status.name)
def before_tag(context, tag): note('before_tag', tag)
def after_tag(context, tag): note('after_tag', tag)
"""
FEATURE = """@whole
Feature: F

  @notyet
  Scenario: First
    Given it runs

  @other
  Scenario: Second
    Given it runs
    And I skip
    Then it runs

  Scenario Outline: Third <n>
    Given it runs
    Examples:
      | n |
      | 1 |
      | 2 |
"""
ABORTS = """
def before_scenario(context, scenario):
    if scenario.name == 'Second':
        context.abort('enough')
"""
FIXTURES = """
from behave import fixture, use_fixture
from behave.fixture import use_fixture_by_tag, use_composite_fixture_with, fixture_call_params

@fixture
def place(context, name='p'):
    note('set up', name)
    context.place = name
    yield name
    note('clean up', name)

@fixture(name='fixture.plain')
def plain(context):
    note('plain')
    context.plain = 1

TABLE = {'notyet': (place, [], {'name': 'tagged'}), 'other': plain}

def before_all(context):
    use_fixture(place, context, name='run')

def before_tag(context, tag):
    if tag in TABLE:
        use_fixture_by_tag(tag, context, TABLE)

def before_scenario(context, scenario):
    note(use_fixture(place, context, name='scenario'))
    context.add_cleanup(note, 'first')
    context.add_cleanup(note, 'second')
    context.add_cleanup(note, 'of the feature', scenario.name, layer='feature')
    use_composite_fixture_with(context, [fixture_call_params(place, name='one'), fixture_call_params(plain)])

def after_scenario(context, scenario):
    note('place', context.place, 'plain' in context)
"""
CONFIG = """
import logging

def before_all(context):
    config = context.config
    config.setup_logging()
    config.setup_logging(level='DEBUG', format='%(message)s')
    data = config.userdata
    note(data.getint('n', 1), data.getfloat('f', 1.5), data.getbool('b', True), data.getas(int, 'x', 3))
    note(data.get('none'))
    config.update_userdata({'a': '1', 'n': '5', 'ns.one': '1'})
    note(data.getint('n'), config.userdata['a'], sorted(data))
    from behave.userdata import UserDataNamespace
    note(UserDataNamespace('ns', data).getint('one'))
    note(config.dry_run, config.stop, config.verbose, config.junit, config.wip, config.jobs, config.tag_expression)
    note(context.aborted, context.failed, 'feature' in context, context.active_outline)
"""
CONTEXT = """
import behave.model
def before_feature(context, feature):
    note(context.feature is feature, sorted(map(str, context.tags)), feature.keyword, len(feature.scenarios))
    context.of_feature = 'kept'

def before_scenario(context, scenario):
    note(sorted(map(str, context.tags)), sorted(map(str, scenario.effective_tags)), context.of_feature, scenario.line)
    context.of_scenario = scenario.name
    note(context.use_or_assign_param('assigned', 7), context.use_or_create_param('made', list))
    context.attach('text/plain', b'abc')
    note(scenario.feature.name, len(scenario.steps), scenario.keyword, isinstance(scenario, behave.model.Scenario))

def after_scenario(context, scenario):
    note('of_scenario' in context, context.failed)

def after_feature(context, feature):
    note('of_scenario' in context, hasattr(context, 'scenario'))
"""
TEXTS = """
from behave import given, register_type, use_step_matcher

@given('a table and {word}')
def tables(context, word):
    rows = [row.as_dict() for row in context.table] if context.table else None
    note(word, repr(context.text), rows)

def read_number(text):
    return int(text)
read_number.pattern = '[0-9]+'
register_type(Number=read_number)

@given('number {n:Number} of {other:d}')
def numbers(context, n, other):
    note(n + other)

@given('it calls others')
def others(context):
    note(context.execute_steps('Given number 1 of 2\\nAnd a table and words\\n  | a |\\n  | 1 |\\n'))
    note(repr(context.text), context.table)

use_step_matcher('re')
@given('(?P<who>Ann|Bob) is there')
def there(context, who):
    note(who)
"""
OF_TEXTS = '''Feature: Texts

  Scenario: All
    Given a table and word
      | x | y |
      | 1 | 2 |
    And a table and text
      """
      one
      two
      """
    And number 3 of 4
    And Bob is there
    And it calls others
'''
RULES = """Feature: Rules

  Scenario: Outside
    Given it runs

  @ruled
  Rule: One
    Scenario: Inside
      Given it runs
    Scenario: Inside too
      Given it fails

  Rule: Two
    Scenario: Last
      Given it runs
"""
RULE_HOOKS = """
def before_rule(context, rule): note('before_rule', rule.name, context.rule is rule)
def after_rule(context, rule): note('after_rule', rule.name, rule.status.name)
def before_scenario(context, scenario): note('scenario', scenario.name, 'rule' in context)
"""
PROJECTS: dict[str, tuple[str, str, str]] = {
    'hooks in their order': (HOOKS, STEPS, FEATURE),
    'skipped by a hook': (
        HOOKS.replace("note('before_scenario', scenario.name)",
                      "'notyet' in scenario.tags and scenario.skip('not yet'); note(scenario.should_skip)"),
        STEPS, FEATURE),
    'skipped by a tag': (
        HOOKS.replace("note('before_tag', tag)", "tag == 'notyet' and context.scenario.skip(); note(tag)"),
        STEPS, FEATURE),
    'marked as skipped': (
        "def before_scenario(context, scenario):\n"
        "    scenario.mark_skipped() if 'notyet' in scenario.tags else note('x')\n",
        STEPS, FEATURE),
    'a feature that a hook skips': (
        HOOKS.replace("note('before_feature', feature.name)", "feature.skip('none of it'); note(feature.name)"),
        STEPS, FEATURE),
    'a feature that a step skips': (HOOKS, STEPS, FEATURE.replace('I skip', 'I skip the feature')),
    'a failure': (HOOKS, STEPS, FEATURE.replace('I skip', 'it fails')),
    'aborted by a hook': (ABORTS, STEPS, FEATURE),
    'fixtures': (FIXTURES, STEPS, FEATURE),
    'configuration': (CONFIG, STEPS, FEATURE),
    'context': (CONTEXT, STEPS, FEATURE),
    'texts, tables, types and matchers': ('', TEXTS, OF_TEXTS),
    'rules': (RULE_HOOKS, STEPS, RULES),
}  # fmt: skip


@pytest.mark.parametrize('name', PROJECTS)
def test_behave_and_apitest_do_the_same(name: str, tmp_path: Path) -> None:
    hooks, steps, feature = PROJECTS[name]
    noted, codes = [], []
    for program in ('behave', 'apitest'):
        project, tools = tmp_path / program, tmp_path / f'{program}-tools'
        (project / 'features' / 'steps').mkdir(parents=True)
        tools.mkdir()
        write_program(tools)
        (tools / 'behave').write_text(f'#!/bin/sh\nexec "{sys.executable}" -m behave "$@"\n')
        (tools / 'behave').chmod(0o755)
        (project / 'features' / 'environment.py').write_text(NOTE + hooks)
        (project / 'features' / 'steps' / 's.py').write_text(NOTE + steps)
        (project / 'features' / 'a.feature').write_text(feature)
        done: subprocess.CompletedProcess[str] = shell(f'{program} {"run " * (program == "apitest")}features', project,
                                                       environment(tools))  # fmt: skip
        path = project / 'noted.txt'
        noted.append(path.read_text() if path.exists() else done.stdout + done.stderr)
        codes.append(done.returncode)
    # The screen of apitest is the last: behave's warnings of our own code are none of the project's business.
    assert 'Warning' not in done.stderr
    assert noted[1] == noted[0]
    assert codes[1] == codes[0]
