"""Secrets of a run: values that must not be read on a screen or in a report, in any form that they travel in."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import unquote, unquote_plus

from zatools.encoded import Finder, needles, short_needles, without
from zatools.secret import CREDENTIAL, MASK, without_password

#: Names in an answer, be it JSON, a form or XML, and their values: of these, some are credentials.
NAMED = re.compile(
    r'"([\w-]{1,60})"\s{0,20}:\s{0,20}"((?:[^"\\]|\\.)+)"|(?:^|&)([\w-]{1,60})=([^&\s"<>]+)|<(?:\w{1,60}:)?([\w-]{1,60})>([^<]+)</'
)
#: Names of tokens, whatever they look like, and of what is a credential unless it looks like a word.
TOKEN = re.compile(r'(?:access|refresh|id)_token')
SAID = re.compile(
    r'(?:token|api_?-?key|secret|passw(?:or)?d|passphrase|(?:access|private)_?-?key|session_?-?id)\Z', re.I
)
SESSION = re.compile(r'sess|sid|token|auth|login|csrf|xsrf|jwt', re.I)
COOKIE = re.compile(r'(?:^|(?<=, ))([^=;,\s]+)=([^;,]*)')
SENT_COOKIE = re.compile(r'(?:^|(?<=[;\s]))([^=;\s]+)=([^;]*)')
WORD = re.compile(r'[a-z]{0,11}')
#: An address: its scheme, the login before its host, and host and port.
ADDRESS = re.compile(r'([^/?#]*://)?(?:([^/?#]*)@)?([^/?#]*)')
#: Shorter ones are masked only where they are a whole value: as a part they would black out half the text.
SHORT = 4


def pattern(form: str) -> str:
    """Returns the regular expression that finds a secret: a short one only as a whole value."""
    if len(form) >= SHORT:
        return re.escape(form)
    return rf'(?:(?<=^)|(?<=["=\'])|(?<=: )){re.escape(form)}(?=$|["&\'\n])'


def login_of(address: str) -> tuple[str, str]:
    """Returns the user and the password of an address; empty where it has none."""
    match = ADDRESS.match(address)
    user, _, password = (match[2] if match and match[2] else '').partition(':')
    return unquote(user), unquote(password)


def variable(name: str) -> str:
    """Returns the variable of a shell that stands for a value of that name."""
    return f'${re.sub(r"[^A-Z0-9_]", "_", name.upper())}'


def hidden(location: str) -> Iterator[tuple[str, str]]:
    """Yields what is secret of an address or a path: its password, its query's values; and a variable for each."""
    user, password = login_of(location)
    if password:
        yield password, '$PASSWORD'
    elif user:
        # A user without a password is a token.
        yield user, '$TOKEN'
    for pair in filter(None, location.partition('?')[2].partition('#')[0].split('&')):
        name, sign, value = pair.partition('=')
        written = value if sign else name
        yield unquote_plus(written), variable(name) if sign else '$QUERY'
        yield written, ''


def without_login(address: str) -> str:
    """Returns an address without its login."""
    return ADDRESS.sub(lambda match: f'{match[1] or ""}{match[3]}', address, count=1)


def without_cookies(name: str, value: str) -> str:
    """Returns the value of a header Cookie or Set-Cookie with the values of its cookies masked."""
    pattern = COOKIE if name.lower() == 'set-cookie' else SENT_COOKIE
    return pattern.sub(rf'\1={MASK}', value)


def is_credential(name: str) -> bool:
    """Tells whether a header's name says that its value is a credential."""
    return CREDENTIAL.search(name) is not None


def is_told(value: str) -> bool:
    """Tells whether a value may be masked wherever it stands: a word would take other texts with it."""
    return len(value) >= 2 * SHORT and not WORD.fullmatch(value)


