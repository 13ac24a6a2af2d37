"""The table of `docs/live.md`: what the services of a 3.2 server do for each kind, and what they leave to the ODB."""

from __future__ import annotations

from collections.abc import Iterator

from zatools.kinds import KINDS
from zatools.kinds.live import GENERATION, Live, live_of
from zatools.kinds.model import Kind

WORDS = {'create': 'creation', 'update': 'change', 'delete': 'deletion'}


def table() -> str:
    """Returns the table, a kind a line, those of one service and with the same words together."""
    lines = ['| objects | services | into the ODB, for the next restart |', '|---|---|---|']
    by_words: dict[tuple[str, str], list[str]] = {}
    for kind in KINDS:
        if GENERATION in kind.generations:
            by_words.setdefault(_words(kind), []).append(f'`{_name(kind)}`')
    for (services, rest), names in by_words.items():
        lines.append(f'| {", ".join(dict.fromkeys(names))} | {services} | {rest} |')
    return '\n'.join(lines) + '\n'


def _name(kind: Kind) -> str:
    # A section of many kinds names none of them.
    name = kind.label_in(GENERATION)
    if sum(other.label_in(GENERATION) == name for other in KINDS) > 1:
        return kind.label
    return name


def _words(kind: Kind) -> tuple[str, str]:
    live = live_of(kind)
    if live is None:
        return 'none', 'all of it'
    return f'`{live.prefix or kind.admin}`{"".join(_ways(live))}', '; '.join(_rest(live)) or '–'


def _ways(live: Live) -> Iterator[str]:
    if live.password and live.is_resent:
        yield ', change-password after every edit'
    elif live.password:
        yield ', change-password'
    if live.members:
        yield ', members by ids'
    if live.anew:
        yield f'; another `{"`, `".join(live.anew)}` is a deletion and a creation'


def _rest(live: Live) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for op, reason in live.lacks.items():
        by_reason.setdefault(reason, []).append(WORDS[op])
    for reason, operations in by_reason.items():
        yield f'{" and ".join(operations)}: {reason}'
    for name, reason in live.chokes.items():
        yield f'objects with `{name}`: {reason}'
    if live.prefix:
        yield 'texts that its service takes for numbers or flags'
    elif live.beside:
        yield ', '.join(f'`{name}`' for name in live.beside)
