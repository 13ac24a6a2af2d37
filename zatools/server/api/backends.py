"""What services are told where a call over HTTP reached nobody: the exceptions of each generation."""

from __future__ import annotations

import logging

from zatools.server.api.exceptions import BackendInvocationError, TimeoutException

log = logging.getLogger('zatools.server')


def told_as(error: OSError, generation: str, cid: str) -> Exception:
    """Returns the exception that a service gets, which is one of requests, too.

    On 4.1 it is BackendInvocationError, and on 3.2 TimeoutException where it took too long.
    """
    from zatools.connections.calls import CallFailedError, CallTimeoutError

    if not isinstance(error, (CallFailedError, CallTimeoutError)):
        return error
    if generation == '3.2' and isinstance(error, CallFailedError):
        return error
    base = TimeoutException if generation == '3.2' else BackendInvocationError
    if generation != '3.2':
        # Who called the service gets no more than that it was a bad request.
        log.warning('%s (CID %s)', error, cid)
    kind = type(base.__name__, (base, type(error)), {'__module__': base.__module__})
    told: Exception = kind(cid, str(error))
    return told
