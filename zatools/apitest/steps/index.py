"""Finding the phrase of a step without trying them all: by what stands outside its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from zatools.apitest.steps.phrase import PARAMETER, SPELLINGS, Phrase

#: Quotes and apostrophes as word processors write them.
QUOTES = str.maketrans({'“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"'})
SPELLED = re.compile('|'.join(rf'(?<!\w){re.escape(old)}(?!\w)' for old, _, _ in SPELLINGS))
TODAY = {old: new for old, new, _ in SPELLINGS}
MARK = '\0'
#: Letters of a step whose missing quotes are looked for.
LONGEST = 500
#: A value without blanks, or one in quotes, and what parts it from what follows.
UNQUOTED = r'\s*("[^"]*"|[^\s"]+)(?:\s+|$)'


@dataclass(frozen=True)
class PhraseMatch:
    """The phrase of a step and the texts in its quotes; `text_below` says that the last one stands below the step."""

    phrase: Phrase
    values: tuple[str, ...]
    text_below: bool = False


def plain(text: str) -> str:
    """Returns words in the form that phrases are compared in: small letters, one blank, straight apostrophes."""
    return ' '.join(text.lower().replace('’', "'").replace('‘', "'").split())


def today(words: str) -> str:
    """Returns words with the spellings of earlier versions replaced."""
    return SPELLED.sub(lambda match: TODAY[match[0]], words)


def outline(text: str) -> str:
    """Returns what stands outside the quotes of a step, in small letters."""
    return MARK.join(map(plain, text.split('"')[0::2]))


class Index:
    """The phrases of all groups, by their outlines; looked up in one step of a dict where values hold no quotes."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._exact: dict[tuple[str, str], Phrase] = {}
        self._below: dict[tuple[str, str], Phrase] = {}
        self._heads: dict[tuple[str, str], list[Phrase]] = {}
        self._found: dict[tuple[str, str, bool], PhraseMatch | None] = {}
        self.phrases = tuple(phrases)
        for phrase in self.phrases:
            self._add(phrase)

    def _add(self, phrase: Phrase) -> None:
        pieces = [today(plain(piece)) for piece in PARAMETER.split(phrase.text)[0::2]]
        self._exact[phrase.group, MARK.join(pieces)] = phrase
        self._heads.setdefault((phrase.group, pieces[0]), []).append(phrase)
        if len(pieces) > 1:
            shorter = [*pieces[:-2], f'{pieces[-2]} {pieces[-1]}'.strip()]
            self._below.setdefault((phrase.group, MARK.join(shorter)), phrase)

    def find(self, group: str, text: str, has_text: bool = False) -> PhraseMatch | None:
        """Returns the phrase of a step and its values, or None where there is none."""
        key = (group, text, has_text)
        if key not in self._found:
            straight = text.translate(QUOTES)
            self._found[key] = self._search(group, text, has_text) or (
                self._search(group, straight, has_text) if straight != text else None
            )
        return self._found[key]

    def _search(self, group: str, text: str, has_text: bool) -> PhraseMatch | None:
        pieces = text.split('"')
        words = today(outline(text))
        if phrase := self._exact.get((group, words)) if len(pieces) % 2 else None:
            return PhraseMatch(phrase, tuple(pieces[1::2]))
        if has_text and (phrase := self._below.get((group, words))):
            return PhraseMatch(phrase, tuple(pieces[1::2]), True)
        return self._by_pattern(group, text) if len(pieces) > 1 else None

    def _by_pattern(self, group: str, text: str) -> PhraseMatch | None:
        # Values with quotes in them: of all phrases that fit, the one whose values end first.
        head = today(plain(text.partition('"')[0]))
        matches = [(phrase, phrase.pattern.fullmatch(text)) for phrase in self._heads.get((group, head), ())]
        fitting = [(phrase, match) for phrase, match in matches if match]
        if not fitting:
            return None
        phrase, match = min(fitting, key=lambda pair: [len(value) for value in pair[1].groups()])
        return PhraseMatch(phrase, match.groups())

    def nearest(self, group: str, text: str, count: int = 1) -> list[str]:
        """Returns the steps most like an unknown one, with its own values filled in."""
        quoted = self._with_quotes(group, text)
        if quoted:
            return quoted[:count]
        wanted = today(outline(text))
        known = {words: phrase for (kind, words), phrase in self._exact.items() if kind == group}
        values = text.translate(QUOTES).split('"')[1::2]
        near = [known[hit] for hit in get_close_matches(wanted, known, count, 0.6)]
        if not near:
            # The same words in another order, or in another form.
            bags = {_bag(words): phrase for words, phrase in known.items()}
            near = [bags[hit] for hit in get_close_matches(_bag(wanted), bags, count, 0.7)]
        return [_filled(phrase, values) for phrase in near]

    def _with_quotes(self, group: str, text: str) -> list[str]:
        # Steps that this one is but for quotes that are missing around its values; nobody types a longer one.
        if len(text) > LONGEST:
            return []
        found = []
        for phrase in self.phrases:
            if phrase.group == group and phrase.parameters:
                *others, last, end = (re.escape(plain(piece)) for piece in PARAMETER.split(phrase.text)[0::2])
                pattern = ''.join([f'{piece}{UNQUOTED}' for piece in others] + [rf'{last}\s*"?(.+?)"?\s*{end}'])
                if match := re.fullmatch(pattern, ' '.join(text.split()), re.IGNORECASE):
                    *first, end_value = match.groups()
                    values = [*(value.strip('"') for value in first), end_value]
                    found.append((len(''.join(values)), _filled(phrase, values)))
        return [step for _, step in sorted(found)]

    def groups(self, text: str, has_text: bool = False) -> list[str]:
        """Returns the groups that know a step."""
        return [group for group in ('given', 'when', 'then') if self.find(group, text, has_text)]


def _bag(words: str) -> str:
    return ' '.join(sorted(words.replace(MARK, ' ').split()))


def _filled(phrase: Phrase, values: list[str]) -> str:
    given = iter(values)
    return PARAMETER.sub(lambda match: f'"{next(given, "{" + match[1] + "}")}"', phrase.text)


def spans(phrase: Phrase, text: str) -> dict[str, tuple[int, int]]:
    """Returns where in a step's text each parameter stands, its quotes included."""
    match = phrase.pattern.fullmatch(text.translate(QUOTES))
    if match is None:
        return {}
    return {name: (match.start(name) - 1, match.end(name) + 1) for name in phrase.parameters}
