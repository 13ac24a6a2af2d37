"""Which ODB a command works on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.conftest import copy_real
from zatools.errors import FileError, OdbError, RefusedError, UsageError
from zatools.odb.target import OdbChoice, Target, choose

KEY = 'rTwXh_oWqz0QeBjN8Kuv5h0rYxkq3v1HTe7sJ8sJmC4='
OTHER = 'mIWxy3mYIRtxgvXiR3y8ETwf0K3p0yAdGKFWCkHMf2k='
HARD = 'p@ss/w:rd?%'


def sealed(text: str) -> str:
    """Returns a token of ours."""
    return Fernet(KEY.encode()).encrypt(text.encode()).decode()


def make_server(folder: Path, key: str = KEY, **odb: str) -> Path:
    """Makes a server directory whose ODB is on PostgreSQL, unless `odb` says otherwise."""
    values = {
        'engine': 'postgresql+pg8000',
        'host': 'db.local',
        'port': '5432',
        'username': 'zato',
        'password': 'zato+secret://zato.server_conf.odb.password',
        'db_name': 'zato_odb',
        **odb,
    }
    lines = ''.join(f'{name}={value}\n' for name, value in values.items())
    repo = folder / 'server1' / 'config' / 'repo'
    repo.mkdir(parents=True)
    (repo / 'server.conf').write_text(f'[main]\ntoken=zato+secret://zato.server_conf.main.token\n[odb]\n{lines}')
    (repo / 'secrets.conf').write_text(
        f'[secret_keys]\nkey1={key}\n[zato]\nwell_known_data={sealed("3.14159265")} # Pi number\n'
        f'server_conf.main.token={sealed("abc")}\nserver_conf.odb.password={sealed(HARD)}\n'
    )
    return folder / 'server1'


def at(path: object, environ: Mapping[str, str] | None = None) -> Target:
    """Returns the target of a path on the command line."""
    return choose(OdbChoice(path=str(path)), environ or {})


# What is chosen


def test_flags_win_over_the_environment() -> None:
    assert choose(OdbChoice(odb='sqlite:///a.db'), {'ZATO_ODB': 'sqlite:///b.db'}).sqlite_path == 'a.db'


def test_the_environment_wins_over_the_default() -> None:
    assert choose(OdbChoice(), {'ZATO_ODB': 'b.db', 'CI': '1'}) == Target(
        'sqlite:///b.db', 'sqlite:///b.db', 'b.db', None
    )


def test_the_default_is_in_the_current_folder() -> None:
    assert choose(OdbChoice(), {}) == Target(
        'sqlite:///zato-odb.sqlite', 'sqlite:///zato-odb.sqlite', 'zato-odb.sqlite', None, is_default=True
    )


@pytest.mark.parametrize('value', ['', '0', 'false', 'False'])
def test_ci_may_be_off(value: str) -> None:
    assert choose(OdbChoice(), {'CI': value}).is_default


@pytest.mark.parametrize('value', ['1', 'true', 'yes'])
def test_the_default_is_refused_in_ci(value: str) -> None:
    with pytest.raises(RefusedError) as caught:
        choose(OdbChoice(), {'CI': value})
    assert caught.value.hint == 'set ZATO_ODB or give --odb URL'


@pytest.mark.parametrize('value', ['', ' '])
def test_an_empty_variable_is_no_default(value: str) -> None:
    with pytest.raises(UsageError, match='ZATO_ODB is set but empty'):
        choose(OdbChoice(), {'ZATO_ODB': value})


def test_two_that_differ_are_an_error_without_their_passwords() -> None:
    with pytest.raises(UsageError) as caught:
        choose(OdbChoice(odb='postgresql://u:hunter2@h/db', path='a.db'), {})
    assert caught.value.text == 'two ODBs are given: postgresql://u@h/db and a.db'


def test_one_place_spelled_twice_is_one() -> None:
    assert choose(OdbChoice(odb='sqlite:///a.db', path='./a.db'), {}).sqlite_path == 'a.db'


# Paths and URLs


def test_a_folder_with_an_odb_means_that_odb(tmp_path: Path) -> None:
    (tmp_path / 'zato-odb.sqlite').touch()
    assert at(tmp_path).sqlite_path == str(tmp_path / 'zato-odb.sqlite')


def test_another_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OdbError, match='is neither a server directory nor a folder with zato-odb.sqlite'):
        at(tmp_path)


def test_the_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    assert at('~/a.db').sqlite_path == at('sqlite:///~/a.db').sqlite_path == f'{tmp_path}/a.db'


def test_an_absolute_sqlite_url_has_four_slashes() -> None:
    assert at('sqlite:////srv/a.db').sqlite_path == '/srv/a.db'


@pytest.mark.parametrize('end', ['', '/', '//', '/.', '/../a.db'])
@pytest.mark.parametrize(
    ('start', 'folder'),
    [
        ('', ''),
        ('./', ''),
        ('no-such/../', ''),
        ('sqlite:///', ''),
        ('/srv/', '/srv/'),
        ('//srv/', '/srv/'),
        ('sqlite://///srv/./', '/srv/'),
    ],
)
def test_one_file_has_one_path_however_it_is_spelled(start: str, folder: str, end: str) -> None:
    assert at(f'{start}a.db{end}').sqlite_path == f'{folder}a.db'


def test_a_folder_above_is_that_of_what_a_link_names(tmp_path: Path) -> None:
    (tmp_path / 'far' / 'away').mkdir(parents=True)
    (tmp_path / 'near').symlink_to(tmp_path / 'far' / 'away')
    assert at(tmp_path / 'near' / '..' / 'a.db').sqlite_path == str(tmp_path / 'far' / 'a.db')


@pytest.mark.parametrize(
    ('text', 'shown'),
    [('u:hunter2@h/db', 'u@h/db'), ('u:hun/t:e@r2@h', 'u@h'), ('postgresql:/u:hunter2@h/db', 'postgresql@h/db')],
)
def test_a_url_without_its_scheme_is_no_file_and_its_password_is_not_shown(text: str, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        at(text)
    assert caught.value.text == f'{shown} is neither a URL nor a file'
    with pytest.raises(UsageError) as caught:
        choose(OdbChoice(odb=text, path='a.db'), {})
    assert caught.value.text == f'two ODBs are given: {shown} and a.db'


def test_a_file_that_is_called_like_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'u:hunter2@h').touch()
    assert (at('u:hunter2@h').sqlite_path, at('u:hunter2@h').shown) == ('u:hunter2@h', 'sqlite:///u@h')


@pytest.mark.parametrize('url', ['sqlite://', 'sqlite:///', 'sqlite://a.db', 'sqlite:///:memory:'])
def test_a_sqlite_url_needs_a_path(url: str) -> None:
    with pytest.raises(UsageError, match='a SQLite URL needs a path'):
        at(url)


@pytest.mark.parametrize(
    ('url', 'mapped', 'shown'),
    [
        ('postgresql://u:pw@h/db', 'postgresql+psycopg://u:pw@h/db', 'postgresql://u@h/db'),
        ('postgresql+pg8000://u:pw@h:1/db', 'postgresql+psycopg://u:pw@h:1/db', 'postgresql+pg8000://u@h:1/db'),
        ('mysql+pymysql://u:pw@h/db', 'mysql+pymysql://u:pw@h/db', 'mysql+pymysql://u@h/db'),
        ('mysql://:pw@h/db', 'mysql+pymysql://:pw@h/db', 'mysql://h/db'),
        ('mysql://h/db?password=pw', 'mysql+pymysql://h/db?password=pw', 'mysql://h/db'),
        ('mysql://h/db?password=p@w', 'mysql+pymysql://h/db?password=p@w', 'mysql://h/db'),
    ],
)
def test_urls_get_our_drivers_and_are_shown_without_password(url: str, mapped: str, shown: str) -> None:
    assert at(url) == Target(mapped, shown, '', None)


def test_another_database_is_an_error() -> None:
    with pytest.raises(UsageError, match="'oracle' is no kind of database that is known"):
        at('oracle://u:pw@h/db')


def test_a_port_that_is_no_number_is_an_error_without_the_password() -> None:
    with pytest.raises(UsageError) as caught:
        at('postgresql://u:hunter2@h:port/db')
    assert 'hunter2' not in caught.value.text


# Server directories


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_real_server_directory_names_its_database_and_opens_its_token(tmp_path: Path, generation: str) -> None:
    layout = copy_real(generation, tmp_path)
    found = at(layout.path)
    assert found.sqlite_path == str(tmp_path / 'sqlite.db')
    assert found.server
    assert found.server.generation == generation
    assert found.server.key
    assert found.server.token
    assert len(found.server.token.reveal()) == 32
    assert found.server.token.reveal() not in repr(found)
    assert found.server.key.reveal() not in repr(found)
    assert choose(OdbChoice(server=layout.path), {}) == found


def test_its_password_is_opened_and_escaped(tmp_path: Path) -> None:
    found = at(make_server(tmp_path))
    assert found.url == 'postgresql+psycopg://zato:p%40ss%2Fw%3Ard%3F%25@db.local:5432/zato_odb'
    assert found.shown == 'postgresql+pg8000://zato@db.local:5432/zato_odb'


def test_sqlalchemy_reads_the_password_back(tmp_path: Path) -> None:
    import sqlalchemy as sa

    assert sa.make_url(at(make_server(tmp_path)).url).password == HARD


def test_the_environment_overrides_server_conf(tmp_path: Path) -> None:
    found = at(make_server(tmp_path), {'Zato_Config_Server_server__conf_odb_password': 'other'})
    assert found.url == 'postgresql+psycopg://zato:other@db.local:5432/zato_odb'


@pytest.mark.parametrize('name', ['db_host', 'DB_HOST'])
def test_a_dollar_value_is_a_variable_in_either_case(tmp_path: Path, name: str) -> None:
    assert '@10.0.0.1:' in at(make_server(tmp_path, host='$db_host'), {name: '10.0.0.1'}).url


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(OdbError, match=r'server\.conf: \[odb\] host is \$DB_HOST, which is not set'):
        at(make_server(tmp_path, host='$DB_HOST'))


def test_the_key_may_be_a_variable(tmp_path: Path) -> None:
    found = at(make_server(tmp_path, key='$ZATO_KEY'), {'ZATO_KEY': KEY})
    assert found.server
    assert found.server.key
    assert found.server.key.reveal() == KEY


@pytest.mark.parametrize('key', ['$ZATO_KEY', 'zato+stdin:///'])
def test_without_the_key_a_sqlite_odb_is_still_found(tmp_path: Path, key: str) -> None:
    found = at(make_server(tmp_path, key=key, engine='sqlite', db_name='odb.db'))
    assert found.sqlite_path == str(tmp_path / 'server1' / 'odb.db')
    assert found.server
    assert (found.server.key, found.server.token) == (None, None)


def test_without_the_key_a_sealed_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r'secrets\.conf has no key'):
        at(make_server(tmp_path, key='$ZATO_KEY'))


@pytest.mark.parametrize('key', [OTHER, 'hunter2'])
def test_a_wrong_key_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    with pytest.raises(RefusedError) as caught:
        at(make_server(tmp_path, key=key))
    assert caught.value.code == 5
    assert caught.value.text.endswith('secrets.conf does not open what it sealed')
    assert key not in caught.value.text


def test_an_unknown_engine_of_a_server_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OdbError, match=r"\[odb\] engine 'oracle' is no kind of database"):
        at(make_server(tmp_path, engine='oracle'))


def test_a_server_without_a_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OdbError, match=r'server\.conf: \[odb\] has no db_name'):
        at(make_server(tmp_path, engine='sqlite', db_name=''))


def test_the_server_flag_takes_server_directories_only(tmp_path: Path) -> None:
    with pytest.raises(OdbError, match='is no server directory'):
        choose(OdbChoice(server=str(tmp_path)), {})


def test_a_mistyped_server_directory_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / 'server1' / 'config' / 'repo').mkdir(parents=True)
    (tmp_path / 'server1' / 'config' / 'repo' / 'server.conf').touch()
    with pytest.raises(OdbError, match='there is no server directory .*/sever1') as caught:
        choose(OdbChoice(server=f'{tmp_path}/sever1/'), {})
    assert caught.value.hint == f'did you mean {tmp_path}/server1?'
    with pytest.raises(OdbError) as caught:
        choose(OdbChoice(server=f'{tmp_path}/other/deep'), {})
    assert caught.value.hint == 'is the path right?'


def test_a_server_directory_without_its_configuration_names_the_file(tmp_path: Path) -> None:
    (tmp_path / '.zato-info').write_text(json.dumps({'component': 'SERVER'}))
    with pytest.raises(FileError, match=r'server\.conf: no such file'):
        at(tmp_path)


def test_neither_sqlalchemy_nor_cryptography_is_imported_with_it() -> None:
    code = 'import sys, zatools.odb.target; print({"sqlalchemy", "cryptography", "configobj"} & set(sys.modules))'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout == 'set()\n'


# TLS


@pytest.mark.parametrize(
    ('keys', 'text'),
    [
        ({'ssl': 'True'}, 'ssl is on, but there is no ssl_ca_file to check the server by'),
        ({'ssl': 'True', 'ssl_ca_file': 'no-such.pem'}, "ssl_ca_file can't be read: "),
        ({'ssl': 'True', 'ssl_verify': 'False', 'ssl_cert_file': '/no-such.pem'}, "ssl_cert_file can't be read: "),
    ],
)
def test_tls_without_what_it_needs_is_refused(tmp_path: Path, keys: dict[str, str], text: str) -> None:
    with pytest.raises(OdbError) as caught:
        at(make_server(tmp_path, **keys))
    assert text in caught.value.text


@pytest.mark.parametrize('keys', [{}, {'ssl': 'False', 'ssl_ca_file': '/no-such.pem'}, {'ssl': ''}])
def test_tls_that_is_off_needs_nothing(tmp_path: Path, keys: dict[str, str]) -> None:
    assert at(make_server(tmp_path, **keys)).tls is None
