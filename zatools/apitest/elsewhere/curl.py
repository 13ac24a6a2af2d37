"""Lines of curl: words as a shell reads them, options as curl does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import BASIC, BEARER, DIGEST, Answer, Body, Call, Line, Login, Source, Taken, Upload
from zatools.apitest.secrets import without_login
from zatools.errors import InvalidError

FORM_TYPE, JSON_TYPE = 'application/x-www-form-urlencoded', 'application/json'
HINT = "copy it as cURL for bash: curl 'https://…' -H '…'"
#: $'…' of bash, and what a backslash in it stands for.
ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))', re.DOTALL)
LETTERS = {'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', 'e': '\x1b'}
#: Options about what curl shows or where it writes: they change no call.
SILENT = frozenset(
    [
        '-s',
        '--silent',
        '-S',
        '--show-error',
        '-v',
        '--verbose',
        '-i',
        '--include',
        '-f',
        '--fail',
        '--fail-with-body',
        '-#',
        '--progress-bar',
        '-N',
        '--no-buffer',
        '--compressed',
        '--no-progress-meter',
        '--globoff',
        '-g',
        '-O',
        '--remote-name',
        '-J',
        '--http1.1',
        '--trace-time',
        '--tcp-nodelay',
    ]
)
SILENT_VALUES = frozenset(
    [
        '-o',
        '--output',
        '-w',
        '--write-out',
        '-D',
        '--dump-header',
        '-c',
        '--cookie-jar',
        '--stderr',
        '--trace',
        '--trace-ascii',
    ]
)
#: Options that a step has no words for, and why; those with a value.
UNKNOWN = {
    '-x': 'set HTTP_PROXY or HTTPS_PROXY instead', '--proxy': 'set HTTP_PROXY or HTTPS_PROXY instead',
    '--resolve': 'names are resolved by the system', '--connect-to': 'names are resolved by the system',
    '--retry': 'apitest run has --retries', '--connect-timeout': 'a call has one timeout, for the whole of it',
    '--retry-delay': 'apitest run has --retries', '--interface': 'the system chooses the interface',
    '--unix-socket': 'calls go by TCP', '--ciphers': 'the library chooses', '--limit-rate': 'calls are not slowed down',
    '-r': 'write a header Range', '--range': 'write a header Range', '--aws-sigv4': 'calls are not signed',
    '--max-redirs': 'up to 30 redirects are followed', '-K': 'a file of options', '--config': 'a file of options',
    '--proxy-user': 'put it into HTTPS_PROXY', '--cert-type': 'certificates are PEM', '--key-type': 'keys are PEM',
}  # fmt: skip
UNKNOWN_FLAGS = {
    '--http2': 'calls go by HTTP/1.1', '--http3': 'calls go by HTTP/1.1', '--ntlm': 'there is no such login',
    '--negotiate': 'there is no such login', '-n': '.netrc is read by itself', '--netrc': '.netrc is read by itself',
    '--post301': 'a redirect turns POST into GET', '--post302': 'a redirect turns POST into GET',
    '-4': 'the system chooses',
    '-6': 'the system chooses', '--tlsv1.2': 'the library chooses', '--tlsv1.3': 'the library chooses',
    '--location-trusted': 'credentials stay with their host', '--path-as-is': 'paths are sent as they are written',
}  # fmt: skip


@dataclass
class Draft:
    """A call in the making: what the options so far have set."""

    urls: list[str] = field(default_factory=list)
    method: str = ''
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    file: str = ''
    kind: str = FORM_TYPE
    fields: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    user: str = ''
    sort: str = BASIC
    token: str = ''
    settings: list[Line] = field(default_factory=list)
    certificate: str = ''
    key: str = ''
    is_get: bool = False
    follows: bool = False
    remarks: list[str] = field(default_factory=list)


def read(source: Source) -> Taken:
    """Returns the calls of curl lines; raises InvalidError where there is none."""
    calls = [call for words in _commands(source) for call in _calls(words)]
    if not calls:
        raise InvalidError(f'{source.label}: there is no URL in it', HINT)
    return Taken('Calls of curl', tuple(calls))


def _commands(source: Source) -> Iterator[list[str]]:
    text = source.text.replace('\r\n', '\n')
    if re.search(r'\^\s*\n|\^"', text):
        raise InvalidError(f'{source.label}: this is a line for the shell of Windows', HINT)
    shell = shlex.shlex(ANSI.sub(_unescaped, text), posix=True, punctuation_chars=';&|')
    shell.whitespace_split, shell.commenters = True, '#'
    try:
        words = list(shell)
    except ValueError as error:
        raise InvalidError(f'{source.label}: quotes are not closed: {str(error).lower()}', HINT) from None
    command: list[str] | None = None
    for word in words:
        if word == 'curl' or word.endswith('/curl'):
            if command:
                yield command
            command = []
        elif word and not word.strip(';&|'):
            yield command or []
            command = None
        elif word == '--next' and command:
            yield command
            command = []
        elif command is not None and word != '\n':
            command.append(word)
    yield command or []


def _unescaped(match: re.Match[str]) -> str:
    def character(escape: re.Match[str]) -> str:
        wide, narrow, octal, letter = escape.groups()
        if letter:
            return LETTERS.get(letter, letter)
        number = int(octal, 8) if octal else int(wide or narrow, 16)
        return chr(number)

    return shlex.quote(ESCAPE.sub(character, match[1]))


def _calls(words: list[str]) -> Iterator[Call]:
    draft, rest = Draft(), [notation.plain(word) for word in reversed(words)]
    while rest:
        word = rest.pop()
        if not word.startswith('-') or word == '-':
            draft.urls.append(word)
            continue
        _option(draft, word, rest)
    for url in draft.urls:
        yield _call(draft, url)


def _option(draft: Draft, word: str, rest: list[str]) -> None:
    if word[1] != '-' and len(word) > 2:
        # Short options in one word: -sSL, -XPOST.
        short = word[:2]
        if _takes_value(short):
            rest.append(word[2:])
        else:
            rest.append(f'-{word[2:]}')
        word = short
    elif word.startswith('--') and '=' in word:
        word, _, value = word.partition('=')
        rest.append(value)
    if word in SILENT:
        return
    if word in FLAGS:
        FLAGS[word](draft)
    elif word in UNKNOWN_FLAGS:
        draft.remarks.append(f'{word}: {UNKNOWN_FLAGS[word]}')
    elif _takes_value(word):
        if not rest:
            raise InvalidError(f'curl: {word} has no value', HINT)
        _with_value(draft, word, rest.pop())
    else:
        draft.remarks.append(f'{word}: this option of curl is not known')


def _takes_value(word: str) -> bool:
    return word in VALUES or word in UNKNOWN or word in SILENT_VALUES


def _with_value(draft: Draft, word: str, value: str) -> None:
    if word in VALUES:
        VALUES[word](draft, value)
    elif word in UNKNOWN:
        draft.remarks.append(f'{word}: {UNKNOWN[word]}')


def _header(draft: Draft, value: str) -> None:
    if value.startswith('@'):
        draft.remarks.append(f'-H {value}: headers from a file')
        return
    name, colon, content = value.partition(':')
    if colon and content.strip():
        draft.headers.append((name.strip(), content.strip()))
    elif value.endswith(';'):
        draft.headers.append((value[:-1], ''))
    else:
        draft.remarks.append(f"-H '{value}': a header that curl leaves out")


def _data(draft: Draft, value: str) -> None:
    if value.startswith('@'):
        draft.file = value[1:]
    else:
        draft.data.append(value)


def _json(draft: Draft, value: str) -> None:
    _data(draft, value)
    draft.kind = JSON_TYPE
    draft.headers.append(('Accept', JSON_TYPE))


def _encoded(draft: Draft, value: str) -> None:
    name, sign, content = value.partition('=')
    if '@' in name:
        draft.remarks.append('--data-urlencode from a file')
    elif not sign:
        draft.data.append(quote(value, safe=''))
    else:
        draft.data.append(f'{name}{name and "="}{quote(content, safe="")}')


def _form(draft: Draft, value: str) -> None:
    name, _, content = value.partition('=')
    if not content.startswith(('@', '<')):
        draft.fields.append((name, content.partition(';type=')[0]))
        return
    path, *options = content[1:].split(';')
    named = dict(option.strip().partition('=')[::2] for option in options)
    upload = Upload(name, path.strip('"'), named.get('type', ''), named.get('filename', '').strip('"'))
    draft.uploads.append(upload)


def _upload(draft: Draft, value: str) -> None:
    draft.file, draft.method, draft.kind = value, draft.method or 'PUT', ''


def _put(name: str, value: object) -> Callable[[Draft], None]:
    return lambda draft: setattr(draft, name, value)


def _keep(name: str) -> Callable[[Draft, str], None]:
    return lambda draft, value: setattr(draft, name, value)


def _named(header: str) -> Callable[[Draft, str], None]:
    return lambda draft, value: draft.headers.append((header, value))


def _cookie(draft: Draft, value: str) -> None:
    if '=' in value:
        draft.headers.append(('Cookie', value))
    elif value:
        draft.remarks.append(f'-b {value}: cookies from a file')


def _setting(words: str) -> Callable[[Draft, str], None]:
    return lambda draft, value: draft.settings.append(Line(words, (value,)))


FLAGS: dict[str, Callable[[Draft], None]] = {
    '-L': _put('follows', True), '--location': _put('follows', True), '-G': _put('is_get', True),
    '--get': _put('is_get', True), '-I': _put('method', 'HEAD'), '--head': _put('method', 'HEAD'),
    '--digest': _put('sort', DIGEST), '--basic': _put('sort', BASIC), '--anyauth': _put('sort', DIGEST),
    '-k': lambda draft: draft.settings.append(Line('TLS certificates are not verified')),
    '--insecure': lambda draft: draft.settings.append(Line('TLS certificates are not verified')),
}  # fmt: skip
VALUES: dict[str, Callable[[Draft, str], None]] = {
    '-X': _keep('method'), '--request': _keep('method'), '-H': _header, '--header': _header, '-d': _data,
    '--data': _data,
    '--data-ascii': _data, '--data-binary': _data, '--data-raw': lambda draft, value: draft.data.append(value),
    '--data-urlencode': _encoded, '--json': _json, '-F': _form, '--form': _form,
    '--form-string': lambda draft, value: draft.fields.append((value.partition('=')[0], value.partition('=')[2])),
    '-u': _keep('user'), '--user': _keep('user'), '--oauth2-bearer': _keep('token'), '-A': _named('User-Agent'),
    '--user-agent': _named('User-Agent'), '-e': _named('Referer'), '--referer': _named('Referer'), '-b': _cookie,
    '--cookie': _cookie, '--url': lambda draft, value: draft.urls.append(value), '-T': _upload,
    '--upload-file': _upload,
    '--url-query': lambda draft, value: draft.query.append(value), '-m': _setting('timeout is {} seconds'),
    '--max-time': _setting('timeout is {} seconds'), '--cacert': _setting('CA bundle {}'), '-E': _keep('certificate'),
    '--cert': _keep('certificate'), '--key': _keep('key'),
}  # fmt: skip


def _call(draft: Draft, url: str) -> Call:
    data, remarks, settings = '&'.join(draft.data), list(draft.remarks), list(draft.settings)
    query = list(draft.query)
    if draft.is_get:
        query, data = [*query, *filter(None, [data])], ''
    if query:
        url += f'{"&" if "?" in url else "?"}{"&".join(query)}'
    has_body = bool(data or draft.file or draft.fields or draft.uploads)
    if draft.certificate:
        settings.append(Line('client certificate {} {}', (draft.certificate, draft.key or draft.certificate)))
    if draft.file and data:
        remarks.append(f'-d {data[:40]}: a body is a text or a file')
    files = [draft.file, *(upload.path for upload in draft.uploads)]
    if missing := ', '.join(filter(None, files)):
        remarks.append(f'the bytes of {missing}: put them beside the feature')
    kind = ''
    if data or draft.file:
        kind = draft.kind
    body = Body('', kind, tuple(draft.fields), tuple(draft.uploads), draft.file)
    if not draft.file:
        body = Body(data, kind, tuple(draft.fields), tuple(draft.uploads))
    statuses = '2xx' if draft.follows else '2xx, 3xx'
    method = draft.method or ('POST' if has_body else 'GET')
    name = f'{method} {without_login(re.split("[?#]", url)[0])}'
    return Call(
        name, method, url, tuple(draft.headers), body=body, login=_login(draft),
        follows=draft.follows, answer=Answer(statuses), settings=tuple(settings), remarks=tuple(remarks),
    )  # fmt: skip


def _login(draft: Draft) -> Login | None:
    if draft.token:
        return Login(BEARER, '', draft.token)
    if not draft.user:
        return None
    user, _, password = draft.user.partition(':')
    return Login(draft.sort, user, password)
