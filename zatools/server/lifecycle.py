"""What runs of a service in one call, and in which order: hooks, then the method that handles the call."""

from __future__ import annotations

from datetime import UTC, datetime
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from zatools.server.api.exceptions import BadRequest, MethodNotAllowed, unsupported
from zatools.server.api.models import Model, read_model
from zatools.server.api.service import Service
from zatools.server.call import Call, NotAcceptedError
from zatools.server.failing import traced
from zatools.server.http.formats import parsed
from zatools.server.project.loader import Deployed

#: Methods of services that the platform calls on 3.2 only.
ONLY_32 = ('validate_input', 'validate_output', 'finalize_handle')
#: Types of what a method returns whose code has not run.
UNRUN = CoroutineType, GeneratorType, AsyncGeneratorType


def read_message(model: type[Model], call: Call, service: Service) -> Any:
    """Reads the message of a call into the model that its service declares. Raises BadRequest."""
    payload = call.payload
    if isinstance(payload, Model):
        return payload
    if payload in ('', b'', None):
        payload = {}
    if isinstance(payload, (str, bytes)):
        payload = parsed(payload.encode() if isinstance(payload, str) else payload, 'json', call.cid)
    if not isinstance(payload, dict):
        raise BadRequest(call.cid, f'{model.__name__} wants an object', needs_msg=True)
    try:
        return read_model(model, {**payload, **call.params}, service=service)
    except RecursionError:
        raise BadRequest(call.cid, f'{model.__name__} is nested too deeply', needs_msg=True) from None


def handler_of(deployed: Deployed, call: Call) -> str:
    """Returns the name of the method that handles a call. Raises MethodNotAllowed."""
    if not deployed.verbs:
        return 'handle'
    if call.http is None:
        if deployed.cls.handle is Service.handle:
            methods = ', '.join(f'handle_{verb}' for verb in sorted(deployed.verbs))
            text = f"service '{deployed.name}' has no handle for calls without HTTP, only {methods}"
            raise MethodNotAllowed(call.cid, text, needs_msg=True)
        return 'handle'
    if call.http.method not in deployed.verbs:
        raise MethodNotAllowed(call.cid, f'{call.http.method} is not allowed')
    return f'handle_{call.http.method}'


def run(service: Service, hooks: frozenset[str], handler: str, generation: str) -> None:
    """Runs the hooks and the handler. Raises what they raise, and NotAcceptedError."""
    if 'accept' in hooks and not _called(service, 'accept'):
        raise NotAcceptedError(service.cid, f"service '{service.get_name()}' does not accept this call")
    if generation != '3.2':
        hooks = hooks.difference(ONLY_32)
    _run_hook(service, hooks, 'before_handle')
    if 'validate_input' in hooks:
        _called(service, 'validate_input')
    _called(service, handler)
    if generation == '3.2':
        _time(service)
    if 'validate_output' in hooks:
        _called(service, 'validate_output')
    _run_hook(service, hooks, 'after_handle')
    _run_hook(service, hooks, 'finalize_handle')


def _run_hook(service: Service, hooks: frozenset[str], name: str) -> None:
    if name not in hooks:
        return
    try:
        _called(service, name)
    # Any exception at all: sys.exit() in a hook does not end the call.
    except BaseException as error:
        service.logger.error('%s failed, the call goes on (CID %s)\n%s', name, service.cid, traced(error))


def _called(service: Service, name: str) -> Any:
    result = getattr(service, name)()
    if isinstance(result, UNRUN):
        # The code of a generator or coroutine has not run yet, and nobody would run it.
        what = 'async def'
        if isinstance(result, GeneratorType):
            what = 'yield in'
        if not isinstance(result, AsyncGeneratorType):
            result.close()
        raise unsupported(f"{what} {name} of service '{service.get_name()}'")
    return result


def _time(service: Service) -> None:
    # Services change what they like, the time at which they were called too.
    now = datetime.now(UTC).replace(tzinfo=None)
    service.handle_return_time, took = now, now - service.invocation_time
    service.processing_time_raw, service.processing_time = took, round(took.total_seconds() * 1000)
