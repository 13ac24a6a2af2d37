"""Environments of zatools.toml: found, read, checked, and what they fill in on a command line."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from zatools.cli.app import app
from zatools.cli.command import Command
from zatools.cli.enmasse import DIFF, ENMASSE, IMPORT, LIST, VALIDATE
from zatools.cli.odb import ODBS
from zatools.cli.options import PATHS
from zatools.cli.ping import OUTCONN, PUBLISH
from zatools.cli.server import SERVER
from zatools.environments.lines import Lines
from zatools.environments.reading import find, read
from zatools.environments.settings import SETTINGS, SORTS, schema
from zatools.errors import FileError, InvalidError, RefusedError, UsageError
from zatools.world import World

FULL = """
[defaults]
files = ["definitions/", "more.yaml"]

[env.test]
odb = "test.sqlite"
overlay = "test.yaml"
env-file = "test.env"

[env.server]
server = "env/server1"
server-key = "keys/server1"
cluster = "DEV"
protected = true

[env.files]
overlay = "test.yaml"
"""
GOOD = {'text': 'a', 'path': 'a/b', 'odb': 'a.sqlite', 'paths': ['a', 'b'], 'switch': True}
BAD: dict[str, list[Any]] = {
    'text': [1, '', True, []],
    'path': [1, '', {}],
    'odb': [1, '', []],
    'paths': [1, '', [], [1], ['']],
    'switch': ['yes', 1, ''],
}


def world(**environ: str) -> World:
    return World(environ, io.BytesIO(), io.StringIO(), io.StringIO())


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / '.git').mkdir()
    (tmp_path / 'zatools.toml').write_text(FULL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled(command: Command, env: str, **given: Any) -> dict[str, Any]:
    found = command.filled(world(), {'env': env, **given})
    names = {option.name for option in command.options}
    return {name: value for name, value in found.items() if name in names and value}


def test_an_import_takes_files_and_odb_of_its_environment() -> None:
    assert filled(IMPORT, 'test') == {
        'odb': 'test.sqlite',
        'paths': ['definitions/', 'more.yaml'],
        'overlays': ['test.yaml'],
        'env_file': 'test.env',
    }


def test_an_environment_that_is_a_server_has_its_key_and_cluster() -> None:
    found = filled(IMPORT, 'server')
    assert (found['server'], found['server_key'], found['cluster']) == ('env/server1', 'keys/server1', 'DEV')


def test_paths_are_those_of_the_file_wherever_the_command_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / 'a' / 'b').mkdir(parents=True)
    monkeypatch.chdir(project / 'a' / 'b')
    assert filled(DIFF, 'test')['paths'] == ['../../definitions/', '../../more.yaml']
    assert filled(DIFF, 'test')['odb'] == '../../test.sqlite'


@pytest.mark.parametrize('command', [IMPORT, DIFF, VALIDATE])
def test_a_flag_wins_over_the_file(command: Command) -> None:
    found = filled(command, 'test', paths=['mine.yaml'], overlays=['my.yaml'], odb='mine.sqlite')
    assert found['paths'] == ['mine.yaml']
    assert found['overlays'] == ['my.yaml']
    assert found.get('odb', 'mine.sqlite') == 'mine.sqlite'
    assert found['env_file'] == 'test.env'


def test_another_odb_by_a_flag_leaves_the_server_and_keeps_the_cluster() -> None:
    found = filled(IMPORT, 'server', odb='mine.sqlite')
    assert found.get('server') is None
    assert found['odb'] == 'mine.sqlite'
    assert found['cluster'] == 'DEV'


def test_sides_that_are_named_take_no_files_and_no_odb() -> None:
    found = filled(DIFF, 'test', source='a.yaml', target='b.yaml')
    assert found == {'source': 'a.yaml', 'target': 'b.yaml', 'overlays': ['test.yaml'], 'env_file': 'test.env'}
    assert filled(LIST, 'test', file='a.yaml') == {'file': 'a.yaml'}


@pytest.mark.parametrize('command', [OUTCONN, PUBLISH, SERVER], ids=lambda command: command.name)
def test_pings_take_the_odb_and_files_only_where_there_is_none(command: Command) -> None:
    assert filled(command, 'test') == {'odb': 'test.sqlite'}
    assert filled(command, 'files') == {'paths': ['definitions/', 'more.yaml'], 'overlays': ['test.yaml']}
    found = filled(command, 'test', paths=['mine.yaml'])
    assert found == {'paths': ['mine.yaml'], 'overlays': ['test.yaml'], 'env_file': 'test.env'}


def test_only_a_cluster_that_is_named_twice_alike_is_taken() -> None:
    assert filled(IMPORT, 'server', cluster='DEV')['cluster'] == 'DEV'
    with pytest.raises(RefusedError, match='is of cluster DEV, and --cluster is PROD'):
        filled(IMPORT, 'server', cluster='PROD')


def test_the_environment_s_variable_names_it_and_the_flag_wins() -> None:
    found = IMPORT.filled(world(ZATO_ENV='server'), {'env': None})
    assert (found['server'], found['is_protected'], found['origin'].environment) == ('env/server1', True, 'server')
    found = IMPORT.filled(world(ZATO_ENV='server'), {'env': 'test'})
    assert (found['odb'], found['is_protected']) == ('test.sqlite', False)
    assert IMPORT.filled(world(ZATO_ENV=''), {'env': None}) == {'env': None}


def test_no_environment_reads_no_file(project: Path) -> None:
    (project / 'zatools.toml').write_text('broken')
    assert IMPORT.filled(world(), {'env': None, 'paths': ['a']}) == {'env': None, 'paths': ['a']}


def test_every_command_that_opens_an_odb_or_reads_files_takes_an_environment() -> None:
    wanting = [
        command.name
        for command in (*ENMASSE, *ODBS, OUTCONN, PUBLISH, SERVER)
        if {'odb', 'env_file', 'overlays'} & {option.name for option in command.options} or PATHS in command.options
    ]
    assert [name for name in wanting if name == 'kinds'] == []
    taking = [command.name for command in (*ENMASSE, *ODBS, OUTCONN, PUBLISH, SERVER) if command.takes_environment]
    assert taking == wanting
    assert app is not None


@pytest.mark.parametrize('setting', SETTINGS, ids=lambda setting: setting.name)
def test_the_schema_and_the_reader_take_and_refuse_the_same(setting: Any, project: Path) -> None:
    assert BAD.keys() == GOOD.keys() == SORTS.keys()
    validator = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    for value in [GOOD[setting.sort], *BAD[setting.sort]]:
        is_good = value is GOOD[setting.sort]
        assert validator.is_valid({'env': {'one': {setting.name: value}}}) is is_good
        # What these values are in JSON they are in TOML.
        (project / 'zatools.toml').write_text(f'[env.one]\n{setting.name} = {json.dumps(value)}\n')
        if is_good:
            assert read('zatools.toml').environments['one'].values == {setting.name: value}
        else:
            with pytest.raises(InvalidError) as caught:
                read('zatools.toml')
            assert [str(problem.place) for problem in caught.value.problems] == ['zatools.toml:2:1']


@pytest.mark.parametrize(
    ('text', 'path', 'place'),
    [
        ('[env.a]\nodb = "x"', ('env', 'a', 'odb'), (2, 1)),
        ('[ env . "a" ]\n  "odb" = "x"', ('env', 'a', 'odb'), (2, 3)),
        ('env.a.odb = "x"', ('env', 'a', 'odb'), (1, 1)),
        ('[env]\na = {odb = "x"}', ('env', 'a', 'odb'), (2, 1)),
        ('', ('env', 'a'), (0, 0)),
        ('\n[envs.a]\nodb = "x"', ('envs',), (2, 1)),
        ('[env]\n[env."a b\\u001b"]', ('env', 'a b\x1b'), (2, 1)),
        ('[env."a.b"]\n"c=d" = 1', ('env', 'a.b', 'c=d'), (2, 1)),
    ],
)
def test_keys_have_places(text: str, path: tuple[str, ...], place: tuple[int, int]) -> None:
    assert Lines('f', text).at(*path)[1:] == place


def test_the_file_is_looked_for_up_to_the_root_of_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, other = project / 'a' / 'b', project / 'c' / 'd'
    for folder in (inner, other, project / 'c' / '.git'):
        folder.mkdir(parents=True)
    assert find(str(inner)) == '../../zatools.toml'
    assert find(str(other)) == ''


@pytest.mark.parametrize(
    'text',
    ['a = [' * 5000, 'odb = "x', '[env]\n[env]', '[[env]]', 'env = 1', '[env]\na = 1', '[env.a.b]\nodb = "x"', '\x00'],
)
def test_what_is_no_such_file_is_a_problem_with_a_place(text: str, project: Path) -> None:
    (project / 'zatools.toml').write_text(text)
    with pytest.raises(InvalidError) as caught:
        read('zatools.toml')
    assert all(problem.place for problem in caught.value.problems)
    assert caught.value.problems


@pytest.mark.parametrize('make', [Path.mkdir, os.mkfifo, lambda path: path.symlink_to('/dev/zero')])
def test_what_is_called_so_and_is_no_file_is_told(make: Callable[[Path], None], project: Path) -> None:
    path = project / 'zatools.toml'
    path.unlink()
    make(path)
    with pytest.raises(FileError, match='zatools.toml is no file'):
        filled(IMPORT, 'test')


def test_a_file_that_is_too_large_is_not_read(project: Path) -> None:
    (project / 'zatools.toml').write_text('#' * 1_000_001)
    with pytest.raises(InvalidError, match='larger than 1 MB'):
        read('zatools.toml')


def test_an_environment_that_is_not_there_is_told_with_a_near_name() -> None:
    with pytest.raises(UsageError) as caught:
        filled(IMPORT, 'tets')
    assert caught.value.hint == "did you mean 'test'?"
