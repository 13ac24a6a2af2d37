"""Runs the corpus: service files as people write them, one a feature and generation, each called once.

`python -m tests.corpus.run` prints how many load, run, end in a named error or in an unnamed one, and which do not run.
A file begins with its feature and what a call of it sends (`# send:`, `# path:`, `# method:`, `# header:`,
`# channel:`) and gets (`# answer:`, `# status:`, `# sees:`). Files of `both` are run as 3.2 and as 4.1.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from features.systems.kafka import KafkaCluster
from tests.connections.clients import PASSWORD
from tests.peers.cassandra import Cassandra, cassandra
from tests.peers.cloud import ACCOUNT, BOT, VARIABLES, Vendors, moto
from tests.peers.data import Solr, memcached
from tests.peers.files import ME, USER, ftp, slapd, sshd
from tests.peers.mail import smtp
from tests.peers.mllp import mllp
from tests.peers.more import Confluence, Elastic, Fhir, GraphQL, Jira, Odoo, mongo, samba, speaking, web_socket
from tests.peers.soap import soap
from tests.ports import free_port
from tests.server.running import Local, server, write
from tests.stores.standin_vault import TOKEN, vault

HERE = Path(__file__).parent
FOLDERS = {'3.2': ('both', 'zato32'), '4.1': ('both', 'zato41')}
#: What an error says that knows what is missing, or what is wrong.
NAMED = ('is not supported by the local server', 'is unknown; ', 'no outgoing ', 'is not here: pip install')
CONFIG = '[limits]\ndaily = 250\ncity = Lyon\n'


@dataclass(frozen=True)
class File:
    """A service file, and what a call of it is and gets."""

    path: Path
    head: Mapping[str, str]

    @property
    def service(self) -> str:
        return self.head.get('service', f'corpus.{self.path.stem}')

    @property
    def shown(self) -> str:
        return f'{self.path.parent.name}/{self.path.name}'


class Outcome(NamedTuple):
    """What became of a file: loads, and then runs, named or unnamed."""

    generation: str
    file: File
    loads: bool
    what: str
    why: str = ''


def files_of(generation: str) -> list[File]:
    """Returns the files of a generation."""
    return [
        File(path, dict(_head(path))) for folder in FOLDERS[generation] for path in sorted((HERE / folder).glob('*.py'))
    ]


def _head(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.startswith('# '):
            return
        name, colon, value = line[2:].partition(':')
        if colon and ' ' not in name:
            yield name, value.strip()


class Backend(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        found = {'method': self.command, 'path': url.path, 'query': query, 'tenant': self.headers.get('X-Tenant')}
        found['body'] = json.loads(body or b'null')
        text = json.dumps(found).encode()
        self.send_response(int(query.get('status', 200)))
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def backend() -> Iterator[str]:
    """Runs the server that the files' REST connections call."""
    with ThreadingHTTPServer(('127.0.0.1', 0), Backend) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        try:
            yield f'http://127.0.0.1:{found.server_port}'
        finally:
            found.shutdown()
            thread.join(5)


