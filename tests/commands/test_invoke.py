"""`zato invoke` and `zato job`: services that are called by hand, here and at a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.server.running import Local, environment, server, write, zato
from tests.tree import tree

SERVICES = """
from zato.common.exception import NotFound
from zato.server.service import Service


class Hello(Service):
    name = 'hello'

    def handle(self):
        self.response.payload = {'hello': self.request.payload}


class Text(Service):
    name = 'text'

    def handle(self):
        self.response.payload = 'grüße ' + str(self.request.payload) + chr(27)


class Fails(Service):
    name = 'fails'

    def handle(self):
        if self.request.payload:
            raise NotFound(self.cid, 'nobody', needs_msg=True)
        raise SystemExit('it failed')


class Beside(Service):
    name = 'beside'

    def handle(self):
        self.invoke_async('last', 'beside')
        self.schedule.onetime(self, 'hello', 'Later', after_minutes=10, data='x')


class Last(Service):
    name = 'last'

    def handle(self):
        self.sleep(0.3)
        self.logger.info('last of %s', self.request.payload)
"""
DEFINITIONS = """
channel_rest:
  - {name: hello, service: hello, url_path: /hello, data_format: json}
scheduler:
  - {name: Every, service: hello, job_type: interval_based, minutes: 5, extra: 'a=1'}
  - {name: Night, service: fails, job_type: cron_style, cron_definition: '0 3 * *'}
  - {name: Off, service: helo, job_type: one_time, start_date: '2020-01-01T00:00:00', is_active: false}
"""


@pytest.fixture(scope='module')
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('invoke') / 'project'
    return write(folder, {'services/a.py': SERVICES, 'definitions.yaml': DEFINITIONS})


@pytest.mark.parametrize(
    ('line', 'code', 'out', 'err'),
    [
        ('invoke hello {"a":[1]}', 0, '{\n  "hello": {\n    "a": [\n      1\n    ]\n  }\n}\n', 'for Zato 3.2'),
        ('invoke text 1', 0, 'grüße 1', ''),
        ('invoke hello --json', 0, '"response": {\n    "hello": ""\n  },\n  "error": null', ''),
        ('invoke fails', 1, '', "service 'fails': SystemExit: it failed"),
        ('invoke fails 1 --json', 1, '"error": "404 nobody"', ''),
        ('invoke helo', 3, '', "no service 'helo' in project/services\nhint: did you mean 'hello'?"),
        ('invoke hello {a', 3, '', 'the payload is no valid JSON at 1:2'),
        ('invoke hello --generation 5', 2, '', '--generation must be 3.2 or 4.1'),
        ('invoke hello --folder nowhere', 3, '', 'nowhere does not exist'),
        ('invoke hello --server-url http://127.0.0.1:1 --file d.yaml', 2, '', 'a server has its own definitions'),
        ('invoke hello --server http://127.0.0.1:1', 1, '', '127.0.0.1:1: '),
        ('job run Every', 0, '{"hello": {"a": 1}}\n', ''),
        ('job run Night', 1, '', "job 'Night': SystemExit: it failed"),
        ('job run Off', 3, '', "no service 'helo' in project/services"),
        ('job run Evry', 3, '', "no job 'Evry'; did you mean 'Every'?"),
    ],
)
def test_a_service_is_called_here(project: Path, line: str, code: int, out: str, err: str) -> None:
    done = zato(project, *line.split())
    assert (done.returncode, out in done.stdout, err in done.stderr) == (code, True, True), done
    assert 'Traceback (most recent call last)' not in done.stderr or code == 1
    assert '\x1b' not in done.stdout


def test_a_payload_comes_from_standard_input(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, '-m', 'zatools', 'invoke', 'hello', '-', '--folder', str(project), '--generation', '4.1'],
        cwd=project.parent,
        env=environment(),
        input='"in"',
        capture_output=True,
        text=True,
    )
    # Definitions of another generation than the command line says are a problem with its place.
    assert (done.returncode, "Zato 4.1 has no 'cron_definition'" in done.stderr) == (3, True), done


def test_what_a_service_starts_is_finished_and_what_it_plans_is_kept(tmp_path: Path) -> None:
    folder = write(tmp_path / 'project', {'services/a.py': SERVICES})
    done = zato(folder, 'invoke', 'beside')
    assert (done.returncode, done.stdout, 'last of beside' in done.stderr) == (0, '', True), done
    before = tree(folder)
    listed = zato(folder, 'job', 'list', '--json')
    assert [(row['name'], row['service'], row['when']) for row in json.loads(listed.stdout)] == [
        ('Later', 'hello', 'once')
    ]
    assert tree(folder) == before


def test_a_link_that_a_folder_brings_along_is_not_written_through(tmp_path: Path) -> None:
    folder = write(tmp_path / 'project', {'services/a.py': SERVICES})
    os.symlink('../victim', folder / 'zato-server.sqlite')
    done = zato(folder, 'invoke', 'beside')
    assert 'zato-server.sqlite can not be used' in done.stderr
    assert not (tmp_path / 'victim').exists()


def test_jobs_are_listed_with_their_times(project: Path) -> None:
    done = zato(project, 'job', 'list')
    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines), done.stderr.strip()) == (0, 3, '3 jobs.')
    assert lines[0].startswith('Every  every 5 minutes')
    assert 'its cron_definition has 4 fields instead of 5' in lines[1]
    assert lines[2].split() == ['Off', 'once', 'not', 'active', 'helo']
    rows = json.loads(zato(project, 'job', 'list', '--json').stdout)
    assert (rows[0]['file'], rows[0]['line'], rows[1]['next'], rows[2]['is_active']) == (
        'definitions.yaml',
        5,
        None,
        False,
    )


def test_a_job_whose_extra_can_not_be_read_is_a_sentence(tmp_path: Path) -> None:
    job = {'name': 'Text', 'service': 'shows', 'job_type': 'interval_based', 'minutes': 1, 'extra': 'no pairs'}
    folder = write(
        tmp_path, {'services/a.py': 'import json\n', 'definitions.yaml': yaml.safe_dump({'scheduler': [job]})}
    )
    done = zato(folder, 'job', 'run', 'Text')
    assert done.returncode == 1
    assert "job 'Text': its extra is neither JSON nor lines of name=value" in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.fixture(scope='module', params=['3.2', '4.1'])
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    definitions = DEFINITIONS.partition('scheduler:')[0]
    folder = write(tmp_path_factory.mktemp('served'), {'services/a.py': SERVICES, 'd.yaml': definitions})
    with server(folder, '--file', 'd.yaml', '--generation', request.param) as found:
        yield found


@pytest.mark.parametrize(
    ('arguments', 'code', 'out', 'err'),
    [
        (('hello', '[1, 2]'), 0, '"hello": [\n    1,\n    2\n  ]', 'at 127.0.0.1:'),
        (('fails',), 1, '', 'SystemExit: it failed'),
        (('nowhere', '--json'), 1, '"is_ok": false', ''),
    ],
)
def test_a_service_is_called_at_a_server(
    local: Local, arguments: tuple[str, ...], code: int, out: str, err: str
) -> None:
    done = zato(local.folder, 'invoke', *arguments, '--server', local.url)
    assert (done.returncode, out in done.stdout, err in done.stderr) == (code, True, True), done
