"""Files and what they include -> documents, one for each section of each file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from zatools.files.sources import ENDINGS, STDIN, Sources, decode, expand, identity, read, reason
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, parse
from zatools.kinds import SPELLINGS
from zatools.place import Place, Problem


@dataclass(frozen=True)
class Document:
    """A section of a file: where its key stands, and its items. A file's included sections are their own."""

    path: str
    section: str
    key: Scalar
    items: list[Node]


@dataclass(frozen=True)
class Loaded:
    """The sections of all files, and the paths of the files that were read, includes too."""

    documents: list[Document]
    files: list[str]


@dataclass(frozen=True)
class _Include:
    path: str
    node: Scalar
    section: str

    @property
    def target(self) -> str:
        return self.node.text.removeprefix('file://')


@dataclass
class _Reading:
    stdin: BinaryIO
    sources: Sources
    problems: list[Problem]
    main: str = ''
    documents: list[Document] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    trees: dict[str, Node | None] = field(default_factory=dict)
    # A file of one object counts once for each section that includes it.
    done: set[tuple[str, str]] = field(default_factory=set)
    chain: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, node: Node, text: str, hint: str = '', is_warning: bool = False) -> None:
        width = max(len(node.text), 1) if isinstance(node, Scalar) else 1
        self.problems.append(Problem(Place(path, node.line, node.column), text, hint, width, is_warning=is_warning))


def _shown(path: str) -> str:
    return STDIN if path == '-' else path


def _tree(path: str, reading: _Reading, include: _Include | None) -> Node | None:
    key = identity(path)
    if key in reading.trees:
        return reading.trees[key]
    reading.trees[key] = None
    reading.sources.paths.append(path)
    shown = _shown(path)
    try:
        data = read(path, reading.stdin)
    except OSError as error:
        if include is None:
            reading.problems.append(Problem(Place(shown, 0, 0), reason(error)))
        else:
            reading.add(include.path, include.node, f"the included file '{path}' {_told(reason(error))}")
        return None
    reading.files.append(shown)
    text = decode(shown, data, reading.problems)
    reading.sources.add(shown, data.decode('utf-8', 'replace') if text is None else text)
    if text is not None:
        is_json = path.lower().endswith('.json') if path != '-' else _looks_like_json(text)
        reading.trees[key] = parse(shown, text, reading.problems, is_json)
    return reading.trees[key]


def _looks_like_json(text: str) -> bool:
    # A flow mapping of YAML begins like this too, but rarely with a quote.
    return text[:100].replace(' ', '').replace('\n', '').startswith(('{"', '{}', '['))


def _told(why: str) -> str:
    return 'does not exist' if why == 'no such file' else why


def _is_object(node: Node | None) -> bool:
    if not isinstance(node, Mapping):
        return False
    pair = node.pairs.get('name') or node.pairs.get('id')
    return pair is not None and isinstance(pair[1], Scalar)


def _joined(base: str, target: str) -> str:
    path = os.path.join(os.path.dirname(base), os.path.expanduser(target))
    normal = os.path.normpath(path)
    # Through a symbolic link `..` is another folder than it seems.
    return normal if os.path.realpath(normal) == os.path.realpath(path) else path


def _located(include: _Include, reading: _Reading) -> str | None:
    path = _joined(include.path, include.target)
    if os.path.exists(path):
        return path
    other = _joined(reading.main, include.target)
    if os.path.exists(other):
        text = f"'{include.target}' was found relative to the main file {_shown(reading.main)} only"
        reading.add(include.path, include.node, text, is_warning=True)
        return other
    reading.sources.paths.append(path)
    if include.section:
        text = f"{include.section}: '{include.node.text}' is neither an item nor a file that can be included"
        hint = f'an item is a mapping: "- name: {include.node.text}"; the file would be {path}'
    else:
        text, hint = f"the included file '{include.target}' does not exist", f'looked for {path}'
    reading.add(include.path, include.node, text, hint)
    return None


