"""Secrets of a local server stay where they belong: not in its log, not with another host."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.peers.web import address_of, http_server
from tests.server.running import server, until, write
from tests.server.test_guards import item, state
from zatools.server.api.outgoing import Out
from zatools.state import Item


@pytest.mark.parametrize(
    'login',
    [
        item('apikey', 'login', header='X-Custom-Key', username='key', password='a-key-of-ours'),
        item('basic_auth', 'login', username='zato', password='s3cret'),
    ],
    ids=lambda login: login.kind.type,
)
def test_redirects_are_handed_back_so_that_no_login_follows_them(login: Item) -> None:
    with http_server() as peer:
        crm = item('outgoing_rest', 'CRM', host=f'http://{address_of(peer)}', url_path='/redirect', security='login')
        out = Out()
        out.update(state(login, crm), {})
        found = out.rest['CRM'].conn.get('cid-1')
        out.close()
        assert (found.status_code, found.is_redirect, found.history) == (301, True, [])
        assert [seen['path'] for seen in peer.seen] == ['/redirect']


def test_no_secret_reaches_the_log_in_any_encoding(tmp_path: Path) -> None:
    code = """
from base64 import b64encode
from json import dumps
from urllib.parse import quote
from zato.server.service import Service


class Leak(Service):
    name = 'leak'

    def handle(self):
        for secret in self.request.raw_request.decode().split('|'):
            for text in (secret, quote(secret), dumps(secret), b64encode(('api:' + secret).encode()).decode()):
                self.logger.info('with %s', text)
        raise ValueError(secret)
"""
    definitions = """
security:
  - {name: api, type: basic_auth, username: api, password: 'lit&eral "pass/word'}
  - {name: other, type: basic_auth, username: other, password: '${OTHER}'}
channel_rest:
  - {name: leak, service: leak, url_path: /leak, security: api}
  - {name: other, service: leak, url_path: /other, security: other}
"""
    secrets = ['lit&eral "pass/word', 'oth&er "pass/word']
    files = {'services/leak.py': code, 'd.yaml': definitions}
    arguments = ('--file', 'd.yaml', '--log-file', 'server.log')
    with server(write(tmp_path, files), *arguments, environ={'OTHER': secrets[1]}) as local:
        local.call('/leak', user=f'api:{secrets[0]}', data='|'.join(secrets))
        local.wait_for('ValueError')
        write(tmp_path, {'d.yaml': definitions.replace('lit&eral', 'new&eral')})
        local.wait_for('Definitions read anew')
        local.call('/leak', user='api:new&eral "pass/word', data='new&eral "pass/word')
        local.call('/leak', user='api:new&eral "pass/word', data=secrets[1])
        until(lambda: local.log.count('ValueError') >= 3)
        logs = [local.log, (tmp_path / 'server.log').read_text()]
    for log in logs:
        assert log.count('with ') >= 16
        for secret in (*secrets, 'new&eral "pass/word'):
            for text in (secret, quote(secret), json.dumps(secret)[1:-1], b64encode(f'api:{secret}'.encode()).decode()):
                assert text not in log, log
