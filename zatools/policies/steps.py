"""The steps of policies: one entry each. What looks yields what is against the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zatools.policies.view import Finding, Step, View, is_like
from zatools.state import Item, references

Findings = Iterator[Finding]


def _each(wrong: Callable[[View, Item, str, str], str]) -> Callable[..., Findings]:
    # A step about one field of each object: `wrong` says what is, '' where nothing is.
    def look(view: View, kind: str, field: str, value: str = '', number: str = '') -> Findings:
        for item in view.each(kind):
            if field in item.kind.by_name and (text := wrong(view, item, field, value or number)):
                yield Finding(text, item, field)

    return look


def _not_equal(view: View, item: Item, field: str, value: str) -> str:
    text = view.text(item, field)
    if text is None or text == value:
        return ''
    return f'{field} is {view.shown(item, field) or "(none)"}, not {value or "(none)"}'


def _equal(view: View, item: Item, field: str, value: str) -> str:
    if view.text(item, field) != value:
        return ''
    return f'{field} is {value or "(none)"}'


def _missing(view: View, item: Item, field: str, value: str) -> str:
    # Whether a secret is given can be told; what it is can't.
    if view.value(item, field) not in (None, '', []):
        return ''
    return f'{field} is not given'


def _unlike(view: View, item: Item, field: str, value: str) -> str:
    text = view.text(item, field)
    if text is None or is_like(text, value):
        return ''
    return f"{field} '{view.shown(item, field)}' is not like {value}"


def _like(view: View, item: Item, field: str, value: str) -> str:
    text = view.text(item, field)
    if text is None or not is_like(text, value):
        return ''
    return f"{field} '{view.shown(item, field)}' is like {value}"


def _above(view: View, item: Item, field: str, value: str) -> str:
    found = view.value(item, field)
    if not isinstance(found, (int, float)) or found <= float(value):
        return ''
    return f'{field} is {found}, more than {value}'


def _below(view: View, item: Item, field: str, value: str) -> str:
    found = view.value(item, field)
    if not isinstance(found, (int, float)) or found >= float(value):
        return ''
    return f'{field} is {found}, less than {value}'


def _called(view: View, kind: str, value: str) -> Findings:
    for item in view.each(kind):
        if not is_like(item.name, value):
            yield Finding(f'its name is not like {value}', item, 'name')


def _referring(view: View, kind: str, field: str, value: str) -> Findings:
    for item in view.each(kind):
        names = [name for where, (_, name) in references(item) if where == field]
        for name in names:
            if is_like(name, value):
                yield Finding(f"{field} refers to '{name}'", item, field)


def _used(view: View, kind: str) -> Findings:
    used = {key for item in view.state.values() for _, key in references(item)}
    for item in view.each(kind):
        if item.key not in used:
            yield Finding('nothing refers to it', item)


def _none(view: View, kind: str) -> Findings:
    for item in view.each(kind):
        yield Finding('there is to be none', item)


def _at_most(view: View, kind: str, number: str) -> Findings:
    items = list(view.each(kind))
    for item in items[int(number) :]:
        yield Finding(f'is one of {len(items)}, more than {number}', item)


def _plan(op: str, verb: str) -> Callable[[View, str], Findings]:
    def look(view: View, number: str) -> Findings:
        count = sum(1 for change in view.changes or () if change.op == op)
        if count > int(number):
            yield Finding(f'the plan {verb} {count} objects, more than {number}')

    return look


def _plan_deletes(view: View, kind: str) -> Findings:
    gone = View({change.item.key: change.item for change in view.changes or () if change.op == 'delete'}, '')
    for item in gone.each(kind):
        yield Finding('the plan deletes it', item)


STEPS = (
    Step(
        'environment "{value}"',
        'The scenario is for this environment alone; a glob.',
        'Given environment "prod*"',
        None,
        'Given',
    ),
    Step(
        'every {kind} has "{field}" equal to "{value}"',
        'A field has this value in all objects of a kind; the default counts where none is given.',
        'Then every outgoing_rest has "tls_verify" equal to "true"',
        _each(_not_equal),
    ),
    Step(
        'no {kind} has "{field}" equal to "{value}"',
        'A field has this value in none of them.',
        'Then no channel_rest has "url_path" equal to "/"',
        _each(_equal),
    ),
    Step(
        'every {kind} has "{field}"',
        'A field is given and not empty; of secrets this is all that can be asked.',
        'Then every channel_rest has "security"',
        _each(_missing),
    ),
    Step(
        'every {kind} has "{field}" like "{value}"',
        'A text is of the form of a glob.',
        'Then every outgoing_rest has "host" like "https://*"',
        _each(_unlike),
    ),
    Step(
        'no {kind} has "{field}" like "{value}"',
        'A text is not of the form of a glob.',
        'Then no outgoing_rest has "host" like "*.test.example.com*"',
        _each(_like),
    ),
    Step(
        'every {kind} has "{field}" of at most "{number}"',
        'A number is no larger.',
        'Then every outgoing_rest has "timeout" of at most "60"',
        _each(_above),
    ),
    Step(
        'every {kind} has "{field}" of at least "{number}"',
        'A number is no smaller.',
        'Then every sql has "pool_size" of at least "2"',
        _each(_below),
    ),
    Step(
        'every {kind} is called like "{value}"',
        'Names are of the form of a glob.',
        'Then every channel_rest is called like "api.*"',
        _called,
    ),
    Step(
        'no {kind} refers by "{field}" to "{value}"',
        'A field names no object whose name is like this.',
        'Then no channel_rest refers by "security" to "test.*"',
        _referring,
    ),
    Step('every {kind} is used', 'Something refers to each object.', 'Then every security is used', _used),
    Step('there is no {kind}', 'There are no objects of a kind.', 'Then there is no ntlm', _none),
    Step(
        'there are at most "{number}" {kind}',
        'There are no more objects of a kind.',
        'Then there are at most "20" outgoing_amqp',
        _at_most,
    ),
    Step(
        'the plan deletes no more than "{number}" objects',
        'Of an import, or a comparison with an ODB.',
        'Then the plan deletes no more than "3" objects',
        _plan('delete', 'deletes'),
    ),
    Step(
        'the plan changes no more than "{number}" objects',
        'Likewise, of objects that exist.',
        'Then the plan changes no more than "20" objects',
        _plan('update', 'changes'),
    ),
    Step('the plan deletes no {kind}', 'Likewise.', 'Then the plan deletes no security', _plan_deletes),
    Step(
        'not "{value}", because {reason}',
        'An exception to the step before it: names that are like this, and why.',
        'But not "Legacy CRM", because it goes away in March',
        None,
        'But',
    ),
)
