"""How far includes reach: to regular files of the project, however many and deep, and no further unless asked."""

from __future__ import annotations

import io
import os
import socket
import time
from pathlib import Path

import pytest

from tests.calls import validate
from zatools.errors import Exit
from zatools.files.project import is_inside, root_of
from zatools.world import World

CHANNEL = 'channel_rest: [{name: a, service: s, url_path: /a, data_format: json, security: x}]\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns an empty project, the current folder, with a neighbour's file beside it."""
    project = tmp_path / 'project'
    (project / 'api').mkdir(parents=True)
    (tmp_path / 'other.yaml').write_text('host: not-for-you\n')
    monkeypatch.chdir(project)
    return project


def check(*paths: str, **options: bool) -> tuple[int, str]:
    talk, data = io.StringIO(), io.StringIO()
    code = validate(World({}, io.BytesIO(), data, talk), paths, **options)  # type: ignore[arg-type]
    return code, talk.getvalue() + data.getvalue()


@pytest.mark.parametrize(
    'target', ['../other.yaml', '{absolute}', 'link.yaml', 'folder/other.yaml', 'file://../other.yaml']
)
@pytest.mark.parametrize('form', ['include: ["{}"]', 'channel_rest: ["{}"]'])
def test_nothing_outside_of_the_project_is_read(project: Path, target: str, form: str) -> None:
    outside = project.parent
    Path('link.yaml').symlink_to(outside / 'other.yaml')
    Path('folder').symlink_to(outside)
    Path('main.yaml').write_text(form.format(target.format(absolute=outside / 'other.yaml')))
    code, told = check('main.yaml')
    assert code == Exit.INVALID
    assert f'is outside of the project, {project}' in told
    assert '--allow-outside' in told
    assert 'not-for-you' not in told


def test_what_is_outside_is_not_told_from_what_is_missing() -> None:
    Path('main.yaml').write_text('include: [../other.yaml, ../nothing.yaml, /nowhere/x.yaml]\n')
    assert check('main.yaml')[1].count('is outside of the project') == 3


def test_what_is_outside_is_read_when_that_is_allowed(project: Path) -> None:
    (project.parent / 'good.yaml').write_text(CHANNEL)
    Path('main.yaml').write_text('include: [../good.yaml]\n')
    code, told = check('main.yaml', allow_outside=True)
    assert (code, '1 object, no problems' in told) == (Exit.OK, True)


@pytest.mark.parametrize('text', ['host: not-for-you\n', 'security: [{name: x, typ: y, username: not-for-you}]\n'])
def test_a_line_of_a_file_elsewhere_is_never_shown(project: Path, text: str) -> None:
    (project.parent / 'other.yaml').write_text(text)
    Path('main.yaml').write_text('include: [../other.yaml]\n')
    code, told = check('main.yaml', allow_outside=True)
    assert code == Exit.INVALID
    assert 'not-for-you' not in told


@pytest.mark.parametrize('name', ['notes.txt', '.env', 'app.yaml'])
def test_a_line_of_what_is_no_definition_file_is_never_shown(name: str) -> None:
    Path(name).write_text('host: not-for-you\nusername: not-for-you\n')
    Path('main.yaml').write_text(f'include: [{name}]\n')
    code, told = check('main.yaml')
    assert code == Exit.INVALID
    assert 'not-for-you' not in told


@pytest.mark.parametrize('sort', ['pipe', 'folder', 'device', 'socket'])
def test_only_regular_files_are_read(sort: str) -> None:
    Path('main.yaml').write_text('include: [odd.yaml]\n')
    if sort == 'pipe':
        os.mkfifo('odd.yaml')
    elif sort == 'folder':
        Path('odd.yaml').mkdir()
    elif sort == 'device':
        Path('odd.yaml').symlink_to('/dev/zero')
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind('odd.yaml')
    code, told = check('main.yaml', allow_outside=True)
    assert code == Exit.INVALID
    assert "main.yaml:1:11: the included file 'odd.yaml' " in told
    assert 'not a file' in told or 'regular file' in told or 'No such device' in told


@pytest.mark.parametrize('sort', ['a pipe', 'a link to a pipe', 'a device', 'a socket'])
@pytest.mark.parametrize('named', ['api', 'api/*.yaml', 'api/**'])
def test_what_is_no_file_in_a_folder_is_refused_and_not_waited_for(sort: str, named: str, tmp_path: Path) -> None:
    Path('api/a.yaml').write_text(CHANNEL)
    if sort == 'a pipe':
        os.mkfifo('api/x.yaml')
    elif sort == 'a socket':
        with socket.socket(socket.AF_UNIX) as server:
            server.bind('api/x.yaml')
    elif sort == 'a device':
        Path('api/x.yaml').symlink_to('/dev/zero')
    else:
        os.mkfifo(tmp_path / 'pipe')
        Path('api/x.yaml').symlink_to(tmp_path / 'pipe')
    code, told = check(named)
    assert code == Exit.INVALID
    assert 'api/x.yaml: is not a regular file' in told


@pytest.mark.parametrize('depth', [350, 3000])
def test_a_chain_of_includes_is_as_long_as_it_likes(depth: int) -> None:
    for number in range(depth):
        Path(f'{number}.yaml').write_text(f'include: [{number + 1}.yaml]\n')
    Path(f'{depth}.yaml').write_text(CHANNEL)
    code, told = check('0.yaml')
    assert (code, '1 object, no problems' in told) == (Exit.OK, True)


def test_a_long_circle_is_told_shortly() -> None:
    for number in range(400):
        Path(f'{number}.yaml').write_text(f'include: [{(number + 1) % 400}.yaml]\n')
    code, told = check('0.yaml')
    assert code == Exit.INVALID
    assert 'a circle of includes: 0.yaml -> 1.yaml -> 2.yaml -> … 395 more … -> 398.yaml -> 399.yaml -> 0.yaml' in told


def test_missing_files_take_time_in_proportion_to_their_number() -> None:
    def seconds(count: int) -> float:
        Path('main.yaml').write_text('include:\n' + ''.join(f'  - m{number}.yaml\n' for number in range(count)))
        start = time.process_time()
        assert f'{count} problems' in check('main.yaml')[1]
        return time.process_time() - start

    seconds(100)
    # The least of some: what else the process does only adds to it.
    few, many = (min(seconds(count) for _ in range(3)) for count in (1000, 8000))
    assert many < few * 8 * 2.5


def test_the_project_is_the_repository_else_the_current_folder_else_the_files_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, deep = tmp_path / 'repo', str(tmp_path / 'repo' / 'a' / 'b')
    (root / 'a' / 'b').mkdir(parents=True)
    above = str(root / 'a')
    root_of.cache_clear()
    assert root_of(deep, above) == above
    assert root_of(deep, str(tmp_path / 'elsewhere')) == deep
    (root / '.git').mkdir()
    root_of.cache_clear()
    assert root_of(deep, above) == str(root)
    # A home folder that is a repository of dotfiles is no project.
    monkeypatch.setenv('HOME', str(root))
    root_of.cache_clear()
    assert root_of(deep, above) == above
    assert root_of(deep, '/') == deep
    root_of.cache_clear()


def test_a_name_that_begins_as_the_project_does_is_not_inside() -> None:
    assert is_inside('/work/x', '/work')
    assert not is_inside('/workshop/x', '/work')