def _follow(include: _Include, reading: _Reading) -> None:
    path = _located(include, reading)
    if path is None:
        return
    key = identity(path)
    keys = [link for link, _ in reading.chain]
    if key in keys:
        circle = [shown for _, shown in reading.chain[keys.index(key) :]]
        text = f'files include each other: {" -> ".join([*circle, circle[0]])}'
        reading.add(include.path, include.node, text, 'remove one of the includes')
        return
    _read(path, reading, include)


def _includes(path: str, node: Node, reading: _Reading) -> list[_Include]:
    if is_null(node):
        return []
    found = []
    for item in node.items if isinstance(node, ItemList) else [node]:
        if isinstance(item, Scalar) and item.text and not is_null(item):
            found.append(_Include(path, item, ''))
        else:
            reading.add(path, item, 'an include must be the path of a file')
    return found


def _unknown(path: str, key: Scalar, node: Node, reading: _Reading) -> list[_Include]:
    # Whatever it holds, the section is what is wrong: its files are read for the names in them, if they are any.
    items = node.items if isinstance(node, ItemList) else [] if is_null(node) else [node]
    reading.documents.append(Document(path, key.text, key, list(items)))
    files = (item for item in items if isinstance(item, Scalar) and item.text.lower().endswith(ENDINGS))
    found = (_Include(path, item, key.text) for item in files)
    return [include for include in found if os.path.isfile(_joined(path, include.target))]


def _section(path: str, key: Scalar, node: Node, reading: _Reading) -> list[_Include]:
    if key.text not in SPELLINGS:
        return _unknown(path, key, node, reading)
    found: list[_Include] = []
    items: list[Node] = []
    if isinstance(node, ItemList):
        for item in node.items:
            if is_null(item):
                reading.add(path, item, f'{key.text}: an empty item', 'remove its "-"')
            elif isinstance(item, Scalar):
                found.append(_Include(path, item, key.text))
            else:
                items.append(item)
    elif not is_null(node):
        hint = 'put "- " before its first key' if isinstance(node, Mapping) else ''
        reading.add(path, node, f"'{key.text}' must be a list", hint)
        return []
    reading.documents.append(Document(path, key.text, key, items))
    return found


def _object(path: str, node: Node, include: _Include | None, reading: _Reading) -> None:
    if include is None or not include.section:
        text = 'this file is one object without a section'
        reading.add(path, node, text, 'put it in the list of its section, or include it there')
        return
    key = Scalar(include.section, True, node.line, node.column)
    reading.documents.append(Document(path, include.section, key, [node]))


def _sections(path: str, node: Node, reading: _Reading) -> None:
    if not isinstance(node, Mapping):
        reading.add(path, node, 'a file must be a mapping of sections', 'begin with a section, such as "security:"')
        return
    found: list[_Include] = []
    for name, (key, value) in node.pairs.items():
        found += _includes(path, value, reading) if name == 'include' else _section(path, key, value, reading)
    for include in found:
        _follow(include, reading)


def _read(path: str, reading: _Reading, include: _Include | None = None) -> None:
    node = _tree(path, reading, include)
    key = identity(path)
    is_object = _is_object(node)
    mark = (key, include.section if include and is_object else '')
    if node is None or mark in reading.done:
        return
    reading.done.add(mark)
    reading.chain.append((key, _shown(path)))
    if is_object:
        _object(_shown(path), node, include, reading)
    else:
        _sections(_shown(path), node, reading)
    reading.chain.pop()


def documents(paths: Sequence[str], stdin: BinaryIO, sources: Sources, problems: list[Problem]) -> Loaded:
    """Reads files, folders, globs and '-' with all that they include, each file once."""
    reading = _Reading(stdin, sources, problems)
    objects = []
    for path in expand(paths, problems):
        # A file of one object is a part of another one, which may come later.
        if _is_object(_tree(path, reading, None)):
            objects.append(path)
            continue
        reading.main = path
        _read(path, reading)
    included = {key for key, _ in reading.done}
    for path in objects:
        if identity(path) not in included:
            _read(path, reading)
    return Loaded(reading.documents, reading.files)
