"""YAML and JSON text -> nodes that know their places; problems of syntax with theirs."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sys import intern
from typing import Any, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from zatools.place import Place, Problem, nearest

DEEPEST = 100
#: Some 150,000 objects; a file of 50 MB could have so many more that they take all memory.
MOST_VALUES = 2_000_000
NULLS = frozenset({'', '~', 'null', 'Null', 'NULL'})
BAD_KEY = '\udfff bad key'
CORE = 'tag:yaml.org,2002:'
CORE_TAGS = frozenset(CORE + name for name in ('str', 'int', 'float', 'bool', 'null', 'map', 'seq'))
BOOLEANS = {'true': True, 'True': True, 'TRUE': True, 'false': False, 'False': False, 'FALSE': False}
INTEGER = re.compile(r'[-+]?(?:0|[1-9][0-9]{0,999})')
FLOAT = re.compile(
    r'[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)'
)
LINE_BREAK = re.compile('\r\n|[\n\r\x85\u2028\u2029]')


class Scalar:
    """A value as its source text; `is_plain` means neither quoted nor a block."""

    __slots__ = ('column', 'is_plain', 'line', 'text')

    def __init__(self, text: str, is_plain: bool, line: int, column: int) -> None:
        self.text = text
        self.is_plain = is_plain
        self.line = line
        self.column = column

    def __repr__(self) -> str:
        # The text may be a secret.
        return f'Scalar(line={self.line}, column={self.column})'


class Mapping:
    """Keys and values in the order of the file, each key with its own place."""

    __slots__ = ('column', 'line', 'pairs')

    def __init__(self, pairs: dict[str, tuple[Scalar, Node]], line: int, column: int) -> None:
        self.pairs = pairs
        self.line = line
        self.column = column


class ItemList:
    """A list of nodes."""

    __slots__ = ('column', 'items', 'line')

    def __init__(self, items: list[Node], line: int, column: int) -> None:
        self.items = items
        self.line = line
        self.column = column


Node = Scalar | Mapping | ItemList
Pairs = dict[str, tuple[Scalar, Node]]
# The outer pairs, items and key; the open node; its anchor; how many events and aliased nodes came before it.
Frame = tuple['Pairs | None', 'list[Node]', 'Scalar | None', 'Mapping | ItemList', 'str | None', int]


class FatalError(Exception):
    """Reading a file can't go on; the problem is in the list already."""


def is_null(node: Node) -> bool:
    """Tells whether a node is an unquoted null or nothing at all."""
    return type(node) is Scalar and node.is_plain and node.text in NULLS


def is_empty(node: Node) -> bool:
    """Tells whether a node is what a section without items may be: nothing, null, `''`, `[]` or `{}`."""
    if isinstance(node, Scalar):
        return is_null(node) or not node.text
    if isinstance(node, Mapping):
        return not node.pairs
    return not node.items


def plain_text_value(text: str) -> Any:
    """Returns what an unquoted text means: None, a boolean, a number or the text itself."""
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text.lower().replace('.inf', 'inf').replace('.nan', 'nan'))
    return text


def plain_value(node: Node) -> Any:
    """Returns a node as Python values: dicts, lists, texts, numbers, booleans and None."""
    if isinstance(node, Scalar):
        if node.is_plain:
            return plain_text_value(node.text)
        return node.text
    if isinstance(node, Mapping):
        return {key: plain_value(value) for key, (_, value) in node.pairs.items()}
    return [plain_value(item) for item in node.items]


