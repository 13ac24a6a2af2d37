"""A call as a curl line that runs: secrets stand in it as variables."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from zatools.apitest.http.exchange import Exchange, Sent
from zatools.apitest.secrets import Secrets, login_of, pattern, without_login

#: Headers that say the same when curl makes them by itself, and those that it must make.
OURS = {'accept': '*/*', 'accept-encoding': 'gzip, deflate', 'connection': 'keep-alive'}
OWN = frozenset({'content-length', 'transfer-encoding'})
#: Statuses after which a request goes on without its body.
WITHOUT_BODY = frozenset({301, 302, 303})
#: Characters that a screen doesn't show as they are.
CONTROL = re.compile('[\x01-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]')
BODY = 2000
#: What writes a variable as JSON does within quotes, percent-encoded, in Base64: with what every shell has.
AS_JSON = r"""awk 'NR>1{printf "\\n"}{gsub(/[\\"]/,"\\\\&");gsub(/\t/,"\\t");gsub(/\r/,"\\r");printf "%s",$0}'"""
AS_URL = r"od -An -v -tx1 | tr ' ' % | tr -d '\n'"
AS_XML = r"sed 's/&/\&amp;/g;s/</\&lt;/g;s/>/\&gt;/g'"
AS_BASE64 = r"base64 | tr -d '\n'"
#: How a secret may stand in a request, and what of a shell stands for it.
WRITTEN: tuple[tuple[Callable[[str], str], str], ...] = (
    (str, ''),
    (lambda text: json.dumps(text, ensure_ascii=False)[1:-1], AS_JSON),
    (lambda text: quote(text, safe=''), AS_URL),
    (escape, AS_XML),
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
    if not CONTROL.search(text) and (not named or not forms.search(text)):
        return shlex.quote(secrets.mask(text))
    rows, last = [], 0
    for match in forms.finditer(text) if named else ():
        rows += [_escaped(secrets.mask(text[last : match.start()])), named[match[0]]]
        last = match.end()
    rows.append(_escaped(secrets.mask(text[last:])))
    return f'"{"".join(rows)}"'


def _escaped(text: str) -> str:
    # An exclamation mark within double quotes would recall an earlier command.
    text = re.sub(r'([\\"$`])', r'\\\1', text).replace('!', """"'!'\"""")
    return CONTROL.sub(lambda match: f"$(printf '{_octal(match[0])}')", text)


def _octal(character: str) -> str:
    return ''.join(f'\\{byte:03o}' for byte in character.encode())


def _flat(text: str) -> str:
    # JSON that we wrote goes on one line, like the rest; what others wrote goes as it is.
    try:
        content = json.loads(text)
        is_ours = json.dumps(content, indent=2) == text
    except (ValueError, RecursionError):
        return text
    return json.dumps(content, ensure_ascii=False) if is_ours else text


def as_curl(exchange: Exchange, secrets: Secrets) -> str:
    """Returns the line that sends the same requests, those that redirects led to included."""
    first = Sent(exchange.method, exchange.url, exchange.sent_headers, exchange.sent)
    if _curl_follows(exchange, first):
        return ' '.join(_words(exchange, first, secrets))
    lines = (_words(exchange, sent, secrets, is_alone=True) for sent in (first, *exchange.hops))
    return ' && '.join(' '.join(words) for words in lines)


def _curl_follows(exchange: Exchange, first: Sent) -> bool:
    # Whether curl -L makes the same of the redirects. With -X it keeps the method; credentials of other headers than
    # Authorization it sends to every host.
    method, body, headers = first.method, first.body, _kept_headers(first.headers)
    for status, hop in zip(exchange.statuses, exchange.hops, strict=False):
        if status in WITHOUT_BODY:
            method, body = 'GET' if _is_plain_post(exchange, first) else method, ''
        if (hop.method, bool(hop.body)) != (method, bool(body)) or _kept_headers(hop.headers) != headers:
            return False
    return True


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    # Those that curl and requests don't treat alike are left to curl.
    left = OWN | {'content-type', 'cookie', 'authorization', 'host'}
    return {name.lower(): value for name, value in headers.items() if name.lower() not in left}


def _is_plain_post(exchange: Exchange, sent: Sent) -> bool:
    return bool(exchange.hops) and sent.method == 'POST' and bool(sent.body)


def _words(exchange: Exchange, sent: Sent, secrets: Secrets, is_alone: bool = False) -> list[str]:
    options = [word for word in exchange.options if word != '-L' or not is_alone]
    words = ['curl', *(_quoted(word, secrets) for word in options)]
    if not is_alone and any(name.lower() == 'cookie' for hop in exchange.hops for name in hop.headers):
        words.append("-b ''")
    user, password = login_of(sent.url)
    basic = exchange.basic or ((user, password) if password else None)
    is_known = not exchange.sent_headers or any(name.lower() == 'authorization' for name in sent.headers)
    if basic and is_known:
        words.append(f'-u {_quoted(":".join(basic), secrets)}')
    words += _method(exchange, sent)
    url = without_login(sent.url)
    words += [*(['-g'] if re.search(r'[\[\]{}]', url) else []), _quoted(url, secrets)]
    words += _headers(exchange, sent, bool(basic), secrets)
    return words + _body(exchange, sent, secrets)


def _method(exchange: Exchange, sent: Sent) -> list[str]:
    if sent.method == 'HEAD' and not sent.body:
        return ['-I']
    # With -X, curl would not go on with GET.
    return [] if _is_plain_post(exchange, sent) else [f'-X {shlex.quote(sent.method)}']


def _headers(exchange: Exchange, sent: Sent, has_basic: bool, secrets: Secrets) -> list[str]:
    words = []
    for name, value in sent.headers.items():
        lower = name.lower()
        is_login = (has_basic or exchange.has_netrc) and lower == 'authorization'
        is_ours = lower == 'user-agent' and value.startswith('zatools-apitest/')
        is_form = lower == 'content-type' and bool(exchange.fields) and value.startswith('multipart/form-data')
        if lower in OWN or OURS.get(lower) == value or is_login or is_ours or is_form:
            continue
        # curl takes a header without a value for one to leave out.
        words.append(f'-H {_quoted(f"{name}: {value}" if value else f"{name};", secrets)}')
    if sent.body and not exchange.fields and not any(name.lower() == 'content-type' for name in sent.headers):
        words.append("-H 'Content-Type:'")
    return words


def _body(exchange: Exchange, sent: Sent, secrets: Secrets) -> list[str]:
    if exchange.fields and sent.body:
        return [_field(field, secrets) for field in exchange.fields]
    body = _flat(sent.body)
    if not body:
        return []
    if len(body) <= BODY and not exchange.is_sent_binary:
        return [f'--data-raw {_quoted(body, secrets)}']
    return ['--data-binary @request-body', '# request-body: a file with the body that was sent']


def _field(field: tuple[str, str, str], secrets: Secrets) -> str:
    name, value, path = field
    if not path:
        return f'--form-string {_quoted(f"{name}={value}", secrets)}'
    written = re.sub(r'([\\"])', r'\\\1', path)
    other = f';filename="{value}"' if value != path.rpartition('/')[2] else ''
    return f'-F {_quoted(f"""{name}=@"{written}"{other}""", secrets)}'
