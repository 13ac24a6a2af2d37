"""What our own tools ask a server: `/zato/ping`, and the platform's services behind its door for tools."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from zatools.connections.connect import connect
from zatools.connections.envelope import INVOKE_PATHS
from zatools.connections.pong import Attempt
from zatools.kinds import KINDS
from zatools.place import did_you_mean
from zatools.secret import Secret
from zatools.server.api.exceptions import SUPPORTED, HTTPException
from zatools.server.call import Call, NoServiceError
from zatools.server.failing import log_failure, summary_of
from zatools.server.http.guards import credentials
from zatools.server.runtime import Runtime
from zatools.state import Item

PING = '/zato/ping'
SHOWN = ('is_active', 'host', 'url_path', 'data_format', 'ping_method', 'timeout', 'pool_size', 'priority', 'def_name')


class ServiceFailedError(Exception):
    """A service that a tool invoked failed; the log has it, and the text says what it raised."""


@dataclass(frozen=True)
class Admin:
    """The door for tools, and who may go through it."""

    runtime: Runtime
    user: str
    password: Secret

    def is_let_in(self, environ: Mapping[str, Any]) -> bool:
        """Tells whether a request has the right Basic Auth."""
        user, password = credentials(environ)
        is_user = hmac.compare_digest(user, self.user.encode())
        return hmac.compare_digest(password, self.password.reveal().encode()) and is_user and bool(self.password)

    def pong(self, cid: str) -> Any:
        """Returns what /zato/ping answers."""
        if self.runtime.generation == '3.2':
            return {'pong': 'zato', 'zato_env': _env(cid)}
        return {'is_ok': True, 'cid': cid}

    def has(self, path: str) -> bool:
        """Tells whether services of this generation are invoked at a path."""
        if self.runtime.generation == '4.1':
            prefix = INVOKE_PATHS['4.1']
            return path.startswith(prefix) and path != prefix
        return path == INVOKE_PATHS['3.2']

    def invoke(self, path: str, body: bytes, cid: str) -> Any:
        """Invokes what a request names and returns what is answered. Raises ValueError for what can't be read."""
        if self.runtime.generation != '3.2':
            return self._invoked(path.removeprefix(INVOKE_PATHS['4.1']), _parsed(body) if body else {}, cid)
        envelope = _parsed(body)
        if not isinstance(envelope, dict) or not isinstance(envelope.get('name'), str):
            raise ValueError('the request names no service')
        payload = b64decode(envelope.get('payload') or '', validate=True)
        name = envelope['name']
        output = self._invoked(name, _parsed(payload) if payload else {}, cid)
        element = f'{name.replace(".", "_").replace("-", "_")}_response'
        inner = {element: output} if name in WRAPPED else output
        return {'response': b64encode(json.dumps(inner).encode()).decode(), 'zato_env': _env(cid)}

    def status_of(self, error: Exception) -> int:
        """Returns the status that goes with what went wrong: each generation has its own."""
        if self.runtime.generation == '3.2':
            return error.status if isinstance(error, HTTPException) else 500
        return 400 if isinstance(error, NoServiceError) else 500

    def _invoked(self, name: str, payload: Any, cid: str) -> Any:
        if name in OWN:
            return OWN[name](self.runtime, payload if isinstance(payload, dict) else {})
        if name.startswith('zato.') and name not in self.runtime.services:
            hint = did_you_mean(name, OWN) or SUPPORTED
            raise NoServiceError(f"'{name}' is no service of the local server; {hint}")
        deployed = self.runtime.deployed(name)
        try:
            return self.runtime.call(deployed, Call(cid, payload, payload)).payload
        except HTTPException:
            raise
        # Whatever it is, as in channels.
        except BaseException as problem:
            log_failure(f"service '{name}'", problem, cid)
            raise ServiceFailedError(summary_of(problem)) from None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError('the request is nested too deeply') from None


def _env(cid: str) -> dict[str, str]:
    return {'result': 'ZATO_OK', 'cid': cid, 'details': ''}


def _item(runtime: Runtime, payload: Mapping[str, Any]) -> Item | None:
    number = str(payload.get('id', ''))
    key = runtime.key_of(int(number)) if number.isdigit() else None
    return runtime.state.get(key) if key else None


def _ping(runtime: Runtime, payload: Mapping[str, Any]) -> Any:
    item = _item(runtime, payload)
    if item is None:
        return {'id': payload.get('id'), 'is_success': False, 'info': 'No such outgoing connection on this server'}
    connection = connect(item, runtime.state)
    attempt = Attempt(connection.timeout)
    pong = connection.ping(attempt)
    if 'status' not in pong.facts:
        return {'id': payload.get('id'), 'is_success': False, 'info': pong.sentence}
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    took = timedelta(seconds=pong.took or attempt.took)
    info = f'{now} (UTC)\n{connection.target}\nCode: {pong.facts["status"]}\nResponse time: {_clock(took)}'
    return {'id': payload.get('id'), 'is_success': True, 'info': info}


def _clock(took: timedelta) -> str:
    text = str(took)
    return text if '.' in text else f'{text}.000000'


def _http_list(runtime: Runtime, payload: Mapping[str, Any]) -> Any:
    wanted = {'connection': 'outgoing', 'transport': 'plain_http', **payload}
    return _rows(runtime, 'zato.http-soap', wanted)


def _amqp_list(runtime: Runtime, payload: Mapping[str, Any]) -> Any:
    return _rows(runtime, 'zato.outgoing.amqp', payload)


def _rows(runtime: Runtime, admin: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    # What a request says of the rows that it wants is what tells those of a kind.
    kinds = [
        kind
        for kind in KINDS
        if kind.admin == admin and all(wanted.get(name) == value for name, value in kind.rows[0].match.items())
    ]
    return [
        {
            'id': runtime.id_of(key),
            'name': item.name,
            'is_internal': False,
            **{
                name: item.values.get(name, item.kind.by_name[name].default_of(runtime.generation))
                for name in SHOWN
                if name in item.kind.by_name
            },
            'security_name': item.kind.login_in(item.values) or None,
        }
        for key, item in runtime.state.items()
        if item.kind in kinds
    ]


def _publish(runtime: Runtime, payload: Mapping[str, Any]) -> Any:
    name, exchange, key = (str(payload.get(field) or '') for field in ('conn_name', 'exchange', 'routing_key'))
    runtime.out.amqp.send(str(payload.get('request_data') or ''), name, exchange, key)
    return {'response_data': json.dumps({'result': 'OK'})}


OWN: Mapping[str, Callable[[Runtime, Mapping[str, Any]], Any]] = {
    'zato.http-soap.ping': _ping,
    'zato.http-soap.get-list': _http_list,
    'zato.outgoing.amqp.get-list': _amqp_list,
    'zato.outgoing.amqp.publish': _publish,
    'zato.ping': lambda runtime, payload: {'pong': 'zato'},
}
#: Services whose output 3.2 wraps in an element of their name.
WRAPPED = frozenset({'zato.http-soap.ping', 'zato.http-soap.get-list', 'zato.outgoing.amqp.get-list'})
