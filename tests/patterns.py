"""Every regular expression of the package, found by reading its modules, and texts that make bad ones slow."""

from __future__ import annotations

import ast
import heapq
import importlib
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from re import _constants as codes, _parser as parser
from types import FrameType, ModuleType
from typing import Any

from tests.conftest import ROOT

PACKAGE = ROOT / 'zatools'
#: Functions of `re`, and methods of a pattern, that look at a text.
METHODS = ('match', 'fullmatch', 'search', 'sub', 'subn', 'split', 'findall', 'finditer')
#: Those that go through a text from match to match.
THROUGH = METHODS[3:]
REPRESENTATIVES = {
    codes.CATEGORY_DIGIT: '0',
    codes.CATEGORY_NOT_DIGIT: 'x',
    codes.CATEGORY_WORD: 'a',
    codes.CATEGORY_NOT_WORD: '-',
    codes.CATEGORY_SPACE: ' ',
    codes.CATEGORY_NOT_SPACE: 'x',
}


@dataclass(frozen=True)
class Use:
    """A pattern and what the package does with it; `name` is where it is, for people."""

    name: str
    pattern: re.Pattern[str]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """A call of `re` whose pattern is made while the program runs: module and function."""

    name: str
    method: str


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """Yields each module of the package and what it was parsed into."""
    for path in sorted(PACKAGE.rglob('*.py')):
        name = '.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')
        if not name.endswith('__main__'):
            yield importlib.import_module(name), ast.parse(path.read_text())


def found() -> tuple[list[Use], list[Site]]:
    """Returns the patterns that stand in the modules, and the calls whose patterns are made elsewhere."""
    uses: dict[str, Use] = {}
    sites: list[Site] = []
    methods: dict[int, set[str]] = {}
    named: dict[int, tuple[str, re.Pattern[str]]] = {}
    for module, tree in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                named.setdefault(id(value), (f'{module.__name__}.{name}', value))
        named_here = {node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))}
        # What has a name is found under it, with what is done with it.
        for function, call in _calls(tree):
            if call not in named_here:
                _look(module, function, call, (uses, sites, methods))
    for key, (name, pattern) in named.items():
        # One that goes from hand to hand may be used in any way.
        uses[name] = Use(name, pattern, tuple(sorted(methods.get(key, ('fullmatch', 'match', 'search')))))
    return list(uses.values()), sites


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    # Calls with the name of the function that they are in; empty at the top of a module.
    def walk(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node.name
        if isinstance(node, ast.Call):
            yield function, node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function)

    yield from walk(tree, '')


def _look(module: ModuleType, function: str, call: ast.Call, to: tuple[Any, Any, Any]) -> None:
    uses, sites, methods = to
    target = call.func
    if not isinstance(target, ast.Attribute):
        return
    if isinstance(target.value, ast.Name) and target.value.id == 're':
        if target.attr in ('compile', *METHODS):
            _literal(module, function, call, (uses, sites))
        return
    if target.attr in METHODS:
        value = _evaluated(module, target.value)
        if isinstance(value, re.Pattern):
            methods.setdefault(id(value), set()).add(target.attr)


def _literal(module: ModuleType, function: str, call: ast.Call, to: tuple[Any, Any]) -> None:
    uses, sites = to
    method = call.func.attr  # type: ignore[attr-defined]
    text = _evaluated(module, call.args[0])
    if text is None:
        sites.append(Site(f'{module.__name__}.{function}', method))
        return
    flags = [word.value for word in call.keywords if word.arg == 'flags']
    flags += call.args[{'compile': 1, 'sub': 4, 'subn': 4, 'split': 3}.get(method, 2) :]
    pattern = re.compile(text, _evaluated(module, flags[0]) if flags else 0)
    name = f'{module.__name__}.{function}:{text}'
    uses[name] = Use(name, pattern, METHODS if method == 'compile' else (method,))


def _evaluated(module: ModuleType, node: ast.expr) -> Any:
    try:
        return eval(compile(ast.Expression(node), '', 'eval'), {**vars(module)})
    except Exception:
        return None


