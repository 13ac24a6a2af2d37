"""An OpenAPI document as calls are checked against it: places in it, followed through references, with their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag

from zatools.apitest.openapi.document import BIGGEST, LONGEST_CHAIN, METHODS, checked, parsed
from zatools.apitest.project.files import shown
from zatools.errors import InvalidError

#: Values of a document, those that YAML aliases repeat counted each time.
MOST_VALUES, DEEPEST = 3_000_000, 200
#: Keys with values below them, not places of a document.
VALUES = frozenset({'const', 'default', 'enum', 'example', 'examples'})
OTHERS = frozenset({'accept', 'content-type', 'authorization'})
ELSEWHERE = 'references lead to files in the folder of the document: nothing is fetched'


@dataclass(frozen=True)
class Spot:
    """A place of a document: its file, the keys that lead there, what stands there."""

    files: Files
    file: Path
    keys: tuple[str, ...]
    node: Any

    @property
    def pointer(self) -> str:
        """The JSON Pointer of the place."""
        return ''.join(f'/{_escaped(key)}' for key in self.keys)

    @property
    def label(self) -> str:
        """The file and the pointer, as users see them."""
        return f'{shown(self.file)}#{self.pointer}'

    @property
    def uri(self) -> str:
        """The address of the place for references."""
        return f'{self.file.as_uri()}#{quote(self.pointer)}'

    @property
    def content(self) -> dict[str, Any]:
        """What stands there; an empty one where it has no keys."""
        if isinstance(self.node, dict):
            return self.node
        return {}

    def at(self, *keys: str) -> Spot:
        """Returns a place below, references followed; one of nothing where there is none."""
        spot = self.followed()
        for key in keys:
            spot = spot.child(key).followed()
        return spot

    def child(self, key: str) -> Spot:
        """Returns the place right below."""
        node = None
        if isinstance(self.node, dict):
            node = self.node.get(key)
        elif isinstance(self.node, list) and key.isdigit() and int(key) < len(self.node):
            node = self.node[int(key)]
        return Spot(self.files, self.file, (*self.keys, key), node)

    def children(self) -> Iterator[tuple[str, Spot]]:
        """Yields the places below, by their keys."""
        spot = self.followed()
        names: Iterable[Any] = spot.content
        if isinstance(spot.node, list):
            names = range(len(spot.node))
        for name in names:
            yield str(name), spot.at(str(name))

    def followed(self) -> Spot:
        """Returns what a reference leads to; raises InvalidError where that is nothing."""
        spot = self
        for _ in range(LONGEST_CHAIN):
            reference = spot.content.get('$ref')
            if not isinstance(reference, str):
                return spot
            spot = self.files.target(spot, reference)
        hint = f"it begins with '{self.content.get('$ref')}'"
        raise InvalidError(f'{self.label}: a reference leads to itself', hint)


def _escaped(key: str) -> str:
    return key.replace('~', '~0').replace('/', '~1')


class Files:
    """The files of a document, each read once."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._folder = self.path.parent
        self._contents: dict[Path, Any] = {}
        content = checked(self.path, parsed(self.path), shown(path)).content
        self._is_old = str(content['openapi']).startswith('3.0')
        self._keep(self.path, content)

    @property
    def root(self) -> Spot:
        """The whole document."""
        return Spot(self, self.path, (), self._contents[self.path])

    def _keep(self, file: Path, content: Any) -> None:
        bound(content, shown(file))
        self._contents[file] = _read(content, self._is_old)

    def content(self, file: Path, place: str) -> Any:
        """Returns the content of a file in the document's folder; `place` is the reference to it."""
        if not file.is_relative_to(self._folder):
            raise InvalidError(f'{place} leads elsewhere', ELSEWHERE)
        if file not in self._contents:
            if not file.is_file() or file.stat().st_size > BIGGEST:
                raise InvalidError(f'{place} leads to no file that can be read', f'there is no {shown(file)}')
            self._keep(file, parsed(file))
        return self._contents[file]

    def target(self, spot: Spot, reference: str) -> Spot:
        """Returns the place that a reference leads to."""
        name, pointer = urldefrag(reference)
        place = f"{spot.label}: the reference '{reference}'"
        file = spot.file
        if ':' in name:
            raise InvalidError(f'{place} leads elsewhere', ELSEWHERE)
        if name:
            file = (spot.file.parent / unquote(name)).resolve()
        found = Spot(self, file, (), self.content(file, place))
        for piece in pointer.split('/')[1:]:
            key = unquote(piece).replace('~1', '/').replace('~0', '~')
            above, found = found, found.child(key)
            if found.node is None:
                raise InvalidError(f'{place} leads nowhere', f"there is no '{key}' at {above.label}")
        return found


