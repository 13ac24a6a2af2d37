"""Vendors' APIs for tests: S3 by moto, which checks signatures; what stands for Slack, Telegram, Twilio and the like.

Those can't be installed, so one server of our own speaks as they do, as far as logins, messages, files and refusals go.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from tests.connections.clients import PASSWORD
from tests.peers.files import _wait
from tests.ports import free_port

#: The token of a bot, and the account of Twilio.
BOT, ACCOUNT = f'12:{PASSWORD}', 'AC12'
ALLOW = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}]}
#: The variables that have vendors' libraries and pings call somewhere else.
VARIABLES = ('ZATO_SLACK_ADDRESS', 'ZATO_TWILIO_ADDRESS', 'ZATO_DROPBOX_ADDRESS')


class Keys(NamedTuple):
    """An access key and its secret."""

    id: str
    secret: str


class Store(NamedTuple):
    """Where an S3 is, and the keys of two users: one may do anything, the other nothing."""

    address: str
    user: Keys
    other: Keys


@contextmanager
def moto(folder: Path) -> Iterator[Store]:
    """Runs an S3 that checks signatures and policies."""
    port, environ = free_port(), {**os.environ, 'HOME': str(folder)}
    address = f'http://127.0.0.1:{port}'
    command = [sys.executable, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(port)]
    written = folder / 'moto.log'
    with written.open('wb') as log, subprocess.Popen(command, stdout=log, stderr=log, env=environ) as server:
        try:
            _wait(port, server, written)
            user, other = _users(address)
            # From now on, who calls is looked at.
            urlopen(Request(f'{address}/moto-api/reset-auth', b'0', {'Content-Type': 'text/plain'})).close()
            yield Store(address, user, other)
        finally:
            server.terminate()


def _users(address: str) -> tuple[Keys, Keys]:
    import boto3

    login = {'aws_access_key_id': 'any', 'aws_secret_access_key': 'any', 'region_name': 'us-east-1'}
    iam = boto3.session.Session(**login).client('iam', endpoint_url=address)
    found = []
    for name in ('user', 'other'):
        iam.create_user(UserName=name)
        made = iam.create_access_key(UserName=name)['AccessKey']
        found.append(Keys(made['AccessKeyId'], made['SecretAccessKey']))
    iam.put_user_policy(UserName='user', PolicyName='all', PolicyDocument=json.dumps(ALLOW))
    return found[0], found[1]


class Vendors(BaseHTTPRequestHandler):
    """Speaks as each of the vendors, told apart by paths."""

    files: dict[str, bytes] = {}
    tokens: list[str] = []

    def _answer(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        start = self.path.split('/')[1]
        if start.startswith('bot'):
            start = 'bot'
        told = {
            'api': self.slack,
            'bot': self.telegram,
            '2010-04-01': self.twilio,
            '2': self.dropbox,
            'services': self.salesforce,
            'v1': self.model,
        }.get(start)
        status, found = told() if told else (404, {})
        if status:
            self._reply(status, json.dumps(found).encode())

    def _reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {'Content-Type': 'application/json', **headers}.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    @property
    def body(self) -> dict[str, Any]:
        if 'json' in self.headers.get('Content-Type', ''):
            found: dict[str, Any] = json.loads(self.sent or b'{}')
            return found
        return {name: values[0] for name, values in parse_qs(self.sent.decode()).items()}

    def _is_let_in(self, wanted: str) -> bool:
        return self.headers.get('Authorization') == wanted

    def slack(self) -> tuple[int, Any]:
        if not self._is_let_in(f'Bearer {PASSWORD}'):
            return 200, {'ok': False, 'error': 'invalid_auth'}
        if self.path == '/api/auth.test':
            return 200, {'ok': True, 'team': 'Shop', 'user': 'orders'}
        if self.path != '/api/chat.postMessage':
            return 200, {'ok': False, 'error': 'unknown_method'}
        if self.body.get('channel') != '#general':
            return 200, {'ok': False, 'error': 'channel_not_found'}
        return 200, {'ok': True, 'channel': 'C1', 'ts': '1.2', 'message': {'text': self.body['text']}}

    def telegram(self) -> tuple[int, Any]:
        token, method = self.path.removeprefix('/bot').split('/')
        if token != BOT:
            return 401, {'ok': False, 'error_code': 401, 'description': 'Unauthorized'}
        if method == 'getMe':
            return 200, {'ok': True, 'result': {'id': 12, 'is_bot': True, 'username': 'orders_bot'}}
        if method != 'sendMessage':
            return 404, {'ok': False, 'error_code': 404, 'description': 'Not Found'}
        if 'chat_id' not in self.body:
            return 400, {'ok': False, 'error_code': 400, 'description': 'Bad Request: chat_id is empty'}
        return 200, {'ok': True, 'result': {'message_id': 7, 'text': self.body['text']}}

    def twilio(self) -> tuple[int, Any]:
        if not self._is_let_in(f'Basic {b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()}'):
            return 401, {'code': 20003, 'message': 'Authenticate', 'status': 401}
        if self.command == 'GET':
            return 200, {'sid': ACCOUNT, 'friendly_name': 'Shop', 'status': 'active'}
        for name in ('To', 'From', 'Body'):
            if name not in self.body:
                return 400, {'code': 21604, 'message': f"A '{name}' is required.", 'status': 400}
        return 201, {'sid': 'SM12', 'body': self.body['Body'], 'to': self.body['To'], 'from': self.body['From']}

    def dropbox(self) -> tuple[int, Any]:
        if not self._is_let_in(f'Bearer {PASSWORD}'):
            tag = 'invalid_access_token'
            return 401, {'error_summary': f'{tag}/...', 'error': {'.tag': tag}}
        if self.path == '/2/check/user':
            return 200, {'result': self.body['query']}
        path = json.loads(self.headers['Dropbox-API-Arg'])['path']
        about = {'name': path.rpartition('/')[2], 'id': 'id:1', 'rev': '0123456789', 'size': len(self.sent)}
        about |= {'client_modified': '2026-01-02T03:04:05Z', 'server_modified': '2026-01-02T03:04:05Z'}
        if self.path == '/2/files/upload':
            self.files[path] = self.sent
            return 200, about
        if path not in self.files:
            tags = {'.tag': 'path', 'path': {'.tag': 'not_found'}}
            return 409, {'error_summary': 'path/not_found/', 'error': tags}
        self._reply(200, self.files[path], **{'Dropbox-API-Result': json.dumps(about)})
        return 0, None

    def salesforce(self) -> tuple[int, Any]:
        if self.path == '/services/oauth2/token':
            if self.body['client_id'] != 'key':
                return 400, {'error': 'invalid_client_id', 'error_description': 'client identifier invalid'}
            if self.body['password'] != PASSWORD:
                return 400, {'error': 'invalid_grant', 'error_description': 'authentication failure'}
            self.tokens.append(f'token {len(self.tokens)}')
            return 200, {'access_token': self.tokens[-1], 'instance_url': 'http://127.0.0.1:1'}
        if not self.tokens or not self._is_let_in(f'Bearer {self.tokens[-1]}'):
            return 401, [{'message': 'Session expired or invalid', 'errorCode': 'INVALID_SESSION_ID'}]
        path = self.path.removeprefix('/services/data/v54.0')
        if (self.command, path) == ('POST', '/sobjects/Lead'):
            return 201, {'id': '00Q1', 'success': True, 'sent': self.body}
        if (self.command, path) == ('DELETE', '/sobjects/Lead/00Q1'):
            self._reply(204, b'')
            return 0, None
        if path.startswith('/query'):
            return 200, {'totalSize': 1, 'records': [{'q': parse_qs(urlsplit(path).query)['q'][0]}]}
        if path in ('/', '/sobjects/Lead/00Q1'):
            return 200, {'Id': '00Q1', 'changed': self.body}
        return 404, [{'message': 'The requested resource does not exist', 'errorCode': 'NOT_FOUND'}]

    def model(self) -> tuple[int, Any]:
        is_messages = 'x-api-key' in self.headers
        if PASSWORD not in (self.headers.get('x-api-key'), self.headers.get('Authorization', '')[7:]):
            return 401, {'error': {'type': 'authentication_error', 'message': 'invalid key'}}
        if self.path == '/v1/models':
            return 200, {'data': [{'id': 'claude-fable-5'}, {'id': 'small'}]}
        said = ' | '.join(one['content'] for one in self.body['messages'])
        if self.body['model'] == 'none':
            return 404, {'error': {'type': 'not_found_error', 'message': 'model: none'}}
        if is_messages and self.path == '/v1/messages':
            usage = {'input_tokens': len(said), 'output_tokens': self.body['max_tokens']}
            return 200, {'content': [{'type': 'text', 'text': f'Heard {said}'}], 'usage': usage}
        usage = {'prompt_tokens': len(said), 'completion_tokens': 2, 'total_tokens': 3}
        return 200, {'choices': [{'message': {'role': 'assistant', 'content': f'Heard {said}'}}], 'usage': usage}

    def log_message(self, *_: Any) -> None:
        pass
