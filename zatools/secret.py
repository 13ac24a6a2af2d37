"""Values that must never become printable, and texts whose variables aren't known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MASK = '******'
LOGIN = re.compile(r'(://[^/\s:@]*:)[^/\s@]+@')


def without_password(text: str) -> str:
    """Returns a text with the passwords of its URLs masked."""
    # Most texts are no URLs, most URLs have no login, and the search costs time.
    if '://' not in text or '@' not in text:
        return text
    return LOGIN.sub(rf'\g<1>{MASK}@', text)


#: Names, of headers and parameters above all, whose values are mostly credentials.
CREDENTIAL = re.compile(r'(authori[sz]ation|cookie|passw(or)?d|passphrase|secret|token|key|credentials?)$', re.I)


class Secret:
    """A password or key. Its text is reached by `reveal()` only; nothing prints it."""

    __slots__ = ('_text', 'source')

    def __init__(self, text: str, source: str = '') -> None:
        self._text = text
        self.source = source

    @property
    def can_reveal(self) -> bool:
        """Tells whether the text is known; a sealed one without its key isn't."""
        return True

    def reveal(self) -> str:
        """Returns the secret itself."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        # One that can't be opened is equal to none.
        return isinstance(other, Secret) and self.can_reveal and other.can_reveal and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> str:
        raise TypeError('a secret is never pickled')


def secret_or_none(text: str) -> Secret | None:
    """Returns a text as a secret; None for no text."""
    if not text:
        return None
    return Secret(text)


@dataclass(frozen=True)
class Template:
    """A text with variables that have no value here: as it was written, and their names."""

    text: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def need(self) -> str:
        """What it lacks, in words: needs HOST, PORT, which are not set."""
        verb = 'are'
        if len(self.names) == 1:
            verb = 'is'
        return f'needs {", ".join(self.names)}, which {verb} not set'


def templates(value: Any) -> Iterator[Template]:
    """Yields the texts in a value, however deep, whose variables have no value here."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from templates(part)
    elif isinstance(value, list):
        for part in value:
            yield from templates(part)


def credentials(value: Any) -> Iterator[str]:
    """Yields the names of what looks like credentials in rows such as `{key: Authorization, value: …}`."""
    if not isinstance(value, list):
        return
    for row in value:
        if isinstance(row, Mapping) and row.get('value') and CREDENTIAL.search(str(row.get('key', ''))):
            yield str(row['key'])


def masked(value: Any) -> Any:
    """Returns a value for screens: what looks like credentials in its rows is masked."""
    if not isinstance(value, list) or not any(credentials(value)):
        return value
    rows = []
    for row in value:
        if any(credentials([row])):
            row = {**row, 'value': MASK}
        rows.append(row)
    return rows
