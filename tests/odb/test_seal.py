"""Secrets as Zato stores them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.conftest import ODBS
from zatools import ini
from zatools.errors import FileError, RefusedError
from zatools.odb.seal import Sealer, key_for, make_key_file, sealed_length
from zatools.odb.target import Server, Target
from zatools.secret import Secret

KEY = 'rTwXh_oWqz0QeBjN8Kuv5h0rYxkq3v1HTe7sJ8sJmC4='
OTHER = 'mIWxy3mYIRtxgvXiR3y8ETwf0K3p0yAdGKFWCkHMf2k='
#: A token that the other key made.
OF_OTHER = (
    'zato.secf.gAAAAABrBYEuYev0cWunsPYuPinkqzuIweBPCvh0SrEWnDObxZk_hbFz6V3vNzR73Xh4pNyYm1T2mbBqFcqIzSlu7Xed8CKr6g=='
)
SEALER = Sealer(Secret(KEY))


def at(path: Path, server: Server | None = None) -> Target:
    """Returns the target of a SQLite file."""
    return Target(f'sqlite:///{path}', f'sqlite:///{path}', str(path), server)


def revealed(key: Secret | None) -> str:
    """Returns a key's text."""
    assert key is not None
    return key.reveal()


@pytest.mark.parametrize('text', ['', 'hunter2', 'zażółć', '$NAME', 'gAAA', 'x' * 500])
def test_what_is_sealed_opens_again(text: str) -> None:
    value = SEALER.seal(text)
    assert value.startswith('zato.secf.gAAA')
    assert SEALER.open(value) == text


def test_the_prefix_may_be_missing() -> None:
    assert SEALER.open(SEALER.seal('hunter2').removeprefix('zato.secf.')) == 'hunter2'


@pytest.mark.parametrize('value', ['hunter2', '', 'zato.secf.plain', '$NAME'])
def test_what_is_not_sealed_is_itself(value: str) -> None:
    assert SEALER.open(value) == value


@pytest.mark.parametrize('token', ['gAAAAABrBQ07', 'gAAAż', OF_OTHER])
def test_a_token_of_another_key_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(RefusedError) as caught:
        SEALER.open(token)
    assert caught.value.code == 5
    assert token not in caught.value.text + caught.value.hint


def test_a_token_that_holds_no_text_is_refused() -> None:
    with pytest.raises(RefusedError):
        SEALER.open(Fernet(KEY.encode()).encrypt(b'\xff\xfe').decode())


@pytest.mark.parametrize('key', ['hunter2', 'ż' * 32, KEY[:-4], '\udcff'])
def test_a_malformed_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(RefusedError) as caught:
        Sealer(Secret(key))
    assert key not in caught.value.text


@pytest.mark.parametrize('generation', ['zato32', 'zato41'])
def test_a_real_servers_key_opens_its_secrets(generation: str) -> None:
    path = ODBS / generation / 'server1' / 'config' / 'repo' / 'secrets.conf'
    if not path.is_file():
        pytest.skip(f'no server directory of Zato at {path} (ZATOOLS_TEST_ODBS)')
    sections = ini.read(str(path))
    sealer = Sealer(Secret(sections['secret_keys']['key1']))
    assert sealer.open(sections['zato']['well_known_data']).startswith('3.141592')


def test_the_length_is_known_without_sealing() -> None:
    for size in range(200):
        assert sealed_length('x' * size) == len(SEALER.seal('x' * size)), size
    assert sealed_length('ż' * 40) == len(SEALER.seal('ż' * 40)) == 214
    assert [sealed_length('x' * size) for size in (0, 15, 16, 32, 48, 79, 80)] == [110, 110, 130, 150, 174, 194, 214]


# Keys


def test_our_key_is_the_variable_or_else_the_file_beside(tmp_path: Path) -> None:
    (tmp_path / 'a.key').write_text(OTHER + '\n')
    target = at(tmp_path / 'a.sqlite')
    assert revealed(key_for(target, True, '', {'ZATO_SECRET_KEY': KEY})) == KEY
    assert revealed(key_for(target, True, '', {})) == OTHER


def test_where_there_is_no_key_there_is_none(tmp_path: Path) -> None:
    assert key_for(at(tmp_path / 'a.sqlite'), True, '', {}) is None
    assert key_for(at(tmp_path / 'a.sqlite'), False, '', {}) is None


def test_a_servers_odb_does_not_use_the_file_beside(tmp_path: Path) -> None:
    (tmp_path / 'a.key').write_text(OTHER)
    assert key_for(at(tmp_path / 'a.sqlite'), False, '', {}) is None


def test_a_servers_own_key_comes_first_then_the_flag_then_the_variable(tmp_path: Path) -> None:
    flag = tmp_path / 'flag.txt'
    flag.write_text(OTHER + '\n')
    environ = {'ZATO_SECRET_KEY': 'variable'}
    server = Server(str(tmp_path), Secret(KEY), None, '3.2')
    assert revealed(key_for(at(tmp_path / 'a.db', server), False, str(flag), environ)) == KEY
    assert revealed(key_for(at(tmp_path / 'a.db'), False, str(flag), environ)) == OTHER
    assert revealed(key_for(at(tmp_path / 'a.db'), False, '', environ)) == 'variable'


def test_the_flag_takes_a_secrets_conf_or_a_server_directory(tmp_path: Path) -> None:
    repo = tmp_path / 'config' / 'repo'
    repo.mkdir(parents=True)
    (repo / 'secrets.conf').write_text('[secret_keys]\nkey1=$MY_KEY\n')
    for flag in (tmp_path, repo / 'secrets.conf'):
        assert revealed(key_for(at(tmp_path / 'a.db'), False, str(flag), {'MY_KEY': KEY})) == KEY
        with pytest.raises(RefusedError, match='there is no key in'):
            key_for(at(tmp_path / 'a.db'), False, str(flag), {})


@pytest.mark.parametrize('content', [b'', b' \n', b'SQLite format 3\x00\xff'])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'flag.txt').write_bytes(content)
    with pytest.raises(RefusedError, match=r'there is no key in .*flag\.txt'):
        key_for(at(tmp_path / 'a.db'), False, str(tmp_path / 'flag.txt'), {})


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.txt: the key can't be read: No such file"):
        key_for(at(tmp_path / 'a.db'), False, str(tmp_path / 'none.txt'), {})


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    made = make_key_file(str(tmp_path / 'my.odb.sqlite'))
    path = tmp_path / 'my.odb.key'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == made.reveal() + '\n'
    assert make_key_file(str(tmp_path / 'my.odb.sqlite')) == made
    assert [entry.name for entry in tmp_path.iterdir()] == ['my.odb.key']
    assert Sealer(made).open(Sealer(made).seal('x')) == 'x'


def test_a_key_made_by_another_process_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'a.key').write_text(KEY)
    monkeypatch.setattr(Path, 'exists', lambda self: False)
    assert make_key_file(str(tmp_path / 'a.sqlite')).reveal() == KEY


def test_a_key_file_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a\.key can't be written: No such file or directory"):
        make_key_file(str(tmp_path / 'none' / 'a.sqlite'))
