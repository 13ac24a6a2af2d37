"""`RESTAdapter`: a service that is a call of an outgoing REST connection, by what its class says."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from zatools.server.api.exceptions import unsupported
from zatools.server.api.outgoing import check
from zatools.server.api.service import Service


class RESTAdapterResponse(NamedTuple):
    """What `map_response` gets on 4.1 with `needs_raw_response`: data, and the response itself."""

    data: Any
    raw_response: Any


class RESTAdapter(Service):
    """Calls a REST connection and responds with what came back, mapped if the class says so."""

    conn_name: str = ''
    method: str = 'GET'
    model: Any = None
    sec_def_name: Any = None
    auth_scopes: Any = ''
    log_response = False
    has_query_string_id = False
    query_string_id_param = 'id'
    needs_raw_response = False
    max_retries = 0
    retry_sleep_time = 2
    retry_backoff_threshold = 60
    retry_backoff_multiplier = 2

    def handle(self) -> None:
        """Calls the connection, and puts what is mapped into the response."""
        if not self.conn_name:
            raise ValueError(f'service {self.get_name()!r} has no conn_name: it names an outgoing REST connection')
        self.response.payload = self._mapped(self._called(self._request()))

    def _request(self) -> dict[str, Any]:
        if self.sec_def_name or _own(self, 'get_sec_def_name'):
            raise unsupported('sec_def_name of RESTAdapter', 'give the definition to the connection')
        params = dict(self.request.http.params)
        query = _asked(self, 'get_query_string', {}, params)
        if self.has_query_string_id:
            query = {**query, self.query_string_id_param: (self.request.input or {}).get('id')}
        headers = dict(_asked(self, 'get_headers', {}))
        token = _asked(self, 'get_auth_bearer', '')
        if token:
            headers['Authorization'] = f'Bearer {token}'
        path = _asked(self, 'get_path_params', {}, params)
        return {'data': _asked(self, 'get_request', ''), 'params': {**path, **query}, 'headers': headers}

    def _called(self, request: dict[str, Any]) -> Any:
        from zatools.connections.calls import CallFailedError, CallTimeoutError

        method = str(_asked(self, 'get_method', self.method)).upper()
        conn = self.out.rest[self.conn_name].conn
        wait = float(self.retry_sleep_time)
        for tries in range(self._tries()):
            is_last = tries + 1 == self._tries()
            try:
                response = conn.http_request(method, self.cid, request['data'], request['params'], request['headers'])
                if response.ok or is_last:
                    return self._checked(response)
            except (CallFailedError, CallTimeoutError):
                if is_last:
                    raise
            time.sleep(wait)
            if tries + 1 >= self.retry_backoff_threshold:
                wait *= self.retry_backoff_multiplier
        raise AssertionError('there is at least one try')

    def _tries(self) -> int:
        # 3.2 tries once.
        if self.server.generation == '3.2':
            return 1
        return int(self.max_retries) + 1

    def _checked(self, response: Any) -> Any:
        check(self.conn_name, response, self.cid)
        if self.log_response:
            self.logger.info('Response of %s: %s', self.conn_name, response.text)
        return response

    def _mapped(self, response: Any) -> Any:
        data = response.data
        if self.model and isinstance(data, list):
            data = [self.model.from_dict(one) for one in data]
        elif self.model:
            data = self.model.from_dict(data)
        if self.needs_raw_response and self.server.generation != '3.2':
            data = RESTAdapterResponse(data, response)
        return _asked(self, 'map_response', data, data)


def _own(adapter: RESTAdapter, name: str) -> Any:
    return getattr(type(adapter), name, None)


def _asked(adapter: RESTAdapter, name: str, otherwise: Any, *arguments: Any) -> Any:
    # What a method of the class returns; what there is without it otherwise.
    method = _own(adapter, name)
    if method is None:
        return otherwise
    found = method(adapter, *arguments)
    if found is None and otherwise in ({}, ''):
        return otherwise
    return found


SOAPAdapter = RESTAdapter
