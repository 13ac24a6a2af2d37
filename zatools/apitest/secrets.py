"""Secrets of a run: values that no screen and no report may show, in whatever form they travel."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import unquote, unquote_plus

from zatools.encoded import Finder, needles, short_needles, without
from zatools.secret import CREDENTIAL, MASK, without_password

#: Names and their values in an answer: in JSON, in a form, in XML.
NAMED = re.compile(
    r'"([\w-]{1,60})"\s{0,20}:\s{0,20}"((?:[^"\\]|\\.)+)"|(?:^|&)([\w-]{1,60})=([^&\s"<>]+)|<(?:\w{1,60}:)?([\w-]{1,60})>([^<]+)</'
)
#: Names of tokens, which are secret whatever they look like.
TOKEN = re.compile(r'(?:access|refresh|id)_token')
#: Names of credentials; their values are secret unless they look like words.
CREDENTIAL_NAME = re.compile(
    r'(?:token|api_?-?key|secret|passw(?:or)?d|passphrase|(?:access|private)_?-?key|session_?-?id)\Z', re.I
)
#: Names of cookies that hold a login.
SESSION = re.compile(r'sess|sid|token|auth|login|csrf|xsrf|jwt', re.I)
#: Names and values of cookies: in Set-Cookie, where attributes follow them, and in Cookie.
COOKIE = re.compile(r'(?:^|(?<=, ))([^=;,\s]+)=([^;,]*)')
SENT_COOKIE = re.compile(r'(?:^|(?<=[;\s]))([^=;\s]+)=([^;]*)')
WORD = re.compile(r'[a-z]{0,11}')
#: An address: its scheme, the login before its host, and host and port.
ADDRESS = re.compile(r'([^/?#]*://)?(?:([^/?#]*)@)?([^/?#]*)')
#: Secrets of fewer characters are masked only where they are a whole value: else they would black out half the text.
SHORT = 4


def pattern(form: str) -> str:
    """Returns the regular expression that finds a secret; it finds a short one only as a whole value."""
    if len(form) >= SHORT:
        return re.escape(form)
    return rf'(?:(?<=^)|(?<=["=\'])|(?<=: )){re.escape(form)}(?=$|["&\'\n])'


def login_of(address: str) -> tuple[str, str]:
    """Returns the user and the password of an address; empty where it has none."""
    match = ADDRESS.match(address)
    if not match or not match[2]:
        return '', ''
    user, _, password = match[2].partition(':')
    return unquote(user), unquote(password)


def variable(name: str) -> str:
    """Returns the shell variable that stands for a value of that name."""
    return f'${re.sub(r"[^A-Z0-9_]", "_", name.upper())}'


def secret_parts(location: str) -> Iterator[tuple[str, str]]:
    """Yields the secrets in an address or a path, each with its variable: the password, the values of the query."""
    user, password = login_of(location)
    if password:
        yield password, '$PASSWORD'
    elif user:
        # A user without a password is a token.
        yield user, '$TOKEN'
    query = location.partition('?')[2].partition('#')[0]
    for pair in filter(None, query.split('&')):
        name, sign, value = pair.partition('=')
        if sign:
            yield unquote_plus(value), variable(name)
            yield value, ''
        else:
            yield unquote_plus(pair), '$QUERY'
            yield pair, ''


def without_login(address: str) -> str:
    """Returns an address without its login."""
    return ADDRESS.sub(lambda match: f'{match[1] or ""}{match[3]}', address, count=1)


def without_cookies(name: str, value: str) -> str:
    """Returns the value of a header Cookie or Set-Cookie with the values of its cookies masked."""
    pattern = SENT_COOKIE
    if name.lower() == 'set-cookie':
        pattern = COOKIE
    return pattern.sub(rf'\1={MASK}', value)


def is_credential(name: str) -> bool:
    """Tells whether a header, by its name, holds a credential."""
    return CREDENTIAL.search(name) is not None


def is_distinctive(value: str) -> bool:
    """Tells whether a value may be masked wherever it stands; a word or a short value may be part of other texts."""
    return len(value) >= 2 * SHORT and not WORD.fullmatch(value)


class Secrets:
    """The secrets that a run has met, each with the variable that it came from."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._public: set[str] = set()
        # None: it must be made anew, since a secret can't be taken out of it.
        self._finder: Finder | None = Finder()

    def track(self, value: object, name: str = '') -> None:
        """Makes a value secret; a curl line shows `name` in its place."""
        if isinstance(value, (list, tuple)):
            for item in value:
                self.track(item, name)
        if not isinstance(value, str) or not value or value in self._public:
            return
        if value not in self._names:
            self._names[value] = name
            if self._finder:
                _add(self._finder, value)
        elif name and not self._names[value]:
            self._names[value] = name

    def make_public(self, value: object) -> None:
        """Makes a value public: as a whole, it is an address, a path, a method, a format or the name of a user."""
        if isinstance(value, str) and value not in self._public:
            self._public.add(value)
            if self._names.pop(value, None) is not None:
                self._finder = None

    def track_surroundings(self, environ: Mapping[str, str], configured: Mapping[str, object]) -> None:
        """Makes the values of [secrets] secret, and those of variables whose names are names of credentials."""
        for name, value in environ.items():
            if CREDENTIAL_NAME.search(name) and is_distinctive(value):
                self.track(value, f'${name}')
        for name, secret in configured.items():
            self.track(secret, variable(name))

    def track_basic(self, username: str, password: str) -> None:
        """Makes the login that Basic Auth sends secret, in both encodings that it may have."""
        # We send UTF-8; requests sends Latin-1 where the login stands in the address.
        for encoding in ('utf-8', 'latin-1'):
            with suppress(UnicodeEncodeError):
                self.track(base64.b64encode(f'{username}:{password}'.encode(encoding)).decode())

    def track_location(self, location: str) -> None:
        """Makes the secrets in an address or a path secret."""
        for text, name in secret_parts(location):
            self.track(text, self.name(text) or name)

    def track_answer(self, text: str) -> None:
        """Makes the credentials of an answer secret: tokens, and distinctive values of keys and passwords."""
        for match in NAMED.finditer(text):
            name, value = _named(match)
            if CREDENTIAL_NAME.search(name) and (TOKEN.fullmatch(name) or is_distinctive(value)):
                self.track(value, variable(name))

    def track_cookies(self, header: str, is_sent: bool = False) -> None:
        """Makes the cookies of a header Set-Cookie or Cookie secret; short ones are masked in such headers only."""
        pattern = COOKIE
        if is_sent:
            pattern = SENT_COOKIE
        for name, value in pattern.findall(header):
            plain = value.strip().strip('"')
            is_session = 'httponly' in header.lower() or SESSION.search(name)
            if len(plain) >= SHORT and (is_session or not WORD.fullmatch(plain)):
                self.track(plain, variable(name))

    def name(self, value: str) -> str:
        """Returns the variable that a secret came from; '' for one from elsewhere, and for what is no secret."""
        return self._names.get(value, '')

    def values(self) -> Iterable[tuple[str, str]]:
        """Returns the secrets and their names."""
        return self._names.items()

    def add(self, others: Iterable[tuple[str, str]]) -> None:
        """Takes over secrets that another process met."""
        for value, name in others:
            self.track(value, name)

    @property
    def state(self) -> int:
        """A number that changes with the secrets."""
        return hash(frozenset(self._names))

    def mask(self, text: str) -> str:
        """Returns a text with its secrets masked, whatever encoding they are written in."""
        text = without_password(text)
        if not self._names or not text:
            return text
        if len(text) == 1:
            # The finder looks for no secret of one character, since it would find it everywhere.
            return self._mask_character(text)
        content = text.encode('utf-8', 'surrogatepass')
        spans = self._current_finder().spans(content)
        if not spans:
            return text
        return without(content, spans, MASK)

    def _mask_character(self, text: str) -> str:
        if text in self._names:
            return MASK
        return text

    def _current_finder(self) -> Finder:
        if self._finder is None:
            self._finder = Finder()
            for value in self._names:
                _add(self._finder, value)
        return self._finder

    def is_secret(self, name: str, value: str) -> bool:
        """Tells whether a header is a credential, or holds a secret."""
        return is_credential(name) or self.mask(value) != value

    def header(self, name: str, value: str) -> str:
        """Returns the value of a header with its secrets masked; of a credential only the scheme is left."""
        lower = name.lower()
        if lower in ('authorization', 'proxy-authorization'):
            scheme, blank, _ = value.partition(' ')
            if not blank:
                return MASK
            return f'{scheme} {MASK}'
        if lower in ('cookie', 'set-cookie'):
            return self.mask(without_cookies(name, value))
        if value and is_credential(name):
            return MASK
        return self.mask(value)


def _named(match: re.Match[str]) -> tuple[str, str]:
    json_name, json_value, form_name, form_value, xml_name, xml_value = match.groups()
    if json_name:
        return json_name, _unescaped(json_value)
    if form_name:
        return form_name, unquote_plus(form_value)
    return xml_name, xml_value


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _add(finder: Finder, text: str) -> None:
    if len(text) >= SHORT:
        finder.add(needles(text))
    elif len(text) > 1:
        finder.add(short_needles(text))
    if '\n' not in text:
        return
    # Tracebacks and differences show a text line by line.
    for line in text.splitlines():
        if len(line.strip()) >= 2 * SHORT:
            finder.add(needles(line.strip()))
