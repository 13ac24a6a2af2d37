"""What a service is to the one who writes it: `self.request`, `self.response`, `self.out`, `self.invoke`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zatools.server.bunch import Bunch
from zatools.server.supported import Lacking, Supported

if TYPE_CHECKING:
    from werkzeug.wrappers import Request as WebRequest

    from zatools.server.outgoing import Out
    from zatools.server.runtime import Runtime

#: Attributes that the platform has and the local server lacks.
UNSUPPORTED = frozenset(
    [
        'kvdb',
        'cache',
        'time',
        'cloud',
        'email',
        'sql',
        'search',
        'sms',
        'amqp',
        'zmq',
        'wsx',
        'patterns',
        'pubsub',
        'sso',
        'vault',
        'crypto',
        'lock',
        'spawn',
        'tasks',
        'ldap',
        'odoo',
        'invoke_async',
        'invoke_by_id',
        'new_instance',
        'schedule',
        'publish',
        'llm',
        'graphql',
        'grpc',
        'kafka',
        'static_config',
        'impl_name',
        'transport',
        'data_format',
        'job_type',
        'in_reply_to',
        'sleep',
        'invocation_time',
        'processing_time',
    ]
)


class Http(Supported):
    """The HTTP side of a request. Query and form are read when they are asked for."""

    called = 'self.request.http'

    def __init__(self, environ: Mapping[str, Any], params: Mapping[str, Any], path_params: Mapping[str, str]) -> None:
        self.environ = environ
        self.params = Bunch(params)
        self.path_params = Bunch(path_params)
        self.method = environ.get('REQUEST_METHOD', '')
        self.path = environ.get('zatools.path', '')
        self.user_agent = environ.get('HTTP_USER_AGENT', '')

    @property
    def headers(self) -> dict[str, str]:
        """The headers: names in lower case with dashes."""
        found = {name[5:].replace('_', '-').lower(): one for name, one in self.environ.items() if name[:5] == 'HTTP_'}
        for name in ('CONTENT_TYPE', 'CONTENT_LENGTH'):
            if self.environ.get(name):
                found[name.replace('_', '-').lower()] = self.environ[name]
        return found

    @cached_property
    def _web(self) -> WebRequest:
        from werkzeug.wrappers import Request as WebRequest

        return WebRequest(dict(self.environ))

    @property
    def GET(self) -> Bunch:  # noqa: N802
        """The query string."""
        return _single(self._web.args)

    @property
    def POST(self) -> Bunch:  # noqa: N802
        """The form that the body is, if it is one."""
        return _single(self._web.form)

    def get_form_data(self) -> Bunch:
        """Returns the form that the body is."""
        return self.POST


def _single(values: Any) -> Bunch:
    return Bunch({name: found if len(found) > 1 else found[0] for name, found in values.lists()})


class Request(Supported):
    """What the caller sent."""

    called = 'self.request'

    def __init__(self, cid: str, payload: Any, raw: Any, http: Http | None, given: Any) -> None:
        self.cid = cid
        self.payload = payload
        self.raw = self.raw_request = raw
        self.input = given
        self.http = http or Http({}, {}, {})

    @property
    def text(self) -> str:
        """The body as text."""
        return self.raw.decode('utf-8', 'replace') if isinstance(self.raw, bytes) else str(self.raw)


#: What classes of services may override, beside what handles a call.
HOOKS = ('accept', 'before_handle', 'validate_input', 'validate_output', 'after_handle', 'finalize_handle')
#: What services may set of a response.
SETTABLE = ('payload', 'status_code', 'headers', 'content_type')


class Output(Bunch):
    """A declared output: its elements are attributes. With `payload[:] = rows` or `append` it is a list of such."""

    def __init__(self, values: Any = ()) -> None:
        super().__init__(values)
        object.__setattr__(self, '_rows', None)

    def __setitem__(self, name: Any, value: Any) -> None:
        if isinstance(name, slice):
            rows = list(self._rows or [])
            rows[name] = value
            object.__setattr__(self, '_rows', rows)
        else:
            super().__setitem__(name, value)

    def append(self, row: Any) -> None:
        """Adds a row."""
        object.__setattr__(self, '_rows', [*(self._rows or []), row])


def whole(payload: Any) -> Any:
    """Returns a payload; of a declared output the rows, if it has any."""
    return payload if not isinstance(payload, Output) or payload._rows is None else payload._rows


class Response(Supported):
    """What the caller gets."""

    called = 'self.response'
    lacks = frozenset(['status_message', 'content_encoding', 'data_format', 'result', 'result_details', 'cid'])

    status_code: Any
    headers: Any
    content_type: Any
    _payload: Any
    _has_output: bool

    def __init__(self, has_output: bool = False) -> None:
        # Past __setattr__, which is for services.
        payload = Output() if has_output else ''
        vars(self).update(status_code=200, headers={}, content_type='', _payload=payload, _has_output=has_output)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in SETTABLE and not name.startswith('_'):
            raise self._unsupported(name, SETTABLE)
        super().__setattr__(name, value)

    @property
    def payload(self) -> Any:
        """The response itself; with a declared output its elements are attributes."""
        return self._payload

    @payload.setter
    def payload(self, value: Any) -> None:
        self._payload = Output(value) if self._has_output and isinstance(value, dict) else value


class Service:
    """What users' services derive from."""

    input: Any = None
    output: Any = None

    # Set for each call, before any code of the service runs.
    cid: str
    request: Request
    response: Response
    out: Out
    server: Runtime
    logger: logging.Logger
    channel: Bunch
    environ: dict[str, Any]
    wsgi_environ: Mapping[str, Any]

    @classmethod
    def get_name(cls) -> str:
        """Returns the service's name."""
        return str(getattr(cls, 'zatools_name', '') or getattr(cls, 'name', ''))

    @property
    def rest(self) -> Any:
        """The outgoing REST connections, as in `self.out.rest`."""
        return self.out.rest

    @property
    def config(self) -> Bunch:
        """The user configuration."""
        return self.server.user_config

    user_config = config

    @property
    def chan(self) -> Bunch:
        """The channel, by its short name."""
        return self.channel

    def invoke(self, name: Any, payload: Any = '', **kwargs: Any) -> Any:
        """Invokes another service, by name or class, and returns its response."""
        return self.server.invoke_for(self, name, payload, **kwargs)

    def accept(self) -> Any:
        """Comes before all else; where it returns what is false, the caller gets 400 and nothing else is called."""
        return True

    def before_handle(self) -> None:
        """Comes before `handle`; what it raises is logged, and the call goes on."""

    def after_handle(self) -> None:
        """Comes after `handle`, unless that raised; what it raises is logged."""

    def validate_input(self) -> None:
        """Comes before `handle`, on 3.2 only; what it raises ends the call."""

    def validate_output(self) -> None:
        """Comes after `handle`, on 3.2 only; what it raises ends the call."""

    def finalize_handle(self) -> None:
        """Comes last, on 3.2 only, unless the call failed; what it raises is logged."""

    def handle(self) -> None:
        """Does the work; services override it."""


for _name in UNSUPPORTED:
    # No __getattr__: that would hide what fails within users' properties.
    setattr(Service, _name, Lacking(_name))
