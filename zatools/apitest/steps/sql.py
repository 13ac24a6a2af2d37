"""Steps for databases: statements that run before and after a call, and rows that must be there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed, Words
from zatools.apitest.state import defined
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import BRACED, expand, look_up
from zatools.apitest.steps.makers import store
from zatools.apitest.steps.phrase import GIVEN, THEN, WHEN, Phrase, in_section
from zatools.apitest.steps.waiting import with_waiting
from zatools.apitest.systems.sql import MOST, Database, Rows
from zatools.apitest.values.compare import show
from zatools.apitest.values.readers import as_integer
from zatools.apitest.values.table import Table, cell_fits
from zatools.place import did_you_mean
from zatools.screens import quantity

KIND = 'database'
TABLE = '    | id | status |\n    | 1  | open   |'
#: A name in a statement, with the quotes around it that a parameter does not have.
NAME = re.compile(rf"'(?:{BRACED.pattern})'|{BRACED.pattern}")


def open_database(context: Context, name: Any, url: Any) -> None:
    """Names a database; later steps ask it."""
    url = defined.address(context, defined.SQL, str(url), 'url')
    track_password(context, url)
    context.opened.add(KIND, str(name), Database(url))


def track_password(context: Context, url: str) -> None:
    """Makes the password of an address a secret."""
    if match := re.match(r'[^:/?#]+://[^:/?#@]*:([^@]+)@', url):
        context.secrets.track(match[1], context.secrets.name(match[1]) or '$DB_PASSWORD')


def use_database(context: Context, name: Any) -> None:
    """Has later steps ask a database that was named before."""
    found = context.opened.systems.get((KIND, str(name)))
    if found is None:
        names = context.opened.names(KIND)
        hint = did_you_mean(str(name), names) or f'Given database "{name}" is "$ORDERS_DB"'
        raise StepBroken(f"no step has named a database '{name}'", at='name', hint=hint)
    context.opened.current[KIND] = found


def _database(context: Context) -> Database:
    found = context.opened.current.get(KIND)
    if found is None:
        raise StepBroken('no step has named a database', at='-', hint='Given database "orders" is "$ORDERS_DB"')
    return found  # type: ignore[no-any-return]


def statement(context: Context, text: str) -> tuple[str, dict[str, Any]]:
    """Returns a statement whose names (#{id}) are parameters, and the values of these."""
    if text[:1] in context.lookups and text[1:2] != '{':
        text = str(look_up(context, text[0], text[1:], 'sql'))
    pieces, values, end = [], dict[str, Any](), 0
    for match in NAME.finditer(text):
        before = text[end : match.start()]
        pieces.append(_escaped(before))
        end = match.end()
        _, prefix, name, _, bare_prefix, bare_name = match.groups()
        if not (prefix or bare_prefix):
            pieces.append(_escaped(match[0].replace('\\', '', 1)))
            continue
        if ''.join(pieces).count("'") % 2:
            hint = "a name stands for a whole value: concat('%', #{name}, '%')"
            raise StepBroken(f"'{match[0]}' stands within a text of the statement", at='sql', hint=hint)
        key = f'p{len(values) + 1}'
        values[key] = look_up(context, prefix or bare_prefix, name or bare_name, 'sql', is_shown=False)
        pieces.append(f':{key}')
    pieces.append(_escaped(text[end:]))
    return ''.join(pieces), values


def _escaped(text: str) -> str:
    # SQLAlchemy takes a word after a colon for a parameter.
    return text.replace(':', r'\:')


def ask(context: Context, database: Database, text: Any) -> Rows:
    """Runs the statement in a step's text."""
    sql, values = statement(context, str(text))
    return database.ask(database.text(sql), values)


def run(context: Context, sql: Any) -> None:
    """Runs a statement."""
    ask(context, _database(context), sql)


def insert_rows(context: Context, table: Any) -> None:
    """Inserts the rows of the table below the step."""
    content = _table(context)
    _database(context).insert(str(table), content.headings, [_cells(context, row) for row in content.rows])


def empty_table(context: Context, table: Any) -> None:
    """Deletes all rows of a table."""
    _database(context).delete(str(table))


def store_result(context: Context, sql: Any, name: Any) -> None:
    """Stores what a statement gives: its one value, else its rows as objects."""
    found = ask(context, _database(context), sql)
    if len(found.rows) == 1 and len(found.columns) == 1:
        store(context, name, found.rows[0][0])
    else:
        store(context, name, [dict(zip(found.columns, row, strict=True)) for row in found.rows])


def gives_value(context: Context, sql: Any, value: Any) -> None:
    """Fails where a statement gives anything but one value, or another one."""
    found = ask(context, _database(context), sql)
    if len(found.rows) != 1 or len(found.columns) != 1:
        raise StepFailed('', at='sql', expected=Words('one value'), actual=_described(found))
    actual = found.rows[0][0]
    if not cell_fits(actual, value):
        raise StepFailed('', at='value', expected=value, actual=actual)


def gives_nothing(context: Context, sql: Any) -> None:
    """Fails where a statement gives rows."""
    found = ask(context, _database(context), sql)
    if found.rows:
        raise StepFailed('', at='sql', expected=Words('no rows'), actual=_described(found), detail=_listed(found))


def gives_rows(context: Context, sql: Any) -> None:
    """Fails where a statement gives other rows than the table has, or gives them in another order."""
    content, found = _table(context), ask(context, _database(context), sql)
    places = _places(content.headings, found)
    rows = [tuple(row[place] for place in places) for row in found.rows]
    wanted = [_cells(context, row) for row in content.rows]
    if len(rows) == len(wanted) and all(map(_fits, rows, wanted)):
        return
    detail = [f'{number}  {_marked(row, wanted, number)}' for number, row in enumerate(rows[:10], 1)]
    expected = Words(quantity(len(wanted), 'row'))
    text = ''
    if len(rows) == len(wanted):
        text = f'{sum(not _fits(*pair) for pair in zip(rows, wanted, strict=True))} of {expected} differ'
        raise StepFailed(text, at='sql', detail=detail)
    raise StepFailed(text, at='sql', expected=expected, actual=Words(quantity(len(rows), 'row')), detail=detail)


def _marked(row: tuple[Any, ...], wanted: Sequence[Sequence[Any]], number: int) -> str:
    shown = _written(row)
    if number > len(wanted) or _fits(row, wanted[number - 1]):
        return shown
    return f'{shown}, expected {_written(wanted[number - 1])}'


def has_row(context: Context, table: Any) -> None:
    """Fails where a table lacks one of the rows below the step; it may have others."""
    content, wanted, found = _in_table(context, table)
    missing = [row for row in wanted if not any(_fits(actual, row) for actual in found)]
    if missing:
        detail = [f'no row has {_named(content.headings, row)}' for row in missing]
        if near := _nearest(found, missing[0]):
            detail.append(f'the nearest has {_named(content.headings, near)}')
        text = f"of {len(wanted)} wanted, {len(missing)} not among {quantity(len(found), 'row')} of '{table}'"
        raise StepFailed(text, at='table', detail=detail[:12])


def has_no_row(context: Context, table: Any) -> None:
    """Fails where a table has one of the rows below the step."""
    content, wanted, found = _in_table(context, table)
    there = [row for row in wanted if any(_fits(actual, row) for actual in found)]
    if there:
        detail = [f'a row has {_named(content.headings, row)}' for row in there]
        raise StepFailed('there is such a row', at='table', detail=detail[:10])


def _in_table(context: Context, table: Any) -> tuple[Table, list[list[Any]], tuple[tuple[Any, ...], ...]]:
    content = _table(context)
    found = _database(context).read_table(str(table), content.headings)
    return content, [_cells(context, row) for row in content.rows], found.rows


def has_count(context: Context, table: Any, number: Any) -> None:
    """Fails where a table has another number of rows."""
    actual = _database(context).count(str(table))
    if actual != as_integer(number):
        raise StepFailed('', at='n', expected=Words(f'{number} rows'), actual=Words(quantity(actual, 'row')))


def _table(context: Context) -> Table:
    if context.table is None or not context.table.rows:
        raise StepBroken('a table of columns and values belongs below this step', detail=TABLE.splitlines())
    return context.table


def _cells(context: Context, row: Sequence[str]) -> list[Any]:
    return [_cell(expand(context, cell)) for cell in row]


def _cell(value: Any) -> Any:
    if value == 'null':
        return None
    return value


def _places(headings: Sequence[str], found: Rows) -> list[int]:
    columns = [column.lower() for column in found.columns]
    missing = [name for name in headings if name.lower() not in columns]
    if missing:
        listed = ', '.join(found.columns) or 'none'
        raise StepFailed(f"the result has no column '{missing[0]}'. It has: {listed}", at='sql')
    return [columns.index(name.lower()) for name in headings]


def _fits(actual: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(map(_fits_cell, actual, wanted))


def _fits_cell(actual: Any, wanted: Any) -> bool:
    # Databases without booleans have 1 for true.
    if actual in (0, 1) and wanted in ('true', 'false'):
        return bool(actual) is (wanted == 'true')
    # A date and its time have a T or a blank between them.
    if isinstance(actual, str) and isinstance(wanted, str) and actual.replace('T', ' ') == wanted.replace('T', ' '):
        return True
    return cell_fits(actual, wanted)


def _nearest(found: Sequence[Sequence[Any]], wanted: Sequence[Any]) -> Sequence[Any]:
    counts = [sum(map(_fits_cell, row, wanted)) for row in found]
    if not counts or not max(counts):
        return ()
    return found[counts.index(max(counts))]


def _written(row: Sequence[Any]) -> str:
    return ' | '.join(show(value, 60) for value in row)


def _named(headings: Sequence[str], row: Sequence[Any]) -> str:
    return ', '.join(f'{name} {show(value, 60)}' for name, value in zip(headings, row, strict=True))


def _described(found: Rows) -> Words:
    count = quantity(len(found.rows), 'row')
    if len(found.rows) > MOST:
        count = f'more than {MOST:,} rows'
    return Words(f'{count} of {", ".join(found.columns) or "no columns"}')


def _listed(found: Rows) -> list[str]:
    return [_written(row) for row in found.rows[:5]]


CHECKS = (
    Phrase('SQL "{sql}" gives', THEN, gives_rows, '', 'the statement gives these rows, in this order',
           ('select id, status from orders',), response=False, body=TABLE),
    Phrase('SQL "{sql}" gives "{value}"', THEN, gives_value, '', 'the statement gives this one value',
           ('select count(*) from orders', '1'), response=False),
    Phrase('SQL "{sql}" gives no rows', THEN, gives_nothing, '', 'the statement gives nothing',
           ("select * from orders where status = 'lost'",), response=False),
    Phrase('table "{table}" has a row', THEN, has_row, '', 'for each row below, the table has one with these values',
           ('orders',), response=False, body=TABLE),
    Phrase('table "{table}" has no row', THEN, has_no_row, '', 'the table has none of the rows below', ('orders',),
           response=False, body=TABLE),
    Phrase('table "{table}" has "{n}" rows', THEN, has_count, '', 'the table has so many rows', ('orders', '1'),
           response=False, reads={'n': as_integer}),
)  # fmt: skip
PHRASES = (
    *in_section(
        'Databases',
        Phrase('database "{name}" is "{url}"', GIVEN, open_database, '',
               'names a database by its address, as SQLAlchemy has it; later steps ask it', ('orders', '$ORDERS_DB')),
        Phrase('database "{name}" is used', GIVEN, use_database, '', 'goes back to a database that was named before',
               ('orders',)),
        Phrase('rows are inserted into table "{table}"', GIVEN, insert_rows, '', 'inserts the rows below',
               ('orders',), body=TABLE),
        Phrase('table "{table}" is emptied', GIVEN, empty_table, '', 'deletes all its rows', ('orders',)),
        Phrase('SQL "{sql}" is run', WHEN, run, '', 'runs a statement; #{id} in it is a parameter',
               ('delete from orders where id = #{id}',), acts=True),
        Phrase('I store SQL "{sql}" under "{name}"', GIVEN, store_result, '',
               'stores the one value that it gives, else its rows', ('select max(id) from orders', 'last'),
               stores='name'),
    ),
    *in_section('Databases', *with_waiting(*CHECKS)),
)  # fmt: skip
