"""Hurl files: entries of a request and what is asserted of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import BASIC, Answer, Body, Call, Line, Login, Source, Taken, Upload
from zatools.apitest.elsewhere.hurl_asserts import line_of, pointer_of
from zatools.apitest.secrets import without_login
from zatools.errors import InvalidError

REQUEST = re.compile(r'([A-Z]+)[ \t]+(\S.*)')
ANSWER = re.compile(r'HTTP(?:/[0-9.]+)?[ \t]+(\d{3}|\*)')
SECTION = re.compile(r'\[([A-Za-z]+)\]')
PAIR = re.compile(r'((?:\\.|[^:\\])+):(.*)')
CAPTURE = re.compile(r'(jsonpath|header)[ \t]+"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
FENCE = re.compile(r'```[ \t]*+([a-z]*)[ \t]*+(?:,.*)?')
KINDS = {'json': 'application/json', 'xml': 'application/xml', 'graphql': 'application/json', '': ''}
ALIASES = {
    'QueryStringParams': 'Query', 'FormParams': 'Form', 'MultipartFormData': 'Multipart',
}  # fmt: skip


@dataclass
class Entry:
    """A request and its answer in the making."""

    line: int
    method: str
    url: str
    pairs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    body: Body = field(default_factory=Body)
    status: str = ''
    checks: list[Line] = field(default_factory=list)
    stores: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def of(self, section: str) -> list[tuple[str, str]]:
        """Returns the pairs of a section."""
        return self.pairs.get(section, [])


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows = notation.plain(source.text).splitlines()
        self._at = 0
        self._stored: set[str] = set()

    def entries(self) -> list[Entry]:
        """Reads all entries; raises InvalidError at a line that is none."""
        found: list[Entry] = []
        section = ''
        while self._at < len(self._rows):
            row = self._rows[self._at].strip()
            self._at += 1
            if not row or row.startswith('#'):
                continue
            if (match := REQUEST.fullmatch(row)) and match[1] != 'HTTP':
                found.append(Entry(self._at, match[1], _uncommented(match[2])))
                section = 'Headers'
                continue
            if not found:
                raise InvalidError(
                    f'{self._source.label}:{self._at}: an entry begins with a method and a URL',
                    'GET https://example.org',
                )
            section = self._row(found[-1], section, row)
        return found

    def _row(self, entry: Entry, section: str, row: str) -> str:
        if match := ANSWER.match(row):
            entry.status = match[1]
            return 'Answer'
        if match := SECTION.fullmatch(row.partition('#')[0].strip()):
            return ALIASES.get(match[1], match[1])
        is_answer = section in ('Answer', 'Captures', 'Asserts')
        if section == 'Asserts':
            self._assert(entry, row)
        elif section == 'Captures':
            self._capture(entry, row)
        elif (match := PAIR.fullmatch(row)) and not row.startswith(('{', '[', '"', '`', '<')) and not _is_body(row):
            self._pair(entry, section, match)
        elif is_answer:
            body, _ = self._body_text(row)
            entry.checks.append(Line('response is equal to {}', (self.text(body, entry),)))
        else:
            self._take_body(entry, row)
        return section

    def _pair(self, entry: Entry, section: str, match: re.Match[str]) -> None:
        name, value = match[1].strip().replace('\\', ''), _uncommented(match[2])
        if section == 'Answer':
            entry.checks.append(Line('header {} is {}', (name, self.text(value, entry))))
        else:
            entry.pairs.setdefault(section, []).append((name, self.text(value, entry)))

    def text(self, value: str, entry: Entry) -> str:
        """Returns a text with its templates as references."""

        def named(match: re.Match[str]) -> str:
            name = match[1].strip()
            if notation.stored_name(name) in self._stored:
                return notation.stored(name)
            return notation.environment(name)

        return notation.TEMPLATE.sub(named, value)

    def _body_text(self, row: str) -> tuple[str, str]:
        # The text of a body that begins in a row, and its media type.
        if match := FENCE.fullmatch(row):
            return self._until_fence(), KINDS.get(match[1], '')
        if row.startswith('```') or (row.startswith('`') and row.endswith('`')):
            return row.strip('`'), ''
        rows = [row]
        while not _is_whole(rows) and self._at < len(self._rows):
            rows.append(self._rows[self._at])
            self._at += 1
        kind = ''
        if row.startswith(('{', '[', '"')):
            kind = 'application/json'
        elif row.startswith('<'):
            kind = 'application/xml'
        return '\n'.join(rows), kind

    def _until_fence(self) -> str:
        rows: list[str] = []
        while self._at < len(self._rows):
            row = self._rows[self._at]
            self._at += 1
            if row.strip() == '```':
                return '\n'.join(rows)
            rows.append(row)
        raise InvalidError(f'{self._source.label}:{self._at}: nothing closes this text', 'close it with ```')

    def _take_body(self, entry: Entry, row: str) -> None:
        if row.startswith('file,'):
            path = row[5:].rstrip(';')
            entry.remarks.append(f'the bytes of {path}: put them beside the feature')
            entry.body = Body(file=path)
        elif row.startswith(('base64,', 'hex,')):
            entry.remarks.append(f'the body {row[:40]}: bytes come from a file: Given request "…"')
        else:
            text, kind = self._body_text(row)
            is_graphql = bool(FENCE.fullmatch(row) and 'graphql' in row)
            text = self.text(text, entry)
            if is_graphql:
                text = json.dumps({'query': text})
            entry.body = Body(text, kind)

    def _assert(self, entry: Entry, row: str) -> None:
        line = line_of(self.text(_uncommented(row), entry))
        if line is None:
            entry.remarks.append(f'the assert {row}: no step says it')
        else:
            entry.checks.append(line)

    def _capture(self, entry: Entry, row: str) -> None:
        name, _, query = row.partition(':')
        match = CAPTURE.fullmatch(query.strip())
        key = notation.stored_name(name.strip())
        path = None
        if match:
            path = match[2]
            if match[1] == 'jsonpath':
                path = pointer_of(path)
        if not match or path is None:
            entry.remarks.append(f'the capture {row}: values are stored from a path or a header')
            return
        self._stored.add(key)
        words = {'jsonpath': 'I store {} from response under {}', 'header': 'I store header {} under {}'}[match[1]]
        entry.stores.append(Line(words, (path, key)))


def read(source: Source) -> Taken:
    """Returns the calls of a Hurl file."""
    reader = _Reader(source)
    entries = reader.entries()
    if not entries:
        raise InvalidError(
            f'{source.label} has no entries', 'an entry begins with a method and a URL: GET https://example.org'
        )
    calls = [_call(entry, reader) for entry in entries]
    if len(calls) > 1:
        # Entries of a file share their cookies.
        first = calls[0]
        calls[0] = Call(**{**vars(first), 'before': (Line('cookies are kept'), *first.before)})
    return Taken(source.label, tuple(calls))


def _call(entry: Entry, reader: _Reader) -> Call:
    settings: list[Line] = []
    how, follows = Line('the URL is invoked'), False
    options = dict(entry.of('Options'))
    status = entry.status.replace('*', '')
    for name, value in options.items():
        if name == 'location':
            follows = value == 'true'
        elif name == 'retry' and status:
            how = Line('the URL is invoked until status is {}, for up to {} seconds', (status, _seconds(options)))
        elif name in OPTIONS:
            settings += OPTIONS[name](value)
        elif name not in ('retry-interval', 'verbose', 'very-verbose', 'compressed', 'output'):
            entry.remarks.append(f'the option {name}: {value}: no step says it')
    login = None
    for user, password in entry.of('BasicAuth'):
        login = Login(BASIC, user, password)
    fields, uploads = _form(entry)
    body = entry.body
    if fields or uploads:
        body = Body(fields=tuple(fields), uploads=tuple(uploads))
    url = reader.text(entry.url, entry)
    place = re.sub('[{}]', '', without_login(re.split('[?#]', entry.url)[0]))
    return Call(
        f'{entry.method} {place}', entry.method, url, tuple(entry.of('Headers')),
        tuple(entry.of('Query')), tuple(entry.of('Cookies')), body, login, follows, Answer(status),
        settings=tuple(settings), how=how, checks=tuple(entry.checks), stores=tuple(entry.stores),
        remarks=tuple(entry.remarks),
    )  # fmt: skip


OPTIONS: dict[str, Callable[[str], list[Line]]] = {
    'insecure': lambda value: [Line('TLS certificates are not verified')] * (value == 'true'),
    'cacert': lambda value: [Line('CA bundle {}', (value,))],
    'max-time': lambda value: [Line('timeout is {} seconds', (re.sub(r'[^\d.]', '', value) or '30',))],
}


def _seconds(options: dict[str, str]) -> str:
    digits = {name: re.match(r'\d{1,6}', options.get(name, '')) for name in ('retry', 'retry-interval')}
    tries, pause = digits['retry'], digits['retry-interval']
    wait = 1.0
    if pause:
        wait = int(pause[0]) / (1 if re.search(r'\ds\b', options['retry-interval']) else 1000)
    return f'{(int(tries[0]) if tries else 10) * wait:g}'


def _form(entry: Entry) -> tuple[list[tuple[str, str]], list[Upload]]:
    fields, uploads = list(entry.of('Form')), []
    for name, value in entry.of('Multipart'):
        if not value.startswith('file,'):
            fields.append((name, value))
            continue
        path, _, kind = value[5:].partition(';')
        uploads.append(Upload(name, path.strip(), kind.strip()))
    if uploads:
        entry.remarks.append(f'the bytes of {", ".join(item.path for item in uploads)}: put them beside the feature')
    return fields, uploads


def _uncommented(text: str) -> str:
    return re.split(r'(?<=\s)#', text, maxsplit=1)[0].strip()


def _is_body(row: str) -> bool:
    return row.startswith(('file,', 'base64,', 'hex,'))


def _is_whole(rows: list[str]) -> bool:
    text = '\n'.join(rows)
    if rows[0].startswith('<'):
        root = re.search(r'<([A-Za-z][\w:.-]{0,99})', text)
        return bool(root and (f'</{root[1]}>' in text or text.rstrip().endswith('/>') and len(rows) == 1))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"?', '', text)
    opened = bare.count('{') + bare.count('[')
    return opened == bare.count('}') + bare.count(']')
