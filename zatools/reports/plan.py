"""A plan as text, JSON and Markdown: what diff prints and import does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from zatools.kinds.model import Field
from zatools.screens import markdown, pad, quantity
from zatools.secret import Secret, Template, masked
from zatools.state import Change, Difference, FieldChange, Item, show

SIGNS = {'create': '+', 'update': '~', 'delete': '-'}
#: A plan with more changes is shown as counts.
FOLD_ABOVE = 200
#: The column of places and notes.
COLUMN = 50
#: Stands for the place of an object that is deleted because no file has it.
IN_NO_FILE = 'in no file (--delete)'
#: The place of what has none, for JSON.
NO_PLACE = (None, None, None)


def secret_word(change: FieldChange) -> str:
    """Says what happens to a secret, never what it is."""
    if change.note.startswith('needs '):
        return change.note
    if change.note == 'kept':
        return 'given on one side only'
    if not change.new:
        return 'removed'
    if change.old:
        return 'changed'
    return 'set'


def _at(text: str, source: str) -> str:
    if not source:
        return text
    return f'{pad(text, COLUMN)} {source}'.rstrip()


def _field(change: FieldChange, own_file: str) -> str:
    place = change.place
    elsewhere = ''
    if place and place.path != own_file:
        elsewhere = place.short
    if change.is_secret:
        # The word of a missing variable is the note itself.
        note = change.note
        if note.startswith('needs'):
            note = ''
        return _at(f'      {change.name:10} {secret_word(change)}', note)
    note = change.note or elsewhere
    if change.note == 'kept':
        return f'      {change.name:10} {show(change.old)}  ->  (kept)'
    if change.note == 'was kept':
        return _at(f'      {change.name:10} (kept)  ->  {show(change.new)}', elsewhere)
    old, new = show(change.old), show(change.new)
    if old == new:
        # The values differ where they are masked, or beyond the part that is shown.
        return _at(f'      {change.name:10} {new}  (changed)', note)
    return _at(f'      {change.name:10} {old}  ->  {new}', note)


def _given_values(item: Item) -> Iterator[tuple[str, str, str]]:
    # The fields of a new object: the name, what is said of the value, and where a secret comes from.
    for field in item.kind.all_fields:
        value = item.values.get(field.name)
        if field.name == 'name' or (value is None and not field.secret):
            continue
        if not field.secret:
            yield field.name, show(value), ''
        elif isinstance(value, Template):
            yield field.name, f'needs {", ".join(value.names)} (not set)', ''
        elif field.name in item.values:
            source = ''
            if isinstance(value, Secret):
                source = value.source
            yield field.name, 'set' if value else 'empty', source
        elif item.place is not None and not field.may_be_empty and not _is_elsewhere(item, field):
            yield field.name, 'random: no file gives one', ''


def _is_elsewhere(item: Item, field: Field) -> bool:
    # An object with fields of one generation has none of the other's: what it refers to has the secret.
    given = (item.kind.by_name[name] for name in item.values)
    return any(set(other.generations).isdisjoint(field.generations) for other in given)


def _object(change: Change, elsewhere: str) -> list[str]:
    item = change.item
    label = f"{item.kind.type_or_none or ''} '{item.shown_name}'".lstrip()
    source = ''
    if item.place:
        source = item.place.short
    elif change.op == 'delete':
        source = elsewhere
    rows = [_at(f'  {SIGNS[change.op]} {label}', source)]
    if change.op == 'create':
        rows.extend(_at(f'      {name:10} {text}', source) for name, text, source in _given_values(item))
        rows.extend(_field(field, '') for field in change.fields if field.name not in item.kind.by_name)
    elif change.op == 'update':
        own_file = ''
        if item.place:
            own_file = item.place.path
        rows.extend(_field(field, own_file) for field in change.fields)
    rows.extend(f'      ! {text}' for text in change.warnings)
    return rows


def _folded(changes: Iterable[Change], generation: str) -> list[str]:
    counts = Counter((change.item.kind.spelled(generation), change.op) for change in changes)
    rows = [f'  {SIGNS[op]} {count:6} {section}' for (section, op), count in counts.items()]
    return [*rows, '  (too many to show: see them all with diff --json)']


def summary(difference: Difference) -> str:
    """Returns the line with the counts of changes."""
    words = (('create', 'to create'), ('update', 'to change'), ('delete', 'to delete'))
    parts = [f'{len(difference.of(op))} {text}' for op, text in words if difference.of(op)]
    if difference.same or not parts:
        parts.append(f'{difference.same} the same')
    return f'{", ".join(parts)}.'


def remarks(difference: Difference, generation: str, sections: Iterable[tuple[str, str]]) -> list[str]:
    """Returns the lines below a plan: secrets kept, secrets not compared, objects in no file."""
    rows = []
    kept = len(difference.kept_secrets)
    if kept == 1:
        rows.append(f'1 password kept ({difference.kept_secrets[0]} is not set)')
    elif kept:
        rows.append(f'{kept} passwords kept (their variables are not set)')
    if difference.uncompared:
        rows.append(f"{quantity(difference.uncompared, 'password')} not compared: the ODB's key is not known")
    if difference.kept_definitions:
        names = _first_five(difference.kept_definitions)
        rows.append(f'Security kept where no file names any: {names} (zato-no-security removes it)')
    if difference.only_stored:
        labels = [f"{item.kind.spelled(generation)} '{item.shown_name}'" for item in difference.only_stored]
        rows.append(f'In the ODB but in no file: {len(labels)} ({_first_five(labels)}), left alone')
    return rows


def _first_five(names: Sequence[str]) -> str:
    shown = ', '.join(names[:5])
    if len(names) > 5:
        return f'{shown}, …'
    return shown


def render(difference: Difference, generation: str, elsewhere: str = IN_NO_FILE) -> str:
    """Returns the plan as text; '' where there is nothing to do."""
    if not difference.changes:
        return ''
    if len(difference.changes) > FOLD_ABOVE:
        return '\n'.join([*_folded(difference.changes, generation), '', summary(difference)])
    rows: list[str] = []
    section = ''
    for change in difference.changes:
        if change.item.kind.spelled(generation) != section:
            section = change.item.kind.spelled(generation)
            if rows:
                rows.append('')
            rows.append(section)
        rows.extend(_object(change, elsewhere))
    return '\n'.join([*rows, '', summary(difference)])


def _json_field(change: FieldChange) -> dict[str, Any]:
    path, line, _ = change.place or NO_PLACE
    row: dict[str, Any] = {'name': change.name, 'file': path, 'line': line}
    if change.is_secret:
        return {**row, 'secret': secret_word(change)}
    return {**row, 'old': masked(change.old), 'new': masked(change.new), 'note': change.note}


def _json_change(change: Change) -> dict[str, Any]:
    item = change.item
    path, line, _ = item.place or NO_PLACE
    fields = []
    if change.op != 'delete':
        fields = [_json_field(field) for field in change.fields]
    return {
        'op': change.op,
        'section': item.kind.section,
        'type': item.kind.type_or_none,
        'name': item.name,
        'file': path,
        'line': line,
        'fields': fields,
        'warnings': list(change.warnings),
    }


def as_json(difference: Difference, source: str, target: str, plan: str = '') -> str:
    """Returns the plan as JSON: what is compared, the changes, the counts, its id where there is one."""
    counts = {op: len(difference.of(op)) for op in SIGNS}
    content = {
        'from': source,
        'to': target,
        'changes': [_json_change(change) for change in difference.changes],
        'summary': {
            **counts,
            'same': difference.same,
            'only_stored': len(difference.only_stored),
            'secrets_kept': len(difference.kept_secrets),
            'secrets_not_compared': difference.uncompared,
        },
        'plan': plan or None,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _cells(change: Change, is_long: bool) -> Iterator[tuple[str, str, str]]:
    # A long plan says only which objects are new: comments of a pull request have a limit.
    if change.op == 'create' and not is_long:
        yield from ((name, '', text) for name, text, _ in _given_values(change.item))
    elif change.op == 'update':
        for field in change.fields:
            if field.is_secret:
                yield field.name, '', secret_word(field)
            else:
                yield field.name, show(field.old), show(field.new)


def as_markdown(difference: Difference, source: str, target: str, plan: str = '') -> str:
    """Returns the plan as a Markdown table, for pull requests; its id comes last."""
    rows = [f'**{markdown(source)}** -> **{markdown(target)}**: {summary(difference)}']
    if difference.changes:
        rows.extend(['', '| | object | field | before | after |', '|---|---|---|---|---|'])
    is_long = len(difference.changes) > FOLD_ABOVE
    for change in difference.changes:
        name = markdown(str(change.item))
        rows.append(f'| {SIGNS[change.op]} | {name} | | | |')
        rows.extend(
            f'| | | {field} | {markdown(old)} | {markdown(new)} |' for field, old, new in _cells(change, is_long)
        )
        rows.extend(f'| ! | {markdown(text)} | | | |' for text in change.warnings)
    if plan:
        rows.extend(['', f'plan `{plan}`'])
    return '\n'.join(rows)
