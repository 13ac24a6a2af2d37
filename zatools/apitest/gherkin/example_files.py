"""Rows of outlines that come from a file beside the feature: CSV, JSON, YAML, or a sheet of Excel."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zatools.apitest.gherkin.model import Feature
from zatools.apitest.project.files import shown
from zatools.place import Place, Problem, did_you_mean, nearest
from zatools.screens import quantity

#: What stands after `Examples:`; an untouched name of examples is none of this.
FROM = re.compile(
    r'from\s+"(?P<file>[^"]+)"'
    r'(?:\s+where\s+(?P<column>[^\s"]+(?: [^\s"]+){0,9}?)\s+is\s+(?P<not>not\s+)?"(?P<value>[^"]*)")?'
)
LIKE = re.compile(r'from\b', re.IGNORECASE)
HINT = 'write it as: Examples: from "users.csv", or: from "users.csv" where role is "admin"'
#: Bytes of a file of rows.
BIGGEST = 100_000_000
Row = tuple[int, list[str]]


class UnreadableRowsError(Exception):
    """A file of rows can't be read: the reason, and what to do."""

    def __init__(self, text: str, hint: str = '') -> None:
        super().__init__(text)
        self.text, self.hint = text, hint


def fill(feature: Feature) -> Iterator[Problem]:
    """Gives the outlines of a feature the rows of their files; yields what is wrong with those."""
    from behave.model import Table

    for outline in _outlines(feature.behave):
        without = [example for example in outline.examples if example.table is None]
        is_empty = len(without) == len(outline.examples)
        for example in without:
            name = str(example.name).strip()
            try:
                if LIKE.match(name):
                    _fill(feature.path.parent, example, name)
                elif not is_empty:
                    raise UnreadableRowsError('these examples have no rows', 'add a heading and at least one row')
            except UnreadableRowsError as error:
                feature.broken[outline.line] = error.text
                yield _problem(feature, example, name, error)
            if example.table is None:
                # behave would complain on the screen, in its own words.
                example.table = Table([], line=example.line)


def _problem(feature: Feature, example: Any, name: str, error: UnreadableRowsError) -> Problem:
    row = feature.source(example.line)
    written = name or row.strip()
    place = Place(feature.label, example.line, max(row.find(written), 0) + 1)
    return Problem(place, error.text, error.hint, len(written))


def _outlines(container: Any) -> Iterator[Any]:
    for item in container.run_items:
        if hasattr(item, 'run_items'):
            yield from _outlines(item)
        elif item.type == 'scenario_outline':
            yield item


def _fill(folder: Path, example: Any, name: str) -> None:
    from zatools.apitest.gherkin.quick_step import FileTable

    match = FROM.fullmatch(name)
    if not match:
        raise UnreadableRowsError('this names no file of rows', HINT)
    path = folder / match['file']
    headings, rows = _read(path)
    if match['column']:
        rows = _where(headings, rows, match)
    for number, cells in rows:
        if len(cells) != len(headings):
            count, columns = quantity(len(cells), 'value'), quantity(len(headings), 'column')
            text = f'{shown(path)}:{number} has {count}, and the file {columns}'
            raise UnreadableRowsError(text, f'its columns are: {", ".join(headings)}')
    if not rows:
        raise UnreadableRowsError(f'{shown(path)} has no such rows')
    example.table, example.name = FileTable(headings, [cells for _, cells in rows], example.line), match['file']


def _where(headings: list[str], rows: list[Row], match: re.Match[str]) -> list[Row]:
    if match['column'] not in headings:
        hint = did_you_mean(match['column'], headings) or f'its columns are: {", ".join(headings)}'
        raise UnreadableRowsError(f"'{match['file']}' has no column '{match['column']}'", hint)
    place = headings.index(match['column'])
    return [row for row in rows if (row[1][place : place + 1] == [match['value']]) is not bool(match['not'])]


