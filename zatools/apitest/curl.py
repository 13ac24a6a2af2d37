"""A call as a curl line that runs: secrets stand in it as variables."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from zatools.apitest.exchange import Exchange
from zatools.apitest.masking import Secrets, login_of, pattern, without_login

#: Headers that curl makes by itself.
OWN = frozenset({'content-length', 'accept-encoding', 'connection', 'host', 'accept'})
BODY = 2000
#: What writes a variable as JSON does within quotes, percent-encoded, in Base64: with what every shell has.
AS_JSON = r"""awk 'NR>1{printf "\\n"}{gsub(/[\\"]/,"\\\\&");gsub(/\t/,"\\t");gsub(/\r/,"\\r");printf "%s",$0}'"""
AS_URL = r"od -An -v -tx1 | tr ' ' % | tr -d '\n'"
AS_BASE64 = r"base64 | tr -d '\n'"
#: How a secret may stand in a request, and what of a shell stands for it.
WRITTEN: tuple[tuple[Callable[[str], str], str], ...] = (
    (str, ''),
    (lambda text: json.dumps(text, ensure_ascii=False)[1:-1], AS_JSON),
    (lambda text: quote(text, safe=''), AS_URL),
    (quote, AS_URL),
    (quote_plus, AS_URL),
    (lambda text: base64.b64encode(text.encode()).decode(), AS_BASE64),
)


def _in_shell(secrets: Secrets) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, name in secrets.values():
        for write, program in WRITTEN if name.startswith('$') else ():
            filter_ = f'$(printf %s "{name}" | {program})'
            found.setdefault(write(value), filter_ if program else f'${{{name[1:]}}}')
    return found


def _quoted(text: str, secrets: Secrets) -> str:
    # Within double quotes where a variable must be filled in, else within single ones.
    named = {form: shell for form, shell in _in_shell(secrets).items() if form in text}
    forms = re.compile('|'.join(map(pattern, sorted(named, key=len, reverse=True))))
    if not named or not forms.search(text):
        return shlex.quote(secrets.mask(text))
    rows, last = [], 0
    for match in forms.finditer(text):
        rows += [_escaped(secrets.mask(text[last : match.start()])), named[match[0]]]
        last = match.end()
    rows.append(_escaped(secrets.mask(text[last:])))
    return f'"{"".join(rows)}"'


def _escaped(text: str) -> str:
    return re.sub(r'([\\"$`])', r'\\\1', text)


def _flat(text: str) -> str:
    # JSON goes on one line, like the rest.
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def as_curl(exchange: Exchange, secrets: Secrets) -> str:
    """Returns the line that sends the same request."""
    words = ['curl', *(_quoted(word, secrets) for word in exchange.options)]
    user, password = login_of(exchange.url)
    basic = exchange.basic or ((user, password) if password else None)
    if basic:
        words.append(f'-u {_quoted(":".join(basic), secrets)}')
    words.append(f'-X {exchange.method} {_quoted(without_login(exchange.url), secrets)}')
    for name, value in exchange.sent_headers.items():
        is_login = (basic or exchange.has_netrc) and name.lower() == 'authorization'
        is_ours = name.lower() == 'user-agent' and value.startswith('zatools-apitest/')
        if name.lower() not in OWN and not is_login and not is_ours:
            words.append(f'-H {_quoted(f"{name}: {value}", secrets)}')
    body = _flat(exchange.sent)
    if body and len(body) <= BODY:
        words.append(f'--data-raw {_quoted(body, secrets)}')
    elif body:
        words.append('--data-binary @request-body')
    return ' '.join(words)
