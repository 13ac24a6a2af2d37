"""Calls that go through to the real system, and rules in plain English of what it answered, without secrets."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from zatools.apitest.secrets import CREDENTIAL_NAME, Secrets, is_credential
from zatools.apitest.systems.played import Call, Reply
from zatools.secret import MASK

#: Seconds that a real system may take, bytes of its answer, rules that are kept.
WAIT, LARGEST, RULES = 60, 4_000_000, 1000
#: What ends with the connection (RFC 9110), what the sender makes anew, and what would tell where calls come from.
OWN = frozenset({
    'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding',
    'upgrade', 'host', 'content-length', 'content-encoding', 'accept-encoding', 'date', 'server',
})  # fmt: skip
METHODS = frozenset({'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'})
#: Conditions of a rule, and characters of a value that is one.
CONDITIONS, VALUE = 8, 100
HEAD = (
    'Feature: Recorded answers',
    '  Recorded by zato mock from the real systems. Secrets were left out: they read ******.',
    '',
    '  Scenario: What they answered',
)
NAME = re.compile(r'(?=[#$@]\{\w+\})|(?<=\\)(?=[#$@])')


@dataclass(frozen=True)
class Real:
    """A real system: its address, whether its certificate is verified."""

    address: str
    is_verified: bool = True


class Recording:
    """The rules of what real systems have answered; `write` gets the text of the feature after each new one."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        #: By system and question: how many conditions it has, and the step.
        self._rules: dict[str, tuple[int, str]] = {}
        self._secrets = Secrets()

    def beyond(self, name: str, real: Real) -> Callable[[Call], tuple[Reply, str] | None]:
        """Returns what answers the calls of a system that no rule does."""
        return lambda call: self._through(name, real, call)

    def _through(self, name: str, real: Real, call: Call) -> tuple[Reply, str]:
        import requests

        try:
            reply = _sent(real, call)
        except (requests.RequestException, OSError, ValueError, _TooLargeError) as error:
            text = f'{name} does not answer: {_reason(error)}'
            body = json.dumps({'error': text}).encode()
            return Reply(502, (('Content-Type', 'application/json'),), body), text
        with self._lock:
            return reply, self._kept(name, call, reply)

    def _kept(self, name: str, call: Call, reply: Reply) -> str:
        self._track(call)
        if not (call.method in METHODS and _is_plain(call.path) and reply.status >= 200):
            return 'not recorded: no rule has such a request'
        said = self._said(reply)
        if said is None:
            return 'not recorded: its body is no text that a feature can have'
        if len(self._rules) >= RULES:
            return f'not recorded: there are {RULES} rules'
        conditions = list(self._conditions(call))
        asked = f'{call.method} {_quoted(call.path)}'
        if conditions:
            asked = f'{asked} when {" and ".join(conditions)}'
        # A later answer to the same call comes in place of the earlier one.
        step = f'    Given system {_quoted(name)} answers {asked} {said}'
        self._rules[f'{name}\0{asked}'] = (len(conditions), step)
        # The last rule that fits counts: what is asked without conditions comes first.
        steps = [text for _, text in sorted(self._rules.values(), key=lambda pair: pair[0])]
        self._write('\n\n'.join(['\n'.join(HEAD), *steps]) + '\n')
        return 'recorded'

    def _track(self, call: Call) -> None:
        for name, value in call.headers.items():
            if is_credential(name) and value:
                self._secrets.track(value.partition(' ')[2] or value)
        for name, value in call.parameters.items():
            if _is_secret(name) and value:
                self._secrets.track(value)

    def _conditions(self, call: Call) -> Iterator[str]:
        pairs = [('query', name, value) for name, value in call.parameters.items()]
        if isinstance(call.document, dict):
            pairs += [('path', f'/{key}', value) for key, value in call.document.items() if key not in call.parameters]
        for subject, name, value in pairs[:CONDITIONS]:
            if not isinstance(value, str) or _is_secret(name.strip('/')) or not _is_plain(f'{name}{value}'):
                continue
            if len(value) <= VALUE and self._secrets.mask(value) == value:
                yield f'{subject} "{_escaped(name)}" is "{_escaped(value)}"'

    def _said(self, reply: Reply) -> str | None:
        # The status and the body below the step; None for a body that is no text.
        status = f'with status "{reply.status}"'
        location = self._secrets.mask(dict(reply.headers).get('Location', ''))
        if location and _is_plain(location):
            status = f'{status} and header "Location" "{_escaped(location)}"'
        if not reply.body:
            return status
        try:
            text = reply.body.decode()
        except UnicodeDecodeError:
            return None
        word, text = self._body(dict(reply.headers).get('Content-Type', ''), text)
        text = _escaped(text)
        mark = next((one for one in ('"""', '```') if one not in text), '')
        if not mark or '\r' in text or '\0' in text:
            return None
        lines = '\n'.join(f'      {line}'.rstrip() for line in text.split('\n'))
        return f'{status} and {word}\n      {mark}\n{lines}\n      {mark}'

    def _body(self, kind: str, text: str) -> tuple[str, str]:
        self._secrets.track_answer(text)
        try:
            document = _without_secrets(json.loads(text))
            return 'JSON', self._secrets.mask(json.dumps(document, indent=2, ensure_ascii=False))
        except (ValueError, RecursionError):
            pass
        word = 'text'
        if 'xml' in kind:
            word = 'XML' if _is_xml(text) else 'text'
        return word, self._secrets.mask(text)


class _TooLargeError(Exception):
    pass


def _sent(real: Real, call: Call) -> Reply:
    import requests

    headers = {name: value for name, value in call.headers.items() if name not in OWN}
    url = f'{real.address.rstrip("/")}{quote(call.path)}'
    if call.query:
        url = f'{url}?{call.query}'
    with requests.Session() as session:
        # A login of .netrc, or a proxy, is none of the call's.
        session.trust_env = False
        session.headers.clear()
        answer = session.request(
            call.method, url, headers=headers, data=call.body or None, timeout=WAIT, allow_redirects=False, stream=True,
            verify=real.is_verified,
        )  # fmt: skip
        body = b''
        for block in answer.iter_content(65_536):
            body += block
            if len(body) > LARGEST:
                raise _TooLargeError(f'its answer has more than {LARGEST:,} bytes')
    kept = tuple((name.title(), value) for name, value in answer.headers.items() if name.lower() not in OWN)
    return Reply(answer.status_code, kept, body)


def _reason(error: Exception) -> str:
    inner: Any = error
    while getattr(inner, 'reason', None) is not None and isinstance(inner.reason, Exception):
        inner = inner.reason
    if inner.args and isinstance(inner.args[0], Exception):
        return _reason(inner.args[0])
    return (
        ' '.join(re.sub(r'\[Errno -?\d+\] ', '', str(inner).rpartition(': ')[2]).split())[:200] or type(error).__name__
    )


def _is_secret(name: str) -> bool:
    return bool(is_credential(name) or CREDENTIAL_NAME.search(name))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _masked(key: str, value: Any) -> Any:
    if _is_secret(key) and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return MASK
    return _without_secrets(value)


def _is_xml(text: str) -> bool:
    if '<!' in text:
        # A type of document is nothing to expand.
        return False
    try:
        ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    return True


def _is_plain(text: str) -> bool:
    return '"' not in text and text.isprintable()


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    # What looks like a name is none.
    if re.fullmatch(r'[$#@]\w+', text):
        return f'\\{text}'
    return NAME.sub(r'\\', text)
