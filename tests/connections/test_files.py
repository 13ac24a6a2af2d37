"""FTP and SFTP: pings, and what services do with files, against real servers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.files import ME, USER, ftp, known_host, make_key, sshd
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from zatools.connections.clients import client_of
from zatools.connections.clients.files import Files, _delete, info_of
from zatools.connections.clients.ftp import Ftp
from zatools.connections.clients.sftp import Sftp
from zatools.connections.pong import Verdict

LOGIN = {'username': USER, 'password': PASSWORD}


def test_a_ping_of_ftp_logs_in(tmp_path: Path) -> None:
    with ftp(tmp_path) as port:
        values = {'host': '127.0.0.1', 'port': port}
        old = pinged('outconn_ftp', user=USER, password=PASSWORD, **values)
        assert old.text.startswith('FTP Shop FTP ready., ')
        assert pinged('ftp', '4.1', **LOGIN, **values).verdict is Verdict.OK
        for section, generation, field in (('outconn_ftp', '3.2', 'user'), ('ftp', '4.1', 'username')):
            wrong = pinged(section, generation, **{field: USER}, password='wrong', seconds=15, **values)
            assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user '{USER}'")
        assert pinged('ftp', '4.1', use_ssl=True, **LOGIN, **values).failure == 'client-tls-none'
        lost = pinged('outconn_ftp', user=USER, password=PASSWORD, default_directory='nowhere', **values)
        assert lost.failure == 'client-refused'


@pytest.mark.usefixtures('trusted')
def test_ftp_is_encrypted_where_41_wants_it(tmp_path: Path) -> None:
    folder = tmp_path / 'files'
    folder.mkdir()
    with ftp(folder, has_tls=True) as port:
        values = {'host': '127.0.0.1', 'port': port, 'use_ssl': True, **LOGIN}
        assert 'certificate' in pinged('ftp', '4.1', **values).text
        conn = Ftp(client_of(item('ftp', '4.1', **values), '4.1'))
        conn.write('a.txt', 'Hello')
        assert conn.read('a.txt') == b'Hello'


def test_a_certificate_of_ftp_is_verified(tmp_path: Path) -> None:
    folder = tmp_path / 'files'
    folder.mkdir()
    with ftp(folder, has_tls=True) as port:
        assert pinged('ftp', '4.1', host='127.0.0.1', port=port, use_ssl=True, **LOGIN).failure == 'tls-ca'


@pytest.mark.parametrize(('section', 'generation'), [('outconn_ftp', '3.2'), ('ftp', '4.1'), ('sftp_32', '3.2')])
def test_nobody_and_others_are_told_as_in_other_pings(section: str, generation: str) -> None:
    values = {'password': PASSWORD} if section != 'sftp_32' else {'username': ME}
    port = free_port()
    assert pinged(section, generation, host='127.0.0.1', port=port, **values).failure == 'refused'
    with listening(deaf) as where:
        pong = pinged(section, generation, host='127.0.0.1', port=int(where.rpartition(':')[2]), seconds=1, **values)
        assert (pong.failure, (pong.took or 9) < 2) == ('read-timeout', True)
    with listening(lambda sock: sock.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')) as where:
        found = pinged(section, generation, host='127.0.0.1', port=int(where.rpartition(':')[2]), **values)
        assert found.failure in ('client-protocol', 'reset')


@pytest.fixture(scope='module')
def ssh() -> Iterator[tuple[Path, int]]:
    with tempfile.TemporaryDirectory() as name, sshd(Path(name)) as port:
        yield Path(name), port


def old(folder: Path, port: int, *options: str, **more: Any) -> dict[str, Any]:
    known = known_host(folder, port)
    values = {'host': '127.0.0.1', 'port': port, 'username': ME, 'identity_file': str(folder / 'user')}
    return {**values, 'ssh_options': [f'UserKnownHostsFile={known}', *options], **more}


def test_a_ping_of_sftp_logs_in_by_a_key(
    ssh: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, port = ssh
    pong = pinged('sftp_32', **old(folder, port))
    assert pong.text.startswith('SFTP OpenSSH')
    home = tmp_path / '.ssh'
    home.mkdir()
    (home / 'known_hosts').write_text(known_host(folder, port).read_text())
    monkeypatch.setenv('HOME', str(tmp_path))
    values = {'address': f'127.0.0.1:{port}', 'username': ME, 'private_key': (folder / 'user').read_text()}
    assert pinged('sftp', '4.1', **values).verdict is Verdict.OK
    broken = pinged('sftp', '4.1', **{**values, 'private_key': 'no key'})
    assert (broken.failure, broken.text) == ('client-key', 'the private key is none that SSH has')


def test_a_host_key_that_nobody_knows_is_refused_unless_told(
    ssh: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, port = ssh
    monkeypatch.setenv('HOME', str(tmp_path))
    values = {'address': f'127.0.0.1:{port}', 'username': ME, 'private_key': (folder / 'user').read_text()}
    pong = pinged('sftp', '4.1', **values)
    assert pong.failure == 'host-key'
    assert pong.text.startswith(f'nobody here knows the host key of 127.0.0.1:{port}: ssh-ed25519 SHA256:')
    assert pinged('sftp', '4.1', strict_host_key_checking=False, **values).verdict is Verdict.OK
    assert pinged('sftp_32', **old(folder, port, 'StrictHostKeyChecking=no')).verdict is Verdict.OK
    assert not (tmp_path / '.ssh').exists()


def test_a_host_key_that_changed_is_refused_unless_told(
    ssh: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, port = ssh
    (tmp_path / '.ssh').mkdir()
    other = make_key(tmp_path / 'other')
    known = f'[127.0.0.1]:{port} {other.with_suffix(".pub").read_text()}'
    (tmp_path / '.ssh' / 'known_hosts').write_text(known)
    monkeypatch.setenv('HOME', str(tmp_path))
    values = {'address': f'127.0.0.1:{port}', 'username': ME, 'private_key': (folder / 'user').read_text()}
    values['strict_host_key_checking'] = False
    pong = pinged('sftp', '4.1', **values)
    assert pong.failure == 'host-key-changed'
    assert pinged('sftp', '4.1', ignore_host_key_changes=True, **values).verdict is Verdict.OK


def test_a_key_that_does_not_let_us_in_is_named(ssh: tuple[Path, int], tmp_path: Path) -> None:
    folder, port = ssh
    other = make_key(tmp_path / 'other')
    pong = pinged('sftp_32', **old(folder, port, identity_file=str(other)))
    assert (pong.failure, pong.text) == ('client-login', f"127.0.0.1:{port} refused user '{ME}'")


@pytest.fixture(params=['ftp', 'sftp'])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Files, str, Path]]:
    """What services get, the path of a folder there, and where that is here."""
    if request.param == 'ftp':
        with ftp(tmp_path) as port:
            yield Ftp(client_of(item('ftp', '4.1', host='127.0.0.1', port=port, **LOGIN), '4.1')), '', tmp_path
    else:
        folder, port = request.getfixturevalue('ssh')
        yield Sftp(client_of(item('sftp_32', **old(folder, port)))).conn, f'{tmp_path}/', tmp_path


def test_files_are_written_read_moved_and_deleted(files: tuple[Files, str, Path]) -> None:
    conn, at, folder = files
    conn.create_directory(f'{at}in/deep')
    conn.create_directory(f'{at}in/deep')
    conn.write(f'{at}in/deep/a.txt', 'Grüße')
    assert conn.read(f'{at}in/deep/a.txt') == (folder / 'in/deep/a.txt').read_bytes() == 'Grüße'.encode()
    conn.move(f'{at}in/deep/a.txt', f'{at}in/b.txt')
    found = conn.list(f'{at}in')
    assert [(one.name, one.is_directory, one['type']) for one in found] == [
        ('b.txt', False, 'file'),
        ('deep', True, 'directory'),
    ]
    assert (found[0].size, bool(found[0].last_modified)) == (7, True)
    assert conn.listdir(f'{at}in') == ['b.txt', 'deep']
    assert [conn.exists(f'{at}in/{name}') for name in ('b.txt', 'nothing')] == [True, False]
    assert [conn.is_file(f'{at}in/deep'), conn.is_directory(f'{at}in/deep')] == [False, True]
    (folder / 'here').write_bytes(b'\x00\x01')
    conn.upload(str(folder / 'here'), f'{at}in/deep/there')
    conn.download(f'{at}in/deep/there', str(folder / 'back'))
    assert (folder / 'back').read_bytes() == b'\x00\x01'
    conn.delete(f'{at}in')
    assert not (folder / 'in').exists()
    assert conn.ping().partition(' ')[0] in ('FTP', 'SFTP')


def test_what_is_not_there_is_told(files: tuple[Files, str, Path]) -> None:
    conn, at, _ = files
    assert conn.get_info(f'{at}nothing') is None
    with pytest.raises(FileNotFoundError):
        conn.read(f'{at}nothing')
    with pytest.raises(AttributeError, match=r"\.lst is unknown; did you mean 'list'"):
        conn.lst()


class Hostile:
    """A server that lists what is not in a directory."""

    def __init__(self, name: str) -> None:
        self.name, self.deleted = name, list[str]()

    def list(self, path: str) -> Any:
        return [info_of(self.name, False, 0, '')]

    def delete_file(self, path: str) -> None:
        self.deleted.append(path)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f'{name} is not to be called')


@pytest.mark.parametrize('name', ['../outside', '/etc/passwd', '..', '.', ''])
def test_nothing_beside_a_directory_is_deleted_with_it(name: str) -> None:
    shelf: Any = Hostile(name)
    with pytest.raises(ValueError, match='is no name of a file'):
        _delete(shelf, 'in')
    assert shelf.deleted == []
