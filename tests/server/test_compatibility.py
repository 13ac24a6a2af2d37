"""`docs/compatibility.md` says what is so: of each item of the tutorial's list, each kind, each name of the API."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.running import Local, server, write
from zatools import legacy
from zatools.kinds import KINDS
from zatools.server.api import exceptions
from zatools.server.api.lacking import LACKED
from zatools.server.api.modules import MODULES
from zatools.server.http.admin import OWN
from zatools.server.http.guards import SINGLE
from zatools.server.http.logins import WAYS

PATH = ROOT / 'docs' / 'compatibility.md'
PAGE = PATH.read_text(encoding='utf-8')
#: The tutorial's list, and what else it tells of.
LISTED = {
    'Message broker with publish/subscribe topics and message queues',
    'File transfer',
    'Task scheduler',
    'REST and Python Single Sign-On',
    'Statistics',
    'CLI and API offered as services',
    'Dashboard',
    'Configuration files',
    'DevOps automation',
    'API testing',
}
GROUPED = {
    'Channels': 'AMQP, HL7, IBM MQ, JSON-RPC, REST, SOAP, WebSockets, ZeroMQ',
    'Outgoing connections': (
        'AMQP, FTP, HL7, IBM MQ, LDAP, Redis, MongoDB, Odoo, REST, SAP RFC, SFTP, SOAP, SQL, WebSockets, ZeroMQ'
    ),
    'More connection types': (
        'AWS S3, Dropbox, Built-in cache, Memcached, ElasticSearch, Solr, Swift, Cassandra, Slack, Telegram, '
        'IMAP, SMTP, Twilio'
    ),
    'Security': 'API keys, HTTP Basic Auth, JWT, NTLM, OAuth, RBAC, SSL/TLS, Vault, WS-Security, XPath',
}
STATUSES = ('run here', 'definition only', 'not covered')
#: A row of what is missing: its area, then its names.
ROW = re.compile(r'\| [A-Z][^`|:]*+: `self\.')
CODE = re.compile(r'`([^`]+)`')


def table(title: str) -> list[list[str]]:
    """Returns the rows of a section's table, without its head."""
    section = PAGE.partition(f'## {title}\n')[2].partition('\n## ')[0]
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in section.splitlines() if line[:1] == '|']
    return rows[2:]


ITEMS = table("The tutorial's list")
API = table('The Service API')


def split(item: str) -> Iterator[str]:
    group, colon, names = item.partition(': ')
    yield from (f'{group}: {name}' for name in names.split(', ')) if colon else [item]


def kinds(status: str) -> set[str]:
    return {name for _, here, files in ITEMS if here.startswith(status) for name in CODE.findall(files)}


def test_each_item_of_the_tutorials_list_has_one_row() -> None:
    named = [one for item, _, _ in ITEMS for one in split(item)]
    grouped = {f'{group}: {name}' for group, names in GROUPED.items() for name in names.split(', ')}
    assert sorted(named) == sorted(LISTED | grouped)
    assert [here for _, here, _ in ITEMS if not here.startswith(STATUSES)] == []


def test_kinds_that_run_are_those_that_a_server_takes() -> None:
    sections = {kind.type or kind.section for kind in KINDS}
    missing = sections - (kinds('run here') | kinds('definition only'))
    assert not missing, f'name {missing} in the last column of a row of docs/compatibility.md'
    security = {kind.type for kind in KINDS if kind.type and kind.login}
    served = {kind.type or kind.section for kind in KINDS if kind.served}
    running = {*served, 'def_amqp', 'groups', 'tls_ca_cert', *security}
    silent, wrong = running - kinds('run here'), kinds('run here') - running
    assert not silent, f'docs/compatibility.md: the rows of {silent} say "run here"'
    assert not wrong, f'docs/compatibility.md: the rows of {wrong} do not say "run here"'
    assert not kinds('not covered')


def test_what_a_channel_answers_501_to_is_told() -> None:
    told = {name for _, here, files in ITEMS if 'answers 501' in here for name in CODE.findall(here + files)}
    served = {*SINGLE['4.1'], *WAYS['3.2']}
    assert told == {kind.type for kind in KINDS if kind.type and kind.login not in served}


