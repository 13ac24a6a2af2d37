"""Masks secrets on screens: values of secret variables, wherever they turn up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from zatools.secret import LOGIN, MASK, without_password

if TYPE_CHECKING:
    from zatools.encoded import Finder

#: Shorter values, and words, are masked only where they are a whole value. Elsewhere masks would destroy other texts.
SHORT = 4
WORD = re.compile(r'[A-Za-z]{1,11}')
#: With more values than these, only the values themselves are searched for, and not their encoded forms.
MANY = 300
#: Words in the names of variables that hold secrets.
SAID = re.compile(
    r'(?:\A|[_.\d]|(?<=[a-z])(?=[A-Z]))'
    r'(?i:passw(?:or)?d|pwd|pass|passphrase|secret|tokens?|(?:api)?keys?|credentials?|auth|authori[sz]ation|cookie)'
    r'(?:\Z|[_.\d]|(?<=[a-z])(?=[A-Z]))'
)
#: Variables of shells for the current and the previous working folder.
FOLDERS = frozenset({'PWD', 'OLDPWD'})


def says_secret(name: str) -> bool:
    """Tells whether the name of a variable says that its value is a secret."""
    return SAID.search(name) is not None


class Masks:
    """The values that a run may not show. Each is masked in its encoded forms, too."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        #: What finds them, and how many it knows: a server's threads ask while others are added.
        self._finder: tuple[int, Finder] | None = None

    def hide(self, values: Iterable[str]) -> None:
        """Makes values secret; those of one character would take every text with them."""
        self._values.update(dict.fromkeys(value for value in values if len(value) > 1))

    def hide_named(self, variables: Mapping[str, str]) -> None:
        """Makes the values of variables secret whose names say so, and the passwords of addresses in all others."""
        for name, value in variables.items():
            if says_secret(name):
                self.hide([value])
            else:
                self.hide(password for _, password in LOGIN.findall(value))

    def hide_surroundings(self, environ: Mapping[str, str]) -> None:
        """Makes variables of the environment secret by their names; others than ours only with values like secrets."""
        self.hide_named({name: value for name, value in environ.items() if name.startswith('ZATO_')})
        for name, value in environ.items():
            looks_secret = len(value) >= 2 * SHORT and not WORD.fullmatch(value)
            if looks_secret and name not in FOLDERS and says_secret(name):
                self.hide([value])

    def mask(self, text: str) -> str:
        """Returns a text with the secrets in it masked."""
        if not self._values or not text:
            return text
        text = without_password(text)
        if len(self._values) > MANY:
            return self._roughly(text)
        from zatools.encoded import without

        content = text.encode('utf-8', 'surrogatepass')
        # The key of a pair in JSON is a name of ours.
        spans = [span for span in self._found().spans(content) if content[span[1] : span[1] + 2] != b'":']
        return without(content, spans, MASK)

    def _found(self) -> Finder:
        from zatools.encoded import Finder, needles, short_needles

        values = list(self._values)
        if self._finder is None or self._finder[0] != len(values):
            finder = Finder()
            for value in values:
                is_whole = len(value) < SHORT or WORD.fullmatch(value)
                finder.add((short_needles if is_whole else needles)(value))
            self._finder = len(values), finder
            return finder
        return self._finder[1]

    def _roughly(self, text: str) -> str:
        for value in list(self._values):
            if len(value) >= SHORT and not WORD.fullmatch(value):
                text = text.replace(value, MASK)
        return text
