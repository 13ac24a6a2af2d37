"""FHIR as services call it, with fhirpy; its requests go the way of all calls over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zatools.connections.clients.asked import AskedView
from zatools.connections.rest import headers_of

if TYPE_CHECKING:
    from requests import Response

    from zatools.connections.calls import RestCalls

#: Statuses that have an exception of fhirpy's; all others have OperationOutcome.
RAISED: Mapping[int, str] = {
    401: 'AuthorizationError',
    403: 'ForbiddenError',
    404: 'ResourceNotFound',
    410: 'ResourceNotFound',
    412: 'MultipleResourcesFound',
}
UNCHANGED = 304


class Fhir(AskedView):
    """`self.out.hl7.fhir['EHR'].conn`."""

    called = 'self.out.hl7.fhir[…].conn'

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a SyncFHIRClient of fhirpy. Its calls raise fhirpy's exceptions, and CallFailedError."""
        yield _client(self._calls, self._rest.item.values.get('address'))


def _client(calls: RestCalls, address: Any) -> Any:
    from fhirpy import SyncFHIRClient
    from fhirpy.base.utils import AttrDict

    class Client(SyncFHIRClient):
        # Login, deadline, TLS and sentences are those of the connection: fhirpy knows no session to be handed.
        def _do_request(
            self,
            method: str,
            path: str,
            data: Any = None,
            params: Any = None,
            extra_headers: Any = None,
            *,
            returning_status: bool = False,
        ) -> Any:
            headers = {**headers_of(calls.connection.item), **self._build_request_headers(), **(extra_headers or {})}
            url = self._build_request_url(path, params)
            response = calls.sent(method.upper(), url, headers, **({} if data is None else {'json': data}))
            if not response.ok:
                raise _problem(response)
            found = None
            if response.content and response.status_code != UNCHANGED:
                found = json.loads(response.content, object_hook=AttrDict)
            return (found, response.status_code) if returning_status else found

    return Client(str(address or ''))


def _problem(response: Response) -> Exception:
    from fhirpy.base import exceptions

    if response.status_code in RAISED:
        found: Exception = getattr(exceptions, RAISED[response.status_code])(response.text)
        return found
    outcome: Any = exceptions.OperationOutcome
    try:
        said = json.loads(response.content)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict) and said.get('resourceType') == 'OperationOutcome':
        return outcome(resource=said)  # type: ignore[no-any-return]
    return outcome(reason=response.text)  # type: ignore[no-any-return]
