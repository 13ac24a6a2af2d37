"""What an ODB knows of its running server."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import KEY, Console, Layout, copy_real, deploy
from tests.laws import samples
from tests.laws.test_laws import put as put_state
from zatools import ini
from zatools.commands.odb import create
from zatools.errors import OdbError, RefusedError
from zatools.live.logins import login_of
from zatools.odb import running
from zatools.odb.odb import Odb, opened
from zatools.odb.running import missing_services, unreadable
from zatools.odb.seal import Sealer
from zatools.odb.target import OdbChoice, choose
from zatools.secret import Secret


def put(layout: Layout, password: str | None) -> None:
    with closing(sqlite3.connect(layout.database)) as connection, connection:
        connection.execute("update sec_base set password = ? where name = 'admin.invoke'", [password])


def login(odb: Odb, environ: Mapping[str, str]) -> tuple[str, Secret]:
    return login_of(environ, lambda user: running.password_of(odb, user, environ))


def password_of(layout: Layout, environ: dict[str, str], path: str = '') -> str:
    with opened(OdbChoice(path=path or layout.path), environ) as odb:
        user, password = login(odb, environ)
        assert user == 'admin.invoke'
        return password.reveal()


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_the_password_of_a_fresh_odb_is_plain_and_that_of_a_started_server_sealed(
    generation: str, tmp_path: Path
) -> None:
    layout = copy_real(generation, tmp_path)
    assert password_of(layout, {}).startswith('admin.invoke.')
    key = ini.read(f'{layout.path}/config/repo/secrets.conf')['secret_keys']['key1']
    put(layout, Sealer(Secret(key)).seal('$ecret'))
    assert password_of(layout, {}) == '$ecret'
    with pytest.raises(RefusedError) as found:
        password_of(layout, {}, f'sqlite:///{layout.database}')
    assert found.value.text == "the password of 'admin.invoke' can't be read without the ODB's key"
    assert password_of(layout, {'ZATO_SERVER_PASSWORD': 'given'}, f'sqlite:///{layout.database}') == 'given'


def test_a_plain_text_with_a_dollar_names_a_variable(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, '$admin_password')
    assert password_of(layout, {'ADMIN_PASSWORD': 'pw'}) == 'pw'
    with pytest.raises(RefusedError, match='in a variable of the server that is not set here'):
        password_of(layout, {})


def test_an_odb_without_that_user_says_so(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, '')
    with pytest.raises(OdbError) as found:
        password_of(layout, {})
    assert found.value.text == "the ODB has no password of 'admin.invoke', whom tools log in as"


def test_services_that_are_not_deployed_are_told_apart(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    choice = OdbChoice(path=layout.path)
    target = choose(choice, {})
    assert missing_services(target, choice, ['my.service', 'b', 'a']) == ['a', 'b']
    deploy(layout, 'a')
    assert missing_services(target, choice, ['my.service', 'b', 'a']) == ['b']


def test_an_odb_of_ours_lacks_no_service_since_it_makes_them(tmp_path: Path) -> None:
    choice = OdbChoice(odb=f'sqlite:///{tmp_path}/zato-odb.sqlite')
    create(Console({'ZATO_SECRET_KEY': KEY}).world, choice)
    assert missing_services(choose(choice, {}), choice, ['a']) == []


def test_every_database_tells_the_login_and_the_services(layout: Layout) -> None:
    choice = OdbChoice(path=layout.path)
    target = choose(choice, layout.environ)
    is_ours = layout.name.startswith('ours')
    assert missing_services(target, choice, ['my.service', 'other']) == ([] if is_ours else ['other'])
    with opened(choice, layout.environ) as odb:
        if is_ours:
            with pytest.raises(OdbError, match='has no password of'):
                login(odb, layout.environ)
        else:
            assert login(odb, layout.environ)[1].reveal().startswith('admin.invoke.')


def test_a_fresh_odb_has_no_row_that_a_server_stumbles_over(layout: Layout) -> None:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert unreadable(odb) == []


def test_what_an_import_writes_a_server_can_load(layout: Layout, tmp_path: Path) -> None:

    put_state(layout, tmp_path, samples.state(layout.generation))
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert unreadable(odb) == []
