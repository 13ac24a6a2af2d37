"""Secrets from where teams keep them: found, refused with the object and field that wanted them, asked for once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from tests.calls import import_files
from tests.conftest import KEY, Console
from tests.stores import standin_vault
from zatools.commands.validate import Options, validate
from zatools.errors import Exit, FileError, InvalidError, StorageError
from zatools.files.variables import read_env_file
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice
from zatools.secret import Secret
from zatools.stores import vault as asking
from zatools.stores.table import STORES


@pytest.fixture
def vault() -> Iterator[str]:
    asking._client.cache_clear()
    with standin_vault.vault() as address:
        yield address
    asking._client.cache_clear()


def definitions(folder: Path, *references: str) -> str:
    rows = [
        f"  - {{name: login {number}, type: basic_auth, username: u{number}, password: '{reference}'}}"
        for number, reference in enumerate(references)
    ]
    path = folder / 'definitions.yaml'
    path.write_text('\n'.join(['security:', *rows, '']))
    return str(path)


def passwords(folder: Path, path: str, **environ: str) -> list[str]:
    """Imports a file and returns the passwords that the ODB has then; they are nowhere in what was said."""
    console = Console({'ZATO_SECRET_KEY': KEY, **environ})
    choice = OdbChoice(odb=str(folder / 'odb.sqlite'))
    assert import_files(console.world, choice, [path], replace=True) is Exit.OK
    found = []
    with opened(choice, console.world.environ) as odb:
        for item in odb.loaded.state.values():
            assert isinstance(item.values['password'], Secret)
            found.append(item.values['password'].reveal())
    assert not any(password in console.text for password in found)
    return found


def test_a_file_is_a_secret_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / 'crm').write_text('s3cret-of-file\n')
    assert passwords(tmp_path, definitions(tmp_path, f'${{file:{tmp_path}/crm}}')) == ['s3cret-of-file']


def test_a_store_is_a_part_of_a_text_as_variables_are(tmp_path: Path) -> None:
    (tmp_path / 'crm').write_text('s3cret-of-file')
    path = definitions(tmp_path, f'a-${{file:{tmp_path}/crm}}-${{B}}')
    assert passwords(tmp_path, path, B='bbbb') == ['a-s3cret-of-file-bbbb']


def test_both_versions_of_vault_s_store_are_read_and_each_secret_once(tmp_path: Path, vault: str) -> None:
    references = ['${vault:kv/data/crm#password}', '${vault:secret/crm#password}', '${vault:kv/data/crm#port}']
    path = definitions(tmp_path, *references, '${vault:kv/data/crm#password}')
    found = passwords(tmp_path, path, VAULT_ADDR=vault, VAULT_TOKEN=standin_vault.TOKEN)
    assert found == ['s3cret-of-crm', 's3cret-of-one', '8200', 's3cret-of-crm']
    assert standin_vault.Handler.asked == ['/v1/kv/data/crm', '/v1/secret/crm', '/v1/kv/data/crm']


@pytest.mark.parametrize('login', ['approle', 'kubernetes'])
def test_vault_takes_logins_of_machines(login: str, tmp_path: Path, vault: str) -> None:
    (tmp_path / 'token').write_text(standin_vault.POD)
    said = {
        'approle': {'VAULT_ROLE_ID': standin_vault.ROLE, 'VAULT_SECRET_ID': standin_vault.SECRET},
        'kubernetes': {'VAULT_K8S_ROLE': standin_vault.ROLE, 'VAULT_K8S_TOKEN_FILE': str(tmp_path / 'token')},
    }[login]
    path = definitions(tmp_path, '${vault:kv/data/crm#password}')
    assert passwords(tmp_path, path, VAULT_ADDR=vault, **said) == ['s3cret-of-crm']
    assert standin_vault.Handler.asked[0] == f'/v1/auth/{login}/login'


@pytest.mark.parametrize(
    ('reference', 'said'),
    [
        ('${vault:kv/data/none#password}', 'Vault has no secret at this path'),
        ('${vault:kv/data/gone#password}', 'Vault has no secret at this path'),
        ('${vault:kv/data/crm#user}', "the secret has no key 'user'"),
        ('${vault:kv/data/crm}', 'names no path and key'),
        ('${vault:}', 'names nothing, as in ${vault:kv/data/crm#password}'),
        ('${file:}', 'names nothing'),
        ('${file:/no/such/file}', 'there is no such file'),
        ('${file:/dev/null}', 'is not a regular file'),
        ('${file:/tmp}', 'is not a regular file'),
        ('${keyring:crm}', 'names no service and user'),
        ('${valut:kv/data/crm#password}', 'there is no such store of secrets: file, vault, keyring are'),
    ],
)
def test_what_a_store_lacks_is_a_problem_with_its_place(reference: str, said: str, tmp_path: Path, vault: str) -> None:
    path = definitions(tmp_path, reference)
    environ = {'ZATO_SECRET_KEY': KEY, 'VAULT_ADDR': vault, 'VAULT_TOKEN': standin_vault.TOKEN}
    with pytest.raises(InvalidError) as caught:
        import_files(Console(environ).world, OdbChoice(odb=str(tmp_path / 'odb.sqlite')), [path])
    (problem,) = caught.value.problems
    assert problem.text.startswith("security 'login 0'") or problem.text.startswith("basic_auth 'login 0'")
    assert said in problem.text
    assert problem.place
    assert problem.place.line == 2
    assert not (tmp_path / 'odb.sqlite').exists()


@pytest.mark.parametrize(
    ('reference', 'environ', 'said'),
    [
        ('${vault:kv/data/crm#password}', {}, 'VAULT_ADDR is not set'),
        ('${vault:kv/data/crm#password}', {'VAULT_ADDR': 'http://127.0.0.1:9', 'VAULT_TOKEN': 'x'}, "can't be reached"),
        ('${vault:kv/data/crm#password}', {'VAULT_ADDR': 'VAULT'}, 'nothing says who asks Vault'),
        ('${vault:kv/data/crm#password}', {'VAULT_ADDR': 'VAULT', 'VAULT_TOKEN': 'wrong-token'}, 'refused: Forbidden'),
        ('${vault:sealed#password}', {'VAULT_ADDR': 'VAULT', 'VAULT_TOKEN': standin_vault.TOKEN}, 'refused: VaultDown'),
        ('${vault:kv/data/crm#p}', {'VAULT_ADDR': 'VAULT', 'VAULT_ROLE_ID': 'no-such'}, 'refused: InvalidRequest'),
        ('${vault:kv/data/crm#p}', {'VAULT_ADDR': 'VAULT', 'VAULT_K8S_ROLE': 'r'}, "the pod's token can't be read"),
        ('${keyring:crm/zato}', {}, 'the keyring is not to be used'),
    ],
)
def test_a_store_that_cannot_be_asked_is_exit_4_and_says_who_wanted_it(
    reference: str, environ: dict[str, str], said: str, tmp_path: Path, vault: str
) -> None:
    path = definitions(tmp_path, reference)
    known = {name: value.replace('VAULT', vault) if name == 'VAULT_ADDR' else value for name, value in environ.items()}
    world = Console({'ZATO_SECRET_KEY': KEY, **known}).world
    with ring(fail.Keyring()), pytest.raises(StorageError) as caught:
        import_files(world, OdbChoice(odb=str(tmp_path / 'odb.sqlite')), [path])
    assert caught.value.code is Exit.STORAGE
    assert f'{path}:2:' in caught.value.text
    assert f"basic_auth 'login 0': password wants {reference}" in caught.value.text
    assert said in caught.value.text
    assert 'wrong-token' not in caught.value.text + caught.value.hint


class Memory(KeyringBackend):
    """A keyring that lives as long as the test; machines without a desktop have none."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.known.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.known[service, username] = password


