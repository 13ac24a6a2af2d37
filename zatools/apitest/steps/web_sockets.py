"""Steps for WebSockets: they are opened, messages go and come, they are closed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed, Words
from zatools.apitest.http.header_lines import lines_of
from zatools.apitest.secrets import login_of
from zatools.apitest.state import logins, outgoing
from zatools.apitest.state.context import Context
from zatools.apitest.steps import messages
from zatools.apitest.steps.phrase import GIVEN, THEN, WHEN, Phrase, in_section
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.values.readers import as_integer
from zatools.place import did_you_mean

if TYPE_CHECKING:
    from zatools.apitest.systems.web_socket import WebSocket

KIND, WORDS, EXAMPLE = 'WebSocket', 'WebSocket "{queue}"', 'prices'
SCHEMES = {'http': 'ws', 'https': 'wss'}
SUBSCRIBE = '{"subscribe": "EUR"}'


def connect(context: Context, name: Any, address: Any, protocol: Any = '') -> None:
    """Opens a WebSocket with the headers, cookies and login that steps have set."""
    from zatools.apitest.systems.web_socket import Handshake, WebSocket, checked_address

    url = checked_address(_address(context, str(address)))
    context.secrets.track_location(url)
    http = context.zato.http
    handshake = Handshake(
        url, _headers(context, url), str(protocol), context.transport.trust(http), http.certificate or None
    )
    context.opened.add(KIND, str(name), WebSocket(handshake))


def _address(context: Context, address: str) -> str:
    if not address.startswith('/'):
        return address
    scheme, mark, rest = str(context.zato.request.get('address') or '').partition('://')
    if not mark:
        raise StepBroken('there is no address that this path is below', at='address',
                         hint='Given address "http://localhost:17010"')  # fmt: skip
    return f'{SCHEMES.get(scheme.lower(), scheme)}://{rest.rstrip("/")}{address}'


def _headers(context: Context, url: str) -> tuple[tuple[str, str], ...]:
    found = [(str(name), line) for name, value in outgoing.headers(context).items() for line in lines_of(_text(value))]
    if cookies := outgoing.cookies(context):
        found.append(('Cookie', '; '.join(f'{name}={value}' for name, value in cookies.items())))
    login = logins.shown(logins.of_steps(context)) or login_of(url)
    if any(login) and not any(name.lower() == logins.LOGIN for name, _ in found):
        context.secrets.track_basic(*login)
        found.append(('Authorization', f'Basic {base64.b64encode(":".join(login).encode()).decode()}'))
    for name, value in found:
        if not f'{name}{value}'.isprintable():
            raise StepBroken(f"the header '{name}' has a letter that no header may have", at='address')
    return tuple(found)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode('utf-8', 'replace')
    if value is None or isinstance(value, str):
        return value or ''
    return str(value)


def _opened(context: Context, name: Any) -> WebSocket:
    found: WebSocket | None = context.opened.systems.get((KIND, str(name)))
    if found is None:
        hint = did_you_mean(str(name), context.opened.names(KIND)) or messages.BEFORE[KIND].format(name)
        raise StepBroken(f"no step has opened a WebSocket '{name}'", at='queue', hint=hint)
    return found


def send(context: Context, text: Any, name: Any) -> None:
    """Sends a message."""
    _opened(context, name).send(messages.as_text(text))


def close(context: Context, name: Any) -> None:
    """Closes a WebSocket, and waits until the server has closed it too."""
    _opened(context, name).leave()


def was_closed(context: Context, name: Any, code: Any = None) -> None:
    """Fails where a WebSocket is open, or was closed with another code."""
    found = _opened(context, name)
    found.messages()
    if found.ended is None:
        raise StepFailed('', at='queue', expected=Words('closed'), actual=Words('open'))
    if code is not None and found.ended[0] != as_integer(code):
        raise StepFailed('', at='code', expected=Words(f'code {code}'), actual=Words(found.ending))


def is_open(context: Context, name: Any) -> None:
    """Fails where a WebSocket is closed."""
    found = _opened(context, name)
    found.messages()
    if found.ended:
        raise StepFailed('', at='queue', expected=Words('open'), actual=Words(f'closed: {found.ending}'))


def _with_ending(*phrases: Phrase) -> Iterator[Phrase]:
    # No message will come any more: that is why.
    def told(run: Callable[..., None], context: Context, name: Any, *values: Any) -> None:
        try:
            run(context, name, *values)
        except StepFailed as error:
            found = _opened(context, name)
            if found.ended:
                error.hints.append(f'it was closed: {found.ending}')
            raise

    return (replace(phrase, run=partial(told, phrase.run)) for phrase in phrases)


PHRASES = (
    *in_section(
        'WebSockets',
        Phrase(f'{WORDS.replace("queue", "name")} is connected to "{{address}}"', GIVEN, connect, '',
               'opens it, with the headers, cookies and login that steps have set; closed at the end of the feature',
               (EXAMPLE, '$PRICES')),
        Phrase(f'{WORDS.replace("queue", "name")} is connected to "{{address}}" with protocol "{{protocol}}"', GIVEN,
               connect, '', 'the same, speaking a protocol of its own', (EXAMPLE, '/prices', 'v1.prices')),
        Phrase(f'message "{{text}}" is sent to {WORDS}', WHEN, send, '', 'sends a message', (SUBSCRIBE, EXAMPLE),
               acts=True),
        Phrase(f'{WORDS} is closed', WHEN, close, '', 'closes it, and waits until the server has closed it too',
               (EXAMPLE,), acts=True),
    ),
    *in_section(
        'WebSockets',
        *with_waiting(
            *_with_ending(*messages.checks(WORDS, KIND, EXAMPLE)),
            Phrase(f'{WORDS} was closed', THEN, was_closed, '', 'it is closed, by whomever', (EXAMPLE,),
                   response=False),
            Phrase(f'{WORDS} was closed with code "{{code}}"', THEN, was_closed, '', 'it is closed with this code',
                   (EXAMPLE, '1000'), response=False, reads={'code': as_integer}),
        ),
        Phrase(f'{WORDS} is open', THEN, is_open, '', 'it is not closed', (EXAMPLE,), response=False),
        messages.silence(WORDS, KIND, EXAMPLE),
        messages.storing(WORDS, KIND, EXAMPLE),
    ),
)  # fmt: skip
