"""The table of clients: one place says whom it serves, what it needs, where services see it."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT
from zatools.connections.clients import CLIENTS, ENTRIES, Client, lacked
from zatools.connections.clients.peer import Named, Peer
from zatools.kinds import KINDS
from zatools.kinds.security import CERTIFICATE_LOGIN, XPATH_LOGIN
from zatools.kinds.traits import CASSANDRA_QUERY, CHANNEL, ENDPOINT, OPENED

EXTRAS = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']['optional-dependencies']
#: What is looked for in messages, and what TLS has seen.
USUAL = {'password', 'secret'}
WITHOUT_SECRET = (XPATH_LOGIN, CERTIFICATE_LOGIN)


def test_each_kind_that_services_open_has_a_client_and_the_other_way_round() -> None:
    opened = {kind.protocol for kind in KINDS if kind.served == OPENED}
    known = {name for name, entry in CLIENTS.items() if entry.otherwise is None}
    lost, odd = opened - known, known - opened
    assert not lost, f'{lost}: served=OPENED wants an entry in ENTRIES of zatools/connections/clients/__init__.py'
    assert not odd, f'{odd}: an entry of ENTRIES is for a kind with served=OPENED: is it in KINDS?'
    assert {kind.protocol for kind in KINDS if kind.role != CHANNEL and kind.protocol in CLIENTS} == opened


def test_each_kind_that_is_pinged_says_where_it_is_and_which_secret_it_logs_in_with() -> None:
    pinged = [kind for kind in KINDS if kind.protocol and kind.role != CHANNEL]
    # Some are always at their vendor's, or where the definition is that they belong to.
    elsewhere = {entry.protocol for entry in ENTRIES if not kinds_asked(entry) and is_elsewhere(entry)}
    lost = [kind.label for kind in pinged if not kind.meaning(ENDPOINT) and kind.protocol not in elsewhere]
    assert not lost, f'{lost}: a field with means=ENDPOINT says where it is; the warnings about passwords look there'
    open_ = [kind.label for kind in KINDS if kind.login and kind.login not in WITHOUT_SECRET and not kind.secrets]
    vague = [kind.label for kind in KINDS if kind.login and len(kind.secrets) > 1 and not USUAL & kind.secrets]
    assert not vague, f'{vague}: of several secrets, that of the login is called password or secret'
    assert not open_, f'{open_}: what it logs in with is a secret: password(…) or secret(…) among its fields'


def kinds_asked(entry: Client) -> bool:
    return any(kind.asked for kind in KINDS if kind.protocol == entry.protocol and kind.served == OPENED)


def is_elsewhere(entry: Client) -> bool:
    peer = entry.part('Peer')
    return bool(getattr(peer, 'home', '')) or entry.protocol == CASSANDRA_QUERY


@pytest.mark.parametrize('entry', ENTRIES, ids=lambda entry: entry.protocol)
def test_an_entry_has_all_that_it_names(entry: Client) -> None:
    # What is asked over HTTP is no peer of its own.
    if not kinds_asked(entry):
        assert issubclass(entry.part('Peer'), Peer)
        assert entry.part('Peer').word
    else:
        views = [seen.view for seen in entry.seen if issubclass(entry.part(seen.view), Named)]
        assert not views, f'{views}: a kind with `asked` has an AskedView, of clients/asked.py'
    assert entry.seen, "services have to find it: Seen('self.out.…', name of the view)"
    for seen in entry.seen:
        assert callable(entry.part(seen.view))
        assert seen.path.startswith('self.')
    for needed in filter(None, (entry.brought_by, entry.instead)):
        assert any(needed.lower() in one.lower() for extra in EXTRAS.values() for one in extra)


@pytest.mark.parametrize('entry', ENTRIES, ids=lambda entry: entry.protocol)
def test_packages_are_imported_only_when_they_are_used(entry: Client) -> None:
    # What an extra brings may not be there when its module is imported.
    module = f'zatools.connections.clients{entry.module}'
    code = f'import sys, {module}; print({entry.package!r} in sys.modules)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout == f'{bool(entry.package) and False}\n'


def test_a_package_that_is_missing_is_named_as_pip_knows_it() -> None:
    assert lacked('zatools_has_no_such_package', 'such-a-package') == 'such-a-package'
    assert lacked('zatools', 'such-a-package') == ''
