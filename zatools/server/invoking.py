"""What `self.invoke` and `self.invoke_async` of services do: keywords as payloads, deadlines, callbacks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import ZatoException, unsupported
from zatools.server.call import Call, new_cid
from zatools.server.http.formats import from_text

if TYPE_CHECKING:
    from zatools.server.api.service import Service
    from zatools.server.runtime import Runtime

#: Options of the platform's self.invoke that change the call, and that we lack.
LACKED = ('serialize', 'set_response_func', 'target', 'to_json_string', 'wsgi_environ')
#: Those that are there, and are no payload even where there is no other.
OPTIONS = ('channel', 'data_format', 'transport', 'timeout', 'raise_timeout', 'as_bunch', 'cid')
#: Those that the platform takes for the payload where there is no other, by generation.
BESIDE = {'3.2': ('environ', 'skip_response_elem'), '4.1': ('environ',)}
ALL = (*OPTIONS, 'environ', 'skip_response_elem')
#: Options of the platform's self.invoke_async that change nothing here.
WITHOUT_EFFECT = frozenset(['channel', 'data_format', 'transport', 'expiration', 'to_json_string', 'zato_ctx'])


def invoke(server: Runtime, caller: Service, name: Any, payload: Any, given: dict[str, Any]) -> Any:
    """Invokes a service and returns its response. Raises what it raises, and TimeoutError."""
    for option in LACKED:
        if given.pop(option, None):
            raise unsupported(f'{option}= of self.invoke')
    wanted = _name_of(name)
    if wanted == caller.get_name():
        raise ZatoException(caller.cid, f'A service cannot invoke itself, name:[{wanted}]')
    payload, options = _sorted(payload, given, server.generation)
    about = server.about(options.get('channel') or 'invoke')
    about['data_format'] = options.get('data_format') or about['data_format']
    environ, transport = options.get('environ') or {}, str(options.get('transport') or '')
    cid = str(options.get('cid') or caller.cid)
    message = from_text(payload) if about['data_format'] == 'json' else payload
    call = Call(cid, message, payload, channel=about, beside=environ, transport=transport)

    def run() -> Any:
        deployed = server.deployed(wanted)
        return deployed.wrapped(server.call(deployed, call).payload, server.generation)

    if not options.get('timeout'):
        return _shaped(run(), options)
    return _shaped(_within(float(options['timeout']), wanted, run, options.get('raise_timeout', True)), options)


def invoke_async(server: Runtime, caller: Service, name: Any, payload: Any, given: dict[str, Any]) -> str:
    """Starts a service and returns its CID. What it raises is in the log alone."""
    cid = str(given.pop('cid', '') or new_cid())
    callbacks = given.pop('callback', None) or []
    environ = given.pop('environ', None) or {}
    for option in given.keys() - WITHOUT_EFFECT:
        raise unsupported(f'{option}= of self.invoke_async')
    wanted = _name_of(name)
    if server.generation == '3.2':
        server.deployed(wanted)
    own = f'{caller.get_name()}-async-callback'
    if not callbacks and own in server.services:
        callbacks = own
    if not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    names = [_name_of(one) for one in callbacks]

    def invoke_and_call_back() -> None:
        about = server.about('invoke-async')
        call = Call(cid, payload, payload, channel=about, beside=environ)
        answer = server.call(server.deployed(wanted), call).payload
        for one in names:
            server.call(server.deployed(one), Call(cid, answer, answer, channel=about))

    server.background.start(f"service '{wanted}'", cid, invoke_and_call_back)
    return cid


def _name_of(service: Any) -> str:
    return service if isinstance(service, str) else str(service.get_name())


def _sorted(payload: Any, given: dict[str, Any], generation: str) -> tuple[Any, dict[str, Any]]:
    # The payload, and the options that keywords are; without a payload what is no option is one.
    is_empty = payload in ('', b'', None, {}, [])
    beside = BESIDE[generation] if is_empty else ()
    options = {name: given[name] for name in given if name in ALL and name not in beside}
    rest = {name: value for name, value in given.items() if name not in options}
    if rest and not is_empty:
        raise unsupported(f'{next(iter(rest))}= of self.invoke beside a payload')
    return rest or payload, options


def _within(seconds: float, name: str, run: Callable[[], Any], raises: bool) -> Any:
    # A thread can't be stopped: the service goes on, and nobody waits for it.
    answer: Future[Any] = Future()

    def work() -> None:
        try:
            answer.set_result(run())
        # Any exception at all: whoever waits gets it.
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        if answer.done():
            # The service has raised it.
            return answer.result()
        if raises:
            raise TimeoutError(f"service '{name}' has not ended within {seconds:g} s") from None
        return None


def _shaped(found: Any, options: dict[str, Any]) -> Any:
    if options.get('skip_response_elem') and isinstance(found, dict) and len(found) == 1:
        key = next(iter(found))
        if str(key) == 'response' or str(key).startswith('zato'):
            found = found[key]
    if options.get('as_bunch') and isinstance(found, dict):
        return DotDict(found)
    return found