def hostile(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """Yields heads, units to repeat and ends, of what a pattern looks for: it tries for long and fails late."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    heads = sorted(dict.fromkeys(['', *_heads(tree)]), key=len)[:1] + sorted(set(_heads(tree)), key=len)[-6:]
    pieces = list(dict.fromkeys([*_pieces(tree), *'\n']))
    single = [piece for piece in pieces if len(piece) == 1][:9]
    units = dict.fromkeys([*pieces[:16], *(a + b for a in single for b in single), *filter(None, heads)])
    ends = dict.fromkeys(['', '\x00', '\n', ' ', *(piece for piece in single if not piece.isalnum())])
    for unit in units:
        for head in dict.fromkeys(heads):
            yield from ((head, unit, end) for end in list(ends)[:8])


def text_of(parts: tuple[str, str, str], length: int) -> str:
    """Returns the text of a length that head, unit and end make."""
    head, unit, end = parts
    return head + unit * (length // len(unit)) + end


def _pieces(tree: Any) -> Iterator[str]:
    # Runs of literals, and one character of each class.
    literal = ''
    for code, value in tree:
        if code is codes.LITERAL:
            literal += chr(value)
            yield chr(value)
            continue
        if len(literal) > 1:
            yield literal
        literal = ''
        if code in (codes.IN, codes.ANY, codes.NOT_LITERAL):
            yield from _characters(code, value)
        for inner in _inner(code, value):
            yield from _pieces(inner)
    if len(literal) > 1:
        yield literal


def _characters(code: Any, value: Any) -> Iterator[str]:
    if code is codes.ANY:
        yield from 'x"'
        return
    if code is codes.NOT_LITERAL or value[0][0] is codes.NEGATE:
        excluded = (
            [chr(value)] if code is codes.NOT_LITERAL else [chr(what) for kind, what in value if kind is codes.LITERAL]
        )
        yield from ('x', ' ', *excluded)
        return
    for kind, what in value:
        if kind is codes.LITERAL:
            yield chr(what)
        elif kind is codes.RANGE:
            yield chr(what[0])
        elif kind is codes.CATEGORY:
            yield REPRESENTATIVES[what]


def _inner(code: Any, value: Any) -> list[Any]:
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [value[2]]
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.ATOMIC_GROUP:
        return [value]
    if code is codes.BRANCH:
        return list(value[1])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    return []


def _heads(tree: Any) -> Iterator[str]:
    # What matches the beginning of the pattern, up to each of its parts.
    text = ''
    for code, value in tree:
        for inner in _inner(code, value):
            yield from (text + head for head in _heads(inner))
        if code is codes.LITERAL:
            text += chr(value)
        elif code in (codes.IN, codes.ANY, codes.NOT_LITERAL):
            text += next(_characters(code, value), '')
        elif code is not codes.ASSERT_NOT:
            inner = next(iter(_inner(code, value)), None)
            text += list(_heads(inner))[-1] if inner is not None and len(inner) else ''
        yield text


@contextmanager
def within(limit: float) -> Iterator[None]:
    """Raises TimeoutError where the body takes more seconds of the processor than a limit."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def runner(pattern: re.Pattern[str], method: str) -> Callable[[str], object]:
    """Returns what looks at a text as the package does with a pattern."""
    # All of these look for the next match until there is none.
    if method in THROUGH:
        return pattern.findall
    return getattr(pattern, method)  # type: ignore[no-any-return]


def slowest(use: Use, method: str, length: int, many: int) -> list[tuple[str, str, str]]:
    """Returns the texts that take longest at a small length, where even a bad pattern comes to an end."""
    run, now = runner(use.pattern, method), time.perf_counter
    took: list[tuple[float, tuple[str, str, str]]] = []
    for parts in hostile(use.pattern):
        text = text_of(parts, length)
        start = now()
        run(text)
        took.append((now() - start, parts))
    return [parts for _, parts in heapq.nlargest(many, took)]
