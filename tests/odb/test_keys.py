"""One key seals all secrets of an ODB of ours: no import makes up a second one, and reading needs none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.calls import export, import_files, list_objects, show
from tests.conftest import KEY, Console, Layout
from zatools.commands.legacy import export_odb
from zatools.commands.odb import create, info
from zatools.errors import Exit, FileError, RefusedError
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice, ObjectChoice

OTHER = 'mIWxy3mYIRtxgvXiR3y8ETwf0K3p0yAdGKFWCkHMf2k='
ENVIRONS = {'another key': {'ZATO_SECRET_KEY': OTHER}, 'no key': {}, 'no Fernet key': {'ZATO_SECRET_KEY': 'x'}}
OLD = 'security:\n  - {name: old, type: basic_auth, username: old, realm: r, password: old-secret}\n'
OPEN = 'channel_rest:\n  - {name: c, service: s, url_path: /c, data_format: json}\n'
BROKER = """outgoing_amqp:
  - {name: b, address: 'amqp://127.0.0.1/', username: u, password: old-secret, frame_max: 1, heartbeat: 1}
"""


def put(path: str, environ: dict[str, str], text: str, folder: Path, **wishes: bool) -> Exit:
    """Imports a text."""
    (folder / 'in.yaml').write_text(text)
    return import_files(Console(environ).world, OdbChoice(path=path), [str(folder / 'in.yaml')], **wishes)


def exported(path: str, environ: dict[str, str], secrets: bool = True) -> str:
    """Exports all there is."""
    console = Console(environ)
    assert export(console.world, OdbChoice(path=path), secrets=secrets) is Exit.OK
    return console.text


@pytest.fixture(params=[OLD, BROKER], ids=['security', 'broker'])
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An ODB whose secret was sealed with KEY, from the environment."""
    path = str(tmp_path / 'o.db')
    assert put(path, {'ZATO_SECRET_KEY': KEY}, request.param, tmp_path) is Exit.OK
    return path


NEW = 'security:\n  - {name: new, type: basic_auth, username: new, realm: r, password: new-secret}\n'


@pytest.mark.parametrize('environ', ENVIRONS.values(), ids=ENVIRONS)
def test_a_secret_is_not_sealed_with_a_second_key(sealed: str, tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        put(sealed, environ, NEW, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['in.yaml', 'o.db']
    assert put(sealed, {'ZATO_SECRET_KEY': KEY}, NEW, tmp_path) is Exit.OK
    text = exported(sealed, {'ZATO_SECRET_KEY': KEY})
    assert 'old-secret' in text
    assert 'new-secret' in text


def test_the_refusal_says_where_the_key_is_looked_for(sealed: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="basic_auth 'new': a secret can't be written without") as caught:
        put(sealed, {}, NEW, tmp_path)
    assert caught.value.hint == f'its key is looked for in ZATO_SECRET_KEY and {tmp_path.resolve()}/o.key'


def test_what_has_no_secret_is_imported_without_the_key(sealed: str, tmp_path: Path) -> None:
    assert put(sealed, {}, OPEN, tmp_path) is Exit.OK
    assert not (tmp_path / 'o.key').exists()


def test_the_check_value_tells_a_wrong_key_before_the_first_secret(tmp_path: Path) -> None:
    path = str(tmp_path / 'o.db')
    assert create(Console({'ZATO_SECRET_KEY': KEY}).world, OdbChoice(path=path)) is Exit.OK
    with pytest.raises(RefusedError, match='the key does not open'):
        put(path, {'ZATO_SECRET_KEY': OTHER}, NEW, tmp_path)
    with pytest.raises(RefusedError, match="can't be written without"):
        put(path, {}, NEW, tmp_path)
    assert put(path, {'ZATO_SECRET_KEY': KEY}, NEW, tmp_path) is Exit.OK


@pytest.mark.parametrize('layout', [('postgresql', 'ours-3.2'), ('mariadb', 'ours-4.1')], indirect=True, ids=str)
def test_on_servers_too(layout: Layout, tmp_path: Path) -> None:
    # Once it has sealed anything, the ODB knows its key, whatever becomes of that.
    assert put(layout.path, {'ZATO_SECRET_KEY': KEY}, NEW, tmp_path) is Exit.OK
    (tmp_path / 'in.yaml').write_text('security: []\n')
    assert (
        import_files(
            Console({'ZATO_SECRET_KEY': KEY}).world,
            OdbChoice(odb=layout.path),
            [str(tmp_path / 'in.yaml')],
            delete=True,
        )
        is Exit.OK
    )
    with pytest.raises(RefusedError, match='the key does not open'):
        put(layout.path, {'ZATO_SECRET_KEY': OTHER}, NEW, tmp_path)


@pytest.mark.parametrize('environ', ENVIRONS.values(), ids=ENVIRONS)
def test_reading_takes_no_key(sealed: str, environ: dict[str, str], tmp_path: Path) -> None:
    choice = OdbChoice(path=sealed)
    right = {'ZATO_SECRET_KEY': KEY}
    assert exported(sealed, environ, secrets=False) == exported(sealed, right, secrets=False)
    name = 'old' if 'old' in exported(sealed, right, secrets=False) else 'b'
    for command, options in ((list_objects, {}), (show, {'name': name})):
        seen = []
        for given in (environ, right):
            console = Console(given)
            assert command(console.world, choice, **options) is Exit.OK
            seen.append(console.text)
        assert seen[0] == seen[1]
    output = str(tmp_path / 'all.yml')
    assert export_odb(Console(environ).world, choice, ObjectChoice(), FileChoice(), output) is Exit.OK
    console = Console(environ)
    assert info(console.world, choice) is Exit.OK
    assert ('not to be used' in console.text) == bool(environ)


@pytest.mark.skipif(os.geteuid() == 0, reason='root reads everything')
def test_reading_takes_no_key_file_that_can_be_read(tmp_path: Path) -> None:
    path = str(tmp_path / 'o.db')
    put(path, {}, OLD, tmp_path)
    (tmp_path / 'o.key').chmod(0)
    assert 'name: old' in exported(path, {}, secrets=False)
    with pytest.raises(FileError, match="the key can't be read"):
        exported(path, {})


def test_the_key_is_beside_the_file_not_beside_the_link(tmp_path: Path) -> None:
    for folder in ('real', 'links'):
        (tmp_path / folder).mkdir()
    link = tmp_path / 'links' / 'l.sqlite'
    link.symlink_to('../real/o.db')
    # At first the link leads to nothing.
    assert put(str(link), {}, OLD, tmp_path) is Exit.OK
    assert [path.name for path in (tmp_path / 'links').iterdir()] == ['l.sqlite']
    assert sorted(path.name for path in (tmp_path / 'real').iterdir()) == ['o.db', 'o.key']
    assert put(str(tmp_path / 'real' / 'o.db'), {}, NEW, tmp_path) is Exit.OK
    assert 'old-secret' in exported(str(link), {})
    assert 'new-secret' in exported(str(link), {})


def test_a_dry_run_makes_no_key(tmp_path: Path) -> None:
    path = str(tmp_path / 'o.db')
    put(path, {}, OLD, tmp_path)
    os.unlink(tmp_path / 'o.db')
    os.unlink(tmp_path / 'o.key')
    put(path, {}, OPEN, tmp_path)
    os.unlink(tmp_path / 'o.key')
    assert put(path, {}, OPEN, tmp_path, dry_run=True) is Exit.OK
    assert not (tmp_path / 'o.key').exists()
