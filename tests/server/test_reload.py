"""What a running server takes over without a restart: services, user configuration, definitions, ODB rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import DATABASES, WHOSE, deploy, provide
from tests.server.running import Local, server, until, write, zato

SERVICE = """
from zato.server.service import Service


class A(Service):
    name = 'a'

    def handle(self):
        self.response.payload = {'version': VERSION, 'rule': self.server.user_config.rules.top}
"""
CHANNEL = 'channel_rest:\n  - {name: a, service: a, url_path: /PATH, data_format: json}\n'


def service(version: int) -> str:
    return SERVICE.replace('VERSION', str(version))


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    files = {
        'services/a.py': service(1),
        'user-conf/rules.conf': 'top = 1\n',
        'definitions.yaml': CHANNEL.replace('PATH', 'a'),
    }
    with server(write(tmp_path, files), '--file', 'definitions.yaml') as found:
        yield found


def assert_gives(local: Local, path: str = '/a', **expected: int) -> None:
    until(lambda: local.call(path, user='').text.startswith('{"version"'), lambda: local.log)
    until(lambda: local.call(path, user='').json() == expected, lambda: local.log)


def test_a_service_that_is_saved_is_served(local: Local) -> None:
    assert_gives(local, version=1, rule=1)
    write(local.folder, {'services/a.py': service(2)})
    assert_gives(local, version=2, rule=1)
    local.wait_for('INFO - Services loaded: a')


def test_a_broken_file_is_reported_with_its_place_and_its_last_version_goes_on(local: Local) -> None:
    place = f'{local.folder.name}/services/a.py'
    write(local.folder, {'services/a.py': service(2) + 'def (\n'})
    local.wait_for(f'ERROR - {place}:10:5: invalid syntax: the file is not loaded')
    assert_gives(local, version=1, rule=1)
    write(local.folder, {'services/a.py': service(2) + '\n\nimport absent_module\n'})
    local.wait_for(f"ERROR - {place}:12:1: ModuleNotFoundError: No module named 'absent_module': the file is not")
    assert_gives(local, version=1, rule=1)
    write(local.folder, {'services/a.py': service(3)})
    assert_gives(local, version=3, rule=1)


def test_another_file_comes_and_goes(local: Local) -> None:
    files = {'services/b.py': service(7).replace("'a'", "'b'"), 'definitions.yaml': CHANNEL.replace('PATH', 'a')}
    files['definitions.yaml'] += '  - {name: b, service: b, url_path: /b, data_format: json}\n'
    assert local.call('/b', user='').status_code == 404
    write(local.folder, files)
    assert_gives(local, '/b', version=7, rule=1)
    (local.folder / 'services' / 'b.py').unlink()
    local.wait_for('WARNING - Services gone: b')
    assert local.call('/b', user='').status_code == 404
    assert_gives(local, version=1, rule=1)


def test_a_file_that_another_imports_takes_it_along(local: Local) -> None:
    text = service(0).replace('VERSION', '0').replace("'version': 0", "'version': VERSION")
    write(local.folder, {'services/common.py': 'VERSION = 5\n'})
    write(local.folder, {'services/a.py': 'import common\n' + text.replace('VERSION', 'common.VERSION')})
    assert_gives(local, version=5, rule=1)
    write(local.folder, {'services/common.py': 'VERSION = 6\n'})
    assert_gives(local, version=6, rule=1)


def test_user_configuration_is_read_as_soon_as_it_changes(local: Local) -> None:
    assert_gives(local, version=1, rule=1)
    write(local.folder, {'user-conf/rules.conf': 'top = 2\n'})
    assert_gives(local, version=1, rule=2)
    write(local.folder, {'user-conf/rules.conf': '[broken\ntop = 3\n'})
    local.wait_for(f'ERROR - {local.folder.name}/user-conf/rules.conf:1:1: ')
    assert_gives(local, version=1, rule=2)
    # It was not read, so the log does not say so.
    assert 'User configuration read' not in local.log.partition('ERROR')[2]


def test_folders_may_come_later_and_be_made_anew(tmp_path: Path) -> None:
    with server(
        write(tmp_path, {'definitions.yaml': CHANNEL.replace('PATH', 'a')}), '--file', 'definitions.yaml'
    ) as local:
        for number in (1, 2):
            write(tmp_path, {'user-conf/rules.conf': f'top = {number}\n'})
            local.wait_for('INFO - User configuration read: rules')
            write(tmp_path, {'services/a.py': service(number)})
            local.wait_for('INFO - Services loaded: a')
            assert_gives(local, version=number, rule=number)
            write(tmp_path, {'services/a.py': service(number + 5), 'user-conf/rules.conf': f'top = {number + 5}\n'})
            assert_gives(local, version=number + 5, rule=number + 5)
            local.lines.clear()
            (tmp_path / 'services').rename(tmp_path / f'old-{number}')
            local.wait_for('Services gone: a')
            (tmp_path / 'user-conf').rename(tmp_path / f'old-conf-{number}')
            local.wait_for('INFO - User configuration read: none')


def test_a_file_of_configuration_that_stays_broken_is_told_once(local: Local) -> None:
    # It appears whole: an empty file would be one that is right, and is read.
    write(local.folder, {'other.conf': '[broken\n'})
    (local.folder / 'other.conf').replace(local.folder / 'user-conf' / 'other.conf')
    local.wait_for('user-conf/other.conf:1:1: ')
    write(local.folder, {'user-conf/rules.conf': 'top = 2\n'})
    assert_gives(local, version=1, rule=2)
    assert local.log.count('user-conf/other.conf:1:1: ') == 1
    local.wait_for('INFO - User configuration read: rules')


def test_definitions_that_are_changed_are_taken_over_and_broken_ones_are_not(local: Local) -> None:
    write(local.folder, {'definitions.yaml': CHANNEL.replace('PATH', 'new')})
    assert_gives(local, '/new', version=1, rule=1)
    assert local.call('/a', user='').status_code == 404
    write(local.folder, {'definitions.yaml': 'channel_rest: [\n'})
    local.wait_for('ERROR - The definitions can not be read, the last ones stay: definitions.yaml:')
    assert_gives(local, '/new', version=1, rule=1)


def test_what_is_included_is_taken_over_when_it_changes(tmp_path: Path) -> None:
    files = {
        'services/a.py': service(1),
        'user-conf/rules.conf': 'top = 1\n',
        'main.yaml': 'include:\n  - parts/one.yaml\n',
        'parts/one.yaml': CHANNEL.replace('PATH', 'one'),
        'over/o.yaml': CHANNEL.replace('PATH', 'over'),
    }
    with server(write(tmp_path, files), '--file', 'main.yaml', '--overlay', 'over') as local:
        assert_gives(local, '/over', version=1, rule=1)
        write(tmp_path, {'over/o.yaml': 'channel_rest: []\n'})
        assert_gives(local, '/one', version=1, rule=1)
        write(tmp_path, {'parts/one.yaml': CHANNEL.replace('PATH', 'two')})
        assert_gives(local, '/two', version=1, rule=1)
        # One that comes after it is named, broken at first.
        write(tmp_path, {'main.yaml': 'include:\n  - parts/new.yaml\n'})
        local.wait_for("the included file 'parts/new.yaml' does not exist")
        write(tmp_path, {'parts/new.yaml': 'channel_rest: [\n'})
        local.wait_for('the last ones stay: parts/new.yaml:')
        write(tmp_path, {'parts/new.yaml': CHANNEL.replace('PATH', 'new')})
        assert_gives(local, '/new', version=1, rule=1)
        assert local.log.count('ERROR') == 2


@pytest.mark.parametrize('arguments', [('--file', 'd.yaml', '--env-file', '.env'), ('--odb', 'o.sqlite'), ()])
def test_another_current_folder_is_no_matter(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    text = service(1).replace('def handle(self):', "def handle(self):\n        __import__('os').chdir('/')")
    files = {'services/a.py': text, 'user-conf/rules.conf': 'top = 1\n', '.env': ''}
    write(tmp_path, {**files, 'd.yaml': CHANNEL.replace('PATH', 'a')})
    where = arguments[-2:] if '--odb' in arguments else ()

    def change(path: str) -> None:
        write(tmp_path, {'d.yaml': CHANNEL.replace('PATH', path)})
        if '--file' not in arguments:
            done = zato(tmp_path, 'enmasse', 'import', 'd.yaml', '--replace', *where, environ={'CI': ''})
            assert done.returncode == 0, done.stderr

    change('a')
    with server(tmp_path, *arguments, environ={'CI': ''}) as local:
        assert_gives(local, '/a', version=1, rule=1)
        change('b')
        assert_gives(local, '/b', version=1, rule=1)
        write(tmp_path, {'user-conf/rules.conf': 'top = 2\n'})
        assert_gives(local, '/b', version=1, rule=2)


@pytest.mark.parametrize(
    ('database', 'whose'),
    [*((database, 'ours-3.2') for database in DATABASES), *(('sqlite', whose) for whose in WHOSE[1:])],
)
def test_rows_of_an_odb_that_are_changed_are_taken_over(
    database: str, whose: str, tmp_path: Path, worker_id: str
) -> None:
    layout = provide(database, whose, tmp_path, worker_id)
    if whose.startswith('zato'):
        deploy(layout, 'a')
    folder = write(tmp_path / 'p', {'services/a.py': service(1), 'user-conf/rules.conf': 'top = 1\n'})
    write(folder, {'a.yaml': CHANNEL.replace('PATH', 'a'), 'b.yaml': CHANNEL.replace('PATH', 'b')})
    where = ['--server' if whose.startswith('zato') else '--odb', layout.path]
    assert zato(folder, 'enmasse', 'import', 'a.yaml', *where, environ=layout.environ).returncode == 0
    with server(folder, *where, environ=layout.environ) as local:
        assert_gives(local, '/a', version=1, rule=1)
        done = zato(folder, 'enmasse', 'import', 'b.yaml', '--replace', *where, environ=layout.environ)
        assert done.returncode == 0, done.stderr
        assert_gives(local, '/b', version=1, rule=1)
