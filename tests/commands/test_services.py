"""`zato services`: what there is, read in the source; nothing of it is run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import write, zato

FIRST = """
from zato.server.service import Service as Base


class Hello(Base):
    name = 'hello'

    def handle(self):
        pass


class Helper:
    def handle(self):
        self.out.rest['Not a service']
"""
SECOND = """
from pathlib import Path
from first import Hello
from zato.server.service import Service
Path('imported').touch()
raise SystemExit('this file is never imported')

CONN = 'CRM'


class Shared(Service):
    def prepare(self):
        self.outgoing.sql['Shop'].session()


class Uses(Shared):
    def handle_GET(self):
        self.prepare()
        self.out.rest[CONN].conn.get(self.cid)
        self.rest[self.request.input.which].post()
        self.invoke(Hello)
        self.invoke_async('nobody', callback='hello')
        self.pubsub.publish('/orders', 1)
        self.email.smtp.get('Mail').conn
        self.config.tutorial.limits.daily
        self.cache.default.get('a')
        self.out.amqp.send('x', 'Fraud', '/e')
        self.patterns.fanout.invoke({'hello': 1}, 'hello')
        self.cloud.aws.s3['Files'].conn
        self.slack.send('Team', '#general', 'Hello')
        self.request.http.params['a']
        self.request.payload.get('x')


class Idle(Service):
    pass
"""
DEFINITIONS = """
channel_rest:
  - {name: hello.channel, service: hello, url_path: /hello, data_format: json}
  - {name: lost, service: gone, url_path: /gone, data_format: json}
outgoing_rest:
  - {name: CRN, host: 'http://127.0.0.1:9', url_path: /}
scheduler:
  - {name: Every, service: hello, job_type: interval_based, minutes: 5}
pubsub_topic:
  - {name: /news}
pubsub_endpoint:
  - {name: Hello, endpoint_type: service, service: hello}
pubsub_subscription:
  - {endpoint_name: Hello, topic_list: [/news]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {'services/first.py': FIRST, 'services/second.py': SECOND, 'definitions.yaml': DEFINITIONS}
    return write(tmp_path / 'project', files)


def listed(folder: Path, *arguments: str) -> Any:
    done = zato(folder, 'services', '--json', *arguments)
    return json.loads(done.stdout)


def test_services_are_listed_with_what_leads_to_them_and_what_they_use(project: Path) -> None:
    done = zato(project, 'services')
    assert done.returncode == 0, done
    assert done.stdout.splitlines() == [
        'hello  project/services/first.py:5',
        '    channel         hello.channel  /hello  definitions.yaml:3',
        '    job             Every  every 5 minutes  definitions.yaml:8',
        '    topic           /news  for Hello  definitions.yaml:10',
        'second.uses  project/services/second.py:16',
        '    uses rest       CRM  project/services/second.py:19  (no definition has it)',
        '    uses rest       …  project/services/second.py:20',
        '    uses service    hello  project/services/second.py:21',
        '    uses service    nobody  project/services/second.py:22  (no file has it)',
        '    uses topic      /orders  project/services/second.py:23  (no definition has it)',
        '    uses smtp       Mail  project/services/second.py:24',
        '    uses config     tutorial.limits  project/services/second.py:25',
        '    uses cache      project/services/second.py:26',
        '    uses amqp       Fraud  project/services/second.py:27',
        '    uses service    hello  project/services/second.py:28',
        '    uses s3         Files  project/services/second.py:29',
        '    uses slack      Team  project/services/second.py:30',
        '    uses sql        Shop  project/services/second.py:13',
        'gone  in no file',
        '    channel         lost  /gone  definitions.yaml:4',
    ]
    assert done.stderr.strip() == '2 services, 2 channels, 1 job, 1 topic.'
    assert not (project / 'imported').exists()


def test_json_has_all_of_it(project: Path) -> None:
    found = listed(project.parent, 'project', '--file', 'project/definitions.yaml')
    hello, uses = found['services']
    assert [one['name'] for one in (*hello['channels'], *hello['jobs'], *hello['topics'])] == [
        'hello.channel',
        'Every',
        '/news',
    ]
    assert uses['uses'][0] == {
        'what': 'rest',
        'name': 'CRM',
        'about': None,
        'file': 'project/services/second.py',
        'line': 19,
        'problem': 'no definition has it',
    }
    assert [one['name'] for one in found['absent']] == ['gone']


@pytest.mark.parametrize(
    ('source', 'text'),
    [
        ('def broken(', "'(' was never closed"),
        ('a = ' + '(' * 3000 + ')' * 3000, 'services/bad.py'),
        ('a = "\0"', 'services/bad.py'),
        ('#' * (5 * 1024 * 1024), "can't be parsed: it is too long"),
    ],
)
def test_a_file_that_can_not_be_read_is_named_and_the_others_are_listed(project: Path, source: str, text: str) -> None:
    write(project, {'services/bad.py': source})
    done = zato(project, 'services')
    assert (done.returncode, text in done.stderr, 'second.uses' in done.stdout) == (3, True, True), done.stderr[-400:]


def test_a_folder_without_definitions_or_services_will_do(tmp_path: Path) -> None:
    folder = write(tmp_path / 'project', {'services/first.py': FIRST})
    done = zato(folder, 'services')
    assert (done.returncode, done.stdout) == (0, 'hello  project/services/first.py:5\n')
    os.mkfifo(folder / 'services' / 'pipe.py')
    (folder / 'services' / 'first.py').unlink()
    done = zato(folder, 'services')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '0 services, 0 channels, 0 jobs, 0 topics.\n')
