"""An OpenAPI document: read from YAML or JSON, its references followed within its folder; nothing is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from zatools.apitest.project.files import shown
from zatools.errors import InvalidError

METHODS = ('get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace')
#: References that lead to references.
LONGEST_CHAIN = 50
BIGGEST = 50_000_000


@dataclass(frozen=True)
class Operation:
    """One operation: its method in capitals, its path, what the document says of it, its parameters."""

    method: str
    path: str
    content: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]
    pointer: str

    @property
    def name(self) -> str:
        """The method and the path."""
        return f'{self.method} {self.path}'


@dataclass
class Document:
    """A document, and those that it refers to."""

    path: Path
    content: dict[str, Any]
    others: dict[Path, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The path as users see it."""
        return shown(self.path)

    def resolved(self, node: Any) -> Any:
        """Returns what a reference leads to; raises InvalidError where that is nothing."""
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, dict) or not isinstance(node.get('$ref'), str):
                return node
            node = self._target(node['$ref'])
        raise InvalidError(f'{self.label}: a reference leads to itself: {node["$ref"]}')

    def _target(self, reference: str) -> Any:
        file, _, pointer = reference.partition('#')
        content: Any = self.content
        if file:
            content = self._other(file, reference)
        for piece in pointer.split('/')[1:]:
            key = unquote(piece).replace('~1', '/').replace('~0', '~')
            if isinstance(content, list) and key.isdigit() and int(key) < len(content):
                content = content[int(key)]
            elif isinstance(content, dict) and key in content:
                content = content[key]
            else:
                raise InvalidError(f"{self.label}: the reference '{reference}' leads nowhere", f"there is no '{key}'")
        return content

    def _other(self, file: str, reference: str) -> Any:
        folder = self.path.parent.resolve()
        path = (folder / unquote(file)).resolve()
        if ':' in file or not path.is_relative_to(folder):
            hint = 'references lead to files in the folder of the document: nothing is fetched'
            raise InvalidError(f"{self.label}: the reference '{reference}' leads elsewhere", hint)
        if path not in self.others:
            self.others[path] = parsed(path)
        return self.others[path]

    def operations(self) -> Iterator[Operation]:
        """Yields the operations, in the order of the document."""
        paths = self.content.get('paths')
        if not isinstance(paths, dict):
            return
        for path, node in paths.items():
            item = self.resolved(node)
            for method in METHODS:
                content = item.get(method) if isinstance(item, dict) else None
                if isinstance(content, dict):
                    pointer = f'/paths/{str(path).replace("~", "~0").replace("/", "~1")}/{method}'
                    parameters = self._parameters(item, content)
                    yield Operation(method.upper(), str(path), content, parameters, pointer)

    def _parameters(self, item: dict[str, Any], content: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        # Those of the operation take the place of those of its path.
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for container in (item, content):
            for node in container.get('parameters') or ():
                parameter = self.resolved(node)
                if isinstance(parameter, dict) and isinstance(parameter.get('name'), str):
                    found[str(parameter.get('in')), parameter['name']] = parameter
        return tuple(found.values())

    def schema_of(self, container: Any) -> dict[str, Any]:
        """Returns the schema of a parameter, a header or a media type; an empty one where there is none."""
        schema = self.resolved((self.resolved(container) or {}).get('schema'))
        if isinstance(schema, dict):
            return schema
        return {}


def load(path: Path) -> Document:
    """Returns the document of a file; raises InvalidError where it is none that can be read."""
    return checked(path, parsed(path), shown(path))


def checked(path: Path, content: Any, label: str) -> Document:
    """Returns the document that a content is; raises InvalidError where it is none."""
    if not isinstance(content, dict) or not re.match(r'3\.[01]', str(content.get('openapi', ''))):
        found = ''
        if isinstance(content, dict) and 'swagger' in content:
            found = f': it is Swagger {content["swagger"]}'
        raise InvalidError(f'{label} is no OpenAPI 3.0 or 3.1{found}', 'its first line is: openapi: 3.1.0')
    return Document(path, content)


def parsed(path: Path) -> Any:
    """Returns the content of a JSON or YAML file; raises InvalidError with the place where it goes wrong."""
    label = shown(path)
    try:
        if path.stat().st_size > BIGGEST:
            raise InvalidError(f'{label} is bigger than {BIGGEST // 1_000_000} MB')
        text = path.read_text('utf-8-sig')
    except UnicodeDecodeError:
        raise InvalidError(f'{label} is not UTF-8', 'save it as UTF-8') from None
    except OSError as error:
        raise InvalidError(f"{label} can't be read: {error.strerror}") from None
    return parsed_text(text, label)


def parsed_text(text: str, label: str) -> Any:
    """Returns the content of a JSON or YAML text; dates stay texts."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _yaml(text, label)


def _yaml(text: str, label: str) -> Any:
    import yaml

    class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers = {
            letter: [(tag, pattern) for tag, pattern in rows if tag != 'tag:yaml.org,2002:timestamp']
            for letter, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        place = label
        if error.problem_mark:
            place = f'{label}:{error.problem_mark.line + 1}:{error.problem_mark.column + 1}'
        raise InvalidError(f'{place}: this is neither JSON nor YAML: {error.problem}') from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidError(f'{label} is neither JSON nor YAML: {" ".join(str(error).split())}') from None
