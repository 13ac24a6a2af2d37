"""What makes objects less safe than they were: channels that become public, certificates that nobody verifies."""

from __future__ import annotations

from dataclasses import replace

from zatools.kinds.traits import MEMBERS, RULED, VERIFIES
from zatools.state import Change, Difference


def with_warnings(difference: Difference) -> Difference:
    """Returns a difference whose changes say what is dangerous about them."""
    changes = []
    for change in difference.changes:
        found = warnings(change)
        if found:
            change = change._replace(warnings=found)
        changes.append(change)
    return replace(difference, changes=tuple(changes))


def warnings(change: Change) -> tuple[str, ...]:
    """Returns sentences about what makes an object less safe than it was."""
    if change.op == 'create':
        return _of_new(change)
    if change.op == 'update':
        return _of_changed(change)
    return ()


def _of_new(change: Change) -> tuple[str, ...]:
    values = change.item.values
    for name in change.item.kind.meaning(VERIFIES):
        if values.get(name) is False:
            return ('TLS certificates will not be verified',)
    return ()


def _of_changed(change: Change) -> tuple[str, ...]:
    kind = change.item.kind
    members, verifying = kind.meaning(MEMBERS), kind.meaning(VERIFIES)
    barring = (*kind.guards, *kind.meaning(RULED))
    sentences = []
    for field in change.fields:
        is_removed = bool(field.old) and not field.new
        if field.name in barring and is_removed and _is_public(change):
            sentences.append('becomes public: anybody can invoke it')
        if field.name in members and is_removed:
            sentences.append('becomes empty: on Zato 3.2 a channel with this group alone becomes public')
        if field.name in verifying and field.old is True and field.new is False:
            sentences.append('TLS certificates will no longer be verified')
    # Two guards that are both removed are one danger.
    return tuple(dict.fromkeys(sentences))


def _is_public(change: Change) -> bool:
    # A guard that the files leave out is kept, so the stored one counts.
    stored = {}
    if change.stored:
        stored = change.stored.values
    return change.item.kind.is_public({**stored, **change.item.values})
