"""Files and what they include -> documents, one for each section of each file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from zatools.files.project import is_inside, root_of
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.sources import (
    ENDINGS,
    STDIN,
    Sources,
    decode,
    expand,
    identity,
    read,
    read_regular,
    reason,
    unsealed,
)
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_empty, is_null, parse
from zatools.kinds import kinds_of
from zatools.kinds.beside import ELSEWHERE
from zatools.place import Place, Problem

#: Files of a circle that a message names.
LONGEST_CIRCLE = 8


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
    scope: Scope
    main: str = ''
    root: str = ''
    documents: list[Document] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    trees: dict[str, Node | None] = field(default_factory=dict)
    # A file of one object counts once for each section that includes it.
    done: set[tuple[str, str]] = field(default_factory=set)
    # The file that is read and those that it is included by, as they are shown, the outermost first.
    chain: dict[str, str] = field(default_factory=dict)

    def may_read(self, path: str) -> bool:
        return self.scope.reaches_outside or is_inside(path, self.root)

    def is_ours(self, path: str) -> bool:
        # Messages show no lines of included files that are no definitions, or that are outside of the project.
        return path.lower().endswith(ENDINGS) and is_inside(path, self.root)

    def blame(self, include: _Include, text: str, hint: str = '', is_warning: bool = False) -> None:
        # A problem of an include within a section counts only if that section does.
        if not include.section or self.scope.has_section(include.section):
            self.add(include.path, include.node, text, hint, is_warning)

    def add(self, path: str, node: Node, text: str, hint: str = '', is_warning: bool = False) -> None:
        width = 1
        if isinstance(node, Scalar):
            width = max(len(node.text), 1)
        self.problems.append(Problem(Place(path, node.line, node.column), text, hint, width, is_warning=is_warning))


def _shown(path: str) -> str:
    if path == '-':
        return STDIN
    return path


def _data(path: str, reading: _Reading, include: _Include | None) -> bytes | None:
    draft = reading.sources.drafts.get(identity(path))
    if draft is not None:
        return draft
    try:
        if include is None:
            return read(path, reading.stdin)
        return read_regular(path)
    except OSError as error:
        if include is None:
            reading.problems.append(Problem(Place(_shown(path), 0, 0), reason(error)))
        else:
            reading.blame(include, f"the included file '{path}' {_predicate(reason(error))}")
        return None


def _tree(path: str, reading: _Reading, include: _Include | None) -> Node | None:
    key = identity(path)
    if key in reading.trees:
        return reading.trees[key]
    reading.trees[key] = None
    reading.sources.paths.append(path)
    shown = _shown(path)
    data = _data(path, reading, include)
    if data is None:
        return None
    reading.files.append(shown)
    sealed, data = data, unsealed(path, data)
    text = decode(shown, data, reading.problems)
    if data is not sealed:
        # All that was sealed may be a secret: no line of it is shown.
        reading.sources.forget(shown)
    elif include is None or reading.is_ours(path):
        lines = text
        if lines is None:
            lines = data.decode('utf-8', 'replace')
        reading.sources.add(shown, lines)
    if text is not None:
        reading.trees[key] = parse(shown, text, reading.problems, _is_json(path, text))
    return reading.trees[key]


def _is_json(path: str, text: str) -> bool:
    if path == '-':
        return _looks_like_json(text)
    return path.lower().endswith('.json')


def _looks_like_json(text: str) -> bool:
    # A flow mapping of YAML begins like this too, but rarely with a quote.
    return text[:100].replace(' ', '').replace('\n', '').startswith(('{"', '{}', '['))


def _current() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ''


def _predicate(why: str) -> str:
    if why == 'no such file':
        return 'does not exist'
    return why


def _is_object(node: Node | None) -> bool:
    if not isinstance(node, Mapping):
        return False
    pair = node.pairs.get('name') or node.pairs.get('id')
    return pair is not None and isinstance(pair[1], Scalar)


def _joined(base: str, target: str) -> str:
    path = os.path.join(os.path.dirname(base), os.path.expanduser(target))
    normal = os.path.normpath(path)
    if '..' not in path.split(os.sep):
        return normal
    # After a symbolic link `..` is the parent of its target, so the short path may be another file.
    if os.path.realpath(normal) == os.path.realpath(path):
        return normal
    return path


def _located(include: _Include, reading: _Reading) -> str | None:
    path = _joined(include.path, include.target)
    if not reading.may_read(path):
        text = f"the included file '{include.target}' is outside of the project, {reading.root}"
        reading.blame(include, text, 'move it there, or give --allow-outside')
        return None
    if os.path.exists(path):
        return path
    other = _joined(reading.main, include.target)
    if other != path and reading.may_read(other) and os.path.exists(other):
        text = f"'{include.target}' was found relative to the main file {_shown(reading.main)} only"
        reading.blame(include, text, is_warning=True)
        return other
    reading.sources.paths.append(path)
    if include.section:
        text = f"{include.section}: '{include.node.text}' is neither an item nor a file that can be included"
        hint = f'an item is a mapping: "- name: {include.node.text}"; the file would be {path}'
    else:
        text, hint = f"the included file '{include.target}' does not exist", f'looked for {path}'
    reading.blame(include, text, hint)
    return None


def _circle(links: list[str]) -> str:
    if len(links) == 1:
        return f'a circle of includes: {links[0]} includes itself'
    shown = links
    if len(links) > LONGEST_CIRCLE:
        shown = [*links[:3], f'… {len(links) - 5} more …', *links[-2:]]
    return f'a circle of includes: {" -> ".join([*shown, links[0]])}'


def _follow(include: _Include, reading: _Reading) -> list[_Include] | None:
    path = _located(include, reading)
    if path is None:
        return None
    key = identity(path)
    if key in reading.chain:
        links = list(reading.chain)
        text = _circle([reading.chain[link] for link in links[links.index(key) :]])
        reading.blame(include, text, 'remove one of the includes')
        return None
    return _open(path, reading, include)


def _includes(path: str, node: Node, reading: _Reading) -> list[_Include]:
    if is_null(node):
        return []
    includes = []
    items = [node]
    if isinstance(node, ItemList):
        items = node.items
    for item in items:
        if isinstance(item, Scalar) and item.text and not is_null(item):
            includes.append(_Include(path, item, ''))
        else:
            reading.add(path, item, 'an include must be the path of a file')
    return includes


def _unknown(path: str, key: Scalar, node: Node, reading: _Reading) -> list[_Include]:
    # The section itself is the problem, whatever it holds. Its files are still read, since other objects may refer to
    # names in them.
    items: list[Node] = []
    if isinstance(node, ItemList):
        items = list(node.items)
    elif not is_empty(node):
        items = [node]
    reading.documents.append(Document(path, key.text, key, items))
    includes = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text.lower().endswith(ENDINGS):
            continue
        include = _Include(path, item, key.text)
        joined = _joined(path, include.target)
        if reading.may_read(joined) and os.path.isfile(joined):
            includes.append(include)
    return includes


def _section(path: str, key: Scalar, node: Node, reading: _Reading) -> list[_Include]:
    if not kinds_of(key.text):
        return _unknown(path, key, node, reading)
    includes: list[_Include] = []
    items: list[Node] = []
    counts = reading.scope.has_section(key.text)
    if isinstance(node, ItemList):
        for item in node.items:
            if is_null(item):
                if counts:
                    reading.add(path, item, f'{key.text}: an empty item', 'remove its "-"')
            elif isinstance(item, Scalar):
                includes.append(_Include(path, item, key.text))
            else:
                items.append(item)
    elif not is_empty(node):
        if counts:
            hint = ''
            if isinstance(node, Mapping):
                hint = 'put "- " before its first key'
            reading.add(path, node, f"'{key.text}' must be a list", hint)
        return []
    reading.documents.append(Document(path, key.text, key, items))
    return includes


def _object(path: str, node: Node, include: _Include | None, reading: _Reading) -> None:
    if include is None or not include.section:
        text = 'this file is one object without a section'
        reading.add(path, node, text, 'put it in the list of its section, or include it there')
        return
    key = Scalar(include.section, True, node.line, node.column)
    reading.documents.append(Document(path, include.section, key, [node]))


def _sections(path: str, node: Node, reading: _Reading) -> list[_Include]:
    if not isinstance(node, Mapping):
        reading.add(path, node, 'a file must be a mapping of sections', 'begin with a section, such as "security:"')
        return []
    includes: list[_Include] = []
    for name, (key, value) in node.pairs.items():
        if name == 'include':
            includes += _includes(path, value, reading)
        else:
            includes += _section(path, key, value, reading)
    return includes


def _has_section(node: Node) -> bool:
    if not isinstance(node, Mapping):
        return False
    return any(kinds_of(name) or name == 'include' or name in ELSEWHERE for name in node.pairs)


def _open(path: str, reading: _Reading, include: _Include | None = None) -> list[_Include] | None:
    # Returns what a file includes; None if it can't be read, or was read before.
    node = _tree(path, reading, include)
    key = identity(path)
    is_object = _is_object(node)
    # A file that is one object may be included by several sections.
    mark = (key, '')
    if include and is_object:
        mark = (key, include.section)
    if node is None or mark in reading.done:
        return None
    reading.done.add(mark)
    if include:
        reading.sources.included[_shown(path)] = Place(include.path, include.node.line, include.node.column)
    reading.chain[key] = _shown(path)
    if include and not is_object and not _has_section(node):
        reading.sources.forget(_shown(path))
    if not is_object:
        return _sections(_shown(path), node, reading)
    _object(_shown(path), node, include, reading)
    return []


def _read(path: str, reading: _Reading) -> None:
    # A loop instead of recursion, so that chains of includes have no limit.
    folder = ''
    if path != '-':
        folder = os.path.dirname(path)
    reading.root = root_of(folder, _current())
    opened = _open(path, reading)
    waiting = []
    if opened is not None:
        waiting.append(iter(opened))
    while waiting:
        include = next(waiting[-1], None)
        if include is None:
            waiting.pop()
            reading.chain.popitem()
            continue
        opened = _follow(include, reading)
        if opened is not None:
            waiting.append(iter(opened))


def documents(
    paths: Sequence[str], stdin: BinaryIO, sources: Sources, problems: list[Problem], scope: Scope = EVERYTHING
) -> Loaded:
    """Reads files, folders, globs and '-' with all that they include, each file once."""
    reading = _Reading(stdin, sources, problems, scope)
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
