"""The files of docs/ci.md do what they say: parsed, and their zato commands run as the pipelines would."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import KEY, ROOT
from tests.test_golden import environment

CI = ROOT / 'samples' / 'ci'
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
        self.environ = {
            **environment(self.folder, folder / 'tools'),
            'CI': 'true',
            'RUNNER_TEMP': str(folder),
            'GITHUB_STEP_SUMMARY': str(folder / 'summary.md'),
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


def _without_expressions(text: str, pipeline: Pipeline) -> str:
    return re.sub(r'\$\{\{ secrets\.(\w+) \}\}', lambda found: pipeline.secrets[found[1]], text)


def _github(job: str, pipeline: Pipeline) -> list[tuple[str, dict[str, str]]]:
    content = yaml.safe_load((CI / 'github.yml').read_text())
    environ = {key: _without_expressions(value, pipeline) for key, value in content['jobs'][job].get('env', {}).items()}
    return [(step['run'], environ) for step in content['jobs'][job]['steps'] if 'zato ' in step.get('run', '')]


def _gitlab(job: str, pipeline: Pipeline) -> list[tuple[str, dict[str, str]]]:
    content = yaml.safe_load((CI / 'gitlab.yml').read_text())
    environ = {**pipeline.secrets, 'DEFINITIONS_ENV': str(pipeline.folder.parent / 'definitions.env')}
    return [(line, environ) for line in content[job]['script'] if 'zato ' in line]


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_the_pipeline_validates_plans_and_imports(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.run('zato odb create --layout 4.1', pipeline.secrets)
    told = ''
    for job in ('validate', 'plan', 'import'):
        scripts = steps(job, pipeline)
        assert len(scripts) == 1
        for script, environ in scripts:
            done = pipeline.run(script, environ)
            assert (done.returncode, job) == (0, job), done.stderr
            told += done.stdout + done.stderr
    plan = (pipeline.folder / 'plan.md').read_text()
    assert "| + | outgoing_rest 'CRM' |" in plan
    assert 'Created 2.' in told
    assert SECRET not in told + plan
    after = pipeline.run('zato enmasse diff definitions/ --env-file ../definitions.env', pipeline.secrets)
    assert after.stdout == 'No differences in 2 objects.\n'


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_a_mistake_stops_the_pipeline_at_its_first_step(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    (pipeline.folder / 'definitions' / 'crm.yaml').write_text(DEFINITIONS.replace('url_path', 'url_pth'))
    ((script, environ),) = steps('validate', pipeline)
    assert pipeline.run(script, environ).returncode == 3


@pytest.mark.parametrize('steps', [_github, _gitlab])
def test_an_odb_that_is_not_there_fails_the_plan(steps: Any, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    ((script, environ),) = steps('plan', pipeline)
    assert pipeline.run(script, environ).returncode != 0


def test_every_secret_of_a_workflow_is_told_at_its_top() -> None:
    for name in ('github.yml', 'gitlab.yml'):
        text = (CI / name).read_text()
        head = text[: text.index('\n\n')]
        used = set(re.findall(r'secrets\.(\w+)', text)) or {
            'ZATO_ODB',
            'ZATO_SECRET_KEY',
            'DEFINITIONS_ENV',
            'COMMENT_TOKEN',
        }
        assert all(f'#   {secret} ' in head for secret in used)


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
