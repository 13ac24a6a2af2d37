"""Values that must never become printable, and texts whose variables aren't known."""

from __future__ import annotations

import re
from dataclasses import dataclass

MASK = '******'
LOGIN = re.compile(r'(://[^/\s:@]*:)[^/\s@]+@')


def without_password(text: str) -> str:
    """Returns a text with the passwords of its URLs masked."""
    return LOGIN.sub(rf'\g<1>{MASK}@', text) if '://' in text else text


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


@dataclass(frozen=True)
class Template:
    """A text with variables that have no value here: as it was written, and their names."""

    text: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.text
