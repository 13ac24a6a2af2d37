"""A call as a curl line that can be run; secrets are variables in it."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from zatools.apitest.http import tracing
from zatools.apitest.http.exchange import Exchange, Sent
from zatools.apitest.http.header_lines import lines_of
from zatools.apitest.secrets import Secrets, login_of, pattern, without_login

#: Headers of our client that make no difference to the answer, and headers that curl makes by itself.
OURS = {'accept': '*/*', 'accept-encoding': 'gzip, deflate', 'connection': 'keep-alive'}
#: The option that sends a login after the server's challenge only.
DIGEST = '--digest'
OWN = frozenset({'content-length', 'transfer-encoding'})
#: Statuses after which a request goes on without its body.
WITHOUT_BODY = frozenset({301, 302, 303})
#: Characters that a screen doesn't show as they are.
CONTROL = re.compile('[\x01-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]')
#: Characters of a body that the line holds; a longer one is left to a file.
BODY = 2000
#: Programs, of those that every shell has, that write a variable as JSON does within quotes, percent-encoded and so on.
AS_JSON = r"""awk 'NR>1{printf "\\n"}{gsub(/[\\"]/,"\\\\&");gsub(/\t/,"\\t");gsub(/\r/,"\\r");printf "%s",$0}'"""
AS_URL = r"od -An -v -tx1 | tr ' ' % | tr -d '\n'"
AS_XML = r"sed 's/&/\&amp;/g;s/</\&lt;/g;s/>/\&gt;/g'"
AS_BASE64 = r"base64 | tr -d '\n'"
#: The encodings that a secret may have in a request, and the programs that make them.
WRITTEN: tuple[tuple[Callable[[str], str], str], ...] = (
    (str, ''),
    (lambda text: json.dumps(text, ensure_ascii=False)[1:-1], AS_JSON),
    (lambda text: quote(text, safe=''), AS_URL),
    (escape, AS_XML),
    (quote, AS_URL),
    (quote_plus, AS_URL),
    (lambda text: base64.b64encode(text.encode()).decode(), AS_BASE64),
)


def _expansions(secrets: Secrets) -> dict[str, str]:
    # The shell expansion for each encoding of each secret.
    expansions: dict[str, str] = {}
    for value, name in secrets.values():
        if not name.startswith('$'):
            continue
        for write, program in WRITTEN:
            expansion = f'${{{name[1:]}}}'
            if program:
                expansion = f'$(printf %s "{name}" | {program})'
            expansions.setdefault(write(value), expansion)
    return expansions


def _quoted(text: str, secrets: Secrets) -> str:
    # Shells expand within double quotes only.
    expansions = {form: expansion for form, expansion in _expansions(secrets).items() if form in text}
    if not expansions:
        if CONTROL.search(text):
            return f'"{_escaped(secrets.mask(text))}"'
        return shlex.quote(secrets.mask(text))
    # The longest first: a secret may be part of another one.
    forms = re.compile('|'.join(map(pattern, sorted(expansions, key=len, reverse=True))))
    if not CONTROL.search(text) and not forms.search(text):
        return shlex.quote(secrets.mask(text))
    pieces, end = [], 0
    for match in forms.finditer(text):
        pieces += [_escaped(secrets.mask(text[end : match.start()])), expansions[match[0]]]
        end = match.end()
    pieces.append(_escaped(secrets.mask(text[end:])))
    return f'"{"".join(pieces)}"'


def _escaped(text: str) -> str:
    # Within double quotes an exclamation mark would recall an earlier command.
    text = re.sub(r'([\\"$`])', r'\\\1', text).replace('!', """"'!'\"""")
    return CONTROL.sub(lambda match: f"$(printf '{_octal(match[0])}')", text)


def _octal(character: str) -> str:
    return ''.join(f'\\{byte:03o}' for byte in character.encode())


def _flat(text: str) -> str:
    # JSON that we have written is put on one line; a text of the project's own is sent as it is.
    try:
        content = json.loads(text)
        is_ours = json.dumps(content, indent=2) == text
    except (ValueError, RecursionError):
        return text
    if not is_ours:
        return text
    return json.dumps(content, ensure_ascii=False)


def as_curl(exchange: Exchange, secrets: Secrets) -> str:
    """Returns a line that sends the same requests, redirected ones included."""
    first = Sent(exchange.method, exchange.url, exchange.sent_headers, exchange.sent)
    if _curl_follows(exchange, first):
        return ' '.join(_words(exchange, first, secrets))
    lines = (_words(exchange, sent, secrets, is_alone=True) for sent in (first, *exchange.hops))
    return ' && '.join(' '.join(words) for words in lines)