def _others(generation: str, folder: Path, stack: ExitStack) -> dict[str, list[dict[str, Any]]]:
    # The systems beside HTTP and SQL that files talk to, as far as this machine has what runs them.
    login = {'username': USER, 'password': PASSWORD}
    home = folder / 'files'
    home.mkdir()
    port, _ = stack.enter_context(smtp(has_login=False))
    found = {'email_smtp': [{'name': 'Mail', 'host': '127.0.0.1', 'port': port}]}
    host, _ = stack.enter_context(soap())
    prices = {'name': 'Prices', 'host': host, 'url_path': '/prices'}
    found['outgoing_soap'] = [prices]
    if generation == '3.2':
        found['outgoing_soap'] = [{**prices, 'name': 'Old prices'}]
        found['outgoing_soap'] += [{**prices, 'url_path': '/wsdl', 'serialization_type': 'suds'}]
    place = {'name': 'Files', 'host': '127.0.0.1', 'port': stack.enter_context(ftp(home))}
    if generation == '3.2':
        found['outconn_ftp'] = [{**place, 'user': USER, 'password': PASSWORD}]
    else:
        found['ftp'] = [{**place, **login}]
    found |= _more(generation, folder, stack)
    with suppress(pytest.skip.Exception):
        keys = stack.enter_context(tempfile.TemporaryDirectory())
        port = stack.enter_context(sshd(Path(keys)))
        if generation == '3.2':
            ssh = {'host': '127.0.0.1', 'port': port, 'identity_file': f'{keys}/user'}
            found['sftp_32'] = [{'name': 'Files', 'username': ME, **ssh, 'ssh_options': 'StrictHostKeyChecking=no'}]
        else:
            key = {'private_key': Path(keys, 'user').read_text(), 'strict_host_key_checking': False}
            found['sftp'] = [{'name': 'Files', 'address': f'127.0.0.1:{port}', 'username': ME, **key}]
    with suppress(pytest.skip.Exception):
        port, _ = stack.enter_context(slapd(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        admin = {'username': 'cn=admin,dc=example', 'password': PASSWORD}
        found['ldap'] = [{'name': 'Directory', 'server_list': [f'127.0.0.1:{port}'], **admin}]
    return found


def _cloud(generation: str, folder: Path, vendors: str, stack: ExitStack) -> dict[str, list[dict[str, Any]]]:
    login = {'username': USER, 'password': PASSWORD, 'consumer_key': 'key', 'consumer_secret': PASSWORD}
    crm = {'name': 'Crm', 'address': vendors, **login}
    if generation == '4.1':
        model = {'name': 'Model', 'address': vendors, 'api_key': PASSWORD}
        return {'slack': [{'name': 'Team', 'token': PASSWORD}], 'salesforce': [crm], 'llm': [model]}
    found: dict[str, list[dict[str, Any]]] = {'slack_32': [{'name': 'Team', 'secret': PASSWORD}]}
    found['salesforce'] = [crm]
    found['dropbox'] = [{'name': 'Files', 'secret': PASSWORD}]
    found['telegram'] = [{'name': 'Bot', 'address': f'{vendors}/bot{{token}}/{{method}}', 'secret': BOT}]
    found['zato_sms_twilio'] = [{'name': 'Alerts', 'account_sid': ACCOUNT, 'auth_token': PASSWORD}]
    (folder / 'moto').mkdir()
    store = stack.enter_context(moto(folder / 'moto'))
    keys = {'name': 'S3 keys', 'type': 'aws', 'username': store.user.id, 'password': store.user.secret}
    found['security'] = [keys]
    found['cloud_aws_s3'] = [{'name': 'Files', 'address': store.address, 'security': 'S3 keys'}]
    return found


def _more(generation: str, folder: Path, stack: ExitStack) -> dict[str, list[dict[str, Any]]]:
    for name in ('mongo', 'samba'):
        (folder / name).mkdir()
    shop = {'name': 'Shop', 'host': '127.0.0.1', 'port': stack.enter_context(speaking(Odoo)), 'database': 'shop'}
    found: dict[str, list[dict[str, Any]]] = {'odoo': [{**shop, 'name': 'Erp', 'user': USER, 'password': PASSWORD}]}
    at = f'http://127.0.0.1:{stack.enter_context(speaking(Jira))}'
    found['outgoing_mllp'] = [{'name': 'Ward', 'address': f'127.0.0.1:{stack.enter_context(mllp())}'}]
    found['jira'] = [{'name': 'Team', 'address': at, 'username': USER, 'password': PASSWORD}]
    at = f'http://127.0.0.1:{stack.enter_context(speaking(Confluence))}'
    found['confluence'] = [{'name': 'Team', 'address': at, 'username': USER, 'password': PASSWORD}]
    found['mongodb'] = [{'name': 'Shop', 'server_list': [f'127.0.0.1:{stack.enter_context(mongo(folder / "mongo"))}']}]
    at = f'127.0.0.1:{stack.enter_context(speaking(Elastic))}'
    if generation == '3.2':
        bus = f'tcp://127.0.0.1:{free_port()}'
        one = {'address': bus, 'socket_method': 'bind', 'socket_type': 'PULL', 'service': 'corpus.zmq_taken'}
        found['channel_zmq'] = [{'name': 'Bus', **one, 'data_format': 'json'}]
        orders = f'ws://127.0.0.1:{free_port()}/orders'
        found['web_socket'] = [{'name': 'Orders', 'address': orders, 'service': 'corpus.zmq_taken'}]
        found['outconn_zmq'] = [{'name': 'Bus', 'address': bus, 'socket_method': 'connect', 'socket_type': 'PUSH'}]
        at_r4 = f'http://127.0.0.1:{stack.enter_context(speaking(Fhir))}/r4'
        found['outgoing_fhir'] = [{'name': 'EHR', 'address': at_r4, 'username': USER, 'password': PASSWORD}]
        found['search_es'] = [{'name': 'Shop', 'hosts': [at]}]
        found['outgoing_wsx'] = [{'name': 'Prices', 'address': f'{stack.enter_context(web_socket())[0]}/plain'}]
        return found | _data(folder, stack)
    cluster = KafkaCluster()
    stack.callback(cluster.stop)
    found['outgoing_kafka'] = [{'name': 'Orders', 'address': cluster.servers, 'topic': 'orders'}]
    orders = f'http://127.0.0.1:{stack.enter_context(speaking(GraphQL))}/graphql'
    found['security'] = [{'name': 'Shop', 'type': 'basic_auth', 'username': USER, 'password': PASSWORD}]
    found['outgoing_graphql'] = [{'name': 'Shop', 'address': orders, 'security': 'Shop'}]
    found['elastic_search'] = [{'name': 'Shop', 'address_list': [f'http://{at}']}]
    with suppress(pytest.skip.Exception):
        port = stack.enter_context(samba(folder / 'samba', ME))
        login = {'username': ME, 'password': PASSWORD}
        found['smb'] = [{'name': 'Files', 'host': '127.0.0.1', 'port': port, **login}]
    return found


def _data(folder: Path, stack: ExitStack) -> dict[str, list[dict[str, Any]]]:
    port = stack.enter_context(cassandra(Cassandra((USER, PASSWORD))))
    cluster = {'name': 'Shop', 'contact_points': '127.0.0.1', 'port': port, 'default_keyspace': 'shop'}
    found: dict[str, list[dict[str, Any]]] = {}
    found['def_cassandra'] = [{**cluster, 'username': USER, 'password': PASSWORD}]
    query = 'SELECT id FROM corpus_customers WHERE name = :cust_name'
    found['query_cassandra'] = [{'name': 'Find customers', 'def_name': 'Shop', 'value': query}]
    at = stack.enter_context(speaking(type('Shop', (Solr,), {'documents': {}})))
    found['search_solr'] = [{'name': 'Shop', 'address': f'http://127.0.0.1:{at}/solr/shop'}]
    found['vault_connection'] = [{'name': 'Safe', 'url': stack.enter_context(vault()), 'token': TOKEN}]
    with suppress(pytest.skip.Exception):
        port = stack.enter_context(memcached(folder))
        found['zato_cache_memcached'] = [{'name': 'Shared', 'servers': f'127.0.0.1:{port}'}]
    return found


def _definitions(files: list[File], host: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    channels = [
        {'name': file.service, 'service': file.service, 'url_path': f'/{file.path.stem}', 'data_format': 'json'}
        | json.loads(file.head.get('channel', '{}'))
        for file in files
    ]
    rest = [
        {'name': 'Backend', 'host': host, 'url_path': '/backend', 'data_format': 'json'},
        {'name': 'Customers', 'host': host, 'url_path': '/customers/{customer}', 'data_format': 'json'},
    ]
    login = {'host': '127.0.0.1', 'port': 1, 'username': 'shop', 'password': 'shop'}
    sql = [{'name': 'Shop', 'engine': 'sqlite', 'db_name': str(folder / 'shop.db'), **login}]
    topics = [{'name': '/orders'}]
    return {'channel_rest': channels, 'outgoing_rest': rest, 'sql': sql, 'pubsub_topic': topics}


#: What guards channels, where a file says so by `# channel:`.
LOGINS: Mapping[str, list[dict[str, Any]]] = {
    '3.2': [
        {'name': 'Certificate', 'type': 'tls_channel_sec', 'value': 'commonname=shop'},
        {'name': 'Message', 'type': 'xpath', 'username': 'shop', 'password': PASSWORD}
        | {'username_expr': '//user', 'password_expr': '//password'},
    ],
    '4.1': [{'name': 'Certificate', 'type': 'mtls', 'client_cert_subject_dn': 'CN=shop'}],
}


def _roles(generation: str) -> dict[str, list[dict[str, Any]]]:
    if generation != '3.2':
        return {}
    return {
        'rbac_role': [{'name': 'reader', 'parent': 'Root'}],
        'rbac_client_role': [{'client_def': 'sec_def:::tls_channel_sec:::Certificate', 'role': 'reader'}],
        'rbac_role_permission': [{'role': 'reader', 'permission': 'Read', 'service': 'corpus.rbac'}],
    }


def outcomes(generation: str, folder: Path) -> list[Outcome]:
    """Runs the files of a generation, each in the same server."""
    files = files_of(generation)
    for file in files:
        write(folder, {f'services/{file.path.name}': file.path.read_text(encoding='utf-8')})
    with backend() as host, ExitStack() as stack:
        vendors = f'http://127.0.0.1:{stack.enter_context(speaking(Vendors))}'
        others, cloud = _others(generation, folder, stack), _cloud(generation, folder, vendors, stack)
        definitions = {**_definitions(files, host, folder), **others, **cloud, **_roles(generation)}
        silent = stack.enter_context(socket.create_server(('127.0.0.1', 0))).getsockname()[1]
        for name, port, seconds in (('Nobody', 9, 10), ('Silent', silent, 1)):
            place = {'host': f'http://127.0.0.1:{port}', 'url_path': '/', 'timeout': seconds}
            definitions['outgoing_rest'].append({'name': name, **place})
        logins = [*others.get('security', ()), *cloud.get('security', ()), *LOGINS[generation]]
        definitions['security'] = logins
        write(folder, {'d.yaml': yaml.safe_dump(definitions), 'user-conf/corpus.conf': CONFIG})
        environ = dict.fromkeys(VARIABLES, vendors)
        with server(folder, '--file', 'd.yaml', '--generation', generation, environ=environ) as local:
            return [_outcome(generation, file, local) for file in files]


def _outcome(generation: str, file: File, local: Local) -> Outcome:
    refused = next((line for line in local.lines if f'services/{file.path.name}:' in line and 'ERROR' in line), '')
    if refused:
        return Outcome(generation, file, False, _kind(refused), refused)
    headers = {'Content-Type': 'application/json'}
    if 'header' in file.head:
        name, _, value = file.head['header'].partition(': ')
        headers[name] = value
    method, path = file.head.get('method', 'POST'), f'/{file.path.stem}{file.head.get("path", "")}'
    answer = local.call(path, method, user='', data=file.head.get('send', ''), headers=headers)
    why = _difference(file, answer)
    if not why:
        return Outcome(generation, file, True, 'runs')
    return Outcome(generation, file, True, _kind(why), why)


def _kind(text: str) -> str:
    if any(words in text for words in NAMED):
        return 'named'
    return 'unnamed'


def _difference(file: File, answer: Any) -> str:
    wanted = int(file.head.get('status', 200))
    if answer.status_code != wanted:
        return f'{answer.status_code} {answer.text}'
    if 'sees' in file.head:
        name, _, value = file.head['sees'].partition(': ')
        if answer.headers.get(name) != value:
            return f'{name} is {answer.headers.get(name)}'
    if 'answer' in file.head and _parsed(answer.text) != _parsed(file.head['answer']):
        return f'answers {answer.text}'
    return ''


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def everything() -> list[Outcome]:
    """Runs all files, those of both generations twice."""
    found: list[Outcome] = []
    for generation in FOLDERS:
        with tempfile.TemporaryDirectory() as folder:
            found += outcomes(generation, Path(folder).resolve())
    return found


def report(found: list[Outcome]) -> str:
    """Returns what became of the files: counts, by generation and in all, and each that did not run."""
    lines = []
    for generation in FOLDERS:
        mine = [one for one in found if one.generation == generation]
        lines.append(f'Zato {generation}: {_counts(mine)}')
    paths = {one.file.path for one in found}
    run = [path for path in paths if all(one.what == 'runs' for one in found if one.file.path == path)]
    lines.append(f'in all: {len(paths)} files, {len(run)} run in each generation that they are for; {_counts(found)}')
    lines += [f'{one.what:8} {one.generation} {one.file.shown}: {one.why}' for one in found if one.what != 'runs']
    return '\n'.join(lines)


def _counts(found: list[Outcome]) -> str:
    parts = [f'{sum(one.loads for one in found)} of {len(found)} load']
    for what, words in (('runs', 'run'), ('named', 'end in a named error'), ('unnamed', 'in an unnamed one')):
        parts.append(f'{sum(one.what == what for one in found)} {words}')
    return ', '.join(parts)


if __name__ == '__main__':
    print(report(everything()))
    sys.exit(0)