@contextmanager
def ring(backend: KeyringBackend) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(before)


def test_a_keyring_has_secrets(tmp_path: Path) -> None:
    with ring(Memory()):
        keyring.set_password('crm', 'zato', 's3cret-of-keyring')
        assert passwords(tmp_path, definitions(tmp_path, '${keyring:crm/zato}')) == ['s3cret-of-keyring']
        with pytest.raises(InvalidError) as caught:
            passwords(tmp_path, definitions(tmp_path, '${keyring:crm/other}'))
    assert caught.value.problems[0].text.endswith('${keyring:crm/other}: is not in the keyring')


def test_a_check_without_a_database_asks_no_store(tmp_path: Path) -> None:
    path = definitions(tmp_path, *(f'${{{store.name}:{store.example}}}' for store in STORES))
    console = Console({'VAULT_ADDR': 'http://127.0.0.1:9', 'VAULT_TOKEN': 'x'})
    assert validate(console.world, FileChoice((path,)), Options(strict=True)) is Exit.OK
    assert '3 objects, no problems' in console.text


def sops(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a stand-in for the program sops on the path: it is called as the real one is."""
    path = folder / 'bin' / 'sops'
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\n{script}\n')
    path.chmod(0o755)
    monkeypatch.setenv('PATH', f'{path.parent}:{os.environ["PATH"]}')


SEALED = {
    'definitions.yaml': 'security:\n  - password: ENC[AES256_GCM,data:x]\nsops:\n  mac: x\n',
    'prod.env': 'CRM_PASSWORD=ENC[AES256_GCM,data:x]\nsops_mac=x\n',
    'prod.ini': '[env]\nCRM_PASSWORD = ENC[AES256_GCM,data:x]\n[sops]\nmac = x\n',
}


def test_definitions_sealed_by_sops_are_opened_by_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_text = 'security:\\n  - {name: a, type: basic_auth, username: u, password: s3cret-of-sops}\\n'
    script = (
        f'[ "$*" = "--decrypt --input-type yaml --output-type yaml $PWD/definitions.yaml" ] && printf "{opened_text}"'
    )
    sops(tmp_path, monkeypatch, script)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'definitions.yaml').write_text(SEALED['definitions.yaml'])
    assert passwords(tmp_path, f'{tmp_path}/definitions.yaml') == ['s3cret-of-sops']


def test_problems_in_what_was_sealed_show_none_of_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sops(tmp_path, monkeypatch, 'printf "security:\\n  - {name: a, type: basic_auth, usrname: s3cret-of-sops}\\n"')
    path = tmp_path / 'definitions.yaml'
    path.write_text(SEALED['definitions.yaml'])
    console = Console({})
    assert validate(console.world, FileChoice((str(path),)), Options()) is Exit.INVALID
    assert "unknown key 'usrname'" in console.text
    assert 's3cret-of-sops' not in console.text


@pytest.mark.parametrize('name', ['prod.env', 'prod.ini'])
def test_variables_sealed_by_sops_are_opened(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sops(tmp_path, monkeypatch, 'echo CRM_PASSWORD=s3cret')
    (tmp_path / name).write_text(SEALED[name])
    assert read_env_file(str(tmp_path / name)) == {'CRM_PASSWORD': 's3cret'}


@pytest.mark.parametrize('name', SEALED)
def test_without_its_program_a_sealed_file_is_an_error_that_says_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    (tmp_path / name).write_text(SEALED[name])
    with pytest.raises(FileError, match='is sealed by SOPS, and there is no program sops here'):
        if name.endswith('.yaml'):
            validate(Console({}).world, FileChoice((str(tmp_path / name),)), Options())
        else:
            read_env_file(str(tmp_path / name))


def test_what_sops_says_of_a_failure_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sops(tmp_path, monkeypatch, 'echo s3cret >&2; exit 128')
    (tmp_path / 'prod.env').write_text(SEALED['prod.env'])
    with pytest.raises(FileError, match=r'sops could not open it \(exit code 128\)'):
        read_env_file(str(tmp_path / 'prod.env'))
