"""Jobs of the local server: by definitions and by `self.schedule`, through restarts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server.running import Local, environment, server, start, start_cold, until, write

SERVICES = """
import time
from zato.server.service import Service


class Shows(Service):
    name = 'shows'

    def handle(self):
        found = [self.request.payload, self.channel.type, self.job_type]
        found.append(self.wsgi_environ.get('zato.request_ctx.async_msg', {}).get('name'))
        found.append(self.wsgi_environ.get('zato.zato_ctx', {}).get('scheduler_current_run'))
        self.logger.info('shows %r', found)


class Fails(Service):
    name = 'fails'

    def handle(self):
        raise ValueError('it failed')


class Slow(Service):
    name = 'slow'

    def handle(self):
        self.logger.info('slow begins')
        time.sleep(2.5)
        self.logger.info('slow ends')


class Plans(Service):
    name = 'plans'

    def handle(self):
        options = dict(self.request.payload)
        self.response.payload = self.schedule.onetime(self, 'shows', **options)
"""
CHANNELS = [{'name': 'plans', 'service': 'plans', 'url_path': '/plans', 'data_format': 'json'}]


def definitions(**jobs: dict[str, Any]) -> str:
    rows = [
        {'name': name, 'is_active': True, 'job_type': 'interval_based', 'seconds': 1, **job}
        for name, job in jobs.items()
    ]
    return yaml.safe_dump({'channel_rest': CHANNELS, 'scheduler': rows})


def project(folder: Path, **jobs: dict[str, Any]) -> Path:
    return write(folder, {'services/a.py': SERVICES, 'd.yaml': definitions(**jobs)})


def started(folder: Path, generation: str, begin: Any = start) -> Any:
    return server(folder, '--file', 'd.yaml', '--generation', generation, begin=begin)


def shown(local: Local) -> list[str]:
    return [line.partition('shows ')[2] for line in local.lines if 'INFO - shows' in line]


@pytest.mark.parametrize(
    ('generation', 'seen'),
    [
        ('3.2', "shows [{'a': 1}, 'invoke', '', None, None]"),
        ('4.1', "shows [{'a': 1}, 'scheduler', 'interval_based', 'Often', 2]"),
    ],
)
def test_a_job_runs_its_service_again_and_again(tmp_path: Path, generation: str, seen: str) -> None:
    folder = project(tmp_path, Often={'service': 'shows', 'extra': 'a=1', 'repeats': 3})
    with started(folder, generation) as local:
        local.wait_for('1 job.')
        until(lambda: len(shown(local)) >= 3, lambda: local.log)
        assert seen in local.log
        assert "job 'Often': every 1 second, next at " in local.log
        assert not list(folder.glob('*.sqlite'))
        local.stop()
        assert len(shown(local)) == 3


def test_one_time_is_over_on_3_2_and_comes_again_on_4_1(tmp_path: Path) -> None:
    folder = project(tmp_path, Once={'service': 'shows', 'job_type': 'one_time', 'seconds': 0})
    with started(folder, '3.2') as local:
        local.wait_for("shows ['', 'invoke'")
        until(lambda: _names(folder, 'ran') == ['Once'])
        local.stop()
    with started(folder, '3.2') as local:
        local.wait_for("job 'Once': once; all its runs are over")
        local.stop()
        assert not shown(local)
    for _ in range(2):
        with started(folder, '4.1') as local:
            local.wait_for("shows ['', 'scheduler', 'one_time', 'Once', 1]")
            local.stop()


def _names(folder: Path, table: str) -> list[str]:
    path = folder / 'zato-server.sqlite'
    if not path.is_file():
        return []
    with closing(sqlite3.connect(path)) as connection:
        try:
            return [name for (name,) in connection.execute(f'select name from {table}')]
        except sqlite3.OperationalError:
            # The server is still making it.
            return []


def test_a_job_that_a_service_plans_outlives_the_server(tmp_path: Path) -> None:
    folder = project(tmp_path)
    with started(folder, '3.2') as local:
        assert local.call('/plans', user='', json={'after_seconds': 3, 'data': {'b': 2}}).text == '1'
        assert local.call('/plans', user='', json={'after_seconds': 0.1, 'name': 'Soon'}).text == '2'
        local.wait_for("job 'Soon' runs service 'shows'")
        until(lambda: len(_names(folder, 'job')) == 1, lambda: local.log)
        local.stop(9)
    assert (folder / 'zato-server.sqlite').stat().st_mode & 0o777 == 0o600
    with started(folder, '3.2') as local:
        local.wait_for("shows [{'b': 2}, 'invoke'")
        assert 'Soon' not in local.log


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        ({'start_date': 'soon'}, "start_date 'soon' is no date and time"),
        ({'after_hours': 1}, "self.schedule.onetime has no 'after_hours'"),
    ],
)
def test_a_job_that_can_not_be_planned_is_named(tmp_path: Path, options: dict[str, Any], text: str) -> None:
    with started(project(tmp_path), '4.1') as local:
        answer = local.call('/plans', user='', json=options)
        assert (answer.status_code, text in answer.text) == (500, True), answer.text


def test_runs_overlap_on_3_2_alone(tmp_path: Path) -> None:
    folder = project(tmp_path, Slow={'service': 'slow'})
    with started(folder, '4.1') as local:
        local.wait_for("job 'Slow' is still running, it is not started again")
        local.wait_for('slow ends')
        assert local.log.count('slow begins') == 1
        local.stop(9)
    with started(folder, '3.2') as local:
        until(lambda: local.log.count('slow begins') == 2, lambda: local.log)
        assert 'slow ends' not in local.log
        # What is running has some seconds to end.
        local.stop()
        assert local.log.count('slow ends') >= 2


def test_4_1_tells_what_became_of_a_job(tmp_path: Path) -> None:
    jobs = {
        'Bad': {'service': 'fails', 'on_error_service': 'shows', 'on_error_job': 'Other', 'repeats': 1},
        'Other': {'service': 'shows', 'extra': 'other', 'hours': 1},
    }
    with started(project(tmp_path, **jobs), '4.1') as local:
        local.wait_for("shows ['other', 'scheduler'")
        told = next(line for line in shown(local) if 'job_name' in line)
        assert '"job_name": "Bad", "outcome": "error"' in told
        assert 'ValueError: it failed' in told
        local.wait_for("job 'Bad' failed")


def test_what_is_wrong_with_a_job_is_named_and_others_run(tmp_path: Path) -> None:
    jobs = {
        'Lost': {'service': 'shwos'},
        'Text': {'service': 'shows', 'extra': 'no pairs'},
        'Cron': {'service': 'shows', 'job_type': 'cron_style', 'cron_definition': 'a b c d e', 'seconds': 0},
        'Good': {'service': 'shows', 'extra': '[1]'},
    }
    with started(project(tmp_path, **jobs), '3.2') as local:
        local.wait_for("shows [[1], 'invoke'")
        local.wait_for("job 'Lost': no service 'shwos'; ")
        assert "did you mean 'shows'?" in local.log
        local.wait_for("ERROR - job 'Text': its extra is neither JSON nor lines of name=value")
        assert "job 'Cron': its cron_definition can not be read" in local.log
        assert 'Traceback' not in local.log


def test_definitions_that_change_leave_other_jobs_alone(tmp_path: Path) -> None:
    day = {'service': 'shows', 'seconds': 0, 'days': 1}
    start = f'{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%S}'
    folder = project(tmp_path, Stays={**day, 'start_date': start}, Goes={'service': 'shows', 'extra': '"goes"'})
    with started(folder, '3.2') as local:
        local.wait_for("shows ['goes'")
        write(folder, {'d.yaml': definitions(Stays={**day, 'start_date': start}, Comes={'service': 'shows'})})
        local.wait_for("job 'Comes': every 1 second")
        local.wait_for("shows ['', 'invoke'")
        before = local.log.count("['goes'")
        until(lambda: local.log.count("shows ['', 'invoke'") > 2)
        assert local.log.count("['goes'") == before
        assert local.log.count("job 'Stays': ") == 1


def test_a_server_without_jobs_imports_nothing_for_them(tmp_path: Path) -> None:
    code = (
        'import json, sys; import zatools.commands.server, zatools.server.http.front; '
        "print(json.dumps([name for name in sys.modules if 'apscheduler' in name or name in ('sqlite3', "
        "'zatools.server.jobs.scheduler', 'zatools.server.kept', 'zatools.server.jobs.timing')]))"
    )
    done = subprocess.run([sys.executable, '-c', code], env=environment(), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
    with started(project(tmp_path), '3.2', start_cold) as local:
        maps = Path(f'/proc/{local.process.pid}/maps')
        if not maps.is_file():
            pytest.skip('there is no /proc')
        assert '_sqlite3' not in maps.read_text()
