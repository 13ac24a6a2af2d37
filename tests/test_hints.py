"""Command lines in hints do what they say: they are taken out of the output and typed into a shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.conftest import KEY
from tests.warm import line_of
from tests.warmed import place

BASE = """security:
  - {name: api, type: basic_auth, username: "${NAME_OF_USER}", password: '${PW}'}
channel_rest:
  - {name: my channel, service: s, url_path: /c, data_format: json, security: api}
"""
SEEN = re.compile(r'see them: (.*?)    update them:')
HINT = re.compile(r'hint: .*?: (zato .*)')


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Types a line into a shell, where `zato` is this one."""
    program = folder / 'zato'
    program.write_text(f'#!/bin/sh\nexec {line_of(place())} zato "$@"\n')
    program.chmod(0o755)
    environ = {**os.environ, 'PATH': f'{folder}:{os.environ["PATH"]}', 'ZATO_SECRET_KEY': KEY, 'COLUMNS': '300'}
    for name in ('CI', 'ZATO_ODB'):
        environ.pop(name, None)
    return subprocess.run(['sh', '-c', line], cwd=folder, env=environ, capture_output=True, text=True, timeout=120)


def test_what_was_refused_is_seen_by_typing_the_hint(tmp_path: Path) -> None:
    (tmp_path / 'my base.yaml').write_text(BASE)
    (tmp_path / 'over.yaml').write_text('channel_rest:\n  - {name: my channel, url_path: /other}\n')
    (tmp_path / 'the.env').write_text('PW=secret-word\nNAME_OF_USER=ada\n')
    options = "--odb 'my odb.sqlite' --env-file the.env --type channel_rest --name 'my *' --with-references"
    first = run(tmp_path, f"zato enmasse import 'my base.yaml' {options}")
    assert first.returncode == 0, first.stderr
    refused = run(tmp_path, f"zato enmasse import 'my base.yaml' --overlay over.yaml {options}")
    assert refused.returncode == 5, refused.stderr
    found = SEEN.search(refused.stderr)
    assert found, refused.stderr
    shown = run(tmp_path, found[1])
    assert shown.returncode == 1, shown.stderr
    assert "~ 'my channel'" in shown.stdout
    assert '/c  ->  /other' in shown.stdout
    assert 'secret-word' not in refused.stderr + shown.stdout


def typed(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Types a line, and then what its hint says."""
    said = run(folder, line).stderr
    found = HINT.search(said)
    assert found, said
    return run(folder, found[1])


def test_the_old_command_line_says_how_to_see_what_it_refuses(tmp_path: Path) -> None:
    (tmp_path / 'my base.yaml').write_text(BASE.replace('${NAME_OF_USER}', 'ada').replace('${PW}', 'secret-word'))
    line = "zato enmasse './my odb.sqlite' --import --input 'my base.yaml'"
    assert run(tmp_path, line).returncode == 0
    path = tmp_path / 'my base.yaml'
    path.write_text(path.read_text().replace('/c', '/other'))
    refused = run(tmp_path, line)
    found = SEEN.search(refused.stderr)
    assert found, refused.stderr
    assert '/c  ->  /other' in run(tmp_path, found[1]).stdout


def test_an_odb_that_is_not_there_is_made_where_it_was_looked_for(tmp_path: Path) -> None:
    for line in ("zato enmasse list --odb 'my odb.sqlite'", "zato odb info 'other odb.sqlite'"):
        made = typed(tmp_path, line)
        assert made.returncode == 0, made.stderr
        assert run(tmp_path, line).returncode == 0
    assert {path.name for path in tmp_path.glob('*.sqlite')} == {'my odb.sqlite', 'other odb.sqlite'}


def test_an_odb_that_is_there_already_is_looked_at(tmp_path: Path) -> None:
    line = "zato odb create --layout 4.1 --odb 'my odb.sqlite'"
    assert run(tmp_path, line).returncode == 0
    shown = typed(tmp_path, line)
    assert shown.returncode == 0
    assert 'my odb.sqlite, zatools, layout 4.1' in shown.stderr


def test_files_that_need_both_generations_get_the_odb_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / 'both.yaml').write_text(
        'def_amqp:\n  - {name: d, host: h, port: 5672, vhost: /, username: u, password: p}\n'
        'outgoing_amqp:\n  - {name: o, address: "amqp://h:5672//", username: u, password: p}\n'
    )
    line = "zato enmasse import both.yaml --odb 'my odb.sqlite'"
    refused = run(tmp_path, line)
    assert "choose: zato odb create --odb 'my odb.sqlite' --layout 3.2    or: " in refused.stderr
    assert run(tmp_path, refused.stderr.partition('or: ')[2].splitlines()[0]).returncode == 0
    assert run(tmp_path, line).returncode == 0


def test_all_objects_are_listed_of_where_one_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / 'my base.yaml').write_text(BASE)
    listed = typed(tmp_path, "zato enmasse show nothing --from 'my base.yaml' --type channel_rest")
    assert listed.returncode == 0, listed.stderr
    assert 'my channel' in listed.stdout
    assert '1 of 2 objects.' in listed.stderr
    assert run(tmp_path, "zato enmasse import 'my base.yaml' --odb 'my odb.sqlite' --type channel_rest").returncode == 3
    assert run(tmp_path, "zato odb create --odb 'my odb.sqlite'").returncode == 0
    listed = typed(tmp_path, "zato enmasse show nothing --odb 'my odb.sqlite' --cluster zatools")
    assert (listed.returncode, '0 objects.' in listed.stderr) == (0, True)
