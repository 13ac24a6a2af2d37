"""What an interrupted run never came to is in all reports, by name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.apitest.harness import environment, write_program
from zatools.apitest import demo_api
from zatools.signals import OTHERS

FEATURE = """Feature: {name}

  Scenario: First of {name}
    Given address "$API"
    And URL path "/count/begun-{jobs}"
    When the URL is invoked
    Then status is "200"
    Given URL path "/slow"
    And query string "?seconds=20"
    When the URL is invoked
    Then status is "200"

  Scenario Outline: Second of {name}, <n>
    When the URL is invoked
    Then status is "200"
    Examples:
      | n |
      | 1 |
      | 2 |

  @teardown
  Scenario: Clean up of {name}
    Given query string "?"
    And URL path "/account"
    When the URL is invoked
"""
NAMES = 'abcdef'


#: Ctrl-C goes to all processes of a terminal; what ends a job of a pipeline often to the first alone.
SENT = [('1', signal.SIGINT, os.killpg), ('2', signal.SIGINT, os.killpg)]
SENT += [(jobs, number, send) for jobs in '12' for number in OTHERS for send in (os.killpg, os.kill)]


@pytest.mark.parametrize(('jobs', 'number', 'send'), SENT)
def test_reports_name_what_never_ran(jobs: str, number: int, send: Callable[[int, int], None], tmp_path: Path) -> None:
    features, tools = tmp_path / 'features', tmp_path / 'tools'
    features.mkdir()
    tools.mkdir()
    write_program(tools, is_warm=False)
    for name in NAMES:
        (features / f'{name}.feature').write_text(FEATURE.format(name=name, jobs=jobs))
    api = demo_api.start()
    command = [str(tools / 'apitest'), 'run', 'features', '--jobs', jobs, '--report', 'out']
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tools, API=api.address), stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + 40
        while api.looks.get(f'count begun-{jobs}', 0) < int(jobs) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.5)
        send(process.pid, number)
        out, _ = process.communicate(timeout=60)
    api.stop()
    assert process.returncode == 130, out
    cases = ElementTree.parse(tmp_path / 'out' / 'junit.xml').findall('.//testcase')
    wanted = [f'{part} of {name}' for name in NAMES for part in ('First', 'Second', 'Second', 'Clean up')]
    assert [str(case.get('name')).partition(',')[0] for case in cases] == wanted
    # The call in hand is not waited for: nothing but the clean-up passed.
    green = [str(case.get('name')) for case in cases if len(case) == 0]
    assert green == [f'Clean up of {name}' for name in NAMES[: int(jobs)]]
    report = json.loads((tmp_path / 'out' / 'report.json').read_text())
    assert report['is_interrupted'] is True
    never = [s for feature in report['features'] for s in feature['scenarios'] if s['status'] in ('not run', 'not_run')]
    assert len(never) == report['counts']['not_run'] == 4 * len(NAMES) - int(jobs)
    assert f'{len(never)} not run' in out
    assert 'Interrupted: the rest was not run' in out
    assert 'Second of f' not in out
