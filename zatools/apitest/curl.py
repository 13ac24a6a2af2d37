"""A call as a curl line that runs: secrets stand in it as variables."""

from __future__ import annotations

import json
import re
import shlex

from zatools.apitest.exchange import Exchange
from zatools.apitest.masking import Secrets

#: Headers that curl makes by itself.
OWN = frozenset({'content-length', 'accept-encoding', 'connection', 'host', 'accept'})
BODY = 2000


def _quoted(text: str, secrets: Secrets) -> str:
    # Within double quotes where a variable must be filled in, else within single ones.
    named = [(value, name) for value, name in secrets.values() if name.startswith('$') and value in text]
    hidden = secrets.mask(text) != text
    if not named:
        return shlex.quote(secrets.mask(text)) if hidden else shlex.quote(text)
    named.sort(key=lambda pair: len(pair[0]), reverse=True)
    pattern = re.compile('|'.join(re.escape(value) for value, _ in named))
    names = dict(named)
    rows, last = [], 0
    for match in pattern.finditer(text):
        rows += [_escaped(secrets.mask(text[last : match.start()])), f'${{{names[match[0]][1:]}}}']
        last = match.end()
    rows.append(_escaped(secrets.mask(text[last:])))
    return f'"{"".join(rows)}"'


def _escaped(text: str) -> str:
    return re.sub(r'([\\"$`])', r'\\\1', text)


def _flat(text: str) -> str:
    # JSON goes on one line, like the rest.
    try:
        return json.dumps(json.loads(text))
    except (ValueError, RecursionError):
        return text


def as_curl(exchange: Exchange, secrets: Secrets) -> str:
    """Returns the line that sends the same request."""
    words = ['curl', *exchange.options]
    if exchange.basic:
        words.append(f'-u {_quoted(":".join(exchange.basic), secrets)}')
    words.append(f'-X {exchange.method} {_quoted(exchange.url, secrets)}')
    for name, value in exchange.sent_headers.items():
        is_login = exchange.basic and name.lower() == 'authorization'
        is_ours = name.lower() == 'user-agent' and value.startswith('zatools-apitest/')
        if name.lower() not in OWN and not is_login and not is_ours:
            words.append(f'-H {_quoted(f"{name}: {value}", secrets)}')
    body = _flat(exchange.sent)
    if body and len(body) <= BODY:
        words.append(f'--data-raw {_quoted(body, secrets)}')
    elif body:
        words.append('--data-binary @request-body')
    return ' '.join(words)