class Report:
    """Where the builders of one file put its problems."""

    __slots__ = ('path', 'problems')

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def add(self, line: int, column: int, text: str, hint: str = '', width: int = 1) -> None:
        """Adds a problem at a line and column, both from 1."""
        self.problems.append(Problem(Place(self.path, line, column), text, hint, width))

    def fail(self, line: int, column: int, text: str, hint: str = '', width: int = 1) -> FatalError:
        """Adds a problem after which the file can't be read on; the caller raises what this returns."""
        self.add(line, column, text, hint, width)
        return FatalError(text)

    def too_many(self, line: int, column: int) -> FatalError:
        """Adds the problem of a file with more values than can be read; the caller raises what this returns."""
        return self.fail(line, column, f'has more than {MOST_VALUES:,} values', 'split the file', 0)

    def key(self, node: Node) -> Scalar:
        """Returns a node as a key; one that can't be a key is a problem and goes by `BAD_KEY`."""
        if not isinstance(node, Scalar):
            self.add(node.line, node.column, 'a key must be a text, not a list or a mapping')
        elif is_null(node):
            self.add(node.line, node.column, 'a key must not be empty or null', 'put it in quotes if it is a text')
        else:
            return node
        return Scalar(BAD_KEY, False, node.line, node.column)

    def duplicate(self, pairs: Pairs, key: Scalar) -> None:
        """Adds the problem of a key that its mapping has already; the first one stays."""
        if key.text != BAD_KEY:
            first = pairs[key.text][0].line
            where = f'twice, in lines {first} and {key.line}'
            if first == key.line:
                where = f'twice in line {first}'
            self.add(key.line, key.column, f"'{key.text}' is given {where}", 'keep one of them', len(key.text))


