"""Steps about the items of lists and about shapes: what each item is, which items there are."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed, Words
from zatools.apitest.state import answers
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.phrase import THEN, Phrase, in_section
from zatools.apitest.values import pointer, shape
from zatools.apitest.values.compare import Difference, explain, show
from zatools.apitest.values.pointer import Selected
from zatools.apitest.values.readers import as_json
from zatools.apitest.values.table import cell_fits
from zatools.screens import quantity

TABLE = '    | name | role  |\n    | Ada  | admin |'


def whole_or_at(context: Context, path: Any) -> Any:
    """Returns the value at a path of the answer; / is the whole answer where it has no key without a name."""
    document = answers.json(context)
    if str(path) == '/' and pointer.find(document, '/') is NOTHING:
        return document
    return pointer.get(document, str(path))


def as_shape(value: Any) -> Any:
    """Returns the shape in a text of JSON."""
    return shape.read(as_json(value, 'shape'))


def has_shape(context: Context, path: Any, value: Any) -> None:
    """Fails with all places where a value does not fit a shape."""
    start = str(path).rstrip('/')
    _fail_at(list(shape.mismatches(as_shape(value), whole_or_at(context, path), start)))


def response_has_shape(context: Context, value: Any) -> None:
    """Fails with all places where the answer does not fit a shape."""
    _fail_at(list(shape.mismatches(as_shape(value), answers.json(context))))


def each_has_shape(context: Context, path: Any, value: Any) -> None:
    """Fails with all places where an item does not fit a shape."""
    wanted = as_shape(value)
    places: list[Difference] = []
    for item in each_at_path(context, path):
        places += shape.mismatches(wanted, item.value, item.path)
    _fail_at(places)


def _fail_at(places: list[Difference]) -> None:
    if places:
        count = f'{len(places)} places'
        if len(places) == 1:
            count = 'one place'
        raise StepFailed(f'it has another shape in {count}', at='shape', detail=explain(places))


def list_at(context: Context, path: Any) -> list[Any]:
    """Returns the list at a path; raises StepFailed where there is something else."""
    value = whole_or_at(context, path)
    if not isinstance(value, list):
        raise StepFailed('', at='path', expected=Words('a list'), actual=value)
    return value


def each_at_path(context: Context, path: Any) -> list[Selected]:
    """Returns the items of the list at a path with their paths; an empty list has nothing to check."""
    items, start = list_at(context, path), str(path).rstrip('/')
    if not items:
        hint = f'if that is right: path "{path}" is an empty list'
        raise StepFailed('the list is empty, so there is no item to check', at='path', hint=hint)
    return [Selected(f'{start}/{number}', item) for number, item in enumerate(items)]


def has_items(context: Context, path: Any) -> None:
    """Fails where no item of a list has the values of a row of the table."""
    items, rows = list_at(context, path), _rows(context)
    missing = [row for row in rows if not any(_fits(item, row) for item in items)]
    if not missing:
        return
    detail = []
    for row in missing:
        detail.append(f'no item has {_written(row)}')
        detail += _nearest(items, row)
    raise StepFailed(
        f'of {len(rows)} wanted, {len(missing)} not among {quantity(len(items), "item")}', at='path', detail=detail
    )


def has_no_items(context: Context, path: Any) -> None:
    """Fails where an item of a list has the values of a row of the table."""
    start, found = str(path).rstrip('/'), []
    items = list_at(context, path)
    for row in _rows(context):
        found += [f'{start}/{number} has {_written(row)}' for number, item in enumerate(items) if _fits(item, row)]
    if found:
        raise StepFailed('there is such an item', at='path', detail=found[:10])


def _rows(context: Context) -> list[dict[str, Any]]:
    table = context.table
    if table is None or not table.rows:
        raise StepBroken('a table of keys and values belongs below this step', detail=TABLE.splitlines())
    return [{key: expand(context, cell) for key, cell in zip(table.headings, row, strict=True)} for row in table.rows]


def _fits(item: Any, row: dict[str, Any]) -> bool:
    return all(_is(_at(item, key), wanted) for key, wanted in row.items())


def _at(item: Any, key: str) -> Any:
    # A heading is a key, or the path below an item.
    if isinstance(item, dict) and key in item:
        return item[key]
    if key.startswith('/'):
        return pointer.find(item, key)
    return NOTHING


def _is(actual: Any, wanted: Any) -> bool:
    return actual is not NOTHING and cell_fits(actual, wanted)


def _written(row: dict[str, Any]) -> str:
    return ', '.join(f'{key} {show(value, 80)}' for key, value in row.items())


def _nearest(items: list[Any], row: dict[str, Any]) -> list[str]:
    # The item that has most of the wanted values tells best what is wrong.
    counts = [sum(_is(_at(item, key), wanted) for key, wanted in row.items()) for item in items]
    if not items or not max(counts):
        return []
    place = counts.index(max(counts))
    found = {key: _at(items[place], key) for key in row}
    return [f'    the nearest, item {place}, has {_found(found)}']


def _found(found: dict[str, Any]) -> str:
    words = []
    for key, value in found.items():
        if value is NOTHING:
            words.append(f'no {key}')
        else:
            words.append(f'{key} {show(value, 80)}')
    return ', '.join(words)


PHRASES = in_section(
    'JSON answers: lists and shapes',
    Phrase('response has shape "{shape}"', THEN, response_has_shape, '',
           'the answer has these keys, with these values or any that the words allow', ('{"id": "<integer>"}',),
           reads={'shape': as_shape}),
    Phrase('path "{path}" has shape "{shape}"', THEN, has_shape, '', 'the same for the value at a path; / is the whole',
           ('/user', '{"id": "<integer>"}'), reads={'shape': as_shape}),
    Phrase('each item of path "{path}" has shape "{shape}"', THEN, each_has_shape, '',
           'the same for each item of a list', ('/users', '{"id": "<integer>", "...": ""}'),
           reads={'shape': as_shape}),
    Phrase('path "{path}" has an item with', THEN, has_items, '',
           'for each row, the list has an item with these values; it may have others', ('/users',), body=TABLE),
    Phrase('path "{path}" has no item with', THEN, has_no_items, '', 'no item of the list has the values of a row',
           ('/users',), body=TABLE),
)  # fmt: skip
