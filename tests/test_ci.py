"""The files of docs/ci.md do what they say: parsed, and their zato commands run as the pipelines would."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import KEY, ROOT
from tests.pipelines import checkout, git, github, gitlab, plan_of
from tests.test_golden import environment

CI = ROOT / 'samples' / 'ci'
NEW = ROOT / 'samples' / 'new'
WORKFLOWS = [CI / 'github.yml', NEW / '.github' / 'workflows' / 'pipeline.yml']
PIPELINES = [*WORKFLOWS, CI / 'gitlab.yml', NEW / '.gitlab-ci.yml']
DEFINITIONS = """security:
  - {name: CRM login, type: basic_auth, username: crm, password: '${CRM_PASSWORD}'}
outgoing_rest:
  - {name: CRM, host: 'https://crm.example.com', url_path: /get-user, security: CRM login, data_format: json}
"""
SECRET = 'a-very-secret-value'


class Pipeline:
    """A checkout with definitions, an ODB to import them into, and what the pipeline's service sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / 'checkout'
        (self.folder / 'definitions').mkdir(parents=True)
        (folder / 'tools').mkdir()
        (self.folder / 'definitions' / 'crm.yaml').write_text(DEFINITIONS)
        (folder / 'definitions.env').write_text(f'CRM_PASSWORD={SECRET}\n')
        self.secrets = {
            'ZATO_ODB': f'sqlite:///{folder}/odb.sqlite',
            'ZATO_SECRET_KEY': KEY,
            'DEFINITIONS_ENV': f'CRM_PASSWORD={SECRET}',
        }
        self.file = {**self.secrets, 'DEFINITIONS_ENV': str(folder / 'definitions.env')}
        self.environ = {
            **environment(self.folder, folder / 'tools'),
            'CI': 'true',
            'RUNNER_TEMP': str(folder),
            'GITHUB_OUTPUT': str(folder / 'output'),
            'GITHUB_STEP_SUMMARY': str(folder / 'summary.md'),
            **checkout(self.folder),
        }

    def run(self, script: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs a script as both services do: each line must succeed."""
        return subprocess.run(
            ['bash', '-e', '-c', script],
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
        )


def _github(job: str, pipeline: Pipeline) -> list[tuple[str, dict[str, str]]]:
    return list(github(yaml.safe_load((CI / 'github.yml').read_text()), job, pipeline.secrets))


def _gitlab(job: str, pipeline: Pipeline) -> list[tuple[str, dict[str, str]]]:
    return list(gitlab(yaml.safe_load((CI / 'gitlab.yml').read_text()), job, pipeline.file))


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_the_pipeline_validates_plans_and_imports(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.run('zato odb create --layout 4.1', pipeline.secrets)
    told = ''
    plans = []
    for job in ('validate', 'plan', 'plan-production', 'import'):
        ((script, environ),) = steps(job, pipeline)
        assert set(environ) == (set(pipeline.secrets) if job in ('plan-production', 'import') else set())
        done = pipeline.run(script, {**environ, **plan_of(pipeline.folder)})
        assert (done.returncode, job) == (0, job), done.stderr
        told += done.stdout + done.stderr
        if job.startswith('plan'):
            plans.append((pipeline.folder / 'plan.md').read_text())
    assert all("| + | outgoing_rest 'CRM' |" in plan for plan in plans)
    assert f'plan `{plan_of(pipeline.folder)["PLAN"]}`' in plans[1]
    assert 'plan `' not in plans[0]
    assert 'Created 2.' in told
    assert SECRET not in told + ''.join(plans)
    after = pipeline.run('zato enmasse diff definitions/ --env-file ../definitions.env', pipeline.secrets)
    assert after.stdout == 'No differences in 2 objects.\n'


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_the_plan_is_what_the_change_does_to_the_definitions_before_it(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.environ['CI_MERGE_REQUEST_DIFF_BASE_SHA'] = git(pipeline.folder, 'rev-parse', 'HEAD')
    git(pipeline.folder, 'push', '--quiet', 'origin', 'HEAD:main')
    path = pipeline.folder / 'definitions' / 'crm.yaml'
    path.write_text(path.read_text().replace('username: crm', 'username: zato'))
    git(pipeline.folder, 'commit', '--quiet', '--all', '--message=other')
    ((script, environ),) = steps('plan', pipeline)
    assert (pipeline.run(script, environ).returncode, environ) == (0, {})
    plan = (pipeline.folder / 'plan.md').read_text()
    assert '**before/definitions** -> **definitions/**: 1 to change' in plan
    assert '| | | username | crm | zato |' in plan


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_what_changed_since_the_plan_was_looked_at_stops_the_import(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.run('zato odb create --layout 4.1', pipeline.secrets)
    ((script, environ),) = steps('plan-production', pipeline)
    pipeline.run(script, environ)
    path = pipeline.folder / 'definitions' / 'crm.yaml'
    path.write_text(path.read_text().replace('username: crm', 'username: zato'))
    ((script, environ),) = steps('import', pipeline)
    done = pipeline.run(script, {**environ, **plan_of(pipeline.folder)})
    assert done.returncode == 5
    assert 'Nothing was changed.' in done.stderr


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_nothing_to_do_has_no_plan(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.run('zato enmasse import definitions/ --env-file ../definitions.env', pipeline.secrets)
    ((script, environ),) = steps('plan-production', pipeline)
    assert pipeline.run(script, environ).returncode == 0
    assert plan_of(pipeline.folder) == {'PLAN': ''}


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_a_mistake_stops_the_pipeline_at_its_first_step(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    (pipeline.folder / 'definitions' / 'crm.yaml').write_text(DEFINITIONS.replace('url_path', 'url_pth'))
    ((script, environ),) = steps('validate', pipeline)
    assert pipeline.run(script, environ).returncode == 3


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_an_odb_that_is_not_there_fails_the_import(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    ((script, environ),) = steps('import', pipeline)
    environ['PLAN'] = '7f3a91c2'
    environ['ZATO_ODB'] = 'postgresql://zato@127.0.0.1:1/none'
    assert pipeline.run(script, environ).returncode == 4


@pytest.mark.parametrize('path', WORKFLOWS, ids=str)
def test_actions_are_pinned_by_their_commit(path: Path) -> None:
    used = re.findall(r'uses: (.*)', path.read_text())
    assert len(used) > 1
    assert all(re.fullmatch(r'[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+', action) for action in used)


@pytest.mark.parametrize('path', WORKFLOWS, ids=str)
def test_only_steps_of_the_import_get_secrets_and_only_those_that_use_them(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    for name, job in content['jobs'].items():
        assert 'secrets.' not in str({key: value for key, value in job.items() if key != 'steps'})
        for step in job['steps']:
            secrets = re.findall(r'secrets\.(\w+)', str(step))
            assert not secrets or (name, job['environment']) in (('plan-production', 'plan'), ('import', 'production'))
            assert not secrets or 'zato ' in step['run']
        # Whatever runs afterwards finds no token in the checkout.
        assert job['steps'][0]['with']['persist-credentials'] is False
    assert not re.search(r'secrets\.', str({key: value for key, value in content.items() if key != 'jobs'}))


@pytest.mark.parametrize('path', PIPELINES, ids=str)
def test_zatools_comes_from_where_the_project_says_never_by_its_bare_name(path: Path) -> None:
    lines = re.findall(r'pip install.*', path.read_text())
    assert lines
    assert all(re.fullmatch(r'pip install "zatools(\[postgresql])? @ \$ZATOOLS"', line) for line in lines)


def test_pip_installs_nothing_where_a_project_does_not_say() -> None:
    done = subprocess.run([sys.executable, '-m', 'pip', 'install', 'zatools @ '], capture_output=True, text=True)
    # Its words are others from one version to the next.
    assert (done.returncode, done.stdout) == (1, '')
    assert 'zatools @' in done.stderr


def test_no_text_of_ours_says_to_install_zatools_by_its_bare_name() -> None:
    texts = [ROOT / 'README.md', *(ROOT / 'docs').rglob('*.md'), *(ROOT / 'zatools').rglob('*.py')]
    texts += [path for path in (ROOT / 'samples').rglob('*') if path.is_file()]
    bare = re.compile(r'\b(?:install|uvx)\b[^\n]*?[\s\'"]zatools(?:\[[\w,]*\])?(?! @)(?=[\s\'"`)]|$)', re.MULTILINE)
    assert [str(path) for path in texts if bare.search(path.read_text(errors='replace'))] == []


def test_lower_bounds_of_dependencies_have_no_advisory_that_is_told_in_the_decision() -> None:
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    bounds = {}
    for text in [*project['dependencies'], *sum(project['optional-dependencies'].values(), [])]:
        requirement = re.fullmatch(r'([\w-]+)(?:\[.*])?>=([\d.]+).*', text)
        if requirement:
            bounds[requirement[1].lower()] = _version(requirement[2])
    decision = (ROOT / 'docs' / 'decisions' / '0003-dependencies.md').read_text()
    told = re.findall(r'([\w-]+)\s+([\d.]*\d)\s+\(CVE', decision)
    assert len(told) > 8
    assert {name for name, version in told if bounds[name.lower()] < _version(version)} == set()


def _version(text: str) -> list[int]:
    return [int(part) for part in text.split('.')]


@pytest.mark.parametrize('path', PIPELINES, ids=str)
def test_every_secret_and_variable_of_a_pipeline_is_told_at_its_top(path: Path) -> None:
    text = path.read_text()
    head = '\n'.join(line for line in text.splitlines() if line.startswith('#'))
    told = re.findall(r'^#   ([A-Z_]+) ', head, re.MULTILINE)
    named = set(re.findall(r'(?:secrets|vars)\.(\w+)', text))
    used = named or {name for name in told if f'${name}' in text} | {'ZATO_ODB', 'ZATO_SECRET_KEY'}
    assert set(told) == used


def test_the_files_are_named_in_the_docs() -> None:
    text = (ROOT / 'docs' / 'ci.md').read_text()
    assert all(f'../samples/ci/{path.name}' in text for path in CI.iterdir())


@pytest.mark.parametrize(('change', 'code'), [('url_path', 0), ('url_pth', 3)])
def test_the_pre_commit_hook_checks_all_definitions(change: str, code: int, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    (pipeline.folder / 'definitions' / 'crm.yaml').write_text(DEFINITIONS.replace('url_path', change))
    (hook,) = yaml.safe_load((ROOT / '.pre-commit-hooks.yaml').read_text())
    assert (hook['id'], hook['language'], hook['pass_filenames']) == ('zatools-validate', 'python', False)
    assert re.search(hook['files'], 'definitions/crm.yaml')
    assert not re.search(hook['files'], 'README.md')
    # The package's second name for its program, as pre-commit installs it.
    program, *arguments = hook['entry'].split()
    assert program == 'zatools'
    done = pipeline.run(' '.join(['zato', *arguments, *hook['args']]), {})
    assert done.returncode == code
