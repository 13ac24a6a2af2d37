"""The pipelines of the samples: their scripts with the secrets that each gets, and a checkout to run them in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Variables that the services set in a project, for one environment of it.
PRODUCTION = ('ZATO_ODB', 'ZATO_SECRET_KEY', 'DEFINITIONS_ENV')
ENVIRONMENTS = {'plan': PRODUCTION, 'production': PRODUCTION, 'comments': ('COMMENT_TOKEN',)}


def checkout(folder: Path) -> dict[str, str]:
    """Makes a folder a clone whose last commit adds all that is in it; returns what GitLab tells a job of that."""
    steps = (
        'init --quiet --initial-branch=main',
        'commit --quiet --allow-empty --message=before',
        f'clone --quiet --bare . {folder.parent}/origin.git',
        f'remote add origin file://{folder.parent}/origin.git',
        'add .',
        'commit --quiet --message=after',
    )
    for step in steps:
        git(folder, *step.split())
    return {'CI_MERGE_REQUEST_DIFF_BASE_SHA': git(folder, 'rev-parse', 'HEAD^1')}


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder, as nobody in particular; returns what it prints."""
    person = ('-c', 'user.name=x', '-c', 'user.email=x@example.com')
    done = subprocess.run(['git', *person, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def github(content: Mapping[str, Any], job: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the scripts of a job that are about definitions, each with the secrets that it gets."""
    for step in content['jobs'][job]['steps']:
        if re.search(r'^(zato|apitest|sed) |\bzato ', step.get('run', ''), re.MULTILINE):
            written = step.get('env', {})
            yield step['run'], {name: secrets[name] for name in written if f'secrets.{name} ' in written[name]}


def gitlab(content: Mapping[str, Any], job: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the script of a job, with the variables that are set for its environment."""
    environment = content[job].get('environment', '')
    name = environment['name'] if isinstance(environment, dict) else environment
    script = [line for line in content[job]['script'] if not line.startswith('curl ')]
    if script:
        yield '\n'.join(script), {name: secrets[name] for name in ENVIRONMENTS.get(name, ()) if name in secrets}


def plan_of(folder: Path) -> dict[str, str]:
    """Returns what the job that plans hands on to the import: GitHub's output of a step, or GitLab's dotenv."""
    paths = [path for path in (folder.parent / 'output', folder / 'plan.env') if path.exists()]
    found = re.findall(r'^plan=([0-9a-f]{8})$', ''.join(path.read_text() for path in paths), re.MULTILINE | re.I)
    return {'PLAN': ''.join(found)}
