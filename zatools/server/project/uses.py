"""Services of files, and what each uses, found in the source alone: nothing of it is imported or run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from zatools.connections.clients import ENTRIES
from zatools.kinds.traits import SLACK
from zatools.place import Place, Problem
from zatools.server.http.channels import METHODS
from zatools.server.project.names import kebab, module_part

#: Bytes of a file that are read; more are no source that somebody wrote.
LONGEST = 4 * 1024 * 1024
BASE = 'Service'
#: Bases that handle calls themselves.
ADAPTERS = frozenset({'RESTAdapter', 'SOAPAdapter'})
#: What a use is called that names another service, a topic, or an option of user configuration.
SERVICE, TOPIC, CONFIG = 'service', 'topic', 'config'
#: Calls whose argument is a name: what it names, the position and the keyword of the argument.
CALLS: Mapping[str, tuple[str, int, str]] = {
    'invoke': (SERVICE, 0, 'name'),
    'invoke_async': (SERVICE, 0, 'name'),
    'publish': (TOPIC, 0, 'topic'),
    'pubsub.publish': (TOPIC, 0, 'name'),
    'schedule.onetime': (SERVICE, 1, 'target'),
    'server.invoke': (SERVICE, 0, 'name'),
    'patterns.invoke_retry.invoke': (SERVICE, 0, 'target'),
    'patterns.invoke_retry.invoke_async': (SERVICE, 0, 'target'),
    'out.amqp.send': ('amqp', 1, 'outconn'),
    'out.amqp.publish': ('amqp', 0, 'outconn'),
    'amqp.send': ('amqp', 1, 'outconn'),
    'slack.send': (SLACK, 0, 'name'),
}
#: Calls whose first argument is a mapping of services to what they get.
FANS = ('patterns.fanout.invoke', 'patterns.parallel.invoke')
#: Beginnings of user configuration.
CONFIGS = ('config.', 'user_config.', 'server.user_config.')
#: Where services find connections by name.
PATHS = frozenset(seen.path.removeprefix('self.') for entry in ENTRIES for seen in entry.seen)
#: What else has some below it; '' are services themselves.
OWNERS = frozenset(['', 'out', 'cloud', 'search', 'email', 'microsoft', 'definition'])
#: Attributes of services that reach other systems without a name of a connection.
PLAIN = frozenset(['cache', 'kvdb', 'redis', 'odb', 'crypto', 'lock', 'commands'])


class Use(NamedTuple):
    """Something that a service uses: what it is, its name ('' where the code makes it), and where."""

    what: str
    name: str
    place: Place


@dataclass
class Written:
    """A class of a file: its bases, its own name, whether it handles calls, what it uses."""

    cls: str
    path: Path
    place: Place
    bases: tuple[str, ...]
    own_name: str = ''
    handles: bool = False
    is_left_out: bool = False
    uses: list[Use] = field(default_factory=list)


class Found(NamedTuple):
    """A service of a file, with what it and its bases use."""

    name: str
    place: Place
    uses: tuple[Use, ...]


@dataclass
class _File:
    # A file's classes, constants, and names that it imports from others: local name -> (module, name).
    classes: dict[str, Written] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_services(paths: Iterable[tuple[Path, str]], problems: list[Problem]) -> list[Found]:
    """Returns the services of files, each of which is given with its path as users see it; adds to the problems."""
    files: dict[str, _File] = {}
    for path, shown in paths:
        tree = _tree(path, shown, problems)
        if tree is not None:
            files.setdefault(path.stem, _read(tree, path, shown))
    found: dict[str, Found] = {}
    for one in files.values():
        for written in sorted(one.classes.values(), key=lambda cls: cls.cls):
            chain = list(_chain(written.cls, one, files, set()))
            if not _is_service(written, chain, files) or written.is_left_out:
                continue
            service = _service(written, chain, files)
            found.setdefault(service.name, service)
    return list(found.values())


def _tree(path: Path, shown: str, problems: list[Problem]) -> ast.Module | None:
    try:
        with path.open('rb') as file:
            source = file.read(LONGEST + 1)
        if len(source) > LONGEST:
            raise ValueError('it is too long')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return ast.parse(source, str(path))
    except SyntaxError as error:
        problems.append(Problem(Place(shown, error.lineno or 1, error.offset or 1), str(error.msg)))
    except OSError as error:
        problems.append(Problem(Place(shown, 0, 0), f"can't be read: {(error.strerror or '').lower()}"))
    except (ValueError, RecursionError, MemoryError) as error:
        problems.append(Problem(Place(shown, 1, 1), f"can't be parsed: {error or type(error).__name__}"))
    return None


def _read(tree: ast.Module, path: Path, shown: str) -> _File:
    found = _File(texts=dict(_texts(tree.body)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.imported[alias.asname or alias.name] = (node.module or '').rpartition('.')[2], alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            found.classes[node.name] = _written(node, found, path, shown)
    return found


def _texts(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    # Constants: NAME = 'a text'.
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


def _written(node: ast.ClassDef, file: _File, path: Path, shown: str) -> Written:
    bases = tuple(base for base in map(_dotted, node.bases) if base)
    own = dict(_texts(node.body))
    functions = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    verbs = {f'handle_{method}' for method in METHODS}
    assigned = {name for one in node.body if isinstance(one, ast.Assign) for name in map(_dotted, one.targets)}
    known = {**file.texts, **own}
    uses = [use for one in ast.walk(node) for use in _uses(one, known, shown)]
    return Written(
        node.name,
        path,
        Place(shown, node.lineno, node.col_offset + 1),
        bases,
        own.get('name', ''),
        bool(functions & ({'handle'} | verbs)),
        'zato_dont_import' in assigned,
        sorted(_longest(set(uses)), key=lambda use: (use.place.line, use.place.column, use.what)),
    )


def _longest(uses: Collection[Use]) -> list[Use]:
    # self.config.a.b holds self.config.a too.
    options = {use.name for use in uses if use.what == CONFIG}
    shorter = {option.rpartition('.')[0] for option in options}
    return [use for use in uses if use.what != CONFIG or use.name not in shorter]


def _dotted(node: ast.AST) -> str:
    # a.b.c of an expression that is nothing else.
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ''
    return '.'.join([node.id, *reversed(parts)])


def _of_self(node: ast.AST) -> str:
    found = _dotted(node)
    if not found.startswith('self.'):
        return ''
    return found.removeprefix('self.').replace('outgoing.', 'out.', 1)


def _uses(node: ast.AST, known: Mapping[str, str], shown: str) -> Iterator[Use]:
    if isinstance(node, ast.Subscript):
        what = _connection(_of_self(node.value))
        if what:
            yield Use(what, _named(node.slice, known), _place(node, shown))
    elif isinstance(node, ast.Call):
        yield from _called(node, known, shown)
    elif isinstance(node, ast.Attribute):
        path = _of_self(node)
        for start in CONFIGS:
            if path.startswith(start):
                yield Use(CONFIG, '.'.join(path.removeprefix(start).split('.')[:2]), _place(node, shown))
        if path in PLAIN:
            yield Use(path, '', _place(node, shown))


def _connection(path: str) -> str:
    # What self.out.X[…], self.X[…] and self.cloud.X[…] are connections of.
    owner, _, last = path.rpartition('.')
    if not path or path.startswith(CONFIGS) or last in ('config', 'user_config'):
        return ''
    if owner in OWNERS or path in PATHS:
        return last.replace('plain_http', 'rest')
    return ''


#: Attributes of services that are no connections, though they are read by names.
OTHERS = frozenset(['environ', 'wsgi_environ', 'channel', 'chan', 'request', 'response', 'headers', 'params', 'input'])


def _called(node: ast.Call, known: Mapping[str, str], shown: str) -> Iterator[Use]:
    path, place = _of_self(node.func), _place(node, shown)
    if path in CALLS:
        what, position, keyword = CALLS[path]
        given = {one.arg: one.value for one in node.keywords if one.arg}
        if keyword in given:
            yield Use(what, _named(given[keyword], known), place)
        elif len(node.args) > position:
            yield Use(what, _named(node.args[position], known), place)
    elif path in FANS and node.args and isinstance(node.args[0], ast.Dict):
        yield from (Use(SERVICE, _named(key, known), place) for key in node.args[0].keys if key is not None)
    elif path.endswith('.get') and len(node.args) == 1:
        what = _connection(path.removesuffix('.get'))
        if what:
            yield Use(what, _named(node.args[0], known), place)


def _named(node: ast.AST, known: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    name = _dotted(node)
    if name in known:
        return known[name]
    if name.startswith('self.') and name.removeprefix('self.') in known:
        return known[name.removeprefix('self.')]
    if name[:1].isupper() and '.' not in name:
        # A class, as self.invoke takes it; whose name it is becomes known once all files are read.
        return f'class {name}'
    return ''


def _place(node: ast.expr, shown: str) -> Place:
    return Place(shown, node.lineno, node.col_offset + 1)


def _chain(name: str, file: _File, files: Mapping[str, _File], seen: set[tuple[int, str]]) -> Iterator[Written | str]:
    # A class and what it derives from: classes of the files, and the names of others.
    key = (id(file), name)
    if key in seen:
        return
    seen.add(key)
    if name in file.classes:
        written = file.classes[name]
        yield written
        for base in written.bases:
            yield from _chain(base, file, files, seen)
        return
    module, original = file.imported.get(name, ('', name))
    other = files.get(module)
    if other is not None and original in other.classes:
        yield from _chain(original, other, files, seen)
    else:
        yield original.rpartition('.')[2]


def _is_service(written: Written, chain: list[Written | str], files: Mapping[str, _File]) -> bool:
    handles = any(isinstance(one, Written) and one.handles for one in chain)
    return (handles and BASE in chain) or not ADAPTERS.isdisjoint(one for one in chain if isinstance(one, str))


def _service(written: Written, chain: list[Written | str], files: Mapping[str, _File]) -> Found:
    classes = [one for one in chain if isinstance(one, Written)]
    name = next((one.own_name for one in classes if one.own_name), '')
    uses = (_resolved(use, files) for one in classes for use in one.uses if use.what not in OTHERS)
    return Found(name or f'{module_part(written.path)}.{kebab(written.cls)}', written.place, tuple(uses))


def _resolved(use: Use, files: Mapping[str, _File]) -> Use:
    if not use.name.startswith('class '):
        return use
    cls = use.name.removeprefix('class ')
    for file in files.values():
        written = file.classes.get(cls)
        if written is not None and use.what in (SERVICE, TOPIC):
            return use._replace(name=written.own_name or f'{module_part(written.path)}.{kebab(cls)}')
    return use._replace(name='')