def _read(path: Path) -> tuple[list[str], list[Row]]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableRowsError(f"'{path.name}': rows come from {', '.join(READERS)}", HINT)
    if not path.is_file():
        if path.is_dir():
            raise UnreadableRowsError(f"'{shown(path)}' is a folder")
        others = [other.name for other in path.parent.glob('*') if other.suffix.lower() in READERS]
        hint = 'it is looked for beside the feature'
        if similar := nearest(path.name, others):
            hint = f"there is '{similar[0]}'"
        raise UnreadableRowsError(f"there is no file '{shown(path)}'", hint)
    try:
        if path.stat().st_size > BIGGEST:
            raise UnreadableRowsError(f'{shown(path)} is bigger than {BIGGEST // 1_000_000} MB')
        headings, rows = reader(path)
    except UnicodeDecodeError:
        raise UnreadableRowsError(f'{shown(path)} is not UTF-8', 'save it as UTF-8') from None
    except OSError as error:
        raise UnreadableRowsError(f"{shown(path)} can't be read: {error.strerror}") from None
    repeated = next((name for name in headings if headings.count(name) > 1), None)
    if repeated is not None:
        raise UnreadableRowsError(f"{shown(path)}: two columns are called '{repeated}'", 'rename one of them')
    return headings, rows


def _csv(path: Path) -> tuple[list[str], list[Row]]:
    with path.open(encoding='utf-8-sig', newline='') as file:
        first = file.readline()
        file.seek(0)
        # The separator of most columns of the heading; values may have any in them.
        separator = max(',;\t|', key=first.count)
        reader = csv.reader(file, delimiter=separator, skipinitialspace=True)
        try:
            rows = [(reader.line_num, cells) for cells in reader if cells]
        except csv.Error as error:
            raise UnreadableRowsError(f'{shown(path)}:{reader.line_num} is no CSV: {error}') from None
    if not rows:
        raise UnreadableRowsError(f'{shown(path)} is empty', 'its first line names the columns')
    (_, headings), *others = rows
    return [name.strip() for name in headings], others


def _json(path: Path) -> tuple[list[str], list[Row]]:
    try:
        content = json.loads(path.read_text('utf-8-sig'))
    except (ValueError, RecursionError) as error:
        raise UnreadableRowsError(f'{shown(path)} is no JSON: {error}') from None
    return _of_objects(path, content)


def _yaml(path: Path) -> tuple[list[str], list[Row]]:
    import yaml

    text = path.read_text('utf-8-sig')
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise UnreadableRowsError(f'{shown(path)} has aliases (*name), which rows can do without')
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = ' '.join(str(error).split())
        raise UnreadableRowsError(f'{shown(path)} is no YAML: {reason}') from None
    return _of_objects(path, content)


def _of_objects(path: Path, content: Any) -> tuple[list[str], list[Row]]:
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        hint = 'a list of objects: [{"name": "Ada", "role": "admin"}]'
        raise UnreadableRowsError(f'{shown(path)} is no list of rows', hint)
    headings = list(dict.fromkeys(str(key) for item in content for key in item))
    for number, item in enumerate(content, 1):
        missing = [name for name in headings if name not in map(str, item)]
        if missing:
            raise UnreadableRowsError(f"{shown(path)}: row {number} has no '{missing[0]}', and others have")
    rows = []
    for number, item in enumerate(content, 1):
        cells = {str(key): _cell(value) for key, value in item.items()}
        rows.append((number, [cells[name] for name in headings]))
    return headings, rows


def _xlsx(path: Path) -> tuple[list[str], list[Row]]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        hint = 'pip install openpyxl, or save it as CSV'
        raise UnreadableRowsError(f'{shown(path)}: the library that reads it is not installed', hint) from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        # Sheets are read as they are gone through.
        rows = [(number, list(cells)) for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1)]
        book.close()
    except Exception as error:
        # openpyxl lets errors of zip and XML through.
        raise UnreadableRowsError(f'{shown(path)} is no sheet of Excel: {type(error).__name__}') from None
    filled = [(number, cells) for number, cells in rows if any(cell is not None for cell in cells)]
    if not filled:
        raise UnreadableRowsError(f'{shown(path)} is empty', 'its first row names the columns')
    (_, first), *others = filled
    headings = [str(cell).strip() for cell in first if cell is not None]
    width = len(headings)
    return headings, [(number, [_cell(cell) for cell in cells[:width]]) for number, cells in others]


def _cell(value: Any) -> str:
    if value is None:
        return ''
    if isinstance(value, str):
        return value
    if hasattr(value, 'isoformat'):
        return str(value.isoformat())
    return json.dumps(value, ensure_ascii=False, default=str)


READERS: dict[str, Callable[[Path], tuple[list[str], list[Row]]]] = {
    '.csv': _csv, '.json': _json, '.yaml': _yaml, '.yml': _yaml, '.xlsx': _xlsx,
}  # fmt: skip
