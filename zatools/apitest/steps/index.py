"""Index of phrases: that of a step is found by the words outside its quotes, without trying all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from zatools.apitest.steps.phrase import PARAMETER, SPELLINGS, Phrase

#: Quotes and apostrophes as word processors write them.
QUOTES = str.maketrans({'“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"'})
SPELLED = re.compile('|'.join(rf'(?<!\w){re.escape(old)}(?!\w)' for old, _, _ in SPELLINGS))
TODAY = {old: new for old, new, _ in SPELLINGS}
MARK = '\0'
#: Characters of a step that is searched for missing quotes.
LONGEST = 500
#: A value in quotes, or one without quotes and blanks, and the blanks that follow it.
UNQUOTED = r'\s*("[^"]*"|[^\s"]+)(?:\s+|$)'


@dataclass(frozen=True)
class PhraseMatch:
    """The phrase of a step and the texts in its quotes; with `text_below`, the last one stands below the step."""

    phrase: Phrase
    values: tuple[str, ...]
    text_below: bool = False


def plain(text: str) -> str:
    """Returns words as they are compared: in small letters, with single blanks and straight apostrophes."""
    return ' '.join(text.lower().replace('’', "'").replace('‘', "'").split())


def today(words: str) -> str:
    """Returns words with the spellings of earlier versions replaced."""
    return SPELLED.sub(lambda match: TODAY[match[0]], words)


def outline(text: str) -> str:
    """Returns the words outside the quotes of a step, in small letters; a mark stands for each value."""
    return MARK.join(map(plain, text.split('"')[0::2]))


class Index:
    """The phrases of all groups, by their outlines; a step whose values have no quotes in them is found in a dict."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._exact: dict[tuple[str, str], Phrase] = {}
        self._below: dict[tuple[str, str], Phrase] = {}
        self._heads: dict[tuple[str, str], list[Phrase]] = {}
        self._bare: dict[str, list[Phrase]] = {}
        self._matches: dict[tuple[str, str, bool], PhraseMatch | None] = {}
        self.phrases = tuple(phrases)
        for phrase in self.phrases:
            self._add(phrase)

    def _add(self, phrase: Phrase) -> None:
        if phrase.has_bare:
            self._bare.setdefault(phrase.group, []).append(phrase)
            return
        pieces = [today(plain(piece)) for piece in PARAMETER.split(phrase.text)[0::2]]
        self._exact[phrase.group, MARK.join(pieces)] = phrase
        self._heads.setdefault((phrase.group, pieces[0]), []).append(phrase)
        if len(pieces) > 1:
            shorter = [*pieces[:-2], f'{pieces[-2]} {pieces[-1]}'.strip()]
            self._below.setdefault((phrase.group, MARK.join(shorter)), phrase)

    def find(self, group: str, text: str, has_text: bool = False) -> PhraseMatch | None:
        """Returns the phrase of a step with its values; None where no phrase fits."""
        key = (group, text, has_text)
        if key not in self._matches:
            match = self._search(group, text, has_text)
            straight = text.translate(QUOTES)
            if match is None and straight != text:
                match = self._search(group, straight, has_text)
            self._matches[key] = match
        return self._matches[key]

    def _search(self, group: str, text: str, has_text: bool) -> PhraseMatch | None:
        pieces = text.split('"')
        words = today(outline(text))
        has_closed_quotes = len(pieces) % 2 == 1
        if has_closed_quotes and (phrase := self._exact.get((group, words))):
            return PhraseMatch(phrase, tuple(pieces[1::2]))
        if has_text and (phrase := self._below.get((group, words))):
            return PhraseMatch(phrase, tuple(pieces[1::2]), True)
        if bare := self._with_bare(group, text):
            return bare
        if len(pieces) > 1:
            return self._by_pattern(group, text)
        return None

    def _with_bare(self, group: str, text: str) -> PhraseMatch | None:
        matches = ((phrase, phrase.pattern.fullmatch(text)) for phrase in self._bare.get(group, ()))
        return next((PhraseMatch(phrase, match.groups()) for phrase, match in matches if match), None)

    def _by_pattern(self, group: str, text: str) -> PhraseMatch | None:
        # A value with quotes in it may fit several phrases: the one whose values end first is taken.
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
        phrases = {words: phrase for (kind, words), phrase in self._exact.items() if kind == group}
        values = text.translate(QUOTES).split('"')[1::2]
        similar = [phrases[words] for words in get_close_matches(wanted, phrases, count, 0.6)]
        if not similar:
            # The same words in another order, or in another form.
            bags = {_bag(words): phrase for words, phrase in phrases.items()}
            similar = [bags[bag] for bag in get_close_matches(_bag(wanted), bags, count, 0.7)]
        return [_filled(phrase, values) for phrase in similar]

    def _with_quotes(self, group: str, text: str) -> list[str]:
        # Returns the steps that this one would be with quotes around its values. Nobody types a very long one.
        if len(text) > LONGEST:
            return []
        candidates, spaced = [], ' '.join(text.split())
        for phrase in self.phrases:
            if phrase.group != group or not phrase.parameters or phrase.has_bare:
                continue
            if match := _unquoted(phrase.text).fullmatch(spaced):
                *first, end_value = match.groups()
                values = [*(value.strip('"') for value in first), end_value]
                candidates.append((len(''.join(values)), _filled(phrase, values)))
        # The phrase with most words in common leaves least for values.
        return [step for _, step in sorted(candidates)]

    def groups(self, text: str, has_text: bool = False) -> list[str]:
        """Returns the groups that have a step."""
        return [group for group in ('given', 'when', 'then') if self.find(group, text, has_text)]


@cache
def _unquoted(text: str) -> re.Pattern[str]:
    # There are more phrases than patterns that the library keeps.
    *others, last, end = (re.escape(plain(piece)) for piece in PARAMETER.split(text)[0::2])
    pattern = ''.join([f'{piece}{UNQUOTED}' for piece in others] + [rf'{last}\s*"?(.+?)"?\s*{end}'])
    return re.compile(pattern, re.IGNORECASE)


def _bag(words: str) -> str:
    return ' '.join(sorted(words.replace(MARK, ' ').split()))


def _filled(phrase: Phrase, values: list[str]) -> str:
    rest = iter(values)
    return PARAMETER.sub(lambda match: f'"{next(rest, "{" + match[1] + "}")}"', phrase.text)


def spans(phrase: Phrase, text: str) -> dict[str, tuple[int, int]]:
    """Returns start and end of each parameter in a step's text, its quotes included."""
    match = phrase.pattern.fullmatch(text.translate(QUOTES))
    if match is None:
        return {}
    widths = {name: int(f'"{{{name}}}"' in phrase.text) for name in phrase.parameters}
    return {name: (match.start(name) - width, match.end(name) + width) for name, width in widths.items()}
