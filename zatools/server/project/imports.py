"""What service files import, by their source alone."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache

#: Nodes that may contain imports.
BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


def package_of(name: str) -> str:
    """Returns the package that a module is in; '' for none."""
    return name.rpartition('.')[0]


@lru_cache(1024)
def needs(source: bytes, package: str = '') -> frozenset[str]:
    """Returns the modules that a file imports while it is loaded."""
    # Errors and warnings of parsing are reported when it is loaded.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return frozenset(_imported(ast.parse(source).body, package))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def _imported(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _upwards(alias.name)
        elif isinstance(node, ast.ImportFrom):
            # What is named may be a module, too: from api import users.
            base = _absolute(node.module or '', node.level, package)
            for alias in node.names:
                yield from _upwards(f'{base}.{alias.name}'.strip('.'))
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith('TYPE_CHECKING'):
            yield from _imported(node.orelse, package)
        # Imports within functions don't count: by the time of a call everything is loaded.
        elif isinstance(node, BLOCKS) and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imported(ast.iter_child_nodes(node), package)


def _upwards(name: str) -> Iterator[str]:
    # a.b.c, a.b, a: each of them may be a file.
    while name:
        yield name
        name = package_of(name)


def _absolute(module: str, level: int, package: str) -> str:
    if not level:
        return module
    parts = package.split('.')
    return '.'.join([*parts[: len(parts) - level + 1], module]).strip('.')