def _curl_follows(exchange: Exchange, first: Sent) -> bool:
    # Tells whether curl -L follows the redirects as we did. It keeps a method that is given with -X, and sends
    # credentials in other headers than Authorization to every host.
    method, body, headers = first.method, first.body, _kept_headers(first.headers)
    for status, hop in zip(exchange.statuses, exchange.hops, strict=False):
        if status in WITHOUT_BODY:
            body = ''
            if _is_plain_post(exchange, first):
                method = 'GET'
        if (hop.method, bool(hop.body)) != (method, bool(body)) or _kept_headers(hop.headers) != headers:
            return False
    return True


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    # The headers that curl passes on as they are.
    others = OWN | {'content-type', 'cookie', 'authorization', 'host'}
    return {name.lower(): value for name, value in headers.items() if name.lower() not in others}


def _is_plain_post(exchange: Exchange, sent: Sent) -> bool:
    return bool(exchange.hops) and sent.method == 'POST' and bool(sent.body)


def _words(exchange: Exchange, sent: Sent, secrets: Secrets, is_alone: bool = False) -> list[str]:
    options = [word for word in exchange.options if word != '-L' or not is_alone]
    words = ['curl', *(_quoted(word, secrets) for word in options)]
    if not is_alone and any(name.lower() == 'cookie' for hop in exchange.hops for name in hop.headers):
        # This switches cookies on, so that those of a redirect are sent to where it leads.
        words.append("-b ''")
    basic = exchange.basic
    user, password = login_of(sent.url)
    if not basic and password:
        basic = user, password
    waits = DIGEST in exchange.options
    is_sent = waits or not exchange.sent_headers or any(name.lower() == 'authorization' for name in sent.headers)
    if basic and is_sent:
        words.append(f'-u {_quoted(":".join(basic), secrets)}')
    words += _method(exchange, sent)
    url = without_login(sent.url)
    if re.search(r'[\[\]{}]', url):
        # Without -g, curl takes brackets for a pattern of several addresses.
        words.append('-g')
    words.append(_quoted(url, secrets))
    words += _headers(exchange, sent, bool(basic), secrets)
    return words + _body(exchange, sent, secrets)


def _method(exchange: Exchange, sent: Sent) -> list[str]:
    if sent.method == 'HEAD' and not sent.body:
        return ['-I']
    if _is_plain_post(exchange, sent):
        # With -X, curl would not change to GET at a redirect.
        return []
    return [f'-X {shlex.quote(sent.method)}']


def _headers(exchange: Exchange, sent: Sent, has_basic: bool, secrets: Secrets) -> list[str]:
    words = []
    for name, value in sent.headers.items():
        lower = name.lower()
        is_login = (has_basic or exchange.has_netrc) and lower == 'authorization'
        is_ours = lower == 'user-agent' and value.startswith('zatools-apitest/')
        is_form = lower == 'content-type' and bool(exchange.fields) and value.startswith('multipart/form-data')
        is_trace = lower == tracing.HEADER and not exchange.is_own_trace
        if is_trace or lower in OWN or OURS.get(lower) == value or is_login or is_ours or is_form:
            continue
        for line in lines_of(value):
            header = f'{name}: {line}'
            if not line:
                # With a colon, curl would leave a header without a value out.
                header = f'{name};'
            words.append(f'-H {_quoted(header, secrets)}')
    if sent.body and not exchange.fields and not any(name.lower() == 'content-type' for name in sent.headers):
        words.append("-H 'Content-Type:'")
    return words


def _body(exchange: Exchange, sent: Sent, secrets: Secrets) -> list[str]:
    if exchange.fields and sent.body:
        return [_field(field, secrets) for field in exchange.fields]
    body = _flat(sent.body)
    if not body:
        return []
    # A long body would make the line useless, and bytes can't stand in it.
    if len(body) <= BODY and not exchange.is_sent_binary:
        return [f'--data-raw {_quoted(body, secrets)}']
    return ['--data-binary @request-body', '# request-body: a file with the body that was sent']


def _field(field: tuple[str, str, str, str], secrets: Secrets) -> str:
    name, value, path, kind = field
    if not path:
        return f'--form-string {_quoted(f"{name}={value}", secrets)}'
    escaped = re.sub(r'([\\"])', r'\\\1', path)
    content = f'{name}=@"{escaped}"'
    if value != path.rpartition('/')[2]:
        content += f';filename="{value}"'
    if kind:
        content += f';type={kind}'
    return f'-F {_quoted(content, secrets)}'
