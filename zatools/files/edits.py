"""Changes of a text where it stands: values, keys and items; all else stays as people wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from zatools.files.emit import block, quoted
from zatools.files.spans import Span, Spans

#: What has another meaning within brackets and braces.
IN_FLOW = re.compile(r'[,\[\]{}:#]')


class UnwritableError(Exception):
    """A change that the text's form leaves no room for; the sentence says why."""


class Edits:
    """The changes of one file's text, collected first and made together."""

    def __init__(self, text: str, is_json: bool) -> None:
        self.text = text
        self.is_json = is_json
        self.spans = Spans(text)
        self._made: list[tuple[int, int, str]] = []
        #: Items of lists in brackets that go or come: what stands between them depends on all of these.
        self._gone: dict[Span, set[Span]] = {}
        self._come: dict[Span, list[str]] = {}

    @property
    def result(self) -> str:
        """The text with all changes."""
        text, is_windows = self.text, '\r\n' in self.text
        # What comes later in the text first; of two at one place, the one that was made first stands first.
        ordered = sorted(
            enumerate([*self._made, *self._in_brackets()]), key=lambda one: (one[1][0], one[1][1], one[0]), reverse=True
        )
        for _, (start, end, new) in ordered:
            if is_windows:
                new = new.replace('\n', '\r\n')
            text = text[:start] + new + text[end:]
        return text

    def put(self, span: Span, value: Any) -> None:
        """Gives a node another value, in the node's own style."""
        if span.is_alias:
            raise UnwritableError('an alias stands here')
        is_block_list = not (span.is_scalar or span.is_mapping or span.is_flow)
        if isinstance(value, list) and is_block_list and self._put_entries(span, value):
            return
        if _is_nested(value) and not self._is_in_flow(span):
            self._put_block(span, value)
            return
        self._made.append((span.start, self._end(span), self._inline(span, value)))

    def _end(self, span: Span) -> int:
        # A block scalar ends with the line break that the next line needs.
        if span.is_scalar and span.style in ('|', '>'):
            return len(self.text[: span.end].rstrip('\r\n '))
        return span.end

    def _is_in_flow(self, span: Span) -> bool:
        parent = span.parent
        return self.is_json or (parent is not None and parent.is_flow) or (span.is_flow and bool(span.children))

    def _inline(self, span: Span, value: Any) -> str:
        if self.is_json or (span.style == '"' and isinstance(value, str)):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, str) and span.style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        if isinstance(value, str) and '\n' in value and not self._is_in_flow(span):
            return block(value, ' ' * (self._indent(span) + 2))
        return flow(value, self._is_in_flow(span))

    def _put_entries(self, span: Span, value: Sequence[Any]) -> bool:
        # Entries that stay keep their lines, with what is written beside them.
        if not all(child.is_scalar for child in span.children) or not all(isinstance(one, str) for one in value):
            return False
        known = [_plain(self.text[child.start : child.end]) for child in span.children]
        kept = [one for one in known if one in value]
        added = [one for one in value if one not in known]
        if not kept or len(set(known)) != len(known) or sorted([*kept, *added]) != sorted(value):
            return False
        last = max(number for number, one in enumerate(known) if one in value)
        for number, child in enumerate(span.children):
            if known[number] not in value:
                self._drop_lines(child.start, child.end)
        pad = ' ' * (span.column - 1)
        lines = ''.join(f'\n{pad}- {quoted(one)}' for one in added)
        end = self._line_end(span.children[last].end)
        if lines:
            self._made.append((end, end, lines))
        return True

    def _put_block(self, span: Span, value: Any) -> None:
        # What stood in a block goes as a whole; comments within it go with it.
        pad = ' ' * (self._indent(span) + 2)
        start, end = span.start, self._end(span)
        if not span.is_scalar and not span.is_flow:
            self._made.append((start, end, block(value, ' ' * (span.column - 1))))
            return
        head = len(self.text[:start].rstrip(' '))
        self._made.append((head, end, f'\n{pad}{block(value, pad)}'))

    def _indent(self, span: Span) -> int:
        # The column of the key that the value belongs to.
        parent = span.parent
        while parent and not parent.is_mapping:
            parent = parent.parent
        if parent is None:
            return 0
        if parent.is_flow:
            raise UnwritableError('it is within braces')
        return parent.children[0].column - 1 if parent.children else 0

    # Keys

    def add_keys(self, item: Span, values: Mapping[str, Any]) -> None:
        """Adds keys and values at the end of a mapping."""
        if not item.is_mapping or not item.children:
            raise UnwritableError('an alias or nothing stands here')
        key, value = item.pairs[-1]
        if item.is_flow:
            text = ''.join(f', {self._pair(*pair)}' for pair in values.items())
            inner = self.text[item.start : key.start]
            if '\n' in inner:
                pad = ' ' * (key.column - 1)
                text = ''.join(f',\n{pad}{self._pair(*pair)}' for pair in values.items())
            self._made.append((value.end, value.end, text))
            return
        pad = ' ' * (item.children[0].column - 1)
        lines = ''.join(f'\n{pad}{_yaml_pair(name, one, pad)}' for name, one in values.items())
        end = self._line_end(self._end(value))
        self._made.append((end, end, lines))

    def drop_key(self, item: Span, value: Span) -> None:
        """Takes a key and its value away; the first one of a mapping stays."""
        values = [one for _, one in item.pairs]
        number = values.index(value)
        if not number:
            raise UnwritableError('its key is the first one')
        if item.is_flow:
            self._made.append((values[number - 1].end, value.end, ''))
        else:
            self._drop_lines(item.pairs[number][0].start, self._end_of(value))

    def _pair(self, name: str, value: Any) -> str:
        if self.is_json:
            return f'{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}'
        return f'{quoted(name)}: {flow(value, True)}'

    # Items

    def add_items(self, section: Span, items: Iterable[Mapping[str, Any]]) -> None:
        """Adds items at the end of a section's list."""
        if section.is_scalar or not section.children:
            raise UnwritableError('the section has no items here')
        last = section.children[-1]
        if section.is_flow:
            gap = self._gap(section)
            for one in items:
                text = json.dumps(one, ensure_ascii=False, indent=2 if '\n' in gap else None)
                if '\n' in gap:
                    text = text.replace('\n', '\n' + ' ' * (last.column - 1))
                self._come.setdefault(section, []).append(f'{gap}{text}')
            return
        pad = ' ' * (section.column - 1)
        lines = ''.join(f'\n{pad}- {block(one, pad + "  ")}' for one in items)
        end = self._line_end(self._end_of(last))
        self._made.append((end, end, lines))

    def add_section(self, name: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Adds a section with its items at the end of the file."""
        if self.is_json or (self.spans.root and self.spans.root.is_flow):
            root = self.spans.root
            if root is None or not root.children:
                raise UnwritableError('the file has no section')
            text = json.dumps({name: list(items)}, ensure_ascii=False, indent=2).strip('{}').strip()
            end = root.children[-1].end
            self._made.append((end, end, f',\n  {text}'))
            return
        end = len(self.text.rstrip())
        gap = '\n\n' if end else ''
        rows = f'{quoted(name)}:\n  {block(list(items), "  ")}'
        self._made.append((end, len(self.text), f'{gap}{rows}\n'))

    def drop_item(self, item: Span) -> None:
        """Takes an item out of its section's list."""
        section = item.parent
        if section is None or section.is_mapping or item.is_alias:
            raise UnwritableError('it is no item of a list here')
        if not section.is_flow:
            dash = self.text.rfind('-', 0, item.start)
            self._drop_lines(dash, max(self._end_of(item), item.start), is_apart=True)
        else:
            self._gone.setdefault(section, set()).add(item)

    def _in_brackets(self) -> Iterator[tuple[int, int, str]]:
        for section in {**self._gone, **self._come}:
            gone, come = self._gone.get(section, set()), self._come.get(section, [])
            items = section.children
            first = next((number for number, one in enumerate(items) if one not in gone), len(items))
            for number, one in enumerate(items):
                if one in gone and number > first:
                    yield items[number - 1].end, one.end, ''
                elif one in gone and number + 1 < len(items):
                    yield one.start, items[number + 1].start, ''
                elif one in gone:
                    yield one.start, one.end, ''
            text = ''.join(f',{one}' for one in come)
            if first == len(items):
                text = text[1:].lstrip()
            yield items[-1].end, items[-1].end, text

    def _gap(self, section: Span) -> str:
        # What stands between two items: a blank, or a line break and the indentation.
        return '\n' + ' ' * (section.children[-1].column - 1) if '\n' in self.text[section.start : section.end] else ' '

    def _end_of(self, span: Span) -> int:
        while span.children and not span.is_flow:
            span = span.children[-1]
        return self._end(span)

    def _line_end(self, index: int) -> int:
        found = self.text.find('\n', index)
        if found < 0:
            return len(self.text)
        return found - (self.text[found - 1] == '\r')

    def _drop_lines(self, start: int, end: int, is_apart: bool = False) -> None:
        # With the line break before them, so that what is added at the end of their last line stays.
        begin = self.text.rfind('\n', 0, start) + 1
        if self.text[begin:start].strip(' -'):
            raise UnwritableError('something else stands in its line')
        first, last = begin - 1, self._line_end(end)
        if begin == 0:
            first, last = 0, self.text.find('\n', end) + 1 or len(self.text)
        elif self.text[first - 1] == '\r':
            first -= 1
        if is_apart and not self._line_after(last).strip():
            first = self._before_blank(first)
        self._made.append((first, last, ''))

    def _line_after(self, index: int) -> str:
        begin = self.text.find('\n', index) + 1 or len(self.text)
        return self.text[begin : self._line_end(begin)]

    def _before_blank(self, index: int) -> int:
        # Where the line that ends at an index begins, with the line break before it, if it is blank; else the index.
        begin = self.text.rfind('\n', 0, index)
        if begin < 1 or self.text[begin:index].strip():
            return index
        return begin - (self.text[begin - 1] == '\r')


def _is_nested(value: Any) -> bool:
    return isinstance(value, (list, Mapping)) and bool(value)


def _plain(text: str) -> str:
    if text[:1] in ('"', "'") and text[-1:] == text[:1]:
        inner = text[1:-1]
        if text[0] == "'":
            return inner.replace("''", "'")
        try:
            return str(json.loads(text))
        except ValueError:
            return inner
    return text


def _yaml_pair(name: str, value: Any, pad: str) -> str:
    return block({name: value}, pad)


def flow(value: Any, is_in_flow: bool) -> str:
    """Returns a value on one line, for what stands in brackets or braces too."""
    if isinstance(value, Mapping):
        return '{' + ', '.join(f'{flow(str(key), True)}: {flow(one, True)}' for key, one in value.items()) + '}'
    if isinstance(value, list):
        return '[' + ', '.join(flow(one, True) for one in value) + ']'
    if not isinstance(value, str):
        return block(value, '')
    text = quoted(value)
    if is_in_flow and text == value and IN_FLOW.search(value):
        return "'" + value.replace("'", "''") + "'"
    return text
