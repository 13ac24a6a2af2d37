"""JSON text -> the nodes of tree.py: the standard library judges the text, a scan gives the places."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from zatools.files.tree import DEEPEST, MOST_VALUES, ItemList, Mapping, Node, Pairs, Report, Scalar

# The text is known to be valid JSON when this looks at it. `:` and `,` carry nothing then.
TOKEN = re.compile(r'"([^"\\]*+(?:\\[\s\S][^"\\]*+)*+)(?:"|\\?\Z)|([^\s"{}\[\]:,]+)|([{\[])|([}\]])|(\r\n?|\n)')
LAST_COMMA = re.compile(r',\s*[}\]]')
SURROGATE = re.compile('[\ud800-\udfff]')


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f'{name} is no JSON value')


def _is_valid(text: str, report: Report) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        comma = _last_comma(text, error.pos)
        if comma < 0:
            report.add(error.lineno, error.colno, f'no valid JSON: {_wording(text, error)}')
        else:
            report.add(*_place(text, comma), 'no valid JSON: a comma too many')
    except ValueError as error:
        report.add(*_constant_place(text, str(error).split()[0]), str(error))
    except RecursionError:
        report.add(0, 0, f'nested more than {DEEPEST} levels deep')
    else:
        return True
    return False


def _last_comma(text: str, index: int) -> int:
    # The index of a comma before a closing bracket, -1 for none. Versions of Python report it in different places.
    found = LAST_COMMA.search(text, max(text.rfind(',', 0, index + 1), 0))
    if found is None or not found.start() <= index < found.end():
        return -1
    return found.start()


def _wording(text: str, error: json.JSONDecodeError) -> str:
    if error.msg.startswith('Invalid control character'):
        code = ord(text[error.pos])
        if chr(code) in '\r\n':
            return 'a text ends with its line: is its closing quote missing?'
        return f'a control character (U+{code:04X}) must be written as \\u{code:04x}'
    # What the library says ends where it would go on with the place.
    return error.msg.removesuffix(' at').removesuffix(' starting')


def _check_size(text: str, report: Report) -> None:
    # The standard library would make objects of all values before anything could count them.
    if sum(map(text.count, ',[{')) < MOST_VALUES:
        return
    for count, found in enumerate(TOKEN.finditer(text)):
        if count > MOST_VALUES:
            raise report.too_many(*_place(text, found.start()))


def _place(text: str, index: int) -> tuple[int, int]:
    start = text.rfind('\n', 0, index) + 1
    return text.count('\n', 0, index) + 1, index - start + 1


def _constant_place(text: str, name: str) -> tuple[int, int]:
    for found in TOKEN.finditer(text):
        if found[2] == name:
            return _place(text, found.start())
    return 0, 0


class _JsonBuilder:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.stack: list[tuple[Node | None, Scalar | None]] = []

    def text(self, source: str, line: int, column: int) -> Scalar:
        value = source
        if '\\' in source:
            value = json.loads(f'"{source}"')
            if SURROGATE.search(value):
                hint = r'a pair looks like \ud83d\ude00'
                self.report.add(line, column, 'the text has half of a surrogate pair', hint, len(source) + 2)
        return Scalar(value, False, line, column)

    def build(self, text: str) -> Node | None:
        line, start = 1, 0
        root: list[Node] = []
        outer: Any = None
        key: Scalar | None = None
        for found in TOKEN.finditer(text):
            sort = found.lastindex
            column = found.start() - start + 1
            if sort == 5:
                line, start = line + 1, found.end()
                continue
            if sort == 4:
                outer, key = self.stack.pop()
                continue
            node: Node
            if sort == 1:
                node = self.text(found[1], line, column)
                if key is None and type(outer) is Mapping:
                    key = node
                    continue
            elif sort == 2:
                node = Scalar(found[2], True, line, column)
            else:
                node = self.open(found[3], line, column)
            self.put(outer, key, node, root)
            key = None
            if sort == 3:
                self.stack.append((outer, None))
                outer = node
        if not root:
            return None
        return root[0]

    def open(self, bracket: str, line: int, column: int) -> Mapping | ItemList:
        if len(self.stack) >= DEEPEST:
            raise self.report.fail(line, column, f'nested more than {DEEPEST} levels deep')
        if bracket == '{':
            return Mapping({}, line, column)
        return ItemList([], line, column)

    def put(self, outer: Any, key: Scalar | None, node: Node, root: list[Node]) -> None:
        if key is not None:
            pairs: Pairs = outer.pairs
            if key.text in pairs:
                self.report.duplicate(pairs, key)
            else:
                pairs[key.text] = (key, node)
        elif outer is not None:
            outer.items.append(node)
        else:
            root.append(node)


def parse_json(text: str, report: Report) -> Node | None:
    """Returns the tree of a JSON text; None, with a problem in the report, if it is none."""
    _check_size(text, report)
    if not text.strip() or not _is_valid(text, report):
        return None
    node = _JsonBuilder(report).build(text)
    if isinstance(node, Scalar) and node.is_plain and node.text == 'null':
        return None
    return node
