"""Values that must never become printable, and texts whose variables aren't known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MASK = '******'
#: The login of a URL: what is before the password, and the password. That may hold an unquoted @, and an unquoted
#: slash too: what is before the slash is no port then.
LOGIN = re.compile(
    r'(://(?!\[)[^/\s:]{0,200}:)(?!\d{1,5}(?:[/?#]|$))'
    r'([^/\s@]+(?:@[^/\s"]{0,200})?(?=@)|[^\s"]{1,200}(?=@))@'
)


def without_password(text: str) -> str:
    """Returns a text with the passwords of its URLs masked."""
    # Most texts are no URLs, most URLs have no login, and the search costs time.
    if '://' not in text or '@' not in text:
        return text
    return LOGIN.sub(rf'\g<1>{MASK}@', text)


#: A parameter of a URL: all up to its value, its name, the value. One in braces is filled in by a call.
PARAMETER = re.compile(r'([?&]([^=&#?\s]{1,100})=)(?!\$?\{)[^&#\s"]+')
#: Names, of headers and parameters above all, whose values are mostly credentials.
CREDENTIAL = re.compile(r'(authori[sz]ation|cookie|passw(or)?d|passphrase|secret|token|key|credentials?)$', re.I)


def without_credentials(text: str) -> str:
    """Returns a text with the passwords of its URLs masked, and their parameters that look like credentials."""
    text = without_password(text)
    if '=' not in text:
        return text
    return PARAMETER.sub(_without_value, text)


def _without_value(parameter: re.Match[str]) -> str:
    if not CREDENTIAL.search(parameter[2]):
        return parameter[0]
    return f'{parameter[1]}{MASK}'


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
    """Returns a value for screens and JSON: passwords of URLs and what looks like a credential are masked in it."""
    if isinstance(value, str):
        return without_credentials(value)
    if isinstance(value, Template):
        return without_credentials(value.text)
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, list):
        return [masked(part) for part in value]
    if isinstance(value, Mapping):
        hidden = set(credentials_in(value))
        return {name: MASK if name in hidden else masked(part) for name, part in value.items()}
    return value


def credentials_in(mapping: Mapping[Any, Any]) -> Iterator[str]:
    """Yields the keys of a mapping whose values look like credentials."""
    if any(credentials([mapping])):
        yield 'value'
    for name, part in mapping.items():
        # The key of a row is a name.
        is_name = name == 'key' and 'value' in mapping
        if isinstance(part, (str, Template)) and part and not is_name and CREDENTIAL.search(str(name)):
            yield name