def bound(content: Any, label: str) -> None:
    """Raises InvalidError for a content that is too deep, or that aliases of YAML make too big."""
    waiting, count = [(content, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            hint = 'aliases of YAML may repeat what they stand in'
            raise InvalidError(f'{label} has more than {MOST_VALUES:,} values, or some {DEEPEST} deep', hint)
        if isinstance(node, dict):
            waiting.extend((value, depth + 1) for value in node.values())
        elif isinstance(node, list):
            waiting.extend((value, depth + 1) for value in node)


def _read(node: Any, is_old: bool) -> Any:
    # Keys of YAML may be numbers: 200 is no text.
    if isinstance(node, list):
        return [_read(item, is_old) for item in node]
    if not isinstance(node, dict):
        return node
    result = {str(key): _read(value, is_old) for key, value in node.items()}
    if is_old:
        return _today(result)
    return result


def _today(node: dict[str, Any]) -> dict[str, Any]:
    # Schemas of OpenAPI 3.0 in the words of JSON Schema: null is a type, bounds that are left out are numbers.
    if isinstance(node.get('$ref'), str):
        return {'$ref': node['$ref']}
    if node.get('nullable') is True and isinstance(node.get('type'), str):
        node['type'] = [node['type'], 'null']
    for limit, name in (('exclusiveMinimum', 'minimum'), ('exclusiveMaximum', 'maximum')):
        if isinstance(is_left_out := node.get(limit), bool):
            del node[limit]
            if is_left_out and name in node:
                node[limit] = node.pop(name)
    return node


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation: where it stands, its name, its place in the document."""

    where: str
    name: str
    spot: Spot

    @property
    def title(self) -> str:
        """The parameter in words."""
        return f"{self.where} parameter '{self.name}'"

    @property
    def is_own(self) -> bool:
        """Tells whether it is described here: some headers are with bodies and security."""
        return self.where != 'header' or self.name.lower() not in OTHERS


@dataclass(frozen=True)
class Operation:
    """An operation: its method in capitals, the template of its path, its place, its parameters."""

    method: str
    path: str
    spot: Spot
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        """The method and the path."""
        return f'{self.method} {self.path}'

    def statuses(self) -> list[str]:
        """Returns the statuses that it has, as they are written."""
        return [status for status, _ in self.spot.at('responses').children()]


class Described:
    """An API as a document describes it."""

    def __init__(self, path: Path) -> None:
        self.files = Files(path)
        self.label = shown(path)
        self.root = self.files.root
        if not isinstance(self.root.content.get('paths'), dict):
            raise InvalidError(f'{self.label}: it has no paths', 'operations stand below: paths:')
        _follow_all(self.root)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations, in the order of the document."""
        result = []
        for path, item in self.root.at('paths').children():
            for method in METHODS:
                spot = item.at(method)
                if isinstance(spot.node, dict):
                    result.append(Operation(method.upper(), path, spot, _parameters(item, spot)))
        return tuple(result)

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The paths of its servers; the longest first, none at the end."""
        found = {''}
        for _, server in self.root.at('servers').children():
            url = str(server.content.get('url', ''))
            for name, variable in server.at('variables').children():
                url = url.replace(f'{{{name}}}', str(variable.content.get('default', '')))
            rest = url.partition('://')[2] or url.lstrip('/')
            path = rest.partition('/')[2]
            if '://' not in url:
                path = rest
            found.add(f'/{path}'.rstrip('/'))
        return tuple(sorted(found, key=len, reverse=True))

    def find(self, path: str) -> list[tuple[Operation, dict[str, str]]]:
        """Returns the operations of a path that is called, all methods, with the values of its parameters."""
        for prefix in self.prefixes:
            if prefix and not path.startswith(f'{prefix}/'):
                continue
            found = []
            for operation in self.operations:
                values = path_values(operation.path, path[len(prefix) :])
                if values is not None:
                    found.append((operation, values))
            if found:
                # A path without parameters comes before one with them.
                least = min(len(values) for _, values in found)
                return [pair for pair in found if len(pair[1]) == least]
        return []


def _follow_all(root: Spot) -> None:
    # Broken references are named before anything is called. Other files are read as far as references lead there.
    waiting, seen = [root], set()
    while waiting:
        spot = waiting.pop()
        reference = spot.content.get('$ref')
        if isinstance(reference, str):
            target = spot.followed()
            if target.file != root.file and (target.file, target.keys) not in seen:
                seen.add((target.file, target.keys))
                waiting.append(target)
        names: Iterable[Any] = spot.content
        if isinstance(spot.node, list):
            names = range(len(spot.node))
        waiting.extend(spot.child(str(name)) for name in names if name not in VALUES)


def _parameters(item: Spot, operation: Spot) -> tuple[Parameter, ...]:
    # Those of the operation take the place of those of its path.
    found: dict[tuple[str, str], Parameter] = {}
    for container in (item, operation):
        for _, spot in container.at('parameters').children():
            where, name = str(spot.content.get('in')), spot.content.get('name')
            if isinstance(name, str):
                found[where, name] = Parameter(where, name, spot)
    return tuple(found.values())


def path_values(template: str, path: str) -> dict[str, str] | None:
    """Returns the values of a path's parameters by its template; None where the path is another one."""
    wanted, given = template.split('/'), path.split('/')
    if len(wanted) != len(given):
        return None
    values: dict[str, str] = {}
    for pattern, piece in zip(wanted, given, strict=True):
        if not _read_piece(pattern, piece, values):
            return None
    return values


def _read_piece(pattern: str, text: str, values: dict[str, str]) -> bool:
    # One part of a path: words, and parameters in braces, each of which has at least one character.
    before, brace, rest = pattern.partition('{')
    if not brace:
        return unquote(text) == unquote(pattern)
    if not text.startswith(before):
        return False
    name, _, after = rest.partition('}')
    text, literal = text[len(before) :], after.partition('{')[0]
    end = len(text)
    if literal:
        end = text.find(literal, 1)
        if '{' not in after and text.endswith(literal):
            end = len(text) - len(literal)
    if end < 1:
        return False
    values[name] = unquote(text[:end])
    return _read_piece(after, text[end:], values)
