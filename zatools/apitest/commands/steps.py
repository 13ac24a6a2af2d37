"""`apitest steps`: the list of steps, and docs/steps.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from zatools.apitest.commands.console import Console
from zatools.apitest.steps import PHRASES
from zatools.apitest.steps.index import plain, today
from zatools.apitest.steps.phrase import SPELLINGS, Phrase
from zatools.errors import Exit, UsageError

ORIGINS = {'A': '1.13', 'B': '24.10', 'O': 'older'}


def steps(words: Sequence[str], console: Console, *, format: str = 'text') -> int:
    """Lists the steps that have all of the words; returns 1 where there are none."""
    writers = {'text': as_text, 'md': as_markdown, 'json': as_json}
    if format not in writers:
        raise UsageError(f"--format: there is no '{format}'", f'there are {", ".join(writers)}')
    phrases = [phrase for phrase in PHRASES if _has(phrase, words)]
    if not phrases:
        console.say(f'no step has the words: {" ".join(words)}')
        return Exit.NO
    text = writers[format](phrases)
    if format == 'text':
        console.print(text)
    else:
        console.data(text)
    return Exit.OK


def _has(phrase: Phrase, words: Sequence[str]) -> bool:
    text = f'{phrase.keyword} {phrase.text} {phrase.section} {phrase.doc}'.lower()
    return all(word in text for word in today(plain(' '.join(words))).split())


def _sections(phrases: Iterable[Phrase]) -> dict[tuple[str, str], list[Phrase]]:
    sections: dict[tuple[str, str], list[Phrase]] = {}
    for phrase in phrases:
        sections.setdefault((phrase.section, phrase.keyword), []).append(phrase)
    return sections


def as_text(phrases: Iterable[Phrase]) -> str:
    """Returns steps as lines: the step, what it does, an example."""
    rows: list[str] = []
    for (section, keyword), group in _sections(phrases).items():
        if rows:
            rows.append('')
        rows.append(f'{section} ({keyword})')
        for phrase in group:
            rows += [f'  {phrase.text}', f'      {phrase.doc}']
            rows += [f'      {row}'.rstrip() for row in f'{keyword} {phrase.example}'.splitlines()]
    return '\n'.join(rows)


def versions(phrase: Phrase) -> str:
    """Returns the versions of zato-apitest that have a step."""
    return ', '.join(ORIGINS[mark] for mark in phrase.origin)


def as_json(phrases: Iterable[Phrase]) -> str:
    """Returns steps as a JSON list."""
    rows = [
        {
            'keyword': phrase.keyword,
            'step': phrase.text,
            'doc': phrase.doc,
            'example': f'{phrase.keyword} {phrase.example}',
            'section': phrase.section,
            'zato_apitest': versions(phrase),
        }
        for phrase in phrases
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


HEAD = """# Steps

Made by `apitest steps --format md`; a test compares the two. Each step with what it does and an example; the last
column names the versions of zato-apitest that have it: 1.13, 24.10 and older ones. Letter case doesn't matter, nor do
blanks outside the quotes. What stands in quotes may be `$NAME` (environment), `#name` (stored value), `@name`
(`config.ini`), or a text with `${NAME}`, `#{name}`, `@{name}` in it; `\\#`, `\\$`, `\\@` write the character. The last
quoted value may stand below the step instead, between lines of three quotes.

Spellings of earlier versions that are taken as well: {spellings}.
"""


def as_markdown(phrases: Iterable[Phrase]) -> str:
    """Returns steps as the page docs/steps.md."""
    spellings = ', '.join(f'`{old}` for `{new}`' for old, new, _ in SPELLINGS)
    rows = [HEAD.replace('{spellings}', spellings)]
    for (section, keyword), group in _sections(phrases).items():
        rows += [
            f'## {section}: {keyword}',
            '',
            '| step | what it does | example | zato-apitest |',
            '|---|---|---|---|',
        ]
        for phrase in group:
            cells = (f'`{phrase.text}`', phrase.doc, f'`{keyword} {_flat(phrase)}`', versions(phrase))
            rows.append(f'| {" | ".join(cell.replace("|", chr(92) + "|") for cell in cells)} |')
        rows.append('')
    return '\n'.join(rows).rstrip('\n')


def _flat(phrase: Phrase) -> str:
    return ' '.join(phrase.example.split())
