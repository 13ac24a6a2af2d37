"""What the caller sent: `self.request` of services."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import BodyError
from zatools.server.api.supported import Supported

if TYPE_CHECKING:
    from werkzeug.wrappers import Request as WebRequest


class Http(Supported):
    """The HTTP side of a request. Query and form are parsed only when a service asks for them."""

    called = 'self.request.http'

    def __init__(self, environ: Mapping[str, Any], params: Mapping[str, Any], path_params: Mapping[str, str]) -> None:
        self.environ = environ
        self.params = DotDict(params)
        self.path_params = DotDict(path_params)
        self.method = environ.get('REQUEST_METHOD', '')
        self.path = environ.get('zatools.path', '')
        self.user_agent = environ.get('HTTP_USER_AGENT', '')

    @property
    def headers(self) -> dict[str, str]:
        """The headers: names in lower case with dashes."""
        headers = {}
        for name, value in self.environ.items():
            if name.startswith('HTTP_'):
                headers[name[5:].replace('_', '-').lower()] = value
        for name in ('CONTENT_TYPE', 'CONTENT_LENGTH'):
            if self.environ.get(name):
                headers[name.replace('_', '-').lower()] = self.environ[name]
        return headers

    @cached_property
    def _web(self) -> WebRequest:
        from werkzeug.wrappers import Request as WebRequest

        # A call that did not come by HTTP has no body.
        web = WebRequest({'wsgi.input': BytesIO(), **self.environ})
        # The server has bounded the body as a whole.
        web.max_form_memory_size = None
        return web

    @property
    def GET(self) -> DotDict:  # noqa: N802
        """The query string."""
        return _single(self._web.args)

    @property
    def POST(self) -> DotDict:  # noqa: N802
        """The form that the body is, if it is one. Raises BodyError for one of too many parts."""
        from werkzeug.exceptions import RequestEntityTooLarge

        try:
            return _single(self._web.form)
        except RequestEntityTooLarge:
            raise BodyError('', 'The form has too many parts', RequestEntityTooLarge.code, needs_msg=True) from None

    def get_form_data(self) -> DotDict:
        """Returns the form that the body is."""
        return self.POST


def _single(values: Any) -> DotDict:
    # A name that is given once has a value, one that is given often a list.
    fields = DotDict()
    for name, given in values.lists():
        fields[name] = given if len(given) > 1 else given[0]
    return fields


class Request(Supported):
    """What the caller sent."""

    called = 'self.request'
    #: The envelope of a call of 4.1's SOAP channels; no others have it.
    soap: Any

    #: The log of the service; it is set along with the service's own.
    logger: logging.Logger
    transport = ''
    #: What the service has declared, read from the message.
    input: Any = None

    def __init__(self, cid: str, payload: Any, raw: Any, http: Http | None) -> None:
        self.cid = cid
        self.payload = payload
        self.raw = self.raw_request = raw
        self.http = http or Http({}, {}, {})

    def to_bunch(self) -> Any:
        """Returns the message with dot access, all the way down."""
        from zatools.server.api.bunch import bunchify

        return bunchify(self.payload)

    bunchified = to_bunch

    @property
    def text(self) -> str:
        """The body as text."""
        if isinstance(self.raw, bytes):
            return self.raw.decode('utf-8', 'replace')
        return str(self.raw)