def test_services_for_tools_are_those_that_there_are() -> None:
    text = next(here for item, here, _ in ITEMS if item.startswith('CLI and API'))
    named = [name for name in CODE.findall(text) if name != '/zato/ping']
    full = [
        name if '.' in name else f'{named[number - 1].rpartition(".")[0]}.{name}' for number, name in enumerate(named)
    ]
    assert {*full, 'zato.ping'} == set(OWN)


def lacking() -> str:
    """Returns the rows of what is missing, as the table of the errors has it."""
    rows = []
    for lack in LACKED:
        owner = lack.owner.replace('…', 'NAME')
        rows.append(f'| {lack.area}: {", ".join(f"`{owner}.{name}`" for name in lack)} | no: the error names it |')
    return '\n'.join(rows)


def test_what_is_missing_is_what_the_errors_name(request: pytest.FixtureRequest) -> None:
    kept = [line for line in PAGE.splitlines() if not ROW.match(line)]
    at = next(number for number, line in enumerate(kept) if '--update-golden' in line)
    text = '\n'.join([*kept[:at], lacking(), *kept[at:], ''])
    if request.config.getoption('--update-golden'):
        PATH.write_text(text, encoding='utf-8')
    assert PATH.read_text(encoding='utf-8') == text


def names(rows: str) -> Iterator[str]:
    """Returns the names of the API in rows that say so: `self.request.payload`, and `.raw` after it."""
    for cell, here in API:
        if not here.startswith(rows):
            continue
        prefix = ''
        for name in CODE.findall(cell):
            if name.startswith('.'):
                yield prefix + name
            elif name.startswith('self.'):
                prefix = name if name.endswith(('conn', 'request.http')) else name.rpartition('.')[0]
                yield name


RUNS, LACKS = sorted(set(names('yes'))), sorted(set(names('no')))
SERVICE = """
from zato.server.service import Service


class Code(Service):
    name = 'code'

    def handle(self):
        self.response.payload = {'found': str(eval(self.request.raw, {'self': self}))}
"""
DEFINITIONS = """
channel_rest:
  - {name: code, service: code, url_path: /code}
outgoing_rest:
  - {name: NAME, host: 'http://127.0.0.1:9', url_path: /}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder: Path = tmp_path_factory.mktemp('project')
    with server(write(folder, {'services/a.py': SERVICE, 'd.yaml': DEFINITIONS}), '--file', 'd.yaml') as found:
        yield found


def test_names_are_found_in_the_page() -> None:
    assert {'self.request.raw', 'self.request.http.GET', 'self.out.rest[NAME].conn.get', 'self.cid'} <= set(RUNS)
    assert len(LACKS) == sum(len(list(lack)) for lack in LACKED)


@pytest.mark.parametrize('name', RUNS)
def test_a_name_that_the_page_has_exists(local: Local, name: str) -> None:
    found = local.call('/code', user='', data=name.replace('[NAME]', "['NAME']"))
    assert found.status_code == 200, found.text


@pytest.mark.parametrize('name', LACKS)
def test_a_name_that_the_page_calls_missing_is_named_by_the_error(local: Local, name: str) -> None:
    found = local.call('/code', user='', data=name.replace('[NAME]', "['NAME']"))
    assert found.status_code == 500
    expected = f'UnsupportedError: {name.replace("NAME", "…")} is not supported by the local server; what is: '
    assert found.json()[0].startswith(expected)


@pytest.fixture
def _imported() -> Iterator[None]:
    yield
    # What other tests import is to be looked for anew.
    for name in [name for name in sys.modules if name.partition('.')[0] == 'zato']:
        del sys.modules[name]


@pytest.mark.usefixtures('_imported')
def test_what_files_import_is_there_as_the_page_says() -> None:
    for cell, here in API:
        named = CODE.findall(cell)
        module = next((name for name in named if name in MODULES), 'zato.server.service')
        imported = [name for name in named if name[0].isupper() or name == 'dataclass']
        modules = [name for name in named if name.startswith('zato.') and name not in MODULES]
        for name, line in [
            *((name, f'from {module} import {name}') for name in imported),
            *((name, f'import {name}') for name in modules),
        ]:
            with legacy.resolving(MODULES, lacks=exceptions.LACKS):
                if here == 'yes':
                    exec(line, {})
                else:
                    with pytest.raises(ImportError, match=f'^{name} is not supported by the local server'):
                        exec(line, {})
