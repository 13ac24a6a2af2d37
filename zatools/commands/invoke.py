"""`zato invoke`: calls a service, in this process or at a running server."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from zatools.errors import Exit, FailedError, InvalidError, UsageError, answer
from zatools.live.local import Project, at_hand, no_service
from zatools.live.outgoing import Source, running_server
from zatools.world import World

#: Seconds that a server has for a service, unless --timeout says more.
PATIENCE = 60.0


@dataclass(frozen=True)
class Wish:
    """Which service is invoked, with what, and how it is answered; the timeout, in seconds, is for servers."""

    service: str
    payload: str = ''
    timeout: float | None = None
    as_json: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a response that JSON can hold, or what went wrong, in a sentence."""

    response: Any = None
    error: str = ''
    cid: str | None = None


def invoke(world: World, source: Source, project: Project, wish: Wish) -> Exit:
    """Invokes a service and prints what it answers; exit 1 where it fails."""
    source = _meant(source)
    payload = _payload(world, wish.payload)
    started = monotonic()
    call = _at_hand
    if source.via_server:
        call = _at_server
    found = call(world, source, project, wish, payload)
    took = int((monotonic() - started) * 1000)
    if wish.as_json:
        told = {'service': wish.service, 'cid': found.cid, 'is_ok': not found.error, 'took_ms': took}
        world.print_json(json.dumps({**told, 'response': found.response, 'error': found.error or None}, indent=2))
        return answer(not found.error)
    if found.error:
        raise FailedError(f"service '{wish.service}': {found.error}")
    if found.response not in ('', None):
        world.data(_text(found.response))
    return Exit.OK


def _meant(source: Source) -> Source:
    # --server takes the URL of a server too; a directory has definitions, and its services run here.
    address = source.choice.server
    if address.startswith(('http://', 'https://')):
        if source.server_url:
            raise UsageError('--server URL or --server-url URL, not both')
        source = replace(source, choice=replace(source.choice, server=''), via_server=True, server_url=address)
    if source.server_url and not source.via_server:
        source = replace(source, via_server=True)
    if source.via_server and (source.files.paths or source.choice.odb):
        raise UsageError('a server has its own definitions: no --file, no --odb')
    if source.via_server and bool(source.choice.server) == bool(source.server_url):
        raise UsageError('--via-server needs --server DIR or --server-url URL, one of them')
    return source


def _payload(world: World, text: str) -> Any:
    if text == '-':
        text = world.stdin.read().decode('utf-8', 'replace')
    if not text.strip():
        return ''
    try:
        return json.loads(text)
    except ValueError as error:
        where = ''
        if isinstance(error, json.JSONDecodeError):
            where = f' at {error.lineno}:{error.colno}'
        raise InvalidError(f'the payload is no valid JSON{where}', """as in '{"id": 1}', or '"a text"'""") from None
    except RecursionError:
        raise InvalidError('the payload is no valid JSON: it is nested too deeply') from None


def _text(response: Any) -> str:
    if isinstance(response, str):
        return response
    return json.dumps(response, indent=2, ensure_ascii=False)


def _at_hand(world: World, source: Source, project: Project, wish: Wish, payload: Any) -> Outcome:
    from zatools.server.api.exceptions import HTTPException
    from zatools.server.call import Call, new_cid
    from zatools.server.failing import log_failure, summary_of
    from zatools.server.http.formats import written

    with at_hand(world, source, project) as runtime:
        if wish.service not in runtime.services:
            raise no_service(wish.service, runtime)
        cid = new_cid()
        try:
            found = runtime.call(runtime.deployed(wish.service), Call(cid, payload, payload)).payload
            body, content_type = written(found)
        except HTTPException as error:
            return Outcome(error=f'{error.status} {error.details}', cid=cid)
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException as error:
            log_failure(f"service '{wish.service}'", error, cid)
            return Outcome(error=summary_of(error), cid=cid)
    text = body.decode('utf-8', 'backslashreplace')
    if content_type:
        return Outcome(json.loads(text), cid=cid)
    return Outcome(text, cid=cid)


def _at_server(world: World, source: Source, project: Project, wish: Wish, payload: Any) -> Outcome:
    from zatools.connections.pong import Attempt
    from zatools.connections.server import ServiceFailedError, asked

    seconds = wish.timeout or PATIENCE
    server = running_server(world, source, seconds)
    world.say(f'at {server.title}')
    try:
        return Outcome(asked(server, wish.service, payload, Attempt(seconds)))
    except ServiceFailedError as error:
        return Outcome(error=error.text)
