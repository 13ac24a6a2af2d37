"""Secrets of a run: values that must not be read on a screen or in a report, in any form that they travel in."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from zatools.secret import MASK, without_password

#: Keys of an answer whose values are tokens, whoever asked for them.
TOKEN_KEYS = ('access_token', 'refresh_token', 'id_token')
TOKEN = re.compile(rf'"({"|".join(TOKEN_KEYS)})"\s*:\s*"((?:[^"\\]|\\.)+)"')
#: An address: its scheme, the login before its host, and host and port.
ADDRESS = re.compile(r'([^/?#]*://)?(?:([^/?#]*)@)?([^/?#]*)')
#: Shorter ones are masked only where they are a whole value: as a part they would black out half the text.
SHORT = 4


def _escaped(value: str) -> set[str]:
    return {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}


def _forms(value: str) -> set[str]:
    raw = value.encode()
    encoded = base64.b64encode(raw).decode()
    urls = {quote(value, safe=''), quote(value), quote_plus(value)}
    # Headers are read as Latin-1; JSON may be quoted within JSON.
    plain = {value, raw.decode('latin-1')}
    once = {form for text in plain for form in _escaped(text)}
    twice = {form for text in once for form in _escaped(text)}
    return {encoded, encoded.rstrip('='), base64.urlsafe_b64encode(raw).decode()} | urls | plain | once | twice


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
    # A user without a password is a token.
    yield from [(password, '$PASSWORD')] if password else [(user, '$TOKEN')] if user else []
    for pair in filter(None, location.partition('?')[2].partition('#')[0].split('&')):
        name, sign, value = pair.partition('=')
        written = value if sign else name
        yield unquote_plus(written), variable(name) if sign else '$QUERY'
        yield written, ''


def without_login(address: str) -> str:
    """Returns an address without its login."""
    return ADDRESS.sub(lambda match: f'{match[1] or ""}{match[3]}', address, count=1)


class Secrets:
    """The secrets that a run has met, each with the variable that it came from."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._shown: set[str] = set()
        self._compiled: re.Pattern[str] | None = None

    def track(self, value: object, name: str = '') -> None:
        """Makes a value secret; `name` is what a curl line shows for it."""
        text = value if isinstance(value, str) else ''
        if text and text not in self._shown and (text not in self._names or (name and not self._names[text])):
            self._names[text] = name
            self._compiled = None

    def show(self, value: object) -> None:
        """Makes a value public: it is used as an address, a path, a method, a format or a user's name, as a whole."""
        if isinstance(value, str) and value not in self._shown:
            self._shown.add(value)
            if self._names.pop(value, None) is not None:
                self._compiled = None

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
        """Makes the tokens of a token answer secret."""
        if '_token"' in text:
            for match in TOKEN.finditer(text):
                self.track(match[2])

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
        """Returns a text without its secrets."""
        text = without_password(text)
        if not self._names:
            return text
        if self._compiled is None:
            # The longest first: one secret may contain another.
            forms = sorted({form for value in self._names for form in _forms(value)}, key=len, reverse=True)
            self._compiled = re.compile('|'.join(map(pattern, forms)), re.MULTILINE)
        return self._compiled.sub(MASK, text)
