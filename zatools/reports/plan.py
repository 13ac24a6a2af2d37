"""A plan, what diff prints and import does, as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from zatools.kinds.model import MEMBERS, VERIFIES, Field
from zatools.screens import markdown
from zatools.secret import Secret, Template, masked, without_password
from zatools.state import Change, Difference, FieldChange, Item, show

SIGNS = {'create': '+', 'update': '~', 'delete': '-'}
FOLD_ABOVE = 200
COLUMN = 50
#: Where what goes stands, when files are compared with an ODB.
IN_NO_FILE = 'in no file (--delete)'


def secret_word(change: FieldChange) -> str:
    """Says what happens to a secret, never what it is."""
    if change.note.startswith('needs '):
        return change.note
    if change.note == 'kept':
        return 'given on one side only'
    if not change.new:
        return 'removed'
    return 'changed' if change.old else 'set'


def warnings(change: Change) -> list[str]:
    """Says in words what makes an object less safe than it was."""
    kind = change.item.kind
    guards, members, verifying = kind.guards, kind.meaning(MEMBERS), kind.meaning(VERIFIES)
    found = []
    for field in change.fields if change.op == 'update' else ():
        if field.name in guards and field.old and not field.new and _is_public(change):
            found.append('becomes public: anybody can invoke it')
        if field.name in members and field.old and not field.new:
            found.append('becomes empty: on Zato 3.2 a channel with this group alone becomes public')
        if field.name in verifying and field.old is True and field.new is False:
            found.append('TLS certificates will no longer be verified')
    if change.op == 'create' and any(change.item.values.get(name) is False for name in verifying):
        found.append('TLS certificates will not be verified')
    return list(dict.fromkeys(found))


def _is_public(change: Change) -> bool:
    # Guards are kept: those that the files leave out are what is stored.
    old = change.stored.values if change.stored else {}
    return change.item.kind.is_public({**old, **change.item.values})


def _at(text: str, source: str) -> str:
    return f'{text:{COLUMN}} {source}'.rstrip() if source else text


def _field(change: FieldChange, own_file: str) -> str:
    place = change.place
    elsewhere = place.short if place and place.path != own_file else ''
    if change.is_secret:
        return _at(
            f'      {change.name:10} {secret_word(change)}', '' if change.note.startswith('needs') else change.note
        )
    note = change.note or elsewhere
    if change.note == 'kept':
        return f'      {change.name:10} {show(change.old)}  ->  (kept)'
    if change.note == 'was kept':
        return _at(f'      {change.name:10} (kept)  ->  {show(change.new)}', elsewhere)
    old, new = show(change.old), show(change.new)
    if old == new:
        # Where they differ is masked, or too far back to be shown.
        return _at(f'      {change.name:10} {new}  (changed)', note)
    return _at(f'      {change.name:10} {old}  ->  {new}', note)


def _given(item: Item) -> Iterable[str]:
    for field in item.kind.fields:
        value = item.values.get(field.name)
        if field.name == 'name' or (value is None and not field.secret):
            continue
        if not field.secret:
            yield f'      {field.name:10} {show(value)}'
        elif isinstance(value, Template):
            yield f'      {field.name:10} needs {", ".join(value.names)} (not set)'
        elif field.name in item.values:
            source = value.source if isinstance(value, Secret) else ''
            yield _at(f'      {field.name:10} {"set" if value else "empty"}', source)
        elif item.place is not None and not _is_elsewhere(item, field):
            yield f'      {field.name:10} random: no file gives one'


def _is_elsewhere(item: Item, field: Field) -> bool:
    # An object with fields of one generation has none of the other's: what it refers to has the secret.
    given = (item.kind.by_name[name] for name in item.values)
    return any(set(other.generations).isdisjoint(field.generations) for other in given)


def _object(change: Change, elsewhere: str) -> list[str]:
    item = change.item
    label = f"{item.kind.type_or_none or ''} '{item.name}'".lstrip()
    source = item.place.short if item.place else elsewhere if change.op == 'delete' else ''
    rows = [_at(f'  {SIGNS[change.op]} {label}', source)]
    if change.op == 'create':
        rows.extend(_given(item))
    elif change.op == 'update':
        own_file = item.place.path if item.place else ''
        rows.extend(_field(field, own_file) for field in change.fields)
    rows.extend(f'      ! {text}' for text in warnings(change))
    return rows


def _folded(changes: Iterable[Change], generation: str) -> list[str]:
    counts = Counter((change.item.kind.spelled(generation), change.op) for change in changes)
    rows = [f'  {SIGNS[op]} {count:6} {section}' for (section, op), count in counts.items()]
    return [*rows, '  (too many to show: see them all with diff --json)']


def summary(found: Difference) -> str:
    """Returns the line that counts changes."""
    words = (('create', 'to create'), ('update', 'to change'), ('delete', 'to delete'))
    parts = [f'{len(found.of(op))} {text}' for op, text in words if found.of(op)]
    same = [f'{found.same} the same'] if found.same or not parts else []
    return f'{", ".join([*parts, *same])}.'


def remarks(found: Difference, generation: str, sections: Iterable[tuple[str, str]]) -> list[str]:
    """Returns the lines below a plan: secrets kept, secrets not compared, objects in no file."""
    rows = []
    kept = len(found.kept_secrets)
    if kept == 1:
        rows.append(f'1 password kept ({found.kept_secrets[0]} is not set)')
    elif kept:
        rows.append(f'{kept} passwords kept (their variables are not set)')
    if found.uncompared:
        rows.append(f"{found.uncompared} passwords not compared: the ODB's key is not known")
    if found.kept_definitions:
        names = ', '.join(found.kept_definitions[:5])
        more = ', …' if len(found.kept_definitions) > 5 else ''
        rows.append(f'Security kept where no file names any: {names}{more} (zato-no-security removes it)')
    if found.only_stored:
        names = ', '.join(f"{item.kind.spelled(generation)} '{item.name}'" for item in found.only_stored[:5])
        more = ', …' if len(found.only_stored) > 5 else ''
        rows.append(f'In the ODB but in no file: {len(found.only_stored)} ({names}{more}), left alone')
    return rows


def render(found: Difference, generation: str, elsewhere: str = IN_NO_FILE) -> str:
    """Returns the plan as text; '' where there is nothing to do."""
    if not found.changes:
        return ''
    if len(found.changes) > FOLD_ABOVE:
        return '\n'.join([*_folded(found.changes, generation), '', summary(found)])
    rows: list[str] = []
    section = ''
    for change in found.changes:
        if change.item.kind.spelled(generation) != section:
            section = change.item.kind.spelled(generation)
            rows.extend(['', section] if rows else [section])
        rows.extend(_object(change, elsewhere))
    return '\n'.join([*rows, '', summary(found)])


def _json_value(value: Any) -> Any:
    if isinstance(value, Template):
        return value.text
    if isinstance(value, str):
        return without_password(value)
    return '******' if isinstance(value, Secret) else masked(value)


def _json_field(change: FieldChange) -> dict[str, Any]:
    place = change.place
    row: dict[str, Any] = {
        'name': change.name,
        'file': place.path if place else None,
        'line': place.line if place else None,
    }
    if change.is_secret:
        return {**row, 'secret': secret_word(change)}
    return {**row, 'old': _json_value(change.old), 'new': _json_value(change.new), 'note': change.note}


def _json_change(change: Change) -> dict[str, Any]:
    item = change.item
    place = item.place
    return {
        'op': change.op,
        'section': item.kind.section,
        'type': item.kind.type_or_none,
        'name': item.name,
        'file': place.path if place else None,
        'line': place.line if place else None,
        'fields': [_json_field(field) for field in change.fields] if change.op != 'delete' else [],
        'warnings': warnings(change),
    }


def as_json(found: Difference, source: str, target: str) -> str:
    """Returns the plan as JSON: what is compared, the changes, the counts."""
    counts = {op: len(found.of(op)) for op in SIGNS}
    content = {
        'from': source,
        'to': target,
        'changes': [_json_change(change) for change in found.changes],
        'summary': {
            **counts,
            'same': found.same,
            'only_stored': len(found.only_stored),
            'secrets_kept': len(found.kept_secrets),
            'secrets_not_compared': found.uncompared,
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_markdown(found: Difference, source: str, target: str) -> str:
    """Returns the plan as a Markdown table, for pull requests."""
    rows = [f'**{markdown(source)}** -> **{markdown(target)}**: {summary(found)}']
    if found.changes:
        rows.extend(['', '| | object | field | before | after |', '|---|---|---|---|---|'])
    for change in found.changes:
        name = markdown(str(change.item))
        rows.append(f'| {SIGNS[change.op]} | {name} | | | |')
        for field in change.fields if change.op == 'update' else ():
            old, new = ('', secret_word(field)) if field.is_secret else (show(field.old), show(field.new))
            rows.append(f'| | | {field.name} | {markdown(old)} | {markdown(new)} |')
        rows.extend(f'| ! | {markdown(text)} | | | |' for text in warnings(change))
    return '\n'.join(rows)