class _Builder:
    """Makes nodes of events; iterative, so that depth costs no Python stack."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.stack: list[Frame] = []
        self.heights = [0]
        # None while the node of the anchor is still open.
        self.anchors: dict[str, tuple[Node, int, int] | None] = {}
        self.aliased = 0
        self.events = 0
        self.documents = 0

    def build(self, next_event: Callable[[], Any]) -> Node | None:
        pairs: Pairs | None = None
        key: Scalar | None = None
        root: list[Node] = []
        items, node = root, cast('Any', None)
        for self.events in range(1, MOST_VALUES + 1):
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                mark = event.start_mark
                node = Scalar(event.value, not event.style, mark.line + 1, mark.column + 1)
                if event.anchor is not None or event.tag is not None:
                    self.decorate(event, node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                pairs, items = self.open(event, pairs, items, key)
                key = None
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                pairs, items, key, node = self.close()
            elif kind is AliasEvent:
                node = self.alias(event)
            elif kind is StreamEndEvent:
                return _value_of(root)
            else:
                self.document(event)
                continue
            if pairs is None:
                items.append(node)
            elif key is None:
                is_usual = type(node) is Scalar and not (node.is_plain and node.text in NULLS)
                key = node if is_usual else self.report.key(node)
                key.text = intern(key.text)
            else:
                pair = (key, node)
                if pairs.setdefault(key.text, pair) is not pair:
                    self.report.duplicate(pairs, key)
                key = None
        mark = next_event().start_mark
        raise self.report.too_many(mark.line + 1, mark.column + 1)

    def document(self, event: Any) -> None:
        if type(event) is DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                mark: Any = event.start_mark
                text = 'a second document begins here, but a file must have one'
                raise self.report.fail(mark.line + 1, mark.column + 1, text, "remove the '---' or split the file", 3)

    def decorate(self, event: Any, node: Scalar) -> None:
        if event.tag is not None:
            self.check_tag(event)
            node.is_plain = event.tag not in ('!', CORE + 'str')
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1, 0)
            if not node.text and node.is_plain:
                # The name isn't quoted: a password that begins with & is read as an anchor.
                text, hint = 'this anchor has no value behind it', 'put the text in quotes if it is no anchor'
                mark = event.start_mark
                self.report.add(mark.line + 1, mark.column + 1, text, hint, len(event.anchor) + 1)

    def check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag in CORE_TAGS or tag == '!':
            return
        short = tag
        if tag.startswith(CORE):
            short = f'!!{tag.removeprefix(CORE)}'
        mark = event.start_mark
        self.report.add(
            mark.line + 1,
            mark.column + 1,
            "tags, which begin with '!', are not supported",
            'remove it, or put the text in quotes',
            len(short),
        )

    def open(
        self, event: Any, pairs: Pairs | None, items: list[Node], key: Scalar | None
    ) -> tuple[Pairs | None, list[Node]]:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if len(self.stack) >= DEEPEST:
            raise self.report.fail(line, column, f'nested more than {DEEPEST} levels deep')
        if event.tag is not None:
            self.check_tag(event)
        node: Mapping | ItemList
        if type(event) is MappingStartEvent:
            node = Mapping({}, line, column)
        else:
            node = ItemList([], line, column)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append((pairs, items, key, node, event.anchor, self.events + self.aliased))
        self.heights.append(0)
        if isinstance(node, Mapping):
            return node.pairs, items
        return None, node.items

    def close(self) -> tuple[Pairs | None, list[Node], Scalar | None, Node]:
        pairs, items, key, node, anchor, start = self.stack.pop()
        height = self.heights.pop() + 1
        if height > self.heights[-1]:
            self.heights[-1] = height
        if isinstance(node, Mapping):
            if '<<' in node.pairs:
                self.merge(node)
            node.pairs.pop(BAD_KEY, None)
        if anchor is not None:
            self.anchors[anchor] = (node, self.events + self.aliased - start, height)
        return pairs, items, key, node

    def unknown(self, name: str) -> tuple[str, str]:
        # A password that begins with * is read as an alias too: only a name like that of an anchor is shown.
        if name in self.anchors:
            return f"the alias '*{name}' stands inside of what it names", 'an alias stands after what it names'
        near = nearest(name, self.anchors)
        if near:
            return f"the alias '*{name}' names nothing before it", f"did you mean '*{near[0]}'?"
        return 'this alias names nothing before it', 'put the text in quotes if it is no alias'

    def alias(self, event: Any) -> Node:
        name, line, column = event.anchor, event.start_mark.line + 1, event.start_mark.column + 1
        known = self.anchors.get(name)
        if known is None:
            raise self.report.fail(line, column, *self.unknown(name), len(name) + 1)
        node, weight, height = known
        self.aliased += weight
        if self.aliased > 1_000_000 + 9 * self.events:
            raise self.report.fail(line, column, 'aliases expand to too much', 'write the values out', len(name) + 1)
        if len(self.stack) + height > DEEPEST:
            raise self.report.fail(line, column, f'nested more than {DEEPEST} levels deep', '', len(name) + 1)
        self.heights[-1] = max(self.heights[-1], height)
        # An item stands where its alias does; its values stand where they are written.
        if isinstance(node, Mapping):
            return Mapping(node.pairs, line, column)
        return node

    def merge(self, node: Mapping) -> None:
        key, value = node.pairs['<<']
        if not key.is_plain:
            return
        del node.pairs['<<']
        bases = [value]
        if isinstance(value, ItemList):
            bases = value.items
        for base in bases:
            if isinstance(base, Mapping):
                for name, pair in base.pairs.items():
                    node.pairs.setdefault(name, pair)
            else:
                self.report.add(key.line, key.column, "'<<' must be a mapping or a list of mappings", '', 2)


def _value_of(documents: list[Node]) -> Node | None:
    # An empty document, or one that is null, holds nothing.
    if not documents or is_null(documents[0]):
        return None
    return documents[0]


def place_at(path: str, text: str, index: int) -> Place:
    """Returns the place of the character at an index of a text."""
    lines = LINE_BREAK.split(text[:index])
    return Place(path, len(lines), len(lines[-1]) + 1)


@contextmanager
def _without_gc() -> Iterator[None]:
    # Nodes only ever grow in number here, and looking through them again and again doubles the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parse_yaml(path: str, text: str, report: Report) -> Node | None:
    from zatools.files.syntax import explain, unprintable

    loader: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
    try:
        return _Builder(report).build(loader(text).get_event)
    except yaml.MarkedYAMLError as error:
        explain(error, text, report)
    except (yaml.YAMLError, UnicodeEncodeError):
        unprintable(path, text, report.problems)
    return None


def parse(path: str, text: str, problems: list[Problem], is_json: bool | None = None) -> Node | None:
    """Returns the tree of a YAML or, by its ending, a JSON file; None if it is empty or can't be read."""
    # Both need what this module has.
    from zatools.files.jsontree import parse_json
    from zatools.files.syntax import conflicts

    if conflicts(path, text, problems):
        return None
    report = Report(path, problems)
    if is_json is None:
        is_json = path.lower().endswith('.json')
    try:
        with _without_gc():
            if is_json:
                return parse_json(text, report)
            return _parse_yaml(path, text, report)
    except FatalError:
        return None
