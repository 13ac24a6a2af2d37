"""Which variables files want, and where: found in the texts themselves, whatever their values are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from zatools.files.includes import Document, documents
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar, plain_value
from zatools.files.variables import names
from zatools.kinds import kinds_of
from zatools.kinds.model import Field
from zatools.kinds.opened import WAS
from zatools.kinds.types import TYPES
from zatools.place import Place, Problem
from zatools.secret import credentials_in

#: The names that an object had are read as its name is.
OLD_NAMES = Field(WAS, 'Names that the object had.', 'list')


@dataclass(frozen=True)
class Need:
    """One use of a variable: its name, the kind and name of the object, the field, the place."""

    variable: str
    kind: str
    name: str
    field: str
    place: Place
    is_secret: bool


@dataclass(frozen=True)
class Needs:
    """All uses in the order of the files, and what is wrong with the files."""

    found: list[Need]
    problems: list[Problem]
    sources: Sources
    files: int


def _text(item: Mapping, key: str) -> str:
    pair = item.pairs.get(key)
    if pair is None or not isinstance(pair[1], Scalar):
        return ''
    return pair[1].text.replace('\n', ' ')


def _field(document: Document, item: Mapping, key: str) -> Field | None:
    kinds = kinds_of(document.section)
    type_ = _text(item, 'type')
    fitting = [kind for kind in kinds if type_ in (kind.type, *kind.aliases)] or kinds
    for kind in fitting:
        if key in kind.lookup:
            return kind.lookup[key]
    if key == WAS:
        return OLD_NAMES
    return next((kind.by_name[key] for kind in fitting if kind.by_name.meets(key)), None)


def _scalars(node: Node, is_secret: bool) -> Iterator[tuple[Scalar, bool]]:
    # All texts of a value, and whether each is a secret: of a row it is the value.
    if isinstance(node, Scalar):
        yield node, is_secret
    elif isinstance(node, ItemList):
        for item in node.items:
            yield from _scalars(item, is_secret)
    else:
        secret = set(credentials_in(plain_value(node)))
        for key, (_, value) in node.pairs.items():
            yield from _scalars(value, is_secret or key in secret)


def _of_scalar(scalar: Scalar, path: str, problems: list[Problem]) -> tuple[str, ...]:
    try:
        return names(scalar.text)
    except ValueError as error:
        problems.append(Problem(Place(path, scalar.line, scalar.column), str(error), width=len(scalar.text)))
        return ()


def _of_item(document: Document, item: Mapping, problems: list[Problem]) -> Iterator[Need]:
    kind = _text(item, 'type') or document.section
    for key, (_, node) in item.pairs.items():
        field = _field(document, item, key)
        if field is None or (isinstance(node, Mapping) and not TYPES[field.type].is_any):
            continue
        for scalar, is_secret in _scalars(node, field.secret):
            for variable in _of_scalar(scalar, document.path, problems):
                place = Place(document.path, scalar.line, scalar.column)
                yield Need(variable, kind, _text(item, 'name'), field.name, place, is_secret)


def needs(paths: Sequence[str], stdin: BinaryIO, overlays: Sequence[str] = (), scope: Scope = EVERYTHING) -> Needs:
    """Returns every use of a variable in files and what they include; sections that are not supported are left out."""
    problems: list[Problem] = []
    sources = Sources()
    found: list[Need] = []
    files = 0
    for group in (paths, *([path] for path in overlays)):
        loaded = documents(group, stdin, sources, problems, scope)
        files += len(loaded.files)
        for document in loaded.documents:
            if not kinds_of(document.section):
                continue
            for item in document.items:
                if isinstance(item, Mapping):
                    found.extend(_of_item(document, item, problems))
    return Needs(found, problems, sources, files)
