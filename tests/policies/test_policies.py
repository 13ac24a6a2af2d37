"""Policies: each step and each ready policy catches what it says, and nothing else; what is wrong has a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files
from tests.conftest import KEY, ROOT, Console
from zatools.commands.validate import Options, validate
from zatools.errors import Exit, InvalidError, UsageError
from zatools.odb.target import OdbChoice
from zatools.origin import Origin
from zatools.plan.choices import FileChoice
from zatools.policies.holding import hold, unheard
from zatools.policies.reading import read
from zatools.policies.steps import STEPS
from zatools.policies.view import View

SAMPLES = ROOT / 'samples' / 'policies'
GOOD = """security:
  - {name: login, type: basic_auth, username: u, password: s3cret-one}
outgoing_rest:
  - {name: CRM, host: 'https://crm.example.com', url_path: /, data_format: json, security: login}
channel_rest:
  - {name: api.user, url_path: /user, service: my.service, data_format: json, security: login}
"""
#: What breaks each ready policy, and where it is caught.
BAD: dict[str, tuple[str, str, str]] = {
    'tls': ('url_path: /, data', 'url_path: /, tls_verify: false, data', 'tls_verify is false, not true'),
    'https': ('https://crm', 'http://crm', "host 'http://crm.example.com' is like http://*"),
    'guards': (', security: login}\n', '}\n', 'security is not given'),
    'names': ('api.user', 'user', 'its name is not like api.*'),
    'timeouts': ('url_path: /, data', 'url_path: /, timeout: 90, data', 'timeout is 90, more than 60'),
    'test-hosts': ('crm.example', 'crm.test.example', 'is like *.test.*'),
    'unused': (', security: login}\n', '}\n', 'nothing refers to it'),
    'no-ntlm': ('security:\n', 'security:\n  - {name: n, type: ntlm, username: n}\n', 'there is to be none'),
    'passwords': (', password: s3cret-one', '', 'password is not given'),
}


def checked(folder: Path, definitions: str, policy: str, environment: str = 'prod') -> tuple[Exit, str]:
    path = folder / 'definitions.yaml'
    path.write_text(definitions)
    console = Console({})
    files = FileChoice((str(path),), origin=Origin(environment))
    code = validate(console.world, files, Options(policies=(policy,)))
    return code, console.text


def written(folder: Path, *steps: str) -> str:
    path = folder / 'policy.feature'
    path.write_text('Feature: Ours\n\n  Scenario: Ours, too\n' + ''.join(f'    {step}\n' for step in steps))
    return str(path)


def test_there_are_ten_ready_policies_and_all_hold_for_what_is_good(tmp_path: Path) -> None:
    assert {path.stem for path in SAMPLES.iterdir()} == {*BAD, 'deletions'}
    assert len(list(SAMPLES.iterdir())) == 10
    assert checked(tmp_path, GOOD, str(SAMPLES))[0] is Exit.OK


@pytest.mark.parametrize('name', BAD)
def test_a_ready_policy_catches_what_it_says(name: str, tmp_path: Path) -> None:
    old, new, said = BAD[name]
    assert old in GOOD
    code, text = checked(tmp_path, GOOD.replace(old, new), str(SAMPLES / f'{name}.feature'))
    assert code is Exit.INVALID
    assert said in text
    assert f'{name}.feature:' in text
    assert 's3cret-one' not in text


def test_the_policy_about_deletions_looks_at_the_plan(tmp_path: Path) -> None:
    rows = [f"  - {{name: c{number}, host: 'https://c', url_path: /, data_format: json}}" for number in range(5)]
    path = tmp_path / 'definitions.yaml'
    console = Console({'ZATO_SECRET_KEY': KEY})
    choice = OdbChoice(odb=str(tmp_path / 'odb.sqlite'))
    path.write_text('\n'.join(['outgoing_rest:', *rows]))
    import_files(console.world, choice, [str(path)])
    policy = str(SAMPLES / 'deletions.feature')
    path.write_text('\n'.join(['outgoing_rest:', rows[0]]))
    with pytest.raises(InvalidError) as caught:
        import_files(console.world, choice, [str(path)], delete=True, policies=(policy,))
    (problem,) = caught.value.problems
    assert problem.text == 'the plan deletes 4 objects, more than 3'
    assert problem.detail == (f'{policy}:4: Not much is deleted at once',)
    path.write_text('\n'.join(['outgoing_rest:', *rows[:2]]))
    assert import_files(console.world, choice, [str(path)], delete=True, policies=(policy,)) is Exit.OK


def test_an_import_that_breaks_a_policy_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'definitions.yaml'
    path.write_text(GOOD.replace('https://crm', 'http://crm'))
    choice = OdbChoice(odb=str(tmp_path / 'odb.sqlite'))
    with pytest.raises(InvalidError) as caught:
        import_files(Console({}).world, choice, [str(path)], policies=(str(SAMPLES / 'https.feature'),))
    assert [str(problem.place) for problem in caught.value.problems] == [f'{path}:4:23']
    assert 'Nothing was changed' in caught.value.text
    assert not (tmp_path / 'odb.sqlite').exists()


def test_an_odb_is_checked_as_files_are(tmp_path: Path) -> None:
    path = tmp_path / 'definitions.yaml'
    path.write_text(GOOD.replace('https://crm', 'http://crm'))
    choice = OdbChoice(odb=str(tmp_path / 'odb.sqlite'))
    console = Console({})
    import_files(console.world, choice, [str(path)])
    before = (tmp_path / 'odb.sqlite').read_bytes()
    options = Options(policies=(str(SAMPLES / 'https.feature'),))
    assert validate(console.world, FileChoice(), options, choice) is Exit.INVALID
    assert "outgoing_rest 'CRM': host 'http://crm.example.com' is like http://*" in console.text
    assert (tmp_path / 'odb.sqlite').read_bytes() == before
    with pytest.raises(UsageError):
        validate(console.world, FileChoice((str(path),)), options, choice)
    with pytest.raises(UsageError):
        validate(console.world, FileChoice(), Options(), choice)


def test_exceptions_name_objects_and_a_reason(tmp_path: Path) -> None:
    bad = GOOD.replace('https://crm', 'http://crm')
    steps = ['Then no outgoing_rest has "host" like "http://*"', 'But not "CR*", because it goes away in March']
    assert checked(tmp_path, bad, written(tmp_path, *steps))[0] is Exit.OK
    assert checked(tmp_path, bad, written(tmp_path, steps[0], steps[1].replace('CR*', 'Pay')))[0] is Exit.INVALID


def test_a_scenario_for_no_environment_that_there_is_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, 'Given environment "prdo"', 'Then there is no outgoing_rest')
    found = unheard(read([path]), ['prod', 'test'])
    assert [(problem.is_warning, problem.text.partition(': ')[2], problem.hint) for problem in found] == [
        (True, "there is no environment 'prdo'", "did you mean 'prod'?")
    ]
    assert unheard(read([path]), ['prdo', 'test']) == unheard(read([path]), []) == []


def test_a_scenario_is_for_its_environment(tmp_path: Path) -> None:
    policy = written(tmp_path, 'Given environment "prod*"', 'Then there is no outgoing_rest')
    assert checked(tmp_path, GOOD, policy, 'prod-2')[0] is Exit.INVALID
    assert checked(tmp_path, GOOD, policy, 'test')[0] is Exit.OK


@pytest.mark.parametrize('step', [step for step in STEPS if step.keyword == 'Then'], ids=lambda step: step.pattern)
def test_the_example_of_each_step_is_one(step: Any, tmp_path: Path) -> None:
    (policy,) = read([written(tmp_path, step.example)])
    (use,) = policy.uses
    assert use.step is step
    assert hold([policy], View({}, '3.2', ())) == []


@pytest.mark.parametrize(
    ('step', 'said', 'hint'),
    [
        ('Then every outgoing_rst has "host"', "there is no kind 'outgoing_rst'", "did you mean 'outgoing_rest'?"),
        ('Then every outgoing_rest has "hst"', "outgoing_rest has no field 'hst'", "did you mean 'host'?"),
        ('Then every basic_auth has "password" equal to "x"', 'password is a secret: it is compared with', 'whether'),
        ('Then evry outgoing_rest has "host"', 'there is no step \'evry outgoing_rest has "host"\'', 'did you mean'),
        ('Then the plan deletes no more than "some" objects', 'there is no step', 'did you mean'),
        ('But not "CRM", because of that', 'is no feature in Gherkin', 'as in samples/policies'),
        ('Given environment "prod"', "'Ours, too' says nothing", 'it needs a step with Then'),
    ],
)
def test_what_is_wrong_in_a_policy_has_a_place(step: str, said: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as caught:
        read([written(tmp_path, step)])
    problem = caught.value.problems[0]
    assert said in problem.text
    assert hint in problem.hint
    assert problem.place
    assert problem.place.line in (3, 4)


@pytest.mark.parametrize('text', ['Scenario', 'Feature: a\n  nonsense: b\n    Then', '', '\xff\xfe'])
def test_what_is_no_feature_is_a_problem(text: str, tmp_path: Path) -> None:
    path = tmp_path / 'policy.feature'
    path.write_bytes(text.encode('latin-1'))
    with pytest.raises(InvalidError) as caught:
        read([str(path)])
    assert all(problem.place for problem in caught.value.problems)


def test_a_policy_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match='there is no policy no/such'):
        read(['no/such'])


LONG = f'https://{"x" * 60}.{"y" * 60}.test.example.com'


@pytest.mark.parametrize(
    ('field', 'value', 'step'),
    [
        ('host', LONG, 'no outgoing_rest has "host" like "*.test.example.com"'),
        ('host', LONG, f'every outgoing_rest has "host" equal to "{LONG}x"'),
        ('url_path', '/a?api_key=1', 'no outgoing_rest has "url_path" equal to "/a?api_key=1"'),
        ('host', 'https://u:canary@test.example.com', 'no outgoing_rest has "host" like "*@test.example.com"'),
    ],
)
def test_the_whole_of_a_value_counts(field: str, value: str, step: str, tmp_path: Path) -> None:
    values = {'host': 'https://example.com', 'url_path': '/', field: value}
    given = ''.join(f'    {name}: {text}\n' for name, text in values.items())
    code, told = checked(tmp_path, f'outgoing_rest:\n  - name: A\n{given}', written(tmp_path, f'Then {step}'))
    assert (code, 'canary' in told) == (Exit.INVALID, False), told


def test_a_list_with_a_variable_that_is_not_set_is_not_judged(tmp_path: Path) -> None:
    definitions = "groups:\n  - {name: A, members: ['${ZATOOLS_NOT_SET}']}\n"
    policy = written(tmp_path, 'Then every groups has "members" equal to "b"')
    assert checked(tmp_path, definitions, policy)[0] is Exit.OK
