"""Arguments, variables, names of files and streams are UTF-8 whatever the locale says; what isn't is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.conftest import ROOT
from zatools.cli import decoding
from zatools.errors import UsageError
from zatools.utf8 import why_not

#: Whether Python itself reads as UTF-8 there. Where the locale isn't installed, it is C.
SURROUNDINGS = {
    'utf-8': {'LC_ALL': 'C.UTF-8'},
    'ascii': {'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'},
    'coerced': {'LC_ALL': '', 'LANG': 'C', 'PYTHONUTF8': '0'},
    'latin-1': {'LC_ALL': 'en_US.ISO-8859-1', 'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'},
}
KEY = Fernet.generate_key().decode()
SECRET = 'sésame-żółw'
FILE = """security:
  - {name: é1, type: basic_auth, username: ü, password: '${PW}', realm: r}
"""
LISTED = 'basic_auth  é1    é.yaml:2\n'
FEATURE = """Feature: ż

Scenario: ó
    Given I store "$PW" under "é"
"""
PROGRAMS = {'zato': 'start', 'apitest': 'apitest'}
everywhere = pytest.mark.parametrize('where', SURROUNDINGS)


def run(
    folder: Path, where: str, program: str, *arguments: str | bytes, pw: str | bytes = SECRET, stdin: bytes = b''
) -> subprocess.CompletedProcess[bytes]:
    """Runs a program as the given surroundings would."""
    environ: dict[str, str | bytes] = {name: value for name, value in os.environ.items() if name[:3] != 'LC_'}
    environ |= {'PYTHONPATH': str(ROOT), 'NO_COLOR': '1', 'ZATO_SECRET_KEY': KEY, 'PW': pw, **SURROUNDINGS[where]}
    command = [sys.executable, '-c', f'from zatools.cli.{PROGRAMS[program]} import main; main()', *arguments]
    return subprocess.run(command, cwd=folder, env=environ, input=stdin, capture_output=True, timeout=60)


@everywhere
def test_the_secret_that_is_stored_is_the_one_that_was_given(where: str, tmp_path: Path) -> None:
    (tmp_path / 'é.yaml').write_bytes(FILE.encode())
    done = run(tmp_path, where, 'zato', 'enmasse', 'import', 'é.yaml', '--odb', 'ö.db')
    assert (done.returncode, "+ basic_auth 'é1'" in done.stdout.decode()) == (0, True), done
    assert (tmp_path / 'ö.db').exists()
    opened = run(tmp_path, 'utf-8', 'zato', 'enmasse', 'export', '--odb', 'ö.db', '--secrets', pw='').stdout.decode()
    assert f'password: {SECRET}\n' in opened


@everywhere
def test_names_files_and_streams_are_utf_8(where: str, tmp_path: Path) -> None:
    (tmp_path / 'é.yaml').write_bytes(FILE.encode())
    (tmp_path / 'ü.env').write_bytes(f'PW={SECRET}\n'.encode())
    done = run(tmp_path, where, 'zato', 'enmasse', 'list', '--from', 'é.yaml', '--name', 'é*')
    assert (done.returncode, done.stdout.decode()) == (0, LISTED), done
    done = run(tmp_path, where, 'zato', 'enmasse', 'list', '--from', '-', '--name', 'é?', stdin=FILE.encode())
    assert (done.returncode, done.stdout.decode()) == (0, LISTED.replace('é.yaml', '<stdin>')), done
    done = run(tmp_path, where, 'zato', 'enmasse', 'import', 'é.yaml', '--odb', 'a.db', '--env-file', 'ü.env', pw='')
    assert done.returncode == 0, done
    assert run(tmp_path, 'utf-8', 'zato', 'enmasse', 'import', 'é.yaml', '--odb', 'a.db').returncode == 0
    done = run(tmp_path, where, 'zato', 'enmasse', 'merge', 'é.yaml', '-o', 'ó.yaml')
    assert (done.returncode, 'name: é1' in (tmp_path / 'ó.yaml').read_bytes().decode()) == (0, True), done


@everywhere
def test_features_are_utf_8(where: str, tmp_path: Path) -> None:
    (tmp_path / 'ż.feature').write_bytes(FEATURE.encode())
    done = run(tmp_path, where, 'apitest', 'run', 'ż.feature', '--name', 'ó', '--json', 'ź.json')
    assert (done.returncode, 'Feature: ż' in done.stdout.decode()) == (0, True), done
    assert 'ó' in (tmp_path / 'ź.json').read_bytes().decode()
    done = run(tmp_path, where, 'apitest', 'check', 'ż.feature')
    assert done.returncode == 0, done


@pytest.mark.parametrize('where', ['utf-8', 'ascii'])
@pytest.mark.parametrize(
    ('words', 'code', 'said'),
    [
        (
            ['zato', 'enmasse', 'list', '--from', 'a.yaml', '--name', b'n\xe9*'],
            2,
            'argument 6 is not UTF-8 (byte 0xe9)',
        ),
        (['zato', 'enmasse', 'validate', b'\xff.yaml'], 2, 'argument 3 is not UTF-8 (byte 0xff)'),
        (['apitest', 'run', '.', b'--name=\xc3\x28'], 2, 'argument 3 is not UTF-8 (byte 0xc3)'),
        (['zato', 'enmasse', 'import', 'a.yaml', '--odb', 'a.db'], 3, 'a.yaml:2:57: basic_auth'),
        (['zato', 'enmasse', 'import', '-', '--odb', 'a.db'], 3, '<stdin>:1:3: is not UTF-8 (byte 0xe9)'),
        (['zato', 'enmasse', 'import', 'a.yaml', '--odb', 'a.db', '--env-file', 'l.env'], 3, 'l.env:1:6: is not UTF-8'),
        (['apitest', 'run', 'a.feature'], 1, "the value of environment variable 'PW' is not UTF-8 (byte 0xe9)"),
        (['apitest', 'check', 'a.feature'], 1, "the value of environment variable 'PW' is not UTF-8 (byte 0xe9)"),
    ],
)
def test_what_is_no_utf_8_is_refused_without_being_shown(
    where: str, words: list[str], code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / 'a.yaml').write_bytes(FILE.encode())
    (tmp_path / 'a.feature').write_bytes(FEATURE.encode())
    (tmp_path / 'l.env').write_bytes(b'PW=s3\xe9cret\n')
    done = run(tmp_path, where, *words, pw=b's3\xe9cret', stdin=b'# \xe9')
    told = done.stdout + done.stderr
    assert (done.returncode, said in told.decode()) == (code, True), done
    assert b'cret' not in told
    assert not (tmp_path / 'a.db').exists()


def test_variables_of_the_programs_themselves_are_refused_too() -> None:
    environ = {'ZATO_SERVER_PASSWORD': b'p\xe9cret'.decode('utf-8', 'surrogateescape')}
    with pytest.raises(UsageError) as caught:
        decoding.check([], environ)
    assert caught.value.text == 'ZATO_SERVER_PASSWORD is not UTF-8 (byte 0xe9)'


@everywhere
def test_a_file_may_be_named_with_any_bytes(where: str, tmp_path: Path) -> None:
    os.makedirs(os.fsencode(tmp_path) + b'/\xe9')
    for name in (b'\xe9.yaml', b'\xe9/b.yaml'):
        with open(os.fsencode(tmp_path) + b'/' + name, 'wb') as file:
            file.write(FILE.encode())
        done = run(tmp_path, where, 'zato', 'enmasse', 'list', b'--from=' + name)
        assert (done.returncode, done.stdout.startswith(b'basic_auth  \xc3\xa91 ')) == (0, True), done


def test_every_byte_that_is_not_utf_8_is_told() -> None:
    for byte in range(0x80, 0x100):
        assert why_not(bytes([0x61, byte]).decode('utf-8', 'surrogateescape')) == f'is not UTF-8 (byte 0x{byte:02x})'
    assert why_not('aé€😀') == ''