class Secrets:
    """The secrets that a run has met, each with the variable that it came from."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._shown: set[str] = set()
        self._finder: Finder | None = Finder()

    def track(self, value: object, name: str = '') -> None:
        """Makes a value secret; `name` is what a curl line shows for it."""
        for item in value if isinstance(value, (list, tuple)) else ():
            self.track(item, name)
        text = value if isinstance(value, str) else ''
        if not text or text in self._shown:
            return
        if text not in self._names:
            self._names[text] = name
            if self._finder:
                _add(self._finder, text)
        elif name and not self._names[text]:
            self._names[text] = name

    def show(self, value: object) -> None:
        """Makes a value public: it is used as an address, a path, a method, a format or a user's name, as a whole."""
        if isinstance(value, str) and value not in self._shown:
            self._shown.add(value)
            if self._names.pop(value, None) is not None:
                self._finder = None

    def track_surroundings(self, environ: Mapping[str, str], configured: Mapping[str, object]) -> None:
        """Makes secret what [secrets] holds, and variables whose names say that they are credentials."""
        for name, value in environ.items():
            if SAID.search(name) and is_told(value):
                self.track(value, f'${name}')
        for name, found in configured.items():
            self.track(found, variable(name))

    def track_basic(self, username: str, password: str) -> None:
        """Makes what Basic Auth sends secret, in UTF-8 and in Latin-1: that is how the login of a URL goes."""
        for encoding in ('utf-8', 'latin-1'):
            with suppress(UnicodeEncodeError):
                self.track(base64.b64encode(f'{username}:{password}'.encode(encoding)).decode())

    def track_location(self, location: str) -> None:
        """Makes secret what is never public of an address or a path."""
        for text, name in hidden(location):
            self.track(text, self.name(text) or name)

    def track_answer(self, text: str) -> None:
        """Makes the credentials of an answer secret: its tokens; what is called a key or a password, and looks so."""
        for match in NAMED.finditer(text):
            name, value = _named(match)
            if SAID.search(name) and (TOKEN.fullmatch(name) or is_told(value)):
                self.track(value, variable(name))

    def track_cookies(self, header: str, is_sent: bool = False) -> None:
        """Makes the cookies of a header Set-Cookie or Cookie secret; short ones are masked in such headers only."""
        for name, value in (SENT_COOKIE if is_sent else COOKIE).findall(header):
            plain = value.strip().strip('"')
            is_session = 'httponly' in header.lower() or SESSION.search(name)
            if len(plain) >= SHORT and (is_session or not WORD.fullmatch(plain)):
                self.track(plain, variable(name))

    def name(self, value: str) -> str:
        """Returns the variable that a secret came from; '' if it is none or came from elsewhere."""
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
        """A number that is another one when there are more secrets."""
        return hash(frozenset(self._names))

    def mask(self, text: str) -> str:
        """Returns a text without its secrets, however they are written there."""
        text = without_password(text)
        if not self._names or not text:
            return text
        if self._finder is None:
            self._finder = Finder()
            for value in self._names:
                _add(self._finder, value)
        if len(text) == 1:
            return MASK if text in self._names else text
        content = text.encode('utf-8', 'surrogatepass')
        spans = self._finder.spans(content)
        return without(content, spans, MASK) if spans else text

    def is_secret(self, name: str, value: str) -> bool:
        """Tells whether a header is a credential, or holds a secret."""
        return is_credential(name) or self.mask(value) != value

    def header(self, name: str, value: str) -> str:
        """Returns the value of a header without its secrets; of a credential nothing but its kind is left."""
        lower = name.lower()
        if lower in ('authorization', 'proxy-authorization'):
            return f'{value.partition(" ")[0]} {MASK}' if ' ' in value else MASK
        if lower in ('cookie', 'set-cookie'):
            return self.mask(without_cookies(name, value))
        return MASK if value and is_credential(name) else self.mask(value)


def _named(match: re.Match[str]) -> tuple[str, str]:
    # A name and its value: of JSON, of a form, of XML.
    if match[1]:
        return match[1], _read(match[2])
    if match[3]:
        return match[3], unquote_plus(match[4])
    return match[5], match[6]


def _read(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _add(finder: Finder, text: str) -> None:
    # One character tells nothing, and would be found everywhere.
    if len(text) >= SHORT:
        finder.add(needles(text))
    elif len(text) > 1:
        finder.add(short_needles(text))
    for line in text.splitlines() if '\n' in text else ():
        # Tracebacks and differences show a text line by line.
        if len(line.strip()) >= 2 * SHORT:
            finder.add(needles(line.strip()))
